"""Members of a Logto organization."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from orgsdk import APIError, ConflictError, InvalidArgumentError, NotFoundError, UnprocessableError, User
from orgsdk.sandbox.faults import Respond
from orgsdk.sandbox.logto.seed import role_id, user_id

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers import Logto
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from tests.providers.logto.conftest import Call, SentRequests

pytestmark = pytest.mark.anyio

HARRY = user_id("hwright")


# create


async def test_create_sends_the_account_then_the_membership_then_the_roles(
    empty_org: OrganizationHandle, client: OrgClient[Logto], sent: SentRequests
) -> None:
    sent.clear()
    ada = await empty_org.users.create(
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
    assert (ada.given_name, ada.family_name, ada.roles) == ("Ada", "L", ("student", "teacher"))
    assert (ada.is_suspended, ada.adopted) == (False, False)
    assert sent() == [
        "GET /organization-roles",
        "POST /users",
        f"POST /organizations/{empty_org.id}/users",
        f"POST /organizations/{empty_org.id}/users/roles",
    ]
    found = await empty_org.users.get(ada.id)
    assert found.model_copy(update={"roles": ada.roles}) == ada
    assert set(found.roles) == set(ada.roles)
    assert (await client.accounts.get(ada.id)).raw["hasPassword"] is True


async def test_create_without_roles_looks_up_no_role(empty_org: OrganizationHandle, sent: SentRequests) -> None:
    sent.clear()
    bo = await empty_org.users.create(email="bo@example.org")
    assert bo.roles == ()
    assert sent() == ["POST /users", f"POST /organizations/{empty_org.id}/users"]


async def test_an_unknown_role_creates_no_account(empty_org: OrganizationHandle, sent: SentRequests) -> None:
    sent.clear()
    for roles in (["nope"], ["teacher", "nope"]):
        with pytest.raises(NotFoundError, match="unknown role 'nope'") as caught:
            await empty_org.users.create(username="ada", roles=roles)
        assert caught.value.partial_result is None
    with pytest.raises(InvalidArgumentError, match="'importer' is for machines"):
        await empty_org.users.create(username="ada", roles=["importer"])
    assert sent(reads=False) == []


@pytest.mark.parametrize("step", ["users", "users/roles"])
async def test_an_error_of_a_later_step_has_the_account_as_partial_result(
    empty_org: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox, step: str
) -> None:
    path = f"/api/organizations/{empty_org.id}/{step}"
    failure = b'{"code": "entity.db_constraint_violated", "message": "no"}'
    sandbox.logto_faults.add(
        Respond(422, failure, (("content-type", "application/json"),)), method="POST", path=path, times=None
    )
    with pytest.raises(UnprocessableError) as caught:
        await empty_org.users.create(username="ada", roles=["teacher"])
    partial = caught.value.partial_result
    assert isinstance(partial, User)
    assert (await client.accounts.get(partial.id)).username == "ada"


async def test_create_in_a_deleted_organization_has_the_account_as_partial_result(
    client: OrgClient[Logto],
) -> None:
    with pytest.raises(UnprocessableError) as caught:
        await client.organization("doesnotexist").users.create(username="ada")
    # Logto answers 422 to a missing parent, not 404 (facts/logto.md, section 6).
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
async def test_a_taken_key_is_a_conflict(empty_org: OrganizationHandle, taken: dict[str, str], code: str) -> None:
    with pytest.raises(ConflictError) as caught:
        await empty_org.users.create(**taken)
    assert (caught.value.status_code, caught.value.code, caught.value.partial_result) == (422, code, None)


@pytest.mark.parametrize("phone", ["+", "12-34", "1 2", "++1", "٣"])
async def test_an_invalid_phone_number_is_refused_without_a_request(
    empty_org: OrganizationHandle, sent: SentRequests, phone: str
) -> None:
    sent.clear()
    with pytest.raises(InvalidArgumentError, match="phone number"):
        await empty_org.users.create(username="ada", phone=phone)
    with pytest.raises(InvalidArgumentError, match="phone number"):
        await empty_org.users.update(HARRY, phone=phone)
    assert sent(reads=False) == []


# add


async def test_add_sends_500_ids_per_request(
    empty_org: OrganizationHandle, org: OrganizationHandle, sandbox: Sandbox, sent: SentRequests
) -> None:
    ids = [user.id async for user in org.users.list()]
    sent.clear()
    await empty_org.users.add(ids, roles=["teacher", "student"])
    path = f"POST /organizations/{empty_org.id}/users"
    assert sent() == ["GET /organization-roles", path, f"{path}/roles", path, f"{path}/roles"]
    assert await empty_org.users.count(role="teacher") == 1000
    # An existing member is not an error, and keeps the roles.
    await empty_org.users.add(ids[:2], roles=["admin"])
    assert set((await empty_org.users.get(ids[0])).roles) == {"teacher", "student", "admin"}


async def test_add_is_refused_if_one_account_does_not_exist(empty_org: OrganizationHandle, sent: SentRequests) -> None:
    with pytest.raises(UnprocessableError, match=f"one of the accounts {HARRY}, nobodyhere12 does not exist"):
        await empty_org.users.add([HARRY, "nobodyhere12"])
    assert await empty_org.users.count() == 0
    many = [HARRY, *(f"nobodyhere{number}" for number in range(1005))]
    with pytest.raises(UnprocessableError, match=r"one of the accounts .*nobodyhere1 and 497 more does not exist"):
        await empty_org.users.add(many)
    with pytest.raises(
        UnprocessableError, match=f"account nope does not exist, or organization {empty_org.id} does not"
    ):
        await empty_org.users.add(["nope"])


@pytest.mark.parametrize(
    ("step", "nth", "joined"), [("users", 2, 500), ("users/roles", 1, 500), ("users/roles", 2, 1000)]
)
async def test_a_failed_add_has_the_added_ids_as_partial_result(
    empty_org: OrganizationHandle, org: OrganizationHandle, sandbox: Sandbox, step: str, nth: int, joined: int
) -> None:
    ids = [user.id async for user in org.users.list()]
    failure = Respond(422, b'{"code": "entity.db_constraint_violated"}', (("content-type", "application/json"),))
    # The path is a prefix: of the POST requests to /users and below, every second one goes to /users.
    at = nth * 2 - 1 if step == "users" else nth
    sandbox.logto_faults.add(failure, method="POST", path=f"/api/organizations/{empty_org.id}/{step}", nth=at)
    with pytest.raises(UnprocessableError) as caught:
        await empty_org.users.add(ids, roles=["teacher"])
    assert caught.value.partial_result == tuple(ids[:joined])
    assert await empty_org.users.count() == joined


# update, suspend, remove


async def test_update_changes_the_fields_and_keeps_the_roles(org: OrganizationHandle, sent: SentRequests) -> None:
    sent.clear()
    changed = await org.users.update(HARRY, name="Harold", username="harold")
    assert (changed.name, changed.username, changed.roles, changed.given_name) == (
        "Harold",
        "harold",
        ("admin",),
        "Harry",
    )
    assert sent() == [f"GET /organizations/{org.id}/users/{HARRY}/roles", f"PATCH /users/{HARRY}"]
    assert await org.users.get(HARRY) == changed


async def test_an_update_of_a_member_in_another_organization_is_not_found_and_changes_nothing(
    empty_org: OrganizationHandle, client: OrgClient[Logto], sent: SentRequests
) -> None:
    sent.clear()
    for call in (
        lambda: empty_org.users.update(HARRY, name="x"),
        lambda: empty_org.users.suspend(HARRY),
        lambda: empty_org.users.remove(HARRY, account="delete"),
        lambda: empty_org.users.remove(HARRY, account="keep"),
        lambda: empty_org.users.list_roles(HARRY),
        lambda: empty_org.users.set_roles(HARRY, ["admin"]),
        lambda: empty_org.users.add_roles(HARRY, ["admin"]),
        lambda: empty_org.users.remove_roles(HARRY, ["admin"]),
        lambda: empty_org.users.get(HARRY),
    ):
        with pytest.raises(NotFoundError):
            await call()
    assert (await client.accounts.get(HARRY)).name == "Harry Wright"
    assert not [line for line in sent(reads=False) if line.endswith(f"/users/{HARRY}") and "organ" not in line]


async def test_every_error_for_a_missing_member_is_not_found(empty_org: OrganizationHandle) -> None:
    with pytest.raises(NotFoundError, match=f"organization {empty_org.id} has no member {HARRY}") as caught:
        await empty_org.users.list_roles(HARRY)
    error = caught.value
    assert (error.status_code, error.code) == (422, "organization.require_membership")
    assert error.request_id


async def test_suspend_returns_the_user_with_roles(org: OrganizationHandle) -> None:
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


async def test_roles_are_passed_by_name_or_id(org: OrganizationHandle, sent: SentRequests) -> None:
    assert [role.name for role in await org.users.list_roles(HARRY)] == ["admin"]
    await org.users.set_roles(HARRY, ["teacher", role_id("student"), "student"])
    assert {role.name for role in await org.users.list_roles(HARRY)} == {"teacher", "student"}
    await org.users.add_roles(HARRY, [role_id("admin")])
    assert {role.name for role in await org.users.list_roles(HARRY)} == {"teacher", "student", "admin"}
    # A role that the member does not have is not an error.
    await org.users.remove_roles(HARRY, ["teacher", role_id("admin")])
    await org.users.remove_roles(HARRY, ["teacher"])
    assert [role.name for role in await org.users.list_roles(HARRY)] == ["student"]


async def test_an_empty_list_of_roles_is_sent(org: OrganizationHandle, sandbox: Sandbox) -> None:
    await org.users.set_roles(HARRY, [])
    assert await org.users.list_roles(HARRY) == []
    assert sandbox.logto.store.memberships.role_ids(sandbox.logto.organization_id, HARRY) == ()


async def test_an_unknown_role_is_not_found(org: OrganizationHandle, sent: SentRequests) -> None:
    sent.clear()
    calls: list[Call] = [
        lambda: org.users.set_roles(HARRY, ["nope"]),
        lambda: org.users.add_roles(HARRY, ["nope"]),
        lambda: org.users.remove_roles(HARRY, ["nope"]),
        lambda: org.users.add([HARRY], roles=["nope"]),
    ]
    for call in calls:
        with pytest.raises(NotFoundError, match="'nope'"):
            await call()
    assert sent(reads=False) == []


# lists


async def test_a_list_of_a_missing_organizations_members_is_not_found(
    client: OrgClient[Logto], sent: SentRequests
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


async def test_only_an_empty_first_page_costs_a_second_request(
    empty_org: OrganizationHandle, sent: SentRequests
) -> None:
    sent.clear()
    users, organization = f"GET /organizations/{empty_org.id}/users", f"GET /organizations/{empty_org.id}"
    assert (await empty_org.users.list()).items == []
    assert await empty_org.users.count() == 0
    assert sent() == [users, organization, users, organization]
    assert await empty_org.users.find(username="ada") is None
    with pytest.raises(NotFoundError, match="no member"):
        await empty_org.users.get(HARRY)
    assert sent()[4:] == [users, users]
    await empty_org.users.add([HARRY])
    sent.clear()
    assert len(await empty_org.users.list()) == await empty_org.users.count() == 1
    assert sent() == [users, users]


async def test_special_characters_in_a_query_of_members_are_escaped(empty_org: OrganizationHandle) -> None:
    for username in ("a_b", "axb"):
        await empty_org.users.create(username=username, name="100%" if username == "axb" else None)
    assert [user.username async for user in empty_org.users.list(query="a_b")] == ["a_b"]
    assert [user.username async for user in empty_org.users.list(query="%")] == ["axb"]
    assert await empty_org.users.count(query="a_b") == 1
    assert (await empty_org.users.list(role=role_id("teacher"))).items == []


async def test_find_prefers_the_exact_spelling(
    empty_org: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    # Logto's check for an address in another case has a race condition (facts/logto.md, section 7).
    made = [await empty_org.users.create(username=f"u{n}") for n in range(2)]
    users = sandbox.logto.store.users
    for user, email in zip(made, ("Ada@example.org", "ada@example.org"), strict=True):
        users.put(replace(users[user.id], primary_email=email))
    for email, expected in (("ada@example.org", made[1].id), ("Ada@example.org", made[0].id)):
        for resource in (empty_org.users, client.accounts):
            found = await resource.find(email=email)
            assert found is not None
            assert found.id == expected
    for resource in (empty_org.users, client.accounts):
        with pytest.raises(ConflictError, match="different spellings"):
            await resource.find(email="ADA@example.org")


async def test_no_repr_or_log_shows_a_password(empty_org: OrganizationHandle, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    secret = SecretStr("hush-4711")
    ada = await empty_org.users.create(username="ada", password=secret)
    with pytest.raises(APIError) as caught:
        await empty_org.users.create(username="ada", password="hush-4711")
    changed = await empty_org.users.update(ada.id, password=secret)
    shown = f"{ada!r} {changed!r} {caught.value} {caught.value!r} {vars(caught.value)} {caplog.text}"
    assert "hush-4711" not in shown
