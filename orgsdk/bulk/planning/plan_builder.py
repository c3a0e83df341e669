"""The plan builder: from matched rows and departures to validated writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from orgsdk.bulk.planning.admins import AdminRoles
from orgsdk.bulk.planning.departures import Departure
from orgsdk.bulk.planning.guards import protected_members
from orgsdk.bulk.planning.mass_changes import ChangeCounter
from orgsdk.bulk.planning.matched_rows import RowProblem
from orgsdk.bulk.planning.members import changed_fields, fingerprint, row_fields
from orgsdk.bulk.planning.ordering import without_cycles
from orgsdk.bulk.planning.patterns import UserPatterns
from orgsdk.bulk.planning.taken_values import TakenValues
from orgsdk.bulk.planning.user_index import zeros_message
from orgsdk.bulk.planning.writes import KINDS, NO_VALUES, Kind, ProtectedMember, Write
from orgsdk.bulk.roster.keys import key_of, label_of, username_key, without_leading_zeros
from orgsdk.bulk.roster.spec import FIELDS, RosterProblem
from orgsdk.domain import Capability, fields_to_create, fields_to_update
from orgsdk.errors import Advice

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from orgsdk.bulk.planning.departures import Departures
    from orgsdk.bulk.planning.matched_rows import MatchedRows
    from orgsdk.bulk.planning.members import Member
    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.bulk.planning.role_resolver import RoleResolver
    from orgsdk.bulk.planning.settled import Settled
    from orgsdk.bulk.planning.suspensions import Suspensions
    from orgsdk.bulk.planning.unique_values import UniqueValues
    from orgsdk.bulk.planning.write_validator import WriteValidator
    from orgsdk.bulk.roster.spec import UserSpec

OMIT_ADVICE: Final = Advice(
    'To leave out usernames that cannot be stored, where an address identifies the user, pass Policy(username="omit").',
    command="--username omit leaves out usernames that cannot be stored, where an address identifies the user",
)


@dataclass(slots=True)
class BuiltWrites:
    """The writes of a plan, its protected members, its counts, and the problems that were found."""

    protected: tuple[ProtectedMember, ...] = ()
    departed: list[Departure] = field(default_factory=list["Departure"])
    unchanged: int = 0
    left: int = 0
    invited: int = 0
    absent: int = 0
    without_username: int = 0
    still_suspended: int = 0
    protected_suspended: int = 0
    suspended_by_others: int = 0
    changes: ChangeCounter = field(default_factory=ChangeCounter)
    problems: list[RowProblem] = field(default_factory=list[RowProblem])
    by_kind: dict[Kind, list[Write]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def writes(self, unique: UniqueValues) -> tuple[list[Write], tuple[str, ...]]:
        """Return the writes in the order of a plan, numbered, and notes on what is left out of them."""
        ordered = [write for kind in KINDS for write in self.by_kind[kind]]
        for number, write in enumerate(ordered):
            # The writes are not shared yet. Copying them would take a tenth of the memory of a large plan.
            object.__setattr__(write, "number", number)
        remaining, notes = unique.leave_out(ordered)
        remaining, more = without_cycles(remaining)
        return remaining, (*notes, *more)


class PlanBuilder:
    """Build the writes of one plan: `members` for members, then `add`, `create` or `invite` for the other rows."""

    def __init__(
        self,
        policy: Policy,
        capabilities: Collection[Capability],
        roles: RoleResolver,
        validator: WriteValidator,
        suspensions: Suspensions,
    ) -> None:
        self.built: BuiltWrites = BuiltWrites()
        self.taken: TakenValues = TakenValues(policy)
        self._policy = policy
        self._new_fields = fields_to_create(capabilities)
        self._fields = fields_to_update(capabilities)
        self._roles = roles
        self._validator = validator
        self._suspensions = suspensions
        self._admin_roles = AdminRoles(policy)
        self._protected = UserPatterns(policy.protect)
        self._distinguishes_case = Capability.USERS_USERNAME_CASE in capabilities

    def members(
        self,
        settled: Settled,
        matched: MatchedRows,
        departures: Departures,
        own_user_id: str | None,
    ) -> None:
        """Build the changes of the members that rows name and that are not settled, and the departures."""
        active = [(row, member) for row, member in matched.pairs if row.state == "active"]
        with_roles = [
            (row, member, self._roles.changed(row, member.roles, self._policy.roles)) for row, member in active
        ]
        protected = protected_members(
            settled.members,
            {departure.member.id for departure in departures.leaving},
            {member.id for _, member, roles in with_roles if roles is not None and self._demotes(member, roles)},
            policy=self._policy,
            own_user_id=own_user_id,
            other_admins=any(self._admin_roles.among(roles) for roles in settled.roles),
        )
        self.built.protected = tuple(ProtectedMember(user_id, reason) for user_id, reason in protected.items())
        self.built.departed = [found for found in departures.leaving if found.member.id not in protected]
        self.built.left = departures.left + len(departures.leaving) - len(self.built.departed)
        self.built.unchanged = departures.unchanged + settled.count
        deleted = {found.member.id for found in self.built.departed if found.action == "delete"}
        self.taken.settle(matched.transfers, deleted)
        for row, member, roles in with_roles:
            is_changed = self._activate(row, member)
            is_changed |= self._update(row, member)
            if roles is not None and member.id not in protected:
                self._change_roles(row, member, roles)
            elif not is_changed and roles is None:
                self.built.unchanged += 1
        # The order of the provider is no help to a reader, and may change from plan to plan.
        for departure in sorted(self.built.departed, key=self._label):
            self._depart(departure)

    def add(self, matched: MatchedRows) -> None:
        """Build the writes that make existing accounts members."""
        self.taken.settle(matched.transfers)
        for row, account in matched.pairs:
            roles = self._roles.for_new(row)
            self._write("add", row, account, roles=roles)
            self._count_admin(roles, ())
            self._activate(row, account)
            self._update(row, account)

    def create(self, rows: Iterable[UserSpec]) -> None:
        """Build the writes that create accounts."""
        for row in rows:
            fields, roles = row_fields(row, self._new_fields), self._roles.for_new(row)
            if self.taken.is_held(row):
                continue
            problem, advice = self._checked(row, fields, partial(self._validator.creation, roles=roles))
            if self._is_valid(row, problem, advice):
                self._write("create", row, None, fields=fields, roles=roles)
                self._count_admin(roles, ())

    def invite(self, rows: Iterable[UserSpec], pending: frozenset[str], members: Mapping[str, str]) -> None:
        """Build the invitations, except for the addresses in `pending`.

        `members` are the ids of members with one of the addresses: an invitation could change such a member instead.
        """
        invited: set[str] = set()
        for row in rows:
            address, roles = row_fields(row, ("email",)), self._roles.for_new(row)
            key = key_of("email", row) or ""
            if self.taken.is_held(row, "email"):
                continue
            problem = self._validator.invitation(address.get("email"), roles)
            if problem is None and key in members:
                problem = f"its email belongs to member {members[key]}, and Policy.match_by does not match by email"
            elif problem is None and key in invited:
                problem = "its email is that of another row, and each address gets one invitation"
            invited.add(key)
            if key in pending and key not in members:
                self.built.invited += 1
            elif self._is_valid(row, problem):
                self._write("invite", row, None, fields=address, roles=roles)
                self._count_admin(roles, ())

    def _demotes(self, member: Member, roles: tuple[str, ...]) -> bool:
        among = self._admin_roles.among
        return self._policy.roles == "set" and bool(among(member.roles)) and not among(roles)

    def _change_roles(self, row: UserSpec, member: Member, roles: tuple[str, ...]) -> None:
        kind: Kind = "add_roles" if self._policy.roles == "add" else "set_roles"
        self._write(kind, row, member, roles=roles, roles_before=member.roles)
        self.built.changes.accesses.add(member.id)
        self._count_admin(roles, member.roles)
        if kind == "set_roles" and self._admin_roles.among(member.roles) - set(roles):
            self.built.changes.demoted += 1

    def _count_admin(self, roles: Iterable[str], before: Iterable[str]) -> None:
        among = self._admin_roles.among
        self.built.changes.new_admins += bool(among(roles)) and not among(before)

    def _activate(self, row: UserSpec, member: Member) -> bool:
        if not member.is_suspended:
            return False
        if not self._policy.may_suspend:
            self.built.still_suspended += 1
            return False
        if self._protected and self._protected.match(member):
            # A run never suspends a protected member: it was an administrator.
            self.built.protected_suspended += 1
            return False
        if not self._suspensions.may_end(member):
            self.built.suspended_by_others += 1
            return False
        self._write("activate", row, member)
        self.built.changes.accesses.add(member.id)
        self._count_admin(member.roles, ())
        return True

    def _update(self, row: UserSpec, member: Member) -> bool:
        """Build the update of a user, and return whether the row differs."""
        changes = changed_fields(row_fields(row, self._fields), member, self._policy)
        if not self._distinguishes_case and "username" in changes and _is_same_in_lower_case(changes, member):
            del changes["username"]
        if not changes:
            return False
        self.taken.leave_out(row, changes)
        if "external_id" in changes and self._policy.external_ids == "keep" and member.external_id:
            del changes["external_id"]
        problem, advice = _zeros_problem(changes, member), None
        if problem is None and changes:
            problem, advice = self._checked(row, changes, self._validator.update)
        if not self._is_valid(row, problem, advice):
            return True
        if not changes:
            return False
        before: dict[str, str | None] = {name: getattr(member, name) for name in changes}
        self._write("update", row, member, fields=changes, before=before)
        self.built.changes.count_update(row, member, changes, before)
        return True

    def _checked(
        self, row: UserSpec, fields: dict[str, str], check: Callable[[dict[str, str]], str | None]
    ) -> tuple[str | None, Advice | None]:
        """Return the problem of a write; leave out a username that cannot be stored, if the policy omits it."""
        problem = check(fields)
        if problem is None or "username" not in fields or not row.email:
            return problem, None
        rest = {name: value for name, value in fields.items() if name != "username"}
        if rest and check(rest) is not None:
            return problem, None
        if self._policy.username != "omit":
            return problem, OMIT_ADVICE
        del fields["username"]
        self.built.without_username += 1
        return None, None

    def _label(self, departure: Departure) -> str:
        return label_of(self._policy.match_by, departure.member) or f"id:{departure.member.id}"

    def _depart(self, departure: Departure) -> None:
        member, row = departure.member, departure.row
        is_removal = departure.action != "suspend"
        self.built.by_kind["remove" if is_removal else "suspend"].append(
            Write(
                number=0,
                kind="remove" if is_removal else "suspend",
                key=self._label(departure),
                user_id=member.id,
                before={name: value for name in FIELDS if (value := getattr(member, name))},
                roles_before=member.roles if is_removal else (),
                account=None if departure.action == "suspend" else departure.action,
                fingerprint=fingerprint(member, self._fields),
                origin=None if row is None else row.origin,
                word=None if row is None else row.word,
            )
        )

    def _write(
        self,
        kind: Kind,
        row: UserSpec,
        member: Member | None,
        *,
        fields: dict[str, str] | None = None,
        before: dict[str, str | None] | None = None,
        roles: tuple[str, ...] = (),
        roles_before: tuple[str, ...] = (),
    ) -> None:
        self.built.by_kind[kind].append(
            Write(
                number=0,
                kind=kind,
                key=label_of(self._policy.match_by, row) or "",
                user_id=None if member is None else member.id,
                fields=fields or NO_VALUES,
                before=before or NO_VALUES,
                roles=roles,
                roles_before=roles_before,
                fingerprint=None if member is None else fingerprint(member, self._fields),
                origin=row.origin,
            )
        )

    def _is_valid(self, row: UserSpec, problem: str | None, advice: Advice | None = None) -> bool:
        """Record the problem of a row, if there is one."""
        if problem is not None:
            self.built.problems.append(RowProblem(RosterProblem(row.origin, problem, advice), (row,)))
        return problem is None


def _is_same_in_lower_case(changes: dict[str, str], member: Member) -> bool:
    return username_key(changes["username"]).casefold() == username_key(member.username or "").casefold()


def _zeros_problem(changes: dict[str, str], member: Member) -> str | None:
    """Return the problem of an id that would only gain or lose zeros at its start."""
    for kind in ("external_id", "username"):
        wanted, stored = changes.get(kind), getattr(member, kind)
        digits = without_leading_zeros(wanted) if wanted and stored else None
        if digits is not None and digits == without_leading_zeros(stored):
            return zeros_message(kind, "member", member)
    return None
