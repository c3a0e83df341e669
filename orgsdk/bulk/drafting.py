"""From who is there and who is wanted to the writes between them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgsdk.bulk.circles import without_circles
from orgsdk.bulk.comparing import differences, fields_of
from orgsdk.bulk.fingerprint import fingerprint
from orgsdk.bulk.keys import key_of, label_of
from orgsdk.bulk.plans import Kept
from orgsdk.bulk.removals import keepers
from orgsdk.bulk.spec import FIELDS, Problem
from orgsdk.bulk.writes import KINDS, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orgsdk.bulk.checks import Checks
    from orgsdk.bulk.members import Member
    from orgsdk.bulk.policy import Policy
    from orgsdk.bulk.row_roles import RowRoles
    from orgsdk.bulk.spec import Field, UserSpec
    from orgsdk.bulk.writes import Kind

Pair = tuple["UserSpec", "Member"]


@dataclass(slots=True)
class Drafted:
    """Hold the writes, who is kept, how many are as they should be, and what is wrong."""

    kept: tuple[Kept, ...] = ()
    unchanged: int = 0
    left: int = 0
    invited: int = 0
    absent: int = 0
    problems: list[Problem] = field(default_factory=list[Problem])
    by_kind: dict[Kind, list[Write]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def writes(self) -> tuple[list[Write], tuple[str, ...]]:
        """Give the writes in the order of a plan, numbered, and notes on what is left out of them."""
        ordered = [write for kind in KINDS for write in self.by_kind[kind]]
        for number, write in enumerate(ordered):
            # Nobody has seen them yet: copies of them all would be a tenth of what a long plan takes.
            object.__setattr__(write, "number", number)
        return without_circles(ordered)


class Drafter:
    """Draft the writes of one plan: `keep` for members, then `admit` for others, then `end` for who is left."""

    def __init__(self, policy: Policy, kept_fields: Iterable[Field], roles: RowRoles, checks: Checks) -> None:
        self.drafted: Drafted = Drafted()
        self._policy = policy
        self._fields = tuple(kept_fields)
        self._roles = roles
        self._checks = checks
        self._labels: dict[str, UserSpec] = {}
        self._admin_roles = frozenset(policy.admin_roles)

    def members(self, members: Sequence[Member], pairs: Sequence[Pair], own_user_id: str | None) -> None:
        """Draft what is to be done about members, given the rows of those who have one."""
        staying = {member.id for row, member in pairs if row.enabled}
        leaving = [member for member in members if member.id not in staying]
        given = [(row, member, self._new_roles(row, member)) for row, member in pairs if row.enabled]
        kept = keepers(
            members,
            {member.id for member in leaving} if self._policy.remove != "no" else frozenset(),
            {member.id for _, member, roles in given if roles is not None and self._demotes(member, roles)},
            policy=self._policy,
            own_user_id=own_user_id,
        )
        self.drafted.kept = tuple(Kept(user_id, reason) for user_id, reason in kept.items())
        for row, member, roles in given:
            changed = self._update(row, member)
            if roles is not None and member.id not in kept:
                self._give_roles(row, member, roles)
            elif not changed and roles is None:
                self.drafted.unchanged += 1
        origins = {member.id: row.origin for row, member in pairs if not row.enabled}
        self._remove([member for member in leaving if member.id not in kept], origins)
        self.drafted.left += sum(member.id in kept for member in leaving)

    def add(self, pairs: Iterable[Pair]) -> None:
        """Draft the adding of accounts that exist and are no members."""
        for row, account in pairs:
            roles = self._roles.for_new(row)
            self._write("add", row, account, roles=roles)
            self._update(row, account)

    def create(self, rows: Iterable[UserSpec]) -> None:
        """Draft the accounts of people who have none."""
        for row in rows:
            fields, roles = fields_of(row, self._fields), self._roles.for_new(row)
            label = self._new_label(row)
            if label is not None and self._passes(row, self._checks.creation(fields, roles)):
                self._write("create", row, None, label=label, fields=fields, roles=roles)

    def invite(self, rows: Iterable[UserSpec], pending: frozenset[str]) -> None:
        """Draft the invitations of people who are not there, but for those who have one."""
        for row in rows:
            address, roles = fields_of(row, ("email",)), self._roles.for_new(row)
            if key_of("email", row) in pending:
                self.drafted.invited += 1
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
        changes = differences(fields_of(row, self._fields), member, self._policy)
        if changes and self._passes(row, self._checks.update(changes)):
            before = {name: getattr(member, name) for name in changes}
            self._write("update", row, member, fields=changes, before=before)
        return bool(changes)

    def _remove(self, leaving: Sequence[Member], origins: dict[str, str | None]) -> None:
        remove = self._policy.remove
        if remove == "no":
            self.drafted.left += len(leaving)
            return
        for member in leaving:
            self.drafted.by_kind["remove"].append(
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
        self.drafted.by_kind[kind].append(
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
            self.drafted.problems.append(Problem(row.origin, complaint))
        return complaint is None
