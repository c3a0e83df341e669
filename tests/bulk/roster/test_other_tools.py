"""Files that other tools write, for the systems whose models are in the package index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import read_roster
from tests.bulk.roster.other_tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from orgsdk.bulk import UserSpec

Row = tuple[str | None, str | None, tuple[str, ...] | None, str]

# Email address, username, roles and state.
ADA: Row = ("ada@example.org", None, ("teacher",), "active")
BO: Row = ("bo@example.org", None, None, "suspended")
ROWS: dict[str, list[Row]] = {
    "auth0": [ADA, BO, (None, "cy", None, "active")],
    "clerk": [ADA, (None, "bo", None, "suspended"), (None, "cy", None, "suspended")],
    "cognito": [
        ("ada@example.org", "ada", ("teacher",), "active"),
        ("bo@example.org", "bo", None, "suspended"),
        (None, "cy", None, "active"),
    ],
    "okta": [
        ("ada@example.org", "ada@example.org", None, "active"),
        ("bo@example.org", "bo@example.org", None, "suspended"),
        # Every state that the tool knows.
        (None, "active@example.org", None, "active"),
        (None, "deprovisioned@example.org", None, "gone"),
        (None, "locked_out@example.org", None, "active"),
        (None, "password_expired@example.org", None, "active"),
        (None, "provisioned@example.org", None, "active"),
        (None, "recovery@example.org", None, "active"),
        (None, "staged@example.org", None, "active"),
        (None, "suspended@example.org", None, "suspended"),
    ],
    "supabase": [ADA, BO, ("cy@example.org", None, None, "gone")],
    "workos": [ADA, BO, ("cy@example.org", None, None, "suspended")],
}


def shown(users: Iterable[UserSpec]) -> list[Row]:
    return [(user.email, user.username, user.roles, user.state) for user in users]


@pytest.mark.parametrize("name", TOOLS)
def test_a_file_that_another_tool_wrote_is_read(name: str) -> None:
    roster = read_roster(TOOLS[name].path)
    assert f"preset {name}" in roster.notes[0]
    assert shown(roster.users) == ROWS[name]
    assert "Lovelace" in f"{roster.users[0].name} {roster.users[0].family_name}"


@pytest.mark.parametrize("name", TOOLS)
def test_the_installed_tool_still_writes_such_a_file(name: str, tmp_path: Path) -> None:
    tool = TOOLS[name]
    if not tool.is_installed:
        pytest.skip(f"{tool.package} is not installed: the recorded file is read")
    path = tmp_path / tool.path.name
    path.write_text(tool.make(), "utf-8")
    assert shown(read_roster(path).users) == ROWS[name]


@pytest.mark.parametrize("total", [3, 4])
def test_a_list_response_of_scim2_models_is_read(tmp_path: Path, total: int) -> None:
    scim2_models = pytest.importorskip("scim2_models")
    user, email, name = scim2_models.User, scim2_models.Email, scim2_models.Name
    users = [
        user(
            id="1",
            user_name="ada",
            external_id="E1",
            active=True,
            name=name(given_name="Ada", family_name="Lovelace"),
            emails=[email(value="home@example.org", type="home"), email(value="ada@example.org", primary=True)],
            phone_numbers=[scim2_models.PhoneNumber(value="tel:+1-201-555-0123", type="work")],
            roles=[scim2_models.Role(value="teacher"), scim2_models.Role(value="admin")],
        ),
        user(id="2", user_name="bo", active=False, roles=[]),
        user(id="3", user_name="cy", display_name="Cy N"),
    ]
    page = scim2_models.ListResponse[user](total_results=total, start_index=1, items_per_page=3, resources=users)
    (tmp_path / "users.json").write_text(page.model_dump_json())
    roster = read_roster(tmp_path / "users.json")
    assert [(row.external_id, row.username, row.email, row.state) for row in roster.users] == [
        ("E1", "ada", "ada@example.org", "active"),
        (None, "bo", None, "suspended"),
        (None, "cy", None, "active"),
    ]
    assert [row.roles for row in roster.users] == [("teacher", "admin"), roster.users[1].roles, None]
    assert (roster.users[0].given_name, roster.users[0].family_name) == ("Ada", "Lovelace")
    assert roster.users[0].phone == "+1-201-555-0123"
    assert roster.users[2].name == "Cy N"
    assert roster.incomplete is (total == 4)
    assert "preset scim" in roster.notes[0]
