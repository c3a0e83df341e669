"""Read OneRoster's `users.csv` and `roles.csv`.

Source: CSV Binding 1.2.1, "roles.csv": sourcedId, status, dateLastModified, userSourcedId, roleType, role, beginDate,
endDate, orgSourcedId, userProfileSourcedId. That endDate is the first day without the role is from memory of the
Information Model 1.2, "Role".

Source: OneRoster CSV Tables 1.1.1, "users.csv": sourcedId, status, dateLastModified, enabledUser, orgSourcedIds, role,
username, userIds, givenName, familyName, middleName, identifier, email, sms, phone, agentSourcedIds, grades, password.
CSV Binding 1.2.1 moves orgSourcedIds and role to roles.csv and adds, after password, userMasterIdentifier,
resourceSourcedIds, preferredGivenName, preferredMiddleName, preferredFamilyName, primaryOrgSourcedId and pronouns.

Passwords are never read. Phone numbers are not either: a family shares one, and a provider may sign people in by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from orgsdk.bulk.roster.columns import RoleReader, ValueProblem, read_text
from orgsdk.bulk.roster.problems import RosterChecker, origin_at
from orgsdk.bulk.roster.spec import UserSpec

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from orgsdk.bulk.roster.oneroster_export import ExportFiles

ROLES = "roles.csv"
_ROLE_COLUMNS = ("userSourcedId", "roleType", "role", "orgSourcedId", "status", "beginDate", "endDate")


@dataclass(slots=True)
class RoleAssignments:
    """Hold what `roles.csv` says: each user's roles, and the line that names a user first."""

    primary: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    secondary: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    lines: dict[str, int] = field(default_factory=dict[str, int])

    def of(self, user: str) -> list[str]:
        """Give a user's roles, primary ones first."""
        return self.primary.get(user, []) + self.secondary.get(user, [])


def read_role_assignments(
    files: ExportFiles, parents: dict[str, str] | None, wanted: Collection[str] | None, on: date, *, primary_only: bool
) -> RoleAssignments:
    """Read who holds which role on a day in one of the wanted organizations, or in any where None are named."""
    held, problems = RoleAssignments(), files.problems
    with files.rows(ROLES, _ROLE_COLUMNS) as rows:
        for line, (user, kind, role, org, status, begin, end) in rows:
            origin = origin_at(ROLES, line)
            if not user or not role:
                problems.add(origin, f"the {'role' if user else 'userSourcedId'} is empty")
                continue
            held.lines.setdefault(user, line)
            if parents is not None and org not in parents:
                problems.add(origin, "its orgSourcedId is none of orgs.csv: the export is not whole")
                continue
            if kind not in {"primary", "secondary"}:
                problems.add(origin, f"the roleType is {kind[:100]!r}: primary and secondary are known")
                continue
            try:
                current = _parse_date(begin, date.min) <= on < _parse_date(end, date.max)
            except ValueError:
                problems.add(origin, "beginDate or endDate is no date: it is written as 2026-08-31")
                continue
            if (
                current
                and status.casefold() != "tobedeleted"
                and (wanted is None or org in wanted)
                and (kind == "primary" or not primary_only)
            ):
                (held.primary if kind == "primary" else held.secondary).setdefault(user, []).append(role)
    return held


def _parse_date(text: str, default: date) -> date:
    return date.fromisoformat(text[:10]) if text else default


USERS = "users.csv"
_COMMON = ("sourcedId", "status", "enabledUser", "username", "givenName", "familyName", "email")
_IN_1_1 = ("orgSourcedIds", "role")
_IN_1_2 = ("preferredGivenName", "preferredFamilyName", "primaryOrgSourcedId")
# "inactive" is 1.0's word, which systems still write.
_STATUS = {"": True, "active": True, "inactive": False, "tobedeleted": False}
_ENABLED = {"": True, "true": True, "false": False}


