"""Files that other tools write, for the systems whose models are in the package index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import read_roster

if TYPE_CHECKING:
    from pathlib import Path

scim2_models = pytest.importorskip("scim2_models")


@pytest.mark.parametrize("total", [3, 4])
def test_a_list_response_of_scim2_models_is_read(tmp_path: Path, total: int) -> None:
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
