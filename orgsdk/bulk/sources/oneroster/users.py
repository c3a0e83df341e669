"""`users.csv`: who there is, and in 1.1 also where they belong and what they are.

Source: OneRoster CSV Tables 1.1.1, "users.csv": sourcedId, status, dateLastModified, enabledUser, orgSourcedIds, role,
username, userIds, givenName, familyName, middleName, identifier, email, sms, phone, agentSourcedIds, grades, password.
CSV Binding 1.2.1 moves orgSourcedIds and role to roles.csv and adds, after password, userMasterIdentifier,
resourceSourcedIds, preferredGivenName, preferredMiddleName, preferredFamilyName, primaryOrgSourcedId and pronouns.

Passwords are never read. Phone numbers are not either: a family shares one, and a provider may sign people in by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from orgsdk.bulk.sources.checking import Checker
from orgsdk.bulk.sources.oneroster.roles import ROLES
from orgsdk.bulk.sources.problems import at
from orgsdk.bulk.sources.values import Roles, ValueProblem, text
from orgsdk.bulk.spec import UserSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.bulk.sources.oneroster.files import Files
    from orgsdk.bulk.sources.oneroster.roles import Held

USERS = "users.csv"
_COMMON = ("sourcedId", "status", "enabledUser", "username", "givenName", "familyName", "email")
_IN_1_1 = ("orgSourcedIds", "role")
_IN_1_2 = ("preferredGivenName", "preferredFamilyName", "primaryOrgSourcedId")
# "inactive" is 1.0's word, which systems still write.
_STATUS = {"": True, "active": True, "inactive": False, "tobedeleted": False}
_ENABLED = {"": True, "true": True, "false": False}


class _Row(NamedTuple):
    sourced_id: str
    status: str
    enabled: str
    username: str
    given_name: str
    family_name: str
    email: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold who is wanted: those of the `wanted` organizations, or of any where it is None, by the names of roles."""

    parents: dict[str, str] | None
    wanted: frozenset[str] | None
    roles: Roles


def read_users_1_1(files: Files, asked: Asked) -> list[UserSpec]:
    """Read the users of version 1.1, each with their one role and their organizations."""
    checker, users = Checker(files.problems), list[UserSpec]()
    with files.rows(USERS, (*_COMMON, *_IN_1_1)) as rows:
        for line, cells in rows:
            origin = at(USERS, line)
            try:
                orgs = [org.strip() for org in cells[7].split(",") if org.strip()]
                _check_orgs(orgs, asked)
                if asked.wanted is None or not asked.wanted.isdisjoint(orgs):
                    _append(users, checker, _Row(*cells[:7]), [cells[8]] if cells[8] else [], asked, origin)
            except ValueProblem as problem:
                files.problems.add(origin, str(problem))
    return users


def read_users_1_2(files: Files, asked: Asked, held: Held | None, *, roles_told: bool, whole: bool) -> list[UserSpec]:
    """Read the users of version 1.2, who belong where `held` has a role of theirs.

    Where `held` says nothing of somebody, or there is no roles.csv, their primary organization tells. Unless
    `roles_told`, roles are left as they are: a delta tells what changed, not what somebody holds. Where the files
    are `whole`, every user of roles.csv must be there.
    """
    checker, users, seen = Checker(files.problems), list[UserSpec](), set[str]()
    with files.rows(USERS, _COMMON, _IN_1_2) as rows:
        for line, cells in rows:
            origin, row = at(USERS, line), _Row(*cells[:7])
            given, family, primary = cells[7:]
            seen.add(row.sourced_id)
            try:
                _check_orgs([primary] if primary else [], asked)
                names = held.of(row.sourced_id) if held else []
                belongs = asked.wanted is None or names or (not roles_told and primary in asked.wanted)
                if belongs:
                    row = row._replace(given_name=given or row.given_name, family_name=family or row.family_name)
                    _append(users, checker, row, names if roles_told else [], asked, origin)
            except ValueProblem as problem:
                files.problems.add(origin, str(problem))
    if held and whole:
        for user, line in held.lines.items():
            if user not in seen:
                files.problems.add(at(ROLES, line), "its userSourcedId is none of users.csv: the export is not whole")
    return users


def _check_orgs(orgs: Sequence[str], asked: Asked) -> None:
    if asked.parents is not None and not asked.parents.keys() >= set(orgs):
        raise ValueProblem("an organization of the row is none of orgs.csv: the export is not whole")


def _append(
    users: list[UserSpec], checker: Checker, row: _Row, names: Sequence[str], asked: Asked, origin: str
) -> None:
    roles = asked.roles.take(names) if names else None
    if roles == ():
        return
    spec = UserSpec(
        external_id=text(row.sourced_id, "sourcedId"),
        username=text(row.username, "username"),
        email=text(row.email, "email"),
        given_name=text(row.given_name, "givenName"),
        family_name=text(row.family_name, "familyName"),
        roles=roles,
        enabled=_word(row.status, _STATUS, "status") and _word(row.enabled, _ENABLED, "enabledUser"),
        origin=origin,
    )
    if spec.external_id is None:
        raise ValueProblem("the sourcedId is empty")
    checker.check(spec)
    users.append(spec)


def _word(value: str, words: dict[str, bool], column: str) -> bool:
    try:
        return words[value.casefold()]
    except KeyError:
        known = ", ".join(word for word in words if word)
        raise ValueProblem(f"the {column} is {value[:100]!r}: {known} are known") from None
