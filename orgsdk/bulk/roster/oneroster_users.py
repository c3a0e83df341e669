"""Read OneRoster's `users.csv` and `roles.csv`.

Source: CSV Binding 1.2.1, "roles.csv": sourcedId, status, dateLastModified, userSourcedId, roleType, role, beginDate,
endDate, orgSourcedId, userProfileSourcedId. A role is held on its endDate too, as in SDS v2.1.

Source: OneRoster CSV Tables 1.1.1, "users.csv": sourcedId, status, dateLastModified, enabledUser, orgSourcedIds, role,
username, userIds, givenName, familyName, middleName, identifier, email, sms, phone, agentSourcedIds, grades, password.
CSV Binding 1.2.1 moves orgSourcedIds and role to roles.csv and adds, after password, userMasterIdentifier,
resourceSourcedIds, preferredGivenName, preferredMiddleName, preferredFamilyName, primaryOrgSourcedId and pronouns.

Passwords and phone numbers are not read: a family shares a phone number, and a provider may use it for sign-in.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from orgsdk.bulk.roster.cells import ValueProblem
from orgsdk.bulk.roster.problems import origin_at
from orgsdk.bulk.roster.rows import RowReader, read_keys
from orgsdk.bulk.roster.spec import State, UserSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from orgsdk.bulk.roster.dates import ReadingDay
    from orgsdk.bulk.roster.oneroster_export import ExportFiles

USERS = "users.csv"
ROLES = "roles.csv"
_ROLE_COLUMNS = ("userSourcedId", "roleType", "role", "orgSourcedId", "status", "beginDate", "endDate")
_COMMON = ("sourcedId", "status", "enabledUser", "username", "givenName", "familyName", "email")
# With the spellings of public exports.
_IN_1_1 = ("orgSourcedIds|orgs|schools", "role")
_IN_1_2 = ("preferredGivenName|prefferedGivenName", "preferredFamilyName", "primaryOrgSourcedId")
# "inactive" is from version 1.0; some systems still write it.
_STATUS: Mapping[str, State] = {"": "active", "active": "active", "inactive": "suspended", "tobedeleted": "gone"}
_ENABLED: Mapping[str, State] = {
    **dict.fromkeys(("", "true", "1"), "active"),
    **dict.fromkeys(("false", "0"), "suspended"),
}


@dataclass(slots=True)
class RoleAssignments:
    """The roles of each user in `roles.csv`.

    Attributes:
        primary: The primary roles of each user.
        secondary: The secondary ones, if they are read.
        lines: The first line that names the user.
        others: Users with a role that is valid but not read: a secondary one.
        elsewhere: Users with a role that has not ended, in an organization that is not read.
    """

    primary: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    secondary: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    lines: dict[str, int] = field(default_factory=dict[str, int])
    others: set[str] = field(default_factory=set[str])
    elsewhere: set[str] = field(default_factory=set[str])

    def of(self, user: str) -> list[str]:
        """Return a user's roles, primary ones first."""
        return self.primary.get(user, []) + self.secondary.get(user, [])


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users are read: those of the `org_ids` organizations, or of any if it is None.

    `known` are all organizations of the export; None if it does not list all of them. A `closed` one has no users.
    """

    known: Collection[str] | None
    closed: frozenset[str]
    org_ids: frozenset[str] | None
    reader: RowReader

    def is_elsewhere(self, orgs: Iterable[str]) -> bool:
        """Return whether one of these organizations exists and is not read."""
        if self.org_ids is None:
            return False
        return any(org and org not in self.org_ids and org not in self.closed for org in orgs)

    def add_elsewhere(self, row: _UserRow) -> None:
        """Record a user of an organization that is not read. Invalid words count as those of an active user."""
        try:
            state, _ = _read_state(row)
        except ValueProblem:
            state = "active"
        self.reader.add_elsewhere(read_keys(_keys(row))[0], state)


def read_role_assignments(
    files: ExportFiles, user_filter: UserFilter, day: ReadingDay, *, primary_only: bool
) -> RoleAssignments:
    """Read the roles that are valid on a day, in the organizations of the filter."""
    assignments, problems = RoleAssignments(), files.problems
    org_ids = user_filter.org_ids
    with files.rows(ROLES, _ROLE_COLUMNS) as rows:
        for line, (user, kind, role, org, status, begin, end) in rows:
            origin = origin_at(ROLES, line)
            if status.casefold() == "tobedeleted" or org in user_filter.closed:
                continue  # it may name a user who left
            if not user or not role:
                problems.add(origin, f"the {'role' if user else 'userSourcedId'} is empty")
                continue
            assignments.lines.setdefault(user, line)
            if user_filter.known is not None and org not in user_filter.known:
                problems.add(origin, "its orgSourcedId is not in orgs.csv: the export is incomplete")
                continue
            if kind.casefold() not in {"primary", "secondary"}:
                problems.add(origin, f"the roleType is {kind[:100]!r}: it must be primary or secondary")
                continue
            try:
                current, has_ended = day.is_within(begin, end), day.has_ended(end)
            except ValueError:
                problems.add(origin, "beginDate or endDate is not a date such as 2026-08-31")
                continue
            if user_filter.is_elsewhere((org,)) and not has_ended:
                assignments.elsewhere.add(user)
            if not current or (org_ids is not None and org not in org_ids):
                continue
            if kind.casefold() == "primary":
                assignments.primary.setdefault(user, []).append(role)
            elif primary_only:
                assignments.others.add(user)
            else:
                assignments.secondary.setdefault(user, []).append(role)
    return assignments


class _UserRow(NamedTuple):
    sourced_id: str
    status: str
    enabled: str
    username: str
    given_name: str
    family_name: str
    email: str


def read_users_1_1(files: ExportFiles, user_filter: UserFilter) -> None:
    """Read the users of version 1.1; a row has one role, and the user's organizations."""
    with files.rows(USERS, (*_COMMON, *_IN_1_1)) as rows:
        for line, cells in rows:
            origin, row = origin_at(USERS, line), _UserRow(*cells[:7])
            orgs = [org.strip() for org in cells[7].split(",") if org.strip()]
            if user_filter.is_elsewhere(orgs):
                user_filter.add_elsewhere(row)
            try:
                if user_filter.org_ids is None or not user_filter.org_ids.isdisjoint(orgs):
                    _add_user(row, [cells[8]] if cells[8] else None, orgs, user_filter, origin)
            except ValueProblem as problem:
                user_filter.reader.reject(origin, problem, _keys(row))


