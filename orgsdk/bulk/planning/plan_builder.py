"""The plan builder: from matched rows to validated writes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from orgsdk._messages import did_you_mean, similar_name
from orgsdk.arguments import describe_name
from orgsdk.bulk.planning.guards import protected_members
from orgsdk.bulk.planning.members import changed_fields, fingerprint, row_fields
from orgsdk.bulk.planning.ordering import without_cycles
from orgsdk.bulk.planning.writes import KINDS, Kind, ProtectedMember, Write
from orgsdk.bulk.roster.keys import key_of, label_of
from orgsdk.bulk.roster.problems import map_role_advice
from orgsdk.bulk.roster.spec import FIELDS, RosterProblem
from orgsdk.domain import (
    Capability,
    InvitationDraft,
    UserChanges,
    UserDraft,
    check_email,
    fields_to_create,
    fields_to_update,
)
from orgsdk.errors import InvalidArgumentError, NotFoundError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from orgsdk.bulk.planning.members import Member
    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.bulk.planning.target import RoleCatalog
    from orgsdk.bulk.roster.spec import UserSpec
    from orgsdk.domain import UnsetType, UserFields
    from orgsdk.resources import OrganizationHandle

MatchedPair = tuple["UserSpec", "Member"]

_DEFAULT_ROLES = "Policy.default_roles"


@dataclass(slots=True)
class BuiltWrites:
    """The writes of a plan, its protected members, its counts, and the problems that were found."""

    protected: tuple[ProtectedMember, ...] = ()
    unchanged: int = 0
    left: int = 0
    invited: int = 0
    absent: int = 0
    problems: list[RosterProblem] = field(default_factory=list[RosterProblem])
    by_kind: dict[Kind, list[Write]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def writes(self) -> tuple[list[Write], tuple[str, ...]]:
        """Return the writes in the order of a plan, numbered, and notes on what is left out of them."""
        ordered = [write for kind in KINDS for write in self.by_kind[kind]]
        for number, write in enumerate(ordered):
            # The writes are not shared yet. Copying them would take a tenth of the memory of a large plan.
            object.__setattr__(write, "number", number)
        return without_cycles(ordered)


class PlanBuilder:
    """Build the writes of one plan: `members` for members, then `add`, `create` or `invite` for the other rows."""

    def __init__(
        self, policy: Policy, capabilities: Collection[Capability], roles: RoleResolver, validator: WriteValidator
    ) -> None:
        self.built: BuiltWrites = BuiltWrites()
        self._policy = policy
        self._new_fields = fields_to_create(capabilities)
        self._fields = fields_to_update(capabilities)
        self._roles = roles
        self._validator = validator
        self._labels: dict[str, UserSpec] = {}
        self._admin_roles = frozenset(policy.admin_roles)

    def members(self, members: Sequence[Member], pairs: Sequence[MatchedPair], own_user_id: str | None) -> None:
        """Build the updates, role changes and removals of members; `pairs` are the members that a row names."""
        staying = {member.id for row, member in pairs if row.state != "gone"}
        leaving = [member for member in members if member.id not in staying]
        with_roles = [(row, member, self._new_roles(row, member)) for row, member in pairs if row.enabled]
        protected = protected_members(
            members,
            {member.id for member in leaving} if self._policy.remove != "no" else frozenset(),
            {member.id for _, member, roles in with_roles if roles is not None and self._demotes(member, roles)},
            policy=self._policy,
            own_user_id=own_user_id,
        )
        self.built.protected = tuple(ProtectedMember(user_id, reason) for user_id, reason in protected.items())
        for row, member, roles in with_roles:
            changed = self._update(row, member)
            if roles is not None and member.id not in protected:
                self._change_roles(row, member, roles)
            elif not changed and roles is None:
                self.built.unchanged += 1
        self.built.unchanged += sum(row.state == "suspended" for row, _ in pairs)
        origins = {member.id: row.origin for row, member in pairs if row.state == "gone"}
        self._remove([member for member in leaving if member.id not in protected], origins)
        self.built.left += sum(member.id in protected for member in leaving)

    def add(self, pairs: Iterable[MatchedPair]) -> None:
        """Build the writes that make existing accounts members."""
        for row, account in pairs:
            roles = self._roles.for_new(row)
            self._write("add", row, account, roles=roles)
            self._update(row, account)

    def create(self, rows: Iterable[UserSpec]) -> None:
        """Build the writes that create accounts."""
        for row in rows:
            fields, roles = row_fields(row, self._new_fields), self._roles.for_new(row)
            label = self._new_label(row)
            if label is not None and self._is_valid(row, self._validator.creation(fields, roles)):
                self._write("create", row, None, label=label, fields=fields, roles=roles)

    def invite(self, rows: Iterable[UserSpec], pending: frozenset[str]) -> None:
        """Build the invitations, except for the addresses in `pending`."""
        for row in rows:
            address, roles = row_fields(row, ("email",)), self._roles.for_new(row)
            if key_of("email", row) in pending:
                self.built.invited += 1
                continue
            label = self._new_label(row)
            if label is not None and self._is_valid(row, self._validator.invitation(address.get("email"), roles)):
                self._write("invite", row, None, label=label, fields=address, roles=roles)

    def _new_roles(self, row: UserSpec, member: Member) -> tuple[str, ...] | None:
        roles = None if self._policy.roles == "leave" else self._roles.of_row(row)
        if roles is None:
            return None
        if self._policy.roles == "add":
            return tuple(role for role in roles if role not in member.roles) or None
        return roles if set(roles) != set(member.roles) else None

    def _demotes(self, member: Member, roles: tuple[str, ...]) -> bool:
        admin = self._admin_roles
        return self._policy.roles == "set" and not admin.isdisjoint(member.roles) and admin.isdisjoint(roles)

    def _change_roles(self, row: UserSpec, member: Member, roles: tuple[str, ...]) -> None:
        kind: Kind = "add_roles" if self._policy.roles == "add" else "set_roles"
        self._write(kind, row, member, roles=roles, roles_before=member.roles)

    def _update(self, row: UserSpec, member: Member) -> bool:
        changes = changed_fields(row_fields(row, self._fields), member, self._policy)
        if changes and self._is_valid(row, self._validator.update(changes)):
            before = {name: getattr(member, name) for name in changes}
            self._write("update", row, member, fields=changes, before=before)
        return bool(changes)

    def _remove(self, leaving: Sequence[Member], origins: dict[str, str | None]) -> None:
        remove = self._policy.remove
        if remove == "no":
            self.built.left += len(leaving)
            return
        for member in leaving:
            self.built.by_kind["remove"].append(
                Write(
                    number=0,
                    kind="remove",
                    key=label_of(self._policy.match_by, member) or f"id:{member.id}",
                    user_id=member.id,
                    before={name: value for name in FIELDS if (value := getattr(member, name))},
                    roles_before=member.roles,
                    account="delete" if remove == "account" else "keep",
                    fingerprint=fingerprint(member, self._fields),
                    origin=origins.get(member.id),
                )
            )

    def _write(
        self,
        kind: Kind,
        row: UserSpec,
        member: Member | None,
        *,
        label: str | None = None,
        fields: dict[str, str] | None = None,
        before: dict[str, str | None] | None = None,
        roles: tuple[str, ...] = (),
        roles_before: tuple[str, ...] = (),
    ) -> None:
        self.built.by_kind[kind].append(
            Write(
                number=0,
                kind=kind,
                key=label or label_of(self._policy.match_by, row) or "",
                user_id=None if member is None else member.id,
                fields=fields or {},
                before=before or {},
                roles=roles,
                roles_before=roles_before,
                fingerprint=None if member is None else fingerprint(member, self._fields),
                origin=row.origin,
            )
        )

    def _new_label(self, row: UserSpec) -> str | None:
        """Return the first key of a new user; None, with a problem, if an earlier row has the same one."""
        label = label_of(self._policy.match_by, row) or ""
        first = self._labels.setdefault(label, row)
        if first is not row:
            self._is_valid(row, f"it names the same person as {first.origin or 'another row'}")
            return None
        return label

    def _is_valid(self, row: UserSpec, problem: str | None) -> bool:
        """Record the problem of a row, if there is one."""
        if problem is not None:
            self.built.problems.append(RosterProblem(row.origin, problem))
        return problem is None


class RoleResolver:
    """Resolve the roles of rows, names or ids, to the names of roles that a member can have."""

    def __init__(self, catalog: RoleCatalog, default: tuple[str, ...], *, several: bool) -> None:
        self._catalog = catalog
        self._default = default
        self._several = several
        self._cache: dict[tuple[str, ...], tuple[tuple[str, ...], list[RosterProblem]]] = {}
        self._found: dict[RosterProblem, None] = {}

    @property
    def problems(self) -> list[RosterProblem]:
        """The problems that were found, those of the default roles once."""
        return list(self._found)

    def of_row(self, row: UserSpec) -> tuple[str, ...] | None:
        """Return the names of the row's roles; None if the row does not define them.

        If a member has exactly one role, an empty list does not define them either.
        """
        if row.roles is None or not (row.roles or self._several):
            return None
        return self._resolve(row.roles, row.origin)

    def for_new(self, row: UserSpec) -> tuple[str, ...]:
        """Return the names of the roles of a new user."""
        roles = self.of_row(row)
        return self._resolve(self._default, _DEFAULT_ROLES) if roles is None else roles

    def _resolve(self, roles: tuple[str, ...], origin: str | None) -> tuple[str, ...]:
        # A roster has many rows, and few different sets of roles.
        if roles not in self._cache:
            self._cache[roles] = self._look_up(roles)
        names, problems = self._cache[roles]
        for problem in problems:
            advice = None if origin == _DEFAULT_ROLES else problem.advice
            self._found[replace(problem, origin=origin, advice=advice)] = None
        return names

    def _look_up(self, roles: tuple[str, ...]) -> tuple[tuple[str, ...], list[RosterProblem]]:
        found = [(role, self._catalog.name_of(role)) for role in roles]
        if unknown := [role for role, name in found if name is None]:
            return (), [self._unknown_role(role) for role in unknown]
        names = tuple(dict.fromkeys(name for _, name in found if name is not None))
        if reasons := [self._catalog.unassignable[name] for name in names if name in self._catalog.unassignable]:
            return (), [RosterProblem(None, reasons[0])]
        if len(names) > 1 and not self._several:
            message = f"it names {len(names)} roles ({', '.join(names)}), but a member has exactly one role here"
            return (), [RosterProblem(None, message)]
        return names, []

    def _unknown_role(self, role: str) -> RosterProblem:
        known = self._catalog.assignable
        message = f"{describe_name(role)} is no role here.{did_you_mean(role, known)} Roles here: {self._catalog}"
        return RosterProblem(None, message, map_role_advice(role, similar_name(role, known)))


class WriteValidator:
    """Validate writes by the provider's own rules, without a request; each method returns the problem, or None."""

    def __init__(self, organization: OrganizationHandle, organization_id: str) -> None:
        provider = organization.provider
        self._users = provider.users(organization_id)
        can_invite = Capability.INVITATIONS_CREATE in provider.capabilities
        self._invitations = provider.invitations(organization_id) if can_invite else None

    def creation(self, fields: Mapping[str, str], roles: tuple[str, ...]) -> str | None:
        """Validate a new account."""
        if not fields.keys() & {"username", "email", "phone"}:
            return "a new user needs a username, an e-mail address or a phone number"
        draft = UserDraft(roles=roles, **cast("UserFields[str | None]", fields))
        return _problem_with(fields, lambda: self._users.check_create(draft))

    def update(self, fields: Mapping[str, str]) -> str | None:
        """Validate the changes of a user."""
        changes = UserChanges(**cast("UserFields[str | UnsetType | None]", fields))
        return _problem_with(fields, lambda: self._users.check_update(changes))

    def invitation(self, email: str | None, roles: tuple[str, ...]) -> str | None:
        """Validate an invitation. The planner checks elsewhere that the provider has invitations."""
        if email is None:
            return "it has no e-mail address for an invitation"
        if self._invitations is None:
            return None
        check = self._invitations.check_create
        return _problem_with({"email": email}, lambda: check(InvitationDraft(email=email, roles=roles)))


def _problem_with(fields: Mapping[str, str], check: Callable[[], None]) -> str | None:
    try:
        if "email" in fields:
            check_email(fields["email"])
        "".join(fields.values()).encode()
        check()
    except UnicodeEncodeError:
        return "a value contains half of a surrogate pair, which cannot be sent"
    except (InvalidArgumentError, NotFoundError, UnsupportedError) as error:
        return str(error)
    return None
