"""The plan builder: from matched rows to validated writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgsdk.bulk.planning.guards import protected_members
from orgsdk.bulk.planning.members import changed_fields, fingerprint, row_fields
from orgsdk.bulk.planning.ordering import without_cycles
from orgsdk.bulk.planning.plan import ProtectedMember
from orgsdk.bulk.planning.writes import KINDS, Write
from orgsdk.bulk.roster.keys import key_of, label_of
from orgsdk.bulk.roster.spec import FIELDS, RosterProblem
from orgsdk.domain import UNSET, Capability, InvitationDraft, UserChanges, UserDraft, check_email
from orgsdk.errors import InvalidArgumentError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from orgsdk.bulk.planning.members import Member
    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.bulk.planning.target import RoleCatalog
    from orgsdk.bulk.planning.writes import Kind
    from orgsdk.bulk.roster.spec import Field, UserSpec
    from orgsdk.providers.base import Provider


class RoleResolver:
    """Read the roles of rows: names and ids become the names that users show, and what cannot be is a problem."""

    def __init__(self, names: RoleCatalog, default: tuple[str, ...], *, several: bool) -> None:
        self._names = names
        self._default = default
        self._several = several
        self._read: dict[tuple[str, ...], tuple[tuple[str, ...], str | None]] = {}
        self.problems: list[RosterProblem] = []

    def wanted(self, row: UserSpec) -> tuple[str, ...] | None:
        """Give the names of the row's roles; None where it says nothing of roles.

        Where everybody holds exactly one, none at all cannot be meant.
        """
        if row.roles is None or not (row.roles or self._several):
            return None
        return self._named(row.roles, row.origin)

    def for_new(self, row: UserSpec) -> tuple[str, ...]:
        """Give the names of the roles that a new person is to hold."""
        wanted = self.wanted(row)
        return self._named(self._default, "Policy.default_roles") if wanted is None else wanted

    def _named(self, roles: tuple[str, ...], origin: str | None) -> tuple[str, ...]:
        # A roster has few different sets of roles, and many rows.
        if roles not in self._read:
            self._read[roles] = self._look_up(roles)
        named, wrong = self._read[roles]
        if wrong is not None:
            problem = RosterProblem(origin, wrong)
            if not self.problems or self.problems[-1] != problem:
                self.problems.append(problem)
        return named

    def _look_up(self, roles: tuple[str, ...]) -> tuple[tuple[str, ...], str | None]:
        found = [(role, self._names.name_of(role)) for role in roles]
        unknown = [role for role, name in found if name is None]
        if unknown:
            return (), f"there is no role {', '.join(map(repr, unknown))}: the roles are {self._names}"
        named = tuple(dict.fromkeys(name for _, name in found if name is not None))
        if refused := [self._names.refused[name] for name in named if name in self._names.refused]:
            return (), refused[0]
        if len(named) > 1 and not self._several:
            return (), f"it names {len(named)} roles ({', '.join(named)}), and a member holds one here"
        return named, None


class WriteValidator:
    """Say what is wrong with a write, None where nothing is; sends nothing."""

    def __init__(self, provider: Provider, organization_id: str) -> None:
        self._users = provider.users(organization_id)
        able = Capability.INVITATIONS_CREATE in provider.capabilities
        self._invitations = provider.invitations(organization_id) if able else None

    def creation(self, fields: Mapping[str, str], roles: tuple[str, ...]) -> str | None:
        """Check an account that is to be made."""
        if not fields.keys() & {"username", "email", "phone"}:
            return "a new person needs a username, an e-mail address or a phone number"
        draft = UserDraft(
            external_id=fields.get("external_id"),
            username=fields.get("username"),
            email=fields.get("email"),
            phone=fields.get("phone"),
            name=fields.get("name"),
            given_name=fields.get("given_name"),
            family_name=fields.get("family_name"),
            roles=roles,
        )
        return _problem_with(fields, lambda: self._users.check_create(draft))

    def update(self, fields: Mapping[str, str]) -> str | None:
        """Check the changes of a user."""
        changes = UserChanges(
            external_id=fields.get("external_id", UNSET),
            username=fields.get("username", UNSET),
            email=fields.get("email", UNSET),
            phone=fields.get("phone", UNSET),
            name=fields.get("name", UNSET),
            given_name=fields.get("given_name", UNSET),
            family_name=fields.get("family_name", UNSET),
        )
        return _problem_with(fields, lambda: self._users.check_update(changes))

    def invitation(self, email: str | None, roles: tuple[str, ...]) -> str | None:
        """Check an invitation; where the provider has none, that is said of the whole plan elsewhere."""
        if email is None:
            return "it has no e-mail address to invite"
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
        return "a text has half a character in it"
    except (InvalidArgumentError, UnsupportedError) as error:
        return str(error)
    return None


MatchedPair = tuple["UserSpec", "Member"]


@dataclass(slots=True)
class BuiltWrites:
    """Hold the writes, who is kept, how many are as they should be, and what is wrong."""

    kept: tuple[ProtectedMember, ...] = ()
    unchanged: int = 0
    left: int = 0
    invited: int = 0
    absent: int = 0
    problems: list[RosterProblem] = field(default_factory=list[RosterProblem])
    by_kind: dict[Kind, list[Write]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def writes(self) -> tuple[list[Write], tuple[str, ...]]:
        """Give the writes in the order of a plan, numbered, and notes on what is left out of them."""
        ordered = [write for kind in KINDS for write in self.by_kind[kind]]
        for number, write in enumerate(ordered):
            # Nobody has seen them yet: copies of them all would be a tenth of what a long plan takes.
            object.__setattr__(write, "number", number)
        return without_cycles(ordered)


class PlanBuilder:
    """Draft the writes of one plan: `keep` for members, then `admit` for others, then `end` for who is left."""

    def __init__(
        self, policy: Policy, kept_fields: Iterable[Field], roles: RoleResolver, checks: WriteValidator
    ) -> None:
        self.built: BuiltWrites = BuiltWrites()
        self._policy = policy
        self._fields = tuple(kept_fields)
        self._roles = roles
        self._checks = checks
        self._labels: dict[str, UserSpec] = {}
        self._admin_roles = frozenset(policy.admin_roles)

    def members(self, members: Sequence[Member], pairs: Sequence[MatchedPair], own_user_id: str | None) -> None:
        """Draft what is to be done about members, given the rows of those who have one."""
        staying = {member.id for row, member in pairs if row.enabled}
        leaving = [member for member in members if member.id not in staying]
        given = [(row, member, self._new_roles(row, member)) for row, member in pairs if row.enabled]
        kept = protected_members(
            members,
            {member.id for member in leaving} if self._policy.remove != "no" else frozenset(),
            {member.id for _, member, roles in given if roles is not None and self._demotes(member, roles)},
            policy=self._policy,
            own_user_id=own_user_id,
        )
        self.built.kept = tuple(ProtectedMember(user_id, reason) for user_id, reason in kept.items())
        for row, member, roles in given:
            changed = self._update(row, member)
            if roles is not None and member.id not in kept:
                self._give_roles(row, member, roles)
            elif not changed and roles is None:
                self.built.unchanged += 1
        origins = {member.id: row.origin for row, member in pairs if not row.enabled}
        self._remove([member for member in leaving if member.id not in kept], origins)
        self.built.left += sum(member.id in kept for member in leaving)

    def add(self, pairs: Iterable[MatchedPair]) -> None:
        """Draft the adding of accounts that exist and are no members."""
        for row, account in pairs:
            roles = self._roles.for_new(row)
            self._write("add", row, account, roles=roles)
            self._update(row, account)

    def create(self, rows: Iterable[UserSpec]) -> None:
        """Draft the accounts of people who have none."""
        for row in rows:
            fields, roles = row_fields(row, self._fields), self._roles.for_new(row)
            label = self._new_label(row)
            if label is not None and self._passes(row, self._checks.creation(fields, roles)):
                self._write("create", row, None, label=label, fields=fields, roles=roles)

    def invite(self, rows: Iterable[UserSpec], pending: frozenset[str]) -> None:
        """Draft the invitations of people who are not there, but for those who have one."""
        for row in rows:
            address, roles = row_fields(row, ("email",)), self._roles.for_new(row)
            if key_of("email", row) in pending:
                self.built.invited += 1
                continue
            label = self._new_label(row)
            if label is not None and self._passes(row, self._checks.invitation(address.get("email"), roles)):
                self._write("invite", row, None, label=label, fields=address, roles=roles)

    def _new_roles(self, row: UserSpec, member: Member) -> tuple[str, ...] | None:
        wanted = None if self._policy.roles == "leave" else self._roles.wanted(row)
        if wanted is None:
            return None
        if self._policy.roles == "add":
            return tuple(role for role in wanted if role not in member.roles) or None
        return wanted if set(wanted) != set(member.roles) else None

    def _demotes(self, member: Member, roles: tuple[str, ...]) -> bool:
        admin = self._admin_roles
        return self._policy.roles == "set" and not admin.isdisjoint(member.roles) and admin.isdisjoint(roles)

    def _give_roles(self, row: UserSpec, member: Member, roles: tuple[str, ...]) -> None:
        kind: Kind = "add_roles" if self._policy.roles == "add" else "set_roles"
        self._write(kind, row, member, roles=roles, roles_before=member.roles)

    def _update(self, row: UserSpec, member: Member) -> bool:
        changes = changed_fields(row_fields(row, self._fields), member, self._policy)
        if changes and self._passes(row, self._checks.update(changes)):
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
        """Name the person; None where a row before this one names them too, which is a problem."""
        label = label_of(self._policy.match_by, row) or ""
        first = self._labels.setdefault(label, row)
        if first is not row:
            self._passes(row, f"it names the same person as {first.origin or 'another row'}")
            return None
        return label

    def _passes(self, row: UserSpec, complaint: str | None) -> bool:
        if complaint is not None:
            self.built.problems.append(RosterProblem(row.origin, complaint))
        return complaint is None