def read_users_1_2(
    files: ExportFiles,
    user_filter: UserFilter,
    assignments: RoleAssignments | None,
    *,
    roles_complete: bool,
    whole: bool,
) -> None:
    """Read the users of version 1.2. A user belongs to the organizations in which `assignments` has a role.

    If `roles_complete` is False (roles.csv is a delta or absent), the primary organization counts too, and the rows
    define no roles: a delta contains changes, not all roles of a user. If it is complete, a user without a valid role
    has none any more. If the files are `whole`, every user of roles.csv must be in users.csv.
    """
    seen = set[str]()
    with files.rows(USERS, _COMMON, _IN_1_2) as rows:
        for line, cells in rows:
            origin, row = origin_at(USERS, line), _UserRow(*cells[:7])
            given, family, primary = cells[7:]
            seen.add(row.sourced_id)
            is_elsewhere = not roles_complete and user_filter.is_elsewhere((primary,))
            if is_elsewhere or (assignments is not None and row.sourced_id in assignments.elsewhere):
                user_filter.add_elsewhere(row)
            try:
                names = assignments.of(row.sourced_id) if assignments else []
                has_others = assignments is not None and row.sourced_id in assignments.others
                belongs = (
                    user_filter.org_ids is None
                    or names
                    or has_others
                    or (not roles_complete and primary in user_filter.org_ids)
                )
                if belongs:
                    row = row._replace(given_name=given or row.given_name, family_name=family or row.family_name)
                    defined = names if roles_complete and (names or not has_others) else None
                    _add_user(row, defined, [primary] if primary else [], user_filter, origin)
            except ValueProblem as problem:
                user_filter.reader.reject(origin, problem, _keys(row))
    if assignments and whole:
        for user, line in assignments.lines.items():
            if user not in seen:
                files.problems.add(
                    origin_at(ROLES, line), "its userSourcedId is not in users.csv: the export is incomplete"
                )


def _keys(row: _UserRow) -> Sequence[tuple[str, str]]:
    return ("external_id", row.sourced_id), ("username", row.username), ("email", row.email)


def _add_user(
    row: _UserRow, names: Sequence[str] | None, orgs: Sequence[str], user_filter: UserFilter, origin: str
) -> None:
    reader = user_filter.reader
    reader.cells.origin = origin
    roles = None if names is None else reader.roles.rename(names)
    if roles == () and names:
        return
    state, word = _read_state(row)
    # The organization of a user who left may have been removed before.
    if state == "active" and user_filter.known is not None and not set(orgs).issubset(user_filter.known):
        raise ValueProblem("an organization of the row is not in orgs.csv: the export is incomplete")
    spec = UserSpec(
        external_id=reader.cells.read_text(row.sourced_id, "external_id"),
        username=reader.cells.read_text(row.username, "username"),
        email=reader.cells.read_text(row.email, "email"),
        given_name=reader.cells.read_text(row.given_name, "given_name"),
        family_name=reader.cells.read_text(row.family_name, "family_name"),
        roles=roles,
        state=state,
        word=word,
        origin=origin,
    )
    if spec.external_id is None:
        raise ValueProblem("the sourcedId is empty")
    reader.add(spec)


def _read_state(row: _UserRow) -> tuple[State, str | None]:
    """Return the state of a row, and the export's own word for it if it is not active."""
    status = _read_word(row.status, _STATUS, "status")
    if status != "active":
        return status, row.status
    enabled = _read_word(row.enabled, _ENABLED, "enabledUser")
    return enabled, None if enabled == "active" else f"enabledUser {row.enabled}"


def _read_word(value: str, words: Mapping[str, State], column: str) -> State:
    try:
        return words[value.casefold()]
    except KeyError:
        known = ", ".join(word for word in words if word)
        raise ValueProblem(f"the {column} is {value[:100]!r}: it must be one of {known}") from None
