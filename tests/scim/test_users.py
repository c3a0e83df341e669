"""Users through the gateway: what comes back, who is adopted, and who is out of reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import OrgClient
from orgsdk.errors import ServerError
from orgsdk.scim import GatewayOptions, MapEntry
from tests.scim.gateways import NO_LIMIT, OPTIONS, USER, IdentityProvider, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from orgsdk.providers import Memory

pytestmark = pytest.mark.anyio

KIM = "Kim.Lee@Acme.example"


@pytest.fixture
async def client() -> AsyncIterator[OrgClient[Memory]]:
    async with OrgClient.memory() as client:
        yield client


@pytest.fixture
async def idp(client: OrgClient[Memory], tmp_path: Path) -> AsyncIterator[IdentityProvider]:
    options = GatewayOptions(on_delete="keep", on_deactivate="end_membership", max_deactivations=NO_LIMIT)
    async with serving(client, tmp_path, options=options) as idp:
        yield idp


async def test_values_come_back_as_they_were_sent(idp: IdentityProvider, client: OrgClient[Memory]) -> None:
    sent: dict[str, Any] = {
        "externalId": "00u1",
        "displayName": "Kim Lee",
        "name": {"givenName": "Kim", "familyName": "Lee"},
        "emails": [{"value": KIM, "type": "home", "primary": True}],
        "phoneNumbers": [{"value": "+1 (202) 555-0143", "type": "mobile", "primary": False}],
        "locale": "en-US",
        "active": True,
    }
    created = await idp.create_user(KIM, **sent, title="Cellist", roles=[], password="s3cret-Pa55")
    for user in (
        created,
        await idp.get(f"/Users/{created['id']}"),
        (await idp.find(f'userName eq "{KIM.lower()}"'))[0],
    ):
        assert user["userName"] == KIM
        assert {name: user[name] for name in sent} == sent
        assert not {"title", "password", "roles"} & user.keys()
    stored = await client.organization().users.get(created["id"])
    assert stored.phone == "+12025550143"
    # The number changes at the provider: then it is shown as it is there.
    await client.accounts.update(created["id"], phone="+12025550199")
    assert (await idp.get(f"/Users/{created['id']}"))["phoneNumbers"][0]["value"] == "+12025550199"


async def test_an_inactive_user_is_answered_from_the_map_and_returns_with_the_groups(
    idp: IdentityProvider, client: OrgClient[Memory]
) -> None:
    kim = await idp.create_user(KIM, externalId="x1", name={"givenName": "Kim"})
    path = f"/Users/{kim['id']}"
    group = await idp.create_group("Choir", kim["id"])
    await idp.patch(path, {"op": "Replace", "path": "active", "value": "False"})
    members = client.organization().users
    assert await members.count() == 0
    for found in (
        await idp.get(path),
        *await idp.find(f'userName eq "{KIM}"'),
        *await idp.find('externalId eq "x1"'),
        *await idp.find(f'emails.value eq "{KIM}"'),
        *(await idp.get("/Users"))["Resources"],
    ):
        assert (found["id"], found["active"], found["name"]) == (kim["id"], False, {"givenName": "Kim"})
        assert [one["value"] for one in found["groups"]] == [group["id"]]
    assert (await idp.get("/Users?count=0"))["totalResults"] == 1
    # The identity provider changes the user meanwhile, and the group.
    await idp.patch(path, {"op": "Replace", "path": "name.givenName", "value": "Kima"})
    other = await idp.create_group("Band")
    await idp.patch(f"/Groups/{other['id']}", {"op": "Add", "path": "members", "value": [{"value": kim["id"]}]})
    assert [one["value"] for one in (await idp.get(f"/Groups/{other['id']}"))["members"]] == [kim["id"]]
    await idp.patch(path, {"op": "Replace", "path": "active", "value": "True"})
    user = await members.get(kim["id"])
    assert (user.given_name, set(user.roles)) == ("Kima", {"Choir", "Band"})
    assert (await idp.get(path))["active"] is True


async def test_the_id_stays_if_the_account_had_to_be_created_again(
    idp: IdentityProvider, client: OrgClient[Memory]
) -> None:
    kim = await idp.create_user(KIM, externalId="x1")
    path = f"/Users/{kim['id']}"
    await idp.patch(path, {"op": "replace", "path": "active", "value": False})
    await client.accounts.remove(kim["id"], account="delete")
    await idp.patch(path, {"op": "replace", "path": "active", "value": True})
    (member,) = await client.organization().users.list().collect()
    assert member.id != kim["id"]
    for found in (await idp.get(path), *await idp.find('externalId eq "x1"'), *(await idp.get("/Users"))["Resources"]):
        assert (found["id"], found["active"]) == (kim["id"], True)
    await idp.get(f"/Users/{member.id}", status=404)


async def test_a_put_without_active_leaves_it(idp: IdentityProvider) -> None:
    kim = await idp.create_user(KIM, externalId="x1", name={"givenName": "Kim"})
    await idp.patch(f"/Users/{kim['id']}", {"op": "replace", "path": "active", "value": False})
    put = await idp.send("PUT", f"/Users/{kim['id']}", {"schemas": [USER], "userName": KIM}, 200)
    assert put["active"] is False
    assert not {"name", "externalId", "emails"} & put.keys()


async def test_a_deleted_user_can_be_created_again(idp: IdentityProvider, client: OrgClient[Memory]) -> None:
    kim = await idp.create_user(KIM, externalId="x1")
    await idp.send("DELETE", f"/Users/{kim['id']}", status=204)
    for method in ("GET", "DELETE"):
        await idp.send(method, f"/Users/{kim['id']}", status=404)
    assert await idp.find('externalId eq "x1"') == []
    assert (await idp.get("/Users"))["totalResults"] == 0
    # The account was kept, and is a member again.
    again = await idp.create_user(KIM, externalId="x2")
    assert (again["id"], again["externalId"]) == (kim["id"], "x2")
    assert await client.accounts.count() == 1


@pytest.mark.parametrize("active", [True, False])
async def test_a_user_who_was_deleted_while_inactive_is_created_as_the_request_states(
    active: bool, tmp_path: Path
) -> None:
    options = GatewayOptions(on_delete="keep", max_deactivations=NO_LIMIT)
    async with OrgClient.memory() as client, serving(client, tmp_path, options=options) as idp:
        kim = await idp.create_user(KIM)
        await idp.patch(f"/Users/{kim['id']}", {"op": "replace", "path": "active", "value": False})
        await idp.send("DELETE", f"/Users/{kim['id']}", status=204)
        again = await idp.create_user(KIM, active=active)
        assert (again["id"], again["active"]) == (kim["id"], active)
        assert (await client.organization().users.get(kim["id"])).is_suspended is not active


async def test_a_user_who_was_deleted_at_the_provider_is_gone(idp: IdentityProvider, client: OrgClient[Memory]) -> None:
    kim = await idp.create_user(KIM, externalId="x1")
    await client.accounts.remove(kim["id"], account="delete")
    await idp.get(f"/Users/{kim['id']}", status=404)
    assert await idp.find('externalId eq "x1"') == []
    assert (await idp.create_user(KIM))["id"] != kim["id"]


async def test_names_are_unique_whatever_their_case(idp: IdentityProvider) -> None:
    kim, lee = await idp.create_user("kim"), await idp.create_user("lee")
    await idp.create_user("KIM", status=409)
    await idp.patch(f"/Users/{lee['id']}", {"op": "replace", "path": "userName", "value": "Kim"}, status=409)
    await idp.patch(f"/Users/{kim['id']}", {"op": "replace", "path": "userName", "value": "KIM"})
    assert (await idp.get(f"/Users/{kim['id']}"))["userName"] == "KIM"


# Who is adopted


async def test_a_member_of_other_values_is_found_by_a_lookup_alone(
    idp: IdentityProvider, client: OrgClient[Memory]
) -> None:
    member = await client.organization().users.create(username="kim", email=KIM, name="Another Kim")
    await idp.create_user(KIM, status=409, displayName="Kim Lee")
    (found,) = await idp.find(f'userName eq "{KIM}"')
    assert found["id"] == member.id
    assert await client.accounts.count() == 1


async def test_an_account_of_another_customer_is_out_of_reach(idp: IdentityProvider, client: OrgClient[Memory]) -> None:
    other = await client.organizations.create("Globex")
    for email, organization in (("a@globex.example", other.id), ("b@globex.example", None)):
        account = await client.accounts.create(email=email)
        if organization is not None:
            await client.organization(organization).users.add([account.id])
        await idp.create_user(email, status=409)
        assert await idp.find(f'userName eq "{email}"') == []
        await idp.get(f"/Users/{account.id}", status=404)
        await idp.patch(f"/Users/{account.id}", {"op": "replace", "path": "active", "value": False}, status=404)
        await idp.send("DELETE", f"/Users/{account.id}", status=404)
        await idp.create_group(f"Choir {email}", account.id, status=400)
        assert (await client.accounts.get(account.id)).email == email


async def test_the_account_of_an_unfinished_create_is_adopted_if_it_is_not_older(
    idp: IdentityProvider, client: OrgClient[Memory]
) -> None:
    started = MapEntry("default", "user", "creating:1", "creating:1", None, KIM, False, details={"state": "creating"})
    await idp.id_map.put(started)
    account = await client.accounts.create(username=KIM, email=KIM.lower())
    created = await idp.create_user(KIM)
    assert created["id"] == account.id
    assert (await client.organization().users.get(account.id)).email == KIM.lower()


async def test_the_account_of_somebody_else_is_not_adopted_by_an_unfinished_create(
    idp: IdentityProvider, client: OrgClient[Memory]
) -> None:
    account = await client.accounts.create(username=KIM, email=KIM.lower(), name="Another Kim")
    started = MapEntry("default", "user", "creating:1", "creating:1", None, KIM, False, details={"state": "creating"})
    await idp.id_map.put(started)
    await idp.create_user(KIM, status=409, displayName="Kim Lee")
    assert await client.accounts.list_organizations(account.id) == []


async def test_a_failed_create_leaves_no_user_in_the_map(idp: IdentityProvider, client: OrgClient[Memory]) -> None:
    client.provider.fail(
        "users.create", ServerError("no", provider="memory", operation="users.create", status_code=501)
    )
    await idp.create_user("kim", status=503)
    assert [entry async for entry in idp.id_map.entries("default", "user")] == []
    await idp.create_user("kim")


# Deactivating and deleting where an account has several organizations


@pytest.mark.parametrize("is_shared", [False, True])
async def test_a_suspension_and_a_deletion_stay_within_the_organization(is_shared: bool, tmp_path: Path) -> None:
    options = GatewayOptions(on_delete="delete", max_deactivations=NO_LIMIT)
    async with OrgClient.memory() as client, serving(client, tmp_path, options=options) as idp:
        kim = await idp.create_user(KIM)
        if is_shared:
            other = await client.organizations.create("Globex")
            await client.organization(other.id).users.add([kim["id"]])
        path = f"/Users/{kim['id']}"
        await idp.patch(path, {"op": "replace", "path": "active", "value": False})
        assert (await idp.get(path))["active"] is False
        account = await client.accounts.get(kim["id"])
        assert account.is_suspended is not is_shared
        await idp.send("DELETE", path, status=204)
        assert (await client.accounts.count() == 1) is is_shared


async def test_how_a_user_of_two_organizations_signs_in_is_not_changed(
    idp: IdentityProvider, client: OrgClient[Memory]
) -> None:
    kim = await idp.create_user(KIM)
    other = await client.organizations.create("Globex")
    await client.organization(other.id).users.add([kim["id"]])
    path = f"/Users/{kim['id']}"
    for attribute, value in (
        ("userName", "kim"),
        ("emails", [{"value": "mallory@acme.example"}]),
        ("phoneNumbers", [{"value": "+12025550143"}]),
        ("password", "s3cret-Pa55"),
    ):
        answer = await idp.patch(path, {"op": "replace", "path": attribute, "value": value}, status=400)
        assert answer["scimType"] == "mutability"
    await idp.patch(path, {"op": "replace", "path": "displayName", "value": "Kim Lee"})
    account = await client.accounts.get(kim["id"])
    assert (account.email, account.name, account.phone) == (KIM.lower(), "Kim Lee", None)


async def test_deactivation_can_be_refused(tmp_path: Path) -> None:
    options = GatewayOptions(on_delete="keep", on_deactivate="refuse")
    async with OrgClient.memory() as client, serving(client, tmp_path, options=options) as idp:
        kim = await idp.create_user(KIM)
        leave = {"op": "replace", "path": "active", "value": False}
        answer = await idp.patch(f"/Users/{kim['id']}", leave, status=400)
        assert answer["scimType"] == "mutability"
        assert "on_deactivate" in answer["detail"]
        await idp.create_user("lee", status=400, active=False)
        assert await client.organization().users.count() == 1


# Versions and groups


async def test_a_condition_fails_if_somebody_has_changed_the_user(
    idp: IdentityProvider, client: OrgClient[Memory]
) -> None:
    kim = await idp.create_user(KIM)
    path, version = f"/Users/{kim['id']}", kim["meta"]["version"]
    assert (await idp.http.get(path, headers={"If-None-Match": version})).status_code == 304
    await client.accounts.update(kim["id"], given_name="Kim")
    assert (await idp.http.get(path, headers={"If-None-Match": version})).status_code == 200
    body = {"schemas": [USER], "userName": KIM}
    await idp.send("PUT", path, body, 412, **{"If-Match": version})
    await idp.send("DELETE", path, None, 412, **{"If-Match": version})
    await idp.send("PUT", path, body, 200)


async def test_a_group_changes_as_a_whole_or_not_at_all(idp: IdentityProvider, client: OrgClient[Memory]) -> None:
    ids = [(await idp.create_user(f"kim{number}"))["id"] for number in range(6)]
    group = await idp.create_group("Choir", *ids[:2])
    path = f"/Groups/{group['id']}"
    for new in ([ids[2], "nobody"], [*ids[2:], "nobody"]):
        value = [{"value": one} for one in new]
        answer = await idp.patch(path, {"op": "add", "path": "members", "value": value}, status=400)
        assert answer["scimType"] == "invalidValue"
        assert {one["value"] for one in (await idp.get(path))["members"]} == set(ids[:2])
    await idp.patch(path, {"op": "add", "path": "members", "value": [{"value": one} for one in ids]})
    assert {one["value"] for one in (await idp.get(path))["members"]} == set(ids)
    await idp.patch(path, {"op": "remove", "path": "members"})
    assert "members" not in await idp.get(path)
    assert all("Choir" not in user.roles for user in await client.organization().users.list().collect())


async def test_a_role_of_before_outlives_its_group(idp: IdentityProvider, client: OrgClient[Memory]) -> None:
    role = await client.roles.create("Board")
    adopted = await idp.create_group("board")
    assert adopted["id"] == role.id
    await idp.create_group("BOARD", status=409)
    await idp.patch(f"/Groups/{role.id}", {"op": "replace", "path": "displayName", "value": "Directors"})
    assert (await client.roles.get(role.id)).name == "Board"
    await idp.send("DELETE", f"/Groups/{role.id}", status=204)
    await idp.get(f"/Groups/{role.id}?excludedAttributes=members", status=404)
    assert await idp.find('displayName eq "Directors"', "Groups") == []
    assert (await client.roles.get(role.id)).name == "Board"
    assert (await idp.create_group("Board"))["id"] == role.id


async def test_only_groups_of_the_table_exist(tmp_path: Path) -> None:
    options = GatewayOptions(on_delete="keep", group_roles={"Teachers": "teacher"})
    async with OrgClient.memory() as client, serving(client, tmp_path, options=options) as idp:
        listed = await idp.get("/Groups")
        assert [group["displayName"] for group in listed["Resources"]] == ["Teachers"]
        (teachers,) = listed["Resources"]
        admin = await client.roles.get("admin")
        await idp.get(f"/Groups/{admin.id}", status=404)
        answer = await idp.create_group("admin", status=400)
        assert "Teachers" in answer["detail"]
        answer = await idp.patch(
            f"/Groups/{teachers['id']}", {"op": "replace", "path": "displayName", "value": "Staff"}, status=400
        )
        assert "group_roles" in answer["detail"]
        assert (await idp.create_group("teachers"))["id"] == teachers["id"]


async def test_a_filter_that_needs_every_user_can_be_refused(tmp_path: Path) -> None:
    async with OrgClient.memory(users=5) as client:
        async with serving(client, tmp_path, options=OPTIONS) as idp:
            assert len(await idp.find('userName sw "user"')) == 5
            assert len(await idp.find('userName sw "user" and active eq false')) == 0
        options = GatewayOptions(on_delete="keep", scan_limit=0)
        async with serving(client, tmp_path, options=options) as idp:
            answer = await idp.send("GET", '/Users?filter=userName sw "user"', status=400)
            assert answer["scimType"] == "invalidFilter"
        options = GatewayOptions(on_delete="keep", scan_limit=4)
        async with serving(client, tmp_path, options=options) as idp:
            answer = await idp.send("GET", '/Users?filter=userName sw "user"', status=400)
            assert answer["scimType"] == "tooMany"
            assert len((await idp.get("/Users"))["Resources"]) == 5
            await idp.get("/Groups", status=400)
            await idp.get("/Groups?excludedAttributes=members")
