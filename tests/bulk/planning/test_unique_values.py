"""Values that another user has, in fields that the policy does not match by: they are left out, and noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.providers import Flat, Logto, Memory, WorkOS
from tests.bulk.planning.organizations import ANY, LikeFlat, School, any_policy, row

if TYPE_CHECKING:
    from orgsdk.bulk import Plan, Policy

pytestmark = pytest.mark.anyio

BY_USERNAME = any_policy(match_by=("username",))


def shown(made: Plan) -> list[tuple[str, str | None, dict[str, str]]]:
    return [(write.kind, write.origin, dict(write.fields)) for write in made.writes]


def note_of(made: Plan) -> str:
    return next((note for note in made.notes if "must be unique here" in note), "")


async def school_of(provider: type[Memory] = Memory, **others: Any) -> School:
    """Return an organization of ada (a@x.org, +4911) and bob (b@x.org, +4922)."""
    school = School.of(provider)
    await school.add("ada", "a@x.org", phone="+4911", **others)
    await school.add("bob", "b@x.org", phone="+4922")
    return school


@pytest.mark.parametrize(
    ("policy", "fields", "sent"),
    [
        (BY_USERNAME, {"email": "A@X.org"}, {}),
        (BY_USERNAME, {"email": "a@x.org", "given_name": "Bo"}, {"given_name": "Bo"}),
        (BY_USERNAME, {"phone": "+49 11"}, {}),
        (ANY, {"email": "b@x.org", "phone": "4911", "name": "Bo"}, {"name": "Bo"}),
    ],
)
async def test_member_does_not_get_a_value_of_a_member_without_a_row(
    policy: Policy, fields: dict[str, Any], sent: dict[str, str]
) -> None:
    school = await school_of()
    made = await school.run([row("bob", **fields)], policy)
    assert shown(made) == ([("update", "row of bob", sent)] if sent else [])
    ada = (await school.usernames())["ada"]
    assert f"row of bob ({'phone' if 'phone' in fields else 'email'} of user {ada})" in note_of(made)
    assert "(Policy.match_by)" in note_of(made)


async def test_username_is_a_value_too_where_users_are_matched_by_address() -> None:
    school = await school_of(LikeFlat)
    made = await school.run([row("ADA", "b@x.org"), row("ada2", "new@x.org")], any_policy(match_by=("email",)))
    assert shown(made) == [("create", "row of ada2", {"username": "ada2", "email": "new@x.org"})]
    assert "row of ADA (username of user" in note_of(made)


async def test_new_user_is_created_without_a_phone_number_and_not_without_a_key() -> None:
    school = await school_of()
    rows = [row("eve", "e@x.org", phone="+49-11"), row("fay", "B@x.org", phone="+4933")]
    made = await school.run(rows, BY_USERNAME)
    assert shown(made) == [("create", "row of eve", {"username": "eve", "email": "e@x.org"})]
    assert "row of eve (phone of user" in note_of(made)
    assert "row of fay (email of user" in note_of(made)


async def test_value_that_its_holder_gives_up_is_free() -> None:
    school = await school_of()
    rows = [row("ada", "ada@x.org", phone="+4999"), row("bob", "a@x.org", phone="+4911")]
    made = await school.run(rows, BY_USERNAME)
    assert len(made.writes) == 2
    assert not note_of(made)
    policy = any_policy(match_by=("username",), remove="account", remove_roles=("student",))
    made = await school.run([row("new", "ada@x.org"), row("bob")], policy)
    assert [kind for kind, _, _ in shown(made)] == ["create", "remove"]
    assert not note_of(made)


async def test_value_is_not_free_if_its_holder_cannot_give_it_up() -> None:
    school = await school_of()
    await school.add("cleo", "c@x.org")
    # Ada has no row. So bob stays at his own address, which cleo then does not get.
    made = await school.run([row("cleo", "b@x.org"), row("bob", "a@x.org")], BY_USERNAME)
    assert made.is_empty
    assert "row of cleo (email of user" in note_of(made)
    assert "row of bob (email of user" in note_of(made)


async def test_first_of_several_rows_gets_a_value() -> None:
    school = await school_of()
    rows = [row(name, f"{name}@x.org", phone="+4977") for name in ("eve", "fay", "bob")]
    made = await school.run(rows, BY_USERNAME)
    assert [fields.get("phone") for _, _, fields in shown(made)] == ["+4977", None, None]
    assert "row of fay (phone of row of eve)" in note_of(made)
    assert "row of bob (phone of row of eve)" in note_of(made)


async def test_account_that_is_no_member_has_its_values_too() -> None:
    school = await school_of()
    await school.client.accounts.create(username="away", email="away@x.org", phone="+4955")
    rows = [row("new", "away@x.org"), row("other", "other@x.org", phone="+4955")]
    made = await school.run(rows, any_policy(match_by=("username",), search="list"))
    assert shown(made) == [("create", "row of other", {"username": "other", "email": "other@x.org"})]


@pytest.mark.parametrize("search", ["auto", "list", "find"])
async def test_member_does_not_get_a_key_of_an_account_that_is_no_member(search: Any) -> None:
    school = await school_of()
    away = await school.client.accounts.create(username="away", email="away@x.org")
    rows = [row("ada", "AWAY@x.org", external_id="S1"), row("away", "b@x.org", external_id="S2")]
    made = await school.run(rows, any_policy(search=search))
    assert shown(made) == [
        ("update", "row of ada", {"external_id": "S1"}),
        ("update", "row of away", {"external_id": "S2"}),
    ]
    assert f"row of ada (email of user {away.id}); row of away (username of user {away.id})" in note_of(made)


async def test_family_address_is_sent_where_addresses_need_not_be_unique() -> None:
    school = School.of(LikeFlat)
    await school.add("ada", "family@x.org")
    made = await school.plan([row("ada"), row("bob", "family@x.org")], BY_USERNAME)
    assert shown(made) == [("create", "row of bob", {"username": "bob", "email": "family@x.org"})]
    assert not note_of(made)


async def test_note_names_ten_rows() -> None:
    school = await school_of()
    rows = [row(f"n{number}", f"n{number}@x.org", phone="+4911") for number in range(14)]
    assert "; and 4 more;" in note_of(await school.plan(rows, BY_USERNAME))


def test_providers_name_the_fields_that_they_document_as_unique() -> None:
    found = {provider.name: provider.unique_fields for provider in (Flat, Logto, WorkOS, Memory)}
    assert found == {
        "flat": {"username"},
        "logto": {"username", "email", "phone"},
        "workos": {"email", "external_id"},
        "memory": {"username", "email", "phone"},
    }
