"""The members of a Logto organization in the common domain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from orgsdk import APIError, ConflictError, InvalidArgumentError, NotFoundError, UnprocessableError, User
from orgsdk.sandbox.faults import Answer
from orgsdk.sandbox.logto.seed import role_id, user_id

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers import Logto
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from tests.providers.logto.conftest import Call, Written

pytestmark = pytest.mark.anyio

HARRY = user_id("hwright")


# create


async def test_create_makes_the_account_then_the_membership_then_the_roles(
    quartet: OrganizationHandle, client: OrgClient[Logto], written: Written
) -> None:
    written.clear()
    ada = await quartet.users.create(
        username="ada",
        email="Ada@example.org",
        phone="+12025550199",
        name="Ada L",
        given_name="Ada",
        family_name="L",
        password="pw",
        roles=["teacher", role_id("student")],
    )
    assert (ada.username, ada.email, ada.phone, ada.name) == ("ada", "Ada@example.org", "12025550199", "Ada L")
    assert (ada.given_name, ada.family_name, ada.roles) == ("Ada", "L", ("teacher", "student"))
    assert (ada.is_suspended, ada.adopted) == (False, False)
    assert written() == [
        "GET /organization-roles",
        "POST /users",
        f"POST /organizations/{quartet.id}/users",
        f"POST /organizations/{quartet.id}/users/roles",
    ]
    found = await quartet.users.get(ada.id)
    assert found.model_copy(update={"roles": ada.roles}) == ada
    assert set(found.roles) == set(ada.roles)
    assert (await client.accounts.get(ada.id)).raw["hasPassword"] is True


async def test_create_without_roles_looks_none_up(quartet: OrganizationHandle, written: Written) -> None:
    written.clear()
    bo = await quartet.users.create(email="bo@example.org")
    assert bo.roles == ()
    assert written() == ["POST /users", f"POST /organizations/{quartet.id}/users"]


async def test_an_unknown_role_makes_no_account(quartet: OrganizationHandle, written: Written) -> None:
    written.clear()
    for roles in (["nope"], ["teacher", "nope"]):
        with pytest.raises(NotFoundError, match="no organization role called 'nope'") as caught:
            await quartet.users.create(username="ada", roles=roles)
        assert caught.value.partial_result is None
    with pytest.raises(InvalidArgumentError, match="'importer' is for machines"):
        await quartet.users.create(username="ada", roles=["importer"])
    assert written(reads=False) == []


@pytest.mark.parametrize("step", ["users", "users/roles"])
async def test_what_a_later_step_leaves_behind_is_said(
    quartet: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox, step: str
) -> None:
    path = f"/api/organizations/{quartet.id}/{step}"
    refusal = b'{"code": "entity.db_constraint_violated", "message": "no"}'
    sandbox.logto_faults.add(
        Answer(422, refusal, (("content-type", "application/json"),)), method="POST", path=path, times=None
    )
    with pytest.raises(UnprocessableError) as caught:
        await quartet.users.create(username="ada", roles=["teacher"])
    left = caught.value.partial_result
    assert isinstance(left, User)
    assert (await client.accounts.get(left.id)).username == "ada"


async def test_create_in_an_organization_that_is_gone_says_what_is_left_behind(
    client: OrgClient[Logto],
) -> None:
    with pytest.raises(UnprocessableError) as caught:
        await client.organization("doesnotexist").users.create(username="ada")
    # A missing parent is 422 to Logto, not 404 (facts/logto.md, section 6).
    assert caught.value.code == "entity.relation_foreign_key_not_found"
    assert isinstance(caught.value.partial_result, User)


@pytest.mark.parametrize(
    ("taken", "code"),
    [
        ({"username": "hwright"}, "user.username_already_in_use"),
        ({"email": "HWRIGHT@example.org"}, "user.email_already_in_use"),
        ({"phone": "+12025550143"}, "user.phone_already_in_use"),
    ],
)
async def test_what_is_taken_is_refused(quartet: OrganizationHandle, taken: dict[str, str], code: str) -> None:
    with pytest.raises(ConflictError) as caught:
        await quartet.users.create(**taken)
    assert (caught.value.status_code, caught.value.code, caught.value.partial_result) == (422, code, None)


@pytest.mark.parametrize("phone", ["", "+", "12-34", "1 2", "++1", "٣"])
async def test_a_phone_number_that_is_none_is_refused_before_it_is_sent(
    quartet: OrganizationHandle, written: Written, phone: str
) -> None:
    written.clear()
    with pytest.raises(InvalidArgumentError, match="phone number"):
        await quartet.users.create(username="ada", phone=phone)
    with pytest.raises(InvalidArgumentError, match="phone number"):
        await quartet.users.update(HARRY, phone=phone)
    assert written(reads=False) == []


# add


async def test_add_takes_five_hundred_a_request(
    quartet: OrganizationHandle, org: OrganizationHandle, sandbox: Sandbox, written: Written
) -> None:
    ids = [user.id async for user in org.users.list()]
    written.clear()
    await quartet.users.add(ids, roles=["teacher", "student"])
    path = f"POST /organizations/{quartet.id}/users"
    assert written() == ["GET /organization-roles", path, f"{path}/roles", path, f"{path}/roles"]
    assert await quartet.users.count(role="teacher") == 1000
    # Who is a member already is no error, and keeps the roles.
    await quartet.users.add(ids[:2], roles=["admin"])
    assert set((await quartet.users.get(ids[0])).roles) == {"teacher", "student", "admin"}


async def test_add_adds_nobody_where_one_of_a_request_does_not_exist(
    quartet: OrganizationHandle, written: Written
) -> None:
    with pytest.raises(UnprocessableError, match=f"one of the accounts {HARRY}, nobodyhere12 does not exist"):
        await quartet.users.add([HARRY, "nobodyhere12"])
    assert await quartet.users.count() == 0
    many = [HARRY, *(f"nobodyhere{number}" for number in range(1005))]
    with pytest.raises(UnprocessableError, match=r"one of the accounts .*nobodyhere1 and 497 more does not exist"):
        await quartet.users.add(many)
    with pytest.raises(UnprocessableError, match=f"account nope does not exist, or organization {quartet.id} does not"):
        await quartet.users.add(["nope"])


@pytest.mark.parametrize(
    ("step", "nth", "joined"), [("users", 2, 500), ("users/roles", 1, 500), ("users/roles", 2, 1000)]
)
async def test_whom_an_add_that_failed_has_added_is_said(
    quartet: OrganizationHandle, org: OrganizationHandle, sandbox: Sandbox, step: str, nth: int, joined: int
) -> None:
    ids = [user.id async for user in org.users.list()]
    refusal = Answer(422, b'{"code": "entity.db_constraint_violated"}', (("content-type", "application/json"),))
    # A path is told by its start: of the posts to /users and below, those to /users alone are the odd ones.
    at = nth * 2 - 1 if step == "users" else nth
    sandbox.logto_faults.add(refusal, method="POST", path=f"/api/organizations/{quartet.id}/{step}", nth=at)
    with pytest.raises(UnprocessableError) as caught:
        await quartet.users.add(ids, roles=["teacher"])
    assert caught.value.partial_result == tuple(ids[:joined])
    assert await quartet.users.count() == joined


# update, suspend, remove


async def test_update_changes_what_is_given_and_keeps_the_roles(org: OrganizationHandle, written: Written) -> None:
    written.clear()
    changed = await org.users.update(HARRY, name="Harold", username="harold")
    assert (changed.name, changed.username, changed.roles, changed.given_name) == (
        "Harold",
        "harold",
        ("admin",),
        "Harry",
    )
    assert written() == [f"GET /organizations/{org.id}/users/{HARRY}/roles", f"PATCH /users/{HARRY}"]
    assert await org.users.get(HARRY) == changed


async def test_an_update_of_a_member_in_another_organization_is_not_found_and_changes_nothing(
    quartet: OrganizationHandle, client: OrgClient[Logto], written: Written
) -> None:
    written.clear()
    for call in (
        lambda: quartet.users.update(HARRY, name="x"),
        lambda: quartet.users.suspend(HARRY),
        lambda: quartet.users.remove(HARRY, account="delete"),
        lambda: quartet.users.remove(HARRY, account="keep"),
        lambda: quartet.users.list_roles(HARRY),
        lambda: quartet.users.set_roles(HARRY, ["admin"]),
        lambda: quartet.users.add_roles(HARRY, ["admin"]),
        lambda: quartet.users.remove_roles(HARRY, ["admin"]),
        lambda: quartet.users.get(HARRY),
    ):
        with pytest.raises(NotFoundError):
            await call()
    assert (await client.accounts.get(HARRY)).name == "Harry Wright"
    assert not [line for line in written(reads=False) if line.endswith(f"/users/{HARRY}") and "organ" not in line]


async def test_no_member_is_not_found_whatever_logto_calls_it(quartet: OrganizationHandle) -> None:
    with pytest.raises(NotFoundError, match=f"organization {quartet.id} has no member {HARRY}") as caught:
        await quartet.users.list_roles(HARRY)
    error = caught.value
    assert (error.status_code, error.code) == (422, "organization.require_membership")
    assert error.request_id


async def test_suspending_is_told_with_the_roles(org: OrganizationHandle) -> None:
    suspended = await org.users.suspend(HARRY)
    assert (suspended.is_suspended, suspended.roles) == (True, ("admin",))
    assert (await org.users.suspend(HARRY, suspended=False)).is_suspended is False


async def test_remove_ends_the_membership_or_deletes_the_account(
    org: OrganizationHandle, client: OrgClient[Logto]
) -> None:
    page = await org.users.list(page_size=3)
    one, two, _ = (user.id for user in page)
    await org.users.remove(one, account="keep")
    assert (await client.accounts.get(one)).id == one
    await org.users.remove(two, account="delete")
    for user in (one, two):
        with pytest.raises(NotFoundError):
            await org.users.get(user)
    with pytest.raises(NotFoundError):
        await client.accounts.get(two)


# roles


async def test_roles_are_given_by_name_or_by_id(org: OrganizationHandle, written: Written) -> None:
    assert [role.name for role in await org.users.list_roles(HARRY)] == ["admin"]
    await org.users.set_roles(HARRY, ["teacher", role_id("student"), "student"])
    assert {role.name for role in await org.users.list_roles(HARRY)} == {"teacher", "student"}
    await org.users.add_roles(HARRY, [role_id("admin")])
    assert {role.name for role in await org.users.list_roles(HARRY)} == {"teacher", "student", "admin"}
    # One that they do not hold is no error.
    await org.users.remove_roles(HARRY, ["teacher", role_id("admin")])
    await org.users.remove_roles(HARRY, ["teacher"])
    assert [role.name for role in await org.users.list_roles(HARRY)] == ["student"]


async def test_no_roles_are_an_empty_list_that_is_sent(org: OrganizationHandle, sandbox: Sandbox) -> None:
    await org.users.set_roles(HARRY, [])
    assert await org.users.list_roles(HARRY) == []
    assert sandbox.logto.store.memberships.role_ids(sandbox.logto.organization_id, HARRY) == ()


async def test_an_unknown_role_is_not_found(org: OrganizationHandle, written: Written) -> None:
    written.clear()
    calls: list[Call] = [
        lambda: org.users.set_roles(HARRY, ["nope"]),
        lambda: org.users.add_roles(HARRY, ["nope"]),
        lambda: org.users.remove_roles(HARRY, ["nope"]),
        lambda: org.users.add([HARRY], roles=["nope"]),
    ]
    for call in calls:
        with pytest.raises(NotFoundError, match="'nope'"):
            await call()
    assert written(reads=False) == []


# lists


async def test_a_list_of_a_missing_organizations_members_is_not_found(
    client: OrgClient[Logto], written: Written
) -> None:
    gone = client.organization("doesnotexist")
    for call in (
        lambda: gone.users.list(),
        lambda: gone.users.list(query="ada", complete=True),
        lambda: gone.users.list(role="teacher"),
        lambda: gone.users.count(),
        lambda: gone.users.count(role="teacher"),
    ):
        with pytest.raises(NotFoundError) as caught:
            await call()
        error = caught.value
        assert (error.status_code, error.code) == (404, "entity.not_exists_with_id")
        assert error.operation == "get_organization"


async def test_only_an_empty_first_page_costs_a_look(quartet: OrganizationHandle, written: Written) -> None:
    written.clear()
    users, organization = f"GET /organizations/{quartet.id}/users", f"GET /organizations/{quartet.id}"
    assert (await quartet.users.list()).items == []
    assert await quartet.users.count() == 0
    assert written() == [users, organization, users, organization]
    assert await quartet.users.find(username="ada") is None
    with pytest.raises(NotFoundError, match="no member"):
        await quartet.users.get(HARRY)
    assert written()[4:] == [users, users]
    await quartet.users.add([HARRY])
    written.clear()
    assert len(await quartet.users.list()) == await quartet.users.count() == 1
    assert written() == [users, users]


async def test_a_members_query_stands_for_itself(quartet: OrganizationHandle) -> None:
    for username in ("a_b", "axb"):
        await quartet.users.create(username=username, name="100%" if username == "axb" else None)
    assert [user.username async for user in quartet.users.list(query="a_b")] == ["a_b"]
    assert [user.username async for user in quartet.users.list(query="%")] == ["axb"]
    assert await quartet.users.count(query="a_b") == 1
    assert (await quartet.users.list(role=role_id("teacher"))).items == []


async def test_find_takes_the_spelling_that_was_asked_for(
    quartet: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    # Parallel creates get past Logto's check for other cases of an address (facts/logto.md, section 7).
    made = [await quartet.users.create(username=f"u{n}") for n in range(2)]
    users = sandbox.logto.store.users
    for user, email in zip(made, ("Ada@example.org", "ada@example.org"), strict=True):
        users.put(replace(users[user.id], primary_email=email))
    for email, expected in (("ada@example.org", made[1].id), ("Ada@example.org", made[0].id)):
        for room in (quartet.users, client.accounts):
            found = await room.find(email=email)
            assert found is not None
            assert found.id == expected
    for room in (quartet.users, client.accounts):
        with pytest.raises(ConflictError, match="different spellings"):
            await room.find(email="ADA@example.org")


async def test_a_password_is_nowhere_to_be_seen(quartet: OrganizationHandle, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    secret = SecretStr("hush-4711")
    ada = await quartet.users.create(username="ada", password=secret)
    with pytest.raises(APIError) as caught:
        await quartet.users.create(username="ada", password="hush-4711")
    changed = await quartet.users.update(ada.id, password=secret)
    shown = f"{ada!r} {changed!r} {caught.value} {caught.value!r} {vars(caught.value)} {caplog.text}"
    assert "hush-4711" not in shown
