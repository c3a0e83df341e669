"""Members who are missing in the roster of one school, and are at another school of the same export."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from orgsdk import UnsupportedError
from orgsdk.bulk import Plan, Policy, Roster, UserSpec, apply, plan, read_roster
from orgsdk.providers import SCIM, Memory
from orgsdk.sandbox import Person
from tests.bulk.memories import Plain
from tests.bulk.planning.organizations import LikeFlat, School, any_policy, row
from tests.bulk.scenario import STUDENT
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.network import Network
from tests.reliability.servers import NAMES, Name, SimulatedServers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

# Pupils of the school s1 until now. "ended" is at s2, and left there too; "left" is in no file.
PEOPLE = ("stays", "moved", "both", "ended", "left")
# A user, the school, and whether the user has left it.
Row = tuple[str, str, bool]
ROWS: tuple[Row, ...] = (
    ("stays", "s1", False),
    ("moved", "s2", False),
    ("both", "s2", False),
    ("both", "s3", True),
    ("ended", "s2", True),
)


def _lines(header: str, lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in (header, *lines))


_MANIFEST = "propertyName,value\nmanifest.version,1.0\noneroster.version,{version}\nfile.orgs,bulk\nfile.users,bulk\n"
_ORGS = "sourcedId,status,name,type,parentSourcedId\ns1,,A,school,\ns2,,B,school,\ns3,tobedeleted,C,school,\n"


def _oneroster_1_1(rows: Sequence[Row]) -> dict[str, str]:
    schools = {user: ",".join(school for name, school, _ in rows if name == user) for user, _, _ in rows}
    gone = {user: all(left for name, _, left in rows if name == user) for user in schools}
    users = [
        f'{user},{"tobedeleted" if gone[user] else ""},true,"{orgs}",student,{user},A,B,{user}@example.org'
        for user, orgs in schools.items()
    ]
    header = "sourcedId,status,enabledUser,orgSourcedIds,role,username,givenName,familyName,email"
    return {
        "manifest.csv": _MANIFEST.format(version="1.1"),
        "orgs.csv": _ORGS,
        "users.csv": _lines(header, users),
    }


def _oneroster_1_2(rows: Sequence[Row]) -> dict[str, str]:
    users = [f"{user},,true,{user},A,B,{user}@example.org" for user in dict.fromkeys(user for user, _, _ in rows)]
    roles = [
        f"r{n},,{user},primary,student,{school},,{'2026-01-01' if left else ''}"
        for n, (user, school, left) in enumerate(rows)
    ]
    return {
        "manifest.csv": _MANIFEST.format(version="1.2") + "file.roles,bulk\n",
        "orgs.csv": _ORGS,
        "users.csv": _lines("sourcedId,status,enabledUser,username,givenName,familyName,email", users),
        "roles.csv": _lines("sourcedId,status,userSourcedId,roleType,role,orgSourcedId,beginDate,endDate", roles),
    }


def _sds_2_1(rows: Sequence[Row]) -> dict[str, str]:
    users = [f"{user},{user},A,B,,,{user}@example.org" for user in dict.fromkeys(user for user, _, _ in rows)]
    roles = [f"{user},{school},student,,{'2026-01-01' if left else ''}" for user, school, left in rows]
    return {
        "orgs.csv": "sourcedId,name,type,parentSourcedId\ns1,A,school,\ns2,B,school,\ns3,C,school,\n",
        "users.csv": _lines("sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email", users),
        "roles.csv": _lines("userSourcedId,orgSourcedId,role,roleStartDate,roleEndDate", roles),
    }


# These systems have no row of a user who left.


def _sds_1(rows: Sequence[Row]) -> dict[str, str]:
    users = [f"{user},{school},{user},{user}@example.org" for user, school, left in rows if not left]
    return {"Student.csv": _lines("SIS ID,School SIS ID,Username,Email", users)}


def _sds_2_0(rows: Sequence[Row]) -> dict[str, str]:
    users = [f"{user},{school},A,B,{user},{user}@example.org,student," for user, school, left in rows if not left]
    return {"users.csv": _lines("sourcedId,orgSourcedIds,givenName,familyName,username,email,role,grade", users)}


def _clever(rows: Sequence[Row]) -> dict[str, str]:
    users = [f"{school},{user},A,B,{user}@example.org,{user}" for user, school, left in rows if not left]
    return {"students.csv": _lines("School_id,Student_id,First_name,Last_name,Student_email,Username", users)}


def _github(rows: Sequence[Row]) -> dict[str, str]:
    users = [f"{user},,{school}:student,{user}@example.org" for user, school, left in rows if not left]
    header = "GitHub com login,GitHub com name,GitHub com member roles,GitHub com verified domain emails"
    return {"enterprise.csv": _lines(header, users)}


def _oneroster_1_0(rows: Sequence[Row]) -> dict[str, str]:
    users = [
        f"{user},{'tobedeleted' if left else 'active'},,{school},student,{user},,A,B,{user}@example.org"
        for user, school, left in rows
        if school != "s3"
    ]
    header = "sourcedId,status,dateLastModified,orgSourcedIds,role,username,userId,givenName,familyName,email"
    return {"users.csv": _lines(header, users)}


EXPORTS: dict[str, Callable[[Sequence[Row]], dict[str, str]]] = {
    "OneRoster 1.0": _oneroster_1_0,
    "OneRoster 1.1": _oneroster_1_1,
    "OneRoster 1.2": _oneroster_1_2,
    "SDS v1": _sds_1,
    "SDS v2.0": _sds_2_0,
    "SDS v2.1": _sds_2_1,
    "Clever": _clever,
    "GitHub Enterprise": _github,
}


def read(folder: Path, export: str, rows: Sequence[Row] = ROWS, org: str | None = "s1", **options: Any) -> Roster:
    """Return the roster of one school of an export."""
    folder.mkdir(exist_ok=True)
    for name, text in EXPORTS[export](rows).items():
        (folder / name).write_text(text)
    return read_roster(folder, org=org, complete=True, **options)


# Readers


@pytest.mark.parametrize("export", EXPORTS)
def test_users_of_other_schools_are_known_by_their_keys(tmp_path: Path, export: str) -> None:
    roster = read(tmp_path, export)
    assert [user.username for user in roster.users] == ["stays"]
    assert [(user.username, user.email, user.state) for user in roster.elsewhere] == [
        ("moved", "moved@example.org", "active"),
        ("both", "both@example.org", "active"),
    ]
    assert {user.external_id for user in roster.elsewhere} == ({None} if "GitHub" in export else {"moved", "both"})


@pytest.mark.parametrize("export", sorted(EXPORTS.keys() - {"GitHub Enterprise"}))
def test_a_whole_export_has_nobody_elsewhere(tmp_path: Path, export: str) -> None:
    assert len(read(tmp_path, export, org=None).elsewhere) == 0


@pytest.mark.parametrize("export", EXPORTS)
def test_a_user_without_a_role_that_is_read_here_may_be_elsewhere(tmp_path: Path, export: str) -> None:
    rows: list[Row] = [("stays", "s1", False), ("moved", "s2", False)]
    found = read(tmp_path, export, rows, roles={"student": "pupil"}).elsewhere
    assert [user.username for user in found] == ["moved"]


@pytest.mark.parametrize(("begin", "end", "is_elsewhere"), [("2026-09-01", "", True), ("", "2026-08-01", False)])
@pytest.mark.parametrize("export", ["OneRoster 1.2", "SDS v2.1"])
def test_a_role_that_will_begin_counts_and_one_that_ended_does_not(
    tmp_path: Path, export: str, begin: str, end: str, is_elsewhere: bool
) -> None:
    read(tmp_path, export)
    roles = tmp_path / "roles.csv"
    line = "r1,,moved,primary,student,s2,," if "1.2" in export else "moved,s2,student,,"
    text = roles.read_text()
    assert line in text
    roles.write_text(text.replace(line, f"{line[:-1]}{begin},{end}"))
    found = read_roster(tmp_path, org="s1", on=date(2026, 8, 15)).elsewhere
    assert ("moved" in [user.username for user in found]) is is_elsewhere


@pytest.mark.parametrize("export", ["OneRoster 1.1", "OneRoster 1.2"])
def test_a_closed_school_has_no_users(tmp_path: Path, export: str) -> None:
    assert len(read(tmp_path, export, [("stays", "s1", False), ("left", "s3", False)]).elsewhere) == 0


def test_invalid_values_of_other_schools_are_no_problem_and_keep_the_user(tmp_path: Path) -> None:
    export = _oneroster_1_1(ROWS)
    users = export["users.csv"].replace("moved,,true", "moved,unknown,maybe").replace("moved@example.org", "#N/A")
    for name, text in {**export, "users.csv": users}.items():
        (tmp_path / name).write_text(text)
    (moved, _) = read_roster(tmp_path, org="s1").elsewhere
    assert (moved.external_id, moved.email, moved.state) == ("moved", None, "active")


def test_prefixes_of_ids_apply_to_other_schools(tmp_path: Path) -> None:
    header = "School_id,{}_id,First_name,Last_name,Username\n"
    for kind, user in (("student", "moved"), ("teacher", "coach")):
        (tmp_path / f"{kind}s.csv").write_text(f"{header.format(kind)}s1,1,A,B,a-{kind}\ns2,2,A,B,{user}\n")
    roster = read_roster(tmp_path, org="s1", id_prefixes={"students.csv": "s-", "teachers.csv": "t-"})
    assert {user.external_id: user.username for user in roster.elsewhere} == {"s-2": "moved", "t-2": "coach"}


# Plans at the providers' sandboxes


def _person(name: str) -> Person:
    return Person(name, name, f"{name}@example.org", "A", "B", "student", None)


async def _sync(servers: SimulatedServers, roster: Roster, policy: Policy) -> tuple[Plan, set[str | None]]:
    """Plan and apply; return the plan and the addresses of all accounts that are left at the server."""
    async with anyio.create_task_group() as tasks:
        async with servers.client(Network(servers, tasks)) as client:
            made = await plan(servers.org(client), roster, policy)
            report = await apply(Plan.from_json(made.to_json()), servers.org(client), confirm=made.hash)
        tasks.cancel_scope.cancel()
    assert not report.failures
    if servers.name == "flat":
        return made, {user.email for user in (*servers.flat.users.values(), *servers.flat.individuals.values())}
    if servers.name == "logto":
        return made, {user.primary_email for user in servers.logto.store.users}
    return made, {user.email for user in servers.workos.store.users}


def _run(name: Name, loop: Loop, roster: Roster, **policy: Any) -> tuple[Plan, set[str | None]]:
    async def main() -> tuple[Plan, set[str | None]]:
        servers = SimulatedServers.of(name)
        servers.seed([_person(user) for user in PEOPLE])
        return await _sync(servers, roster, any_policy(remove="account", roles="leave", update=(), **policy))

    found: tuple[Plan, set[str | None]] = run_virtually(partial(main), loop)
    return found


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("export", EXPORTS)
@pytest.mark.parametrize("name", NAMES)
def test_the_account_of_a_user_at_another_school_stays(tmp_path: Path, name: Name, export: str, loop: Loop) -> None:
    roster = read(tmp_path, export, roles={"student": STUDENT[name]})
    made, accounts = _run(name, loop, roster)
    removed = {write.before["email"]: write.account for write in made.writes}
    assert removed == {
        "moved@example.org": "keep",
        "both@example.org": "keep",
        "ended@example.org": "delete",
        "left@example.org": "delete",
    }
    assert accounts == {"stays@example.org", "moved@example.org", "both@example.org"}
    assert (
        "of the members to delete, 2 accounts that the source names in other organizations only leave this one: "
        "Policy(remove_elsewhere=True) applies to the accounts"
    ) in made.notes


@pytest.mark.parametrize("name", NAMES)
def test_the_account_is_deleted_with_its_own_switch(tmp_path: Path, name: Name) -> None:
    roster = read(tmp_path, "Clever", roles={"student": STUDENT[name]})
    made, accounts = _run(name, "asyncio", roster, remove_elsewhere=True)
    assert accounts == {"stays@example.org"}
    assert "of the members to delete, 2 accounts that the source names in other organizations are deleted" in made.notes


# Plans by their rules


def _roster(rows: list[UserSpec], *elsewhere: UserSpec) -> Roster:
    return Roster(users=rows, name="rows", fingerprint="", elsewhere=elsewhere)


async def _planned(school: School, roster: Roster, **policy: Any) -> Plan:
    return await plan(school.org, roster, any_policy(**{"remove": "account", **policy}))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "keys",
    [
        {"external_id": "S7"},
        {"username": "moved"},
        {"email": "M@X.org"},
        {"username": "MOVED"},  # a doubt keeps the account
        {"external_id": "S9", "email": "m@x.org"},
        {"external_id": "00S7"},
    ],
)
@pytest.mark.parametrize("state", [None, "gone"])
async def test_one_key_shows_that_a_user_is_elsewhere(keys: Any, state: Any) -> None:
    school = School.of()
    await school.add("stays")
    await school.add("moved", "m@x.org", external_id="S7")
    rows = [row("stays"), *([] if state is None else [row("moved", external_id="S7", state=state)])]
    made = await _planned(school, _roster(rows, UserSpec(**keys)))
    assert [(write.kind, write.account) for write in made.writes] == [("remove", "keep")]


@pytest.mark.anyio
async def test_keys_that_match_no_rows_show_nothing() -> None:
    school = School.of()
    await school.add("stays")
    await school.add("left", "family@x.org")
    sibling = UserSpec(username="moved", email="family@x.org")
    made = await _planned(school, _roster([row("stays")], sibling), match_by=("username",))
    assert [write.account for write in made.writes] == ["delete"]


@pytest.mark.anyio
@pytest.mark.parametrize(("state", "kinds"), [("active", []), ("suspended", ["suspend"])])
async def test_an_account_is_not_suspended_for_a_school_while_it_is_active_at_another(
    state: Any, kinds: list[str]
) -> None:
    school = School.of()
    await school.add("stays")
    await school.add("moved")
    rows = [row("stays"), row("moved", state="suspended")]
    made = await _planned(school, _roster(rows, UserSpec(username="moved", state=state)), suspended="suspend")
    assert [write.kind for write in made.writes] == kinds
    removed = await _planned(school, _roster(rows[:1], UserSpec(username="moved", state=state)))
    assert [write.account for write in removed.writes] == ["keep"]


@pytest.mark.anyio
async def test_named_members_are_not_looked_up() -> None:
    school = School.of()
    for name in ("stays", "moved", "left"):
        await school.add(name)
    school.memory.calls.clear()
    await _planned(school, _roster([row("stays")], UserSpec(username="moved")))
    assert school.memory.calls.count("accounts.list_organizations") == 1


@pytest.mark.anyio
@pytest.mark.parametrize("provider", [Memory, Plain, LikeFlat])
async def test_one_account_is_one_in_the_note(provider: type[Memory]) -> None:
    school = School.of(provider)
    for name in ("stays", "moved"):
        await school.add(name)
    made = await _planned(school, _roster([row("stays")], UserSpec(username="moved")))
    assert any("1 account that the source names in other organizations only leaves this one" in n for n in made.notes)


@pytest.mark.anyio
async def test_a_user_without_a_membership_apart_from_the_account_stays() -> None:
    class Directory(Plain):
        keeps_accounts = False

    school = School.of(Directory)
    for name in ("stays", "moved", "left"):
        await school.add(name)
    roster = _roster([row("stays")], UserSpec(username="moved"))
    made = await _planned(school, roster)
    assert ([write.key for write in made.writes], made.left) == (["username:left"], 1)
    assert any("1 account that the source names in other organizations stays, because" in note for note in made.notes)
    every = await plan(school.org, roster, replace(made.policy, remove_elsewhere=True))
    assert len(every.writes) == 2


@pytest.mark.anyio
async def test_ending_memberships_is_refused_where_there_are_none_without_accounts() -> None:
    class Directory(Plain):
        keeps_accounts = False

    assert not SCIM.keeps_accounts
    school = School.of(Directory)
    with pytest.raises(UnsupportedError, match='Pass Policy\\(remove="account"\\)'):
        await _planned(school, _roster([]), remove="membership")
    await _planned(school, _roster([]))