class _UserRow(NamedTuple):
    sourced_id: str
    status: str
    enabled: str
    username: str
    given_name: str
    family_name: str
    email: str


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Hold who is wanted: those of the `wanted` organizations, or of any where it is None, by the names of roles."""

    parents: dict[str, str] | None
    wanted: frozenset[str] | None
    roles: RoleReader


def read_users_1_1(files: ExportFiles, asked: UserFilter) -> list[UserSpec]:
    """Read the users of version 1.1, each with their one role and their organizations."""
    checker, users = RosterChecker(files.problems), list[UserSpec]()
    with files.rows(USERS, (*_COMMON, *_IN_1_1)) as rows:
        for line, cells in rows:
            origin = origin_at(USERS, line)
            try:
                orgs = [org.strip() for org in cells[7].split(",") if org.strip()]
                _check_orgs(orgs, asked)
                if asked.wanted is None or not asked.wanted.isdisjoint(orgs):
                    _append_user(users, checker, _UserRow(*cells[:7]), [cells[8]] if cells[8] else [], asked, origin)
            except ValueProblem as problem:
                files.problems.add(origin, str(problem))
    return users


def read_users_1_2(
    files: ExportFiles, asked: UserFilter, held: RoleAssignments | None, *, roles_told: bool, whole: bool
) -> list[UserSpec]:
    """Read the users of version 1.2, who belong where `held` has a role of theirs.

    Where `held` says nothing of somebody, or there is no roles.csv, their primary organization tells. Unless
    `roles_told`, roles are left as they are: a delta tells what changed, not what somebody holds. Where the files
    are `whole`, every user of roles.csv must be there.
    """
    checker, users, seen = RosterChecker(files.problems), list[UserSpec](), set[str]()
    with files.rows(USERS, _COMMON, _IN_1_2) as rows:
        for line, cells in rows:
            origin, row = origin_at(USERS, line), _UserRow(*cells[:7])
            given, family, primary = cells[7:]
            seen.add(row.sourced_id)
            try:
                _check_orgs([primary] if primary else [], asked)
                names = held.of(row.sourced_id) if held else []
                belongs = asked.wanted is None or names or (not roles_told and primary in asked.wanted)
                if belongs:
                    row = row._replace(given_name=given or row.given_name, family_name=family or row.family_name)
                    _append_user(users, checker, row, names if roles_told else [], asked, origin)
            except ValueProblem as problem:
                files.problems.add(origin, str(problem))
    if held and whole:
        for user, line in held.lines.items():
            if user not in seen:
                files.problems.add(
                    origin_at(ROLES, line), "its userSourcedId is none of users.csv: the export is not whole"
                )
    return users


def _check_orgs(orgs: Sequence[str], asked: UserFilter) -> None:
    if asked.parents is not None and not asked.parents.keys() >= set(orgs):
        raise ValueProblem("an organization of the row is none of orgs.csv: the export is not whole")


def _append_user(
    users: list[UserSpec], checker: RosterChecker, row: _UserRow, names: Sequence[str], asked: UserFilter, origin: str
) -> None:
    roles = asked.roles.take(names) if names else None
    if roles == ():
        return
    spec = UserSpec(
        external_id=read_text(row.sourced_id, "sourcedId"),
        username=read_text(row.username, "username"),
        email=read_text(row.email, "email"),
        given_name=read_text(row.given_name, "givenName"),
        family_name=read_text(row.family_name, "familyName"),
        roles=roles,
        enabled=_read_word(row.status, _STATUS, "status") and _read_word(row.enabled, _ENABLED, "enabledUser"),
        origin=origin,
    )
    if spec.external_id is None:
        raise ValueProblem("the sourcedId is empty")
    checker.check(spec)
    users.append(spec)


def _read_word(value: str, words: dict[str, bool], column: str) -> bool:
    try:
        return words[value.casefold()]
    except KeyError:
        known = ", ".join(word for word in words if word)
        raise ValueProblem(f"the {column} is {value[:100]!r}: {known} are known") from None
