"""Users of a SCIM service: what is kept and refused, which filters are believed, and how many requests it takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from orgsdk import Capability, User
from orgsdk.errors import ConflictError, NotFoundError, UnsupportedError
from orgsdk.providers.scim import SCIMServer
from tests.providers.scim.servers import WITHOUT_PATCH, Peer

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers import SCIM
    from orgsdk.resources import OrganizationHandle

pytestmark = pytest.mark.anyio


async def test_other_addresses_are_kept(client: OrgClient[SCIM], org: OrganizationHandle) -> None:
    ada = await org.users.create(username="ada", email="ada@example.com")
    home: dict[str, Any] = {"value": "home@example.com", "type": "home"}
    await client.native.patch_user(ada.id, [{"op": "add", "path": "emails", "value": [home]}])
    changed = await org.users.update(ada.id, email="ada@example.org", given_name="Ada")
    assert changed.email == "ada@example.org"
    emails: Any = changed.raw["emails"]
    assert [(entry["value"], entry.get("primary")) for entry in emails] == [
        ("ada@example.org", True),
        ("home@example.com", None),
    ]
    assert (await org.users.find(email="HOME@example.com")) is None  # `email` is the primary one
    assert "emails" not in (await org.users.update(ada.id, email=None)).raw


async def test_an_address_is_a_username_if_there_is_none(org: OrganizationHandle) -> None:
    ada = await org.users.create(email="ada@example.com")
    assert ada.username == "ada@example.com"
    with pytest.raises(ConflictError, match="is taken"):
        await org.users.create(username="ADA@example.com")


async def test_usernames_are_found_in_any_case(org: OrganizationHandle) -> None:
    ada = await org.users.create(username="Ada")
    found = await org.users.find(username="aDA")
    assert found is not None
    assert found.id == ada.id


@pytest.mark.parametrize("name", ['a"b', "a\\", 'x" or userName pr or userName eq "', "ü \N{SNOWMAN}"])
async def test_a_value_cannot_end_its_filter(org: OrganizationHandle, name: str) -> None:
    await org.users.create(username="other")
    assert await org.users.find(username=name) is None
    made = await org.users.create(username=name)
    found = await org.users.find(username=name)
    assert found is not None
    assert found.id == made.id


# Roles


async def test_the_groups_of_a_list_are_read_once(client: OrgClient[SCIM], org: OrganizationHandle, peer: Peer) -> None:
    await client.roles.create("teacher")
    for number in range(5):
        await org.users.create(username=f"u{number}", roles=["teacher"] if number % 2 else [])
    peer.received.clear()
    users = await org.users.list(page_size=2).collect()
    teachers = {user.username for user in users if user.roles == ("teacher",)}
    assert teachers == {"u1", "u3"}
    assert sum(user.roles == () for user in users) == 3
    assert sorted(peer.calls) == ["GET /Groups", *["GET /Users"] * 3]
    assert {user.username for user in await org.users.list(role="teacher").collect()} == teachers
    assert await org.users.count(role="teacher") == 2


async def test_groups_that_come_with_the_user_are_not_read(org: OrganizationHandle, peer: Peer) -> None:
    ada = await org.users.create(username="ada")

    def add_groups(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        groups = [{"value": "g1", "display": "teacher"}, {"value": "g2", "display": "staff", "type": "indirect"}]
        roles = [{"value": "not a group"}]
        return httpx.Response(200, json={**response.json(), "groups": groups, "roles": roles})

    peer.after = add_groups
    peer.received.clear()
    found = await org.users.get(ada.id)
    assert found.roles == ("teacher",)
    assert peer.calls == ["GET /Users"]
    assert type(found).model_validate_json(found.model_dump_json()) == found


async def test_a_role_that_was_deleted_meanwhile_is_named(client: OrgClient[SCIM], org: OrganizationHandle) -> None:
    ada = await org.users.create(username="ada")
    role = await client.roles.create("teacher")
    await client.roles.create("clerk")
    await org.users.add_roles(ada.id, ["teacher"])
    await org.users.set_roles(ada.id, [])
    await client.native.delete_group(role.id)
    with pytest.raises(NotFoundError):
        await org.users.add_roles(ada.id, ["teacher"])
    with pytest.raises(NotFoundError, match=r"unknown role 'teacher'\..*Roles here: clerk"):
        await org.users.add_roles(ada.id, ["teacher"])


async def test_each_call_takes_the_documented_number_of_requests(
    client: OrgClient[SCIM], org: OrganizationHandle, peer: Peer
) -> None:
    await client.roles.create("teacher")
    await client.roles.create("clerk")
    bob = await org.users.create(username="bob", roles=["teacher"])
    await org.users.get(bob.id)  # proves the filter of members
    await org.users.add_roles(bob.id, ["clerk"])  # looks both groups up
    calls: dict[str, Any] = {
        "create": (lambda: org.users.create(username="ada", roles=["teacher"]), 2),
        "get": (lambda: org.users.get(bob.id), 2),
        "update": (lambda: org.users.update(bob.id, given_name="Bob"), 3),
        "update of an address": (lambda: org.users.update(bob.id, email="bob@example.com"), 4),
        "suspend": (lambda: org.users.suspend(bob.id), 3),
        "set_roles": (lambda: org.users.set_roles(bob.id, ["clerk"]), 3),
        "count": (org.users.count, 1),
        "roles.create": (lambda: client.roles.create("cook"), 2),
        "remove": (lambda: org.users.remove(bob.id, account="delete"), 1),
    }
    found = {}
    for name, (call, _) in calls.items():
        peer.received.clear()
        await call()
        found[name] = len(peer.calls)
    assert found == {name: number for name, (_, number) in calls.items()}


# What a server lacks


async def test_a_value_that_is_ignored_is_an_error(org: OrganizationHandle, peer: Peer) -> None:
    def forget(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = response.json()
        body.pop("displayName", None)
        return httpx.Response(response.status_code, json=body)

    peer.after = forget
    with pytest.raises(UnsupportedError, match="name") as caught:
        await org.users.create(username="ada", name="Ada")
    assert isinstance(caught.value.partial_result, User)
    assert caught.value.partial_result.username == "ada"


async def test_what_is_not_announced_is_refused_before_a_request(peer: Peer) -> None:
    def shorten(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = response.json()
        if request.url.path == "/Schemas":
            for schema in body["Resources"]:
                schema["attributes"] = [one for one in schema["attributes"] if one["name"] != "phoneNumbers"]
        if request.url.path == "/ResourceTypes":
            body["Resources"] = body["Resources"][:1]
        return httpx.Response(200, json=body)

    peer.after = shorten
    async with peer.client() as client:
        assert Capability.USERS_PHONE not in client.capabilities
        assert Capability.ROLES_LIST not in client.capabilities
        assert set(client.provider.advice).isdisjoint(client.capabilities)
        peer.received.clear()
        with pytest.raises(UnsupportedError, match="no such attribute"):
            await client.organization().users.create(username="ada", phone="+12025550143")
        with pytest.raises(UnsupportedError, match="no groups"):
            await client.roles.create("teacher")
        assert peer.received == []


async def test_a_server_that_announces_nothing_is_taken_to_have_everything(peer: Peer) -> None:
    peer.before = lambda request: (
        httpx.Response(404) if "chema" in request.url.path or "Res" in request.url.path else None
    )
    async with peer.client() as client:
        assert client.capabilities == type(client.provider).capabilities - {Capability.TOTAL} | {Capability.TOTAL}


async def test_discovery_is_asked_once_for_all_clients_of_a_provider(peer: Peer) -> None:
    async with peer.client() as client:
        await client.provider.discover()
        await client.with_options(timeout=5).provider.discover()
    assert len(peer.received) == 3


async def test_an_unreachable_server_does_not_prevent_a_client(peer: Peer) -> None:
    def fail(_: httpx.Request) -> None:
        raise httpx.ConnectError("no route to the host")

    peer.before = fail
    async with peer.client(max_attempts=1) as client:
        assert client.capabilities == type(client.provider).capabilities
        peer.before = lambda _: None
        await client.provider.discover()
        assert client.provider.server.max_page_size == 1000


async def test_what_is_passed_is_not_asked(peer: Peer) -> None:
    supported = frozenset({Capability.USERS_LIST, Capability.DEFAULT_ORGANIZATION})
    async with peer.client(server=SCIMServer(capabilities=supported, max_page_size=7)) as client:
        assert client.capabilities == supported
        assert peer.received == []
        assert client.organization().users.list().page_size == 7


async def test_a_service_is_one_organization(client: OrgClient[SCIM], org: OrganizationHandle) -> None:
    ada = await org.users.create(username="ada")
    assert (await client.organization("scim").users.get(ada.id)).id == ada.id
    with pytest.raises(Exception, match="is one organization, whose id is 'scim'"):
        client.organization("acme").users.list()
    with pytest.raises(UnsupportedError, match="Pass account='delete'"):
        await org.users.remove(ada.id, account="keep")


# Changes


@pytest.mark.parametrize("lost", [False, True])
async def test_a_put_changes_what_another_client_did_not(lost: bool) -> None:
    peer = Peer(WITHOUT_PATCH)
    async with peer.client(max_attempts=3) as client:
        users = client.organization().users
        ada = await users.create(username="ada", name="Ada")
        others: list[httpx.Response] = []

        def meanwhile(request: httpx.Request) -> None:
            if request.method == "PUT" and not others:
                others.append(httpx.Response(204))
                body = {**ada.raw, "title": "Countess"}
                headers = {"Authorization": request.headers["Authorization"], "Content-Type": "application/scim+json"}
                changed = httpx.Request("PUT", request.url, headers=headers, content=json.dumps(body).encode())
                others.append(peer.handle(changed))

        def lose(request: httpx.Request, response: httpx.Response) -> httpx.Response:
            if lost and request.method == "PUT" and response.status_code == 200 and len(others) == 2:
                others.append(response)
                raise httpx.ReadError("the connection was closed")
            return response

        peer.before, peer.after = meanwhile, lose
        changed = await users.update(ada.id, given_name="Ada")
        assert (changed.given_name, changed.name, changed.raw["title"]) == ("Ada", "Ada", "Countess")
        statuses = [call for call in peer.calls if call.startswith("PUT")]
        assert len(statuses) == (4 if lost else 3)


async def test_a_resource_that_always_changes_is_a_conflict(org: OrganizationHandle, peer: Peer) -> None:
    ada = await org.users.create(username="ada", email="ada@example.com")
    error = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "412"}
    peer.before = lambda request: httpx.Response(412, json=error) if request.method == "PATCH" else None
    with pytest.raises(ConflictError, match="others changed it 5 times"):
        await org.users.update(ada.id, email="ada@example.org")


async def test_a_lost_create_is_adopted_once(peer: Peer) -> None:
    async with peer.client(max_attempts=1) as client:
        users = client.organization().users

        def lose(request: httpx.Request, response: httpx.Response) -> httpx.Response:
            peer.after = lambda _, response: response
            raise httpx.ReadError("the connection was closed")

        peer.after = lose
        ada = await users.create(username="ada", email="ada@example.com", given_name="Ada")
        assert ada.adopted
        peer.after = lose
        with pytest.raises(ConflictError):  # another one has the name, and was not created by this call
            await users.create(username="ada", given_name="Another")
        assert await users.count() == 1


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_lost_change_is_sent_again(peer: Peer, method: str) -> None:
    async with peer.client() as client:
        users = client.organization().users
        ada = await users.create(username="ada")
        lost = [method]

        def lose(request: httpx.Request, response: httpx.Response) -> httpx.Response:
            if request.method in lost:
                lost.remove(request.method)
                raise httpx.ReadError("the connection was closed")
            return response

        peer.after = lose
        if method == "PATCH":
            assert (await users.update(ada.id, given_name="Ada")).given_name == "Ada"
        else:
            await users.remove(ada.id, account="delete")
            assert await users.find(username="ada") is None
        assert peer.calls.count(f"{method} /Users") == 2


async def test_ids_lead_to_no_other_resource(org: OrganizationHandle, peer: Peer) -> None:
    peer.received.clear()
    for invalid in ("../Groups/g1", "..", "a/b", "a%2Fb", "a?b", ".a", "a..b"):
        with pytest.raises(Exception, match="Invalid user id"):
            await org.users.remove(invalid, account="delete")
    assert peer.received == []
    with pytest.raises(NotFoundError):
        await org.users.get("kim.example@acme.example")
