"""Users whose only role ended upstream: an empty list or cell of roles takes the roles away, in every format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from orgsdk.bulk import Policy, Roster, plan, read_roster
from tests.bulk.memories import Plain
from tests.bulk.planning.organizations import LikeFlat, School, any_policy

if TYPE_CHECKING:
    from pathlib import Path

ROLE = "teacher"


def csv(*rows: str) -> str:
    return "\n".join((*rows, ""))


def scim(roles: list[Any] | None) -> dict[str, Any]:
    return {"schemas": [], "externalId": None, **({} if roles is None else {"roles": roles})}


# The name of a file, and its text for two users: the roles of the first, and of the second.
FILES: dict[str, Any] = {
    "own.csv": lambda first, second: csv("username,roles", f"ada,{first or ''}", f"bo,{second or ''}"),
    "canvas.csv": lambda first, second: csv(
        "user_id,login_id,status,declared_user_type", f"1,ada,active,{first or ''}", f"2,bo,active,{second or ''}"
    ),
    "list.json": lambda first, second: json.dumps(
        [
            {"username": "ada", "roles": [first] if first else []},
            {"username": "bo", "roles": [second] if second else []},
        ]
    ),
    "texts.jsonl": lambda first, second: csv(
        json.dumps({"username": "ada", "roles": first or ""}), json.dumps({"username": "bo", "roles": second or ""})
    ),
    "scim.json": lambda first, second: json.dumps(
        {
            "totalResults": 2,
            "Resources": [
                {"userName": "ada", "active": True, **scim([{"value": first}] if first else [])},
                {"userName": "bo", "active": True, **scim([{"value": second}] if second else [])},
            ],
        }
    ),
    "realm.json": lambda first, second: json.dumps(
        {
            "clients": [],
            "users": [
                {"username": "ada", "enabled": True, "realmRoles": [first] if first else ["offline_access"]},
                {"username": "bo", "enabled": True, "realmRoles": [second] if second else []},
            ],
        }
    ),
    "auth0.json": lambda first, second: json.dumps(
        [
            {
                "user_id": "1",
                "email": "a@x.org",
                "username": "ada",
                "identities": [],
                "roles": [first] if first else [],
            },
            {
                "user_id": "2",
                "email": "b@x.org",
                "username": "bo",
                "identities": [],
                "app_metadata": {"roles": [second] if second else []},
            },
        ]
    ),
}


def write(path: Path, first: str | None, second: str | None) -> Path:
    path.write_text(FILES[path.name](first, second), "utf-8")
    return path


def roles_of(roster: Roster) -> dict[str | None, tuple[str, ...] | None]:
    return {row.username: row.roles for row in roster.users}


@pytest.mark.parametrize("name", FILES)
def test_empty_list_of_roles_is_no_role_if_the_file_lists_roles(tmp_path: Path, name: str) -> None:
    assert roles_of(read_roster(write(tmp_path / name, None, ROLE))) == {"ada": (), "bo": (ROLE,)}


@pytest.mark.parametrize("name", FILES)
def test_file_without_any_role_does_not_define_roles(tmp_path: Path, name: str) -> None:
    roster = read_roster(write(tmp_path / name, None, None))
    assert roles_of(roster) == {"ada": None, "bo": None}
    assert any("no row has a role, so the roles of members are not changed" in note for note in roster.notes)


def test_workbook_is_read_alike(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for cells in (("username", "roles"), ("ada", None), ("bo", ROLE)):
        book.active.append(cells)
    book.save(tmp_path / "a.xlsx")
    assert roles_of(read_roster(tmp_path / "a.xlsx")) == {"ada": (), "bo": (ROLE,)}


@pytest.mark.parametrize(
    "text",
    [
        '[{"username": "ada"}, {"username": "bo", "roles": "teacher"}]',
        '[{"username": "ada", "roles": null}, {"username": "bo", "roles": ["teacher"]}]',
    ],
)
def test_object_without_roles_does_not_define_them(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    assert roles_of(read_roster(tmp_path / "a.json")) == {"ada": None, "bo": ("teacher",)}


def test_upload_of_moodle_changes_no_role_by_an_empty_cell(tmp_path: Path) -> None:
    header = "username,firstname,lastname,email,sysrole1"
    (tmp_path / "users.csv").write_text(csv(header, "ada,A,L,a@x.org,", "bo,B,M,b@x.org,manager"))
    assert roles_of(read_roster(tmp_path / "users.csv")) == {"ada": None, "bo": ("manager",)}


def test_users_whose_roles_are_not_mapped_are_left_out_as_before(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", "guest", ROLE)
    assert roles_of(read_roster(path, roles={"guest": None})) == {"bo": (ROLE,)}


# What a plan makes of it


async def school_of(provider: type[Plain] = Plain) -> School:
    school = School.of(provider)
    await school.add("ada", "a@x.org", roles=["teacher"])
    await school.add("bo", "b@x.org", roles=["teacher"])
    return school


@pytest.mark.anyio
@pytest.mark.parametrize("name", FILES)
async def test_role_that_ended_is_taken_away(tmp_path: Path, name: str) -> None:
    school = await school_of()
    roster = read_roster(write(tmp_path / name, None, ROLE))
    policy = any_policy(match_by=("username",), update=("username",))
    made = await plan(school.org, roster, policy)
    assert [(write.kind, write.key, write.roles) for write in made.writes] == [("set_roles", "username:ada", ())]
    for keeping in (any_policy(match_by=("username",), update=("username",), roles=how) for how in ("add", "leave")):
        assert (await plan(school.org, roster, keeping)).is_empty


@pytest.mark.anyio
async def test_new_and_present_users_without_a_role_have_the_default_ones() -> None:
    school = await school_of()
    rows = [*read_rows("ada", "bo", "new")]
    made = await school.run(rows, any_policy(match_by=("username",), default_roles=("student",)))
    assert {(write.kind, write.key): write.roles for write in made.writes} == {
        ("create", "username:new"): ("student",),
        ("set_roles", "username:ada"): ("student",),
        ("set_roles", "username:bo"): ("student",),
    }


def read_rows(*usernames: str) -> list[Any]:
    from tests.bulk.planning.organizations import row

    return [row(username, roles=()) for username in usernames]


@pytest.mark.anyio
async def test_admin_role_that_ended_counts_as_a_removal(tmp_path: Path) -> None:
    school = await school_of()
    for number in range(8):
        await school.add(f"u{number}", f"u{number}@x.org", roles=["admin"])
    rows = "".join(f"u{number},{'' if number else 'admin'}\n" for number in range(8))
    (tmp_path / "a.csv").write_text(f"username,roles\nada,teacher\n{rows}")
    made = await plan(school.org, read_roster(tmp_path / "a.csv"), Policy(match_by=("username",)))
    assert {guard.name for guard in made.guards if not guard.passed} >= {"removals", "roles"}


@pytest.mark.anyio
async def test_where_a_member_has_exactly_one_role_it_stays_and_a_note_tells(tmp_path: Path) -> None:
    school = await school_of(LikeOneRole)
    made = await plan(school.org, read_roster(write(tmp_path / "own.csv", None, ROLE)), any_policy())
    assert made.is_empty
    assert any(note.startswith("1 row without a role: a member has exactly one role here") for note in made.notes)


class LikeOneRole(LikeFlat):
    capabilities = LikeFlat.capabilities - {
        capability for capability in LikeFlat.capabilities if capability.value == "several roles for one user"
    }
