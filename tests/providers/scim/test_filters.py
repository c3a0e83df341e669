"""Filters of SCIM servers that differ: which are sent, which are believed, and what is remembered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk import OrgClient
    from orgsdk.providers import SCIM
    from orgsdk.resources import OrganizationHandle
    from tests.providers.scim.servers import Peer

pytestmark = pytest.mark.anyio

EMPTY = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}
WORK = 'emails[type eq "work"].value eq'
ANY = "emails.value eq"
BARE = "emails eq"


def invalid() -> httpx.Response:
    return httpx.Response(400, json={"schemas": [], "scimType": "invalidFilter"})


def filtered(answer: Callable[[httpx.Request], httpx.Response | None]) -> Callable[[httpx.Request], Any]:
    """Return what happens before a request: a filter has this answer, and any other request is carried out."""
    return lambda request: answer(request) if "filter" in request.url.params else None


def forms(peer: Peer) -> list[str]:
    """Return the filters that were received since the last call, without their values. Empty for none."""
    sent = [re.sub(r' "[^"]*"$', "", request.url.params.get("filter", "")) for request in peer.received]
    peer.received.clear()
    return sent


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx.Response(200, json=EMPTY),  # as Polis has it
        lambda _: httpx.Response(400, json={"schemas": [], "scimType": "invalidFilter"}),
        lambda _: httpx.Response(501, json={}),
    ],
    ids=["empty", "invalid", "not implemented"],
)
async def test_a_user_is_found_although_the_filter_is_not(
    org: OrganizationHandle, peer: Peer, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    ada = await org.users.create(username="ada", email="ada@example.com")
    await org.users.create(username="bob")
    peer.before = filtered(answer)
    for _ in range(2):
        for keys in ({"username": "ada"}, {"email": "ada@example.com"}):
            found = await org.users.find(**keys)
            assert found is not None
            assert found.id == ada.id
        assert await org.users.find(username="cleo") is None
    assert [user.username for user in await org.users.list(query="BO").collect()] == ["bob"]


async def test_a_server_that_ignores_filters_finds_nobody_else(org: OrganizationHandle, peer: Peer) -> None:
    def ignore(request: httpx.Request) -> None:
        request.url = request.url.copy_remove_param("filter")

    ada = await org.users.create(username="ada")
    peer.before = ignore
    found = await org.users.find(username="ada")
    assert found is not None
    assert found.id == ada.id
    await org.users.create(username="bob")
    assert await org.users.find(username="cleo") is None
    assert [user.username for user in await org.users.list(query="bo").collect()] == ["bob"]


async def test_a_proven_filter_is_one_request(org: OrganizationHandle, peer: Peer) -> None:
    await org.users.create(username="ada")
    assert await org.users.find(username="bob") is None  # proves the filter
    peer.received.clear()
    assert await org.users.find(username="cleo") is None
    assert peer.calls == ["GET /Users"]


# Addresses


async def test_a_work_address_is_found_by_the_filter_of_identity_providers(org: OrganizationHandle, peer: Peer) -> None:
    ada = await org.users.create(username="ada", email="ada@example.com")
    await org.users.create(username="bob", email="bob@example.com")
    peer.received.clear()
    found = await org.users.find(email="ada@example.com")
    assert found is not None
    assert found.id == ada.id
    assert forms(peer)[0] == WORK


async def test_an_address_of_another_type_is_found_and_the_filter_is_remembered(
    client: OrgClient[SCIM], org: OrganizationHandle, peer: Peer
) -> None:
    home: list[Any] = [{"value": "ada@example.com", "type": "home", "primary": True}]
    ada = await client.native.create_user({"schemas": [], "userName": "ada", "emails": home})
    peer.received.clear()
    for expected in ([WORK, ANY], [ANY]):
        found = await org.users.find(email="ada@example.com")
        assert found is not None
        assert found.id == ada.id
        assert [form for form in forms(peer) if "emails" in form] == expected


async def test_a_work_address_that_is_not_the_primary_one_is_no_match(
    client: OrgClient[SCIM], org: OrganizationHandle
) -> None:
    home: Any = {"value": "x@example.com", "type": "home", "primary": True}
    work: Any = {"value": "shared@example.com", "type": "work"}
    await client.native.create_user({"schemas": [], "userName": "ada", "emails": [home, work]})
    assert await org.users.find(email="shared@example.com") is None
    primary: Any = {"value": "shared@example.com", "type": "home", "primary": True}
    bob = await client.native.create_user({"schemas": [], "userName": "bob", "emails": [primary]})
    found = await org.users.find(email="shared@example.com")
    assert found is not None
    assert found.id == bob.id


@pytest.mark.parametrize(
    ("known", "first", "later"),
    [
        ((WORK,), [WORK], [WORK]),
        ((ANY,), [WORK, ANY], [ANY]),
        ((BARE,), [WORK, ANY, BARE], [BARE]),
        ((), [WORK, ANY, BARE, ""], [""]),
    ],
    ids=["work", "any", "bare", "none"],
)
@pytest.mark.parametrize("refused", [True, False], ids=["refused", "ignored"])
async def test_each_server_is_asked_by_the_filter_that_it_has(
    org: OrganizationHandle,
    peer: Peer,
    known: tuple[str, ...],
    first: list[str],
    later: list[str],
    refused: bool,
) -> None:
    ada = await org.users.create(username="ada", email="ada@example.com")
    await org.users.create(username="bob", email="bob@example.com")

    def answer(request: httpx.Request) -> httpx.Response | None:
        text = request.url.params["filter"]
        if "emails" not in text:
            return None
        if not text.startswith(known or ("none",)):
            if refused:
                return invalid()
            request.url = request.url.copy_remove_param("filter")  # all users: the address has to be compared
        elif text.startswith(BARE):  # scim2-server has no such filter
            request.url = request.url.copy_set_param("filter", text.replace(BARE, ANY))
        return None

    sent: list[str] = []

    def note(request: httpx.Request) -> httpx.Response | None:
        if "/Users" in request.url.path:
            sent.append(re.sub(r' "[^"]*"$', "", request.url.params.get("filter", "")))
        return answer(request) if "filter" in request.url.params else None

    peer.before = note
    for expected in (first, later, later):
        found = await org.users.find(email="ada@example.com")
        assert found is not None
        assert found.id == ada.id
        assert sent == expected
        sent.clear()
    assert await org.users.find(email="cleo@example.com") is None


async def test_an_unknown_address_takes_one_request_after_the_first(org: OrganizationHandle, peer: Peer) -> None:
    await org.users.create(username="ada", email="ada@example.com")
    peer.received.clear()
    assert await org.users.find(email="bob@example.com") is None
    assert forms(peer) == [WORK, ANY, "", ANY]  # the last two prove the filter
    assert await org.users.find(email="cleo@example.com") is None
    assert forms(peer) == [ANY]


async def test_a_server_that_has_only_work_addresses_is_read_for_others(
    client: OrgClient[SCIM], org: OrganizationHandle, peer: Peer
) -> None:
    home: list[Any] = [{"value": "ada@example.com", "type": "home", "primary": True}]
    await client.native.create_user({"schemas": [], "userName": "ada", "emails": home})
    peer.before = filtered(lambda request: None if request.url.params["filter"].startswith(WORK) else invalid())
    found = await org.users.find(email="ada@example.com")
    assert found is not None
    assert found.username == "ada"


# Roles


async def test_users_of_a_role_are_filtered_where_the_server_can(
    client: OrgClient[SCIM], org: OrganizationHandle, peer: Peer
) -> None:
    users = [await org.users.create(username=f"u{number}") for number in range(6)]
    teacher = await client.roles.create("teacher")
    teachers = {users[1].id, users[4].id}
    await client.native.add_members(teacher.id, sorted(teachers))
    sent: list[str] = []

    # scim2-server has no groups in users: those of a server that has them are added here, and its filter is.
    def before(request: httpx.Request) -> None:
        sent.append(f"{request.url.path.split('/')[1]} {request.url.params.get('filter', '')}")
        if sent[-1] == f'Users groups.value eq "{teacher.id}"':
            ids = " or ".join(f'id eq "{user}"' for user in teachers)
            request.url = request.url.copy_set_param("filter", ids)

    def after(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = response.json()
        if request.url.path == "/Users":
            for user in body["Resources"]:
                is_teacher = user["id"] in teachers
                user["groups"] = [{"value": teacher.id, "display": "teacher"}] if is_teacher else []
        return httpx.Response(response.status_code, json=body)

    peer.before, peer.after = before, after
    own = f'Users groups.value eq "{teacher.id}"'
    # The group by id and by name, its members, a proof that the filter finds them, and the users.
    for expected in (["Groups ", 'Groups displayName eq "teacher"', "Groups ", own, own], [own]):
        assert {user.id for user in await org.users.list(role="teacher").collect()} == teachers
        assert sent == expected
        sent.clear()


@pytest.mark.parametrize("answer", [lambda: httpx.Response(200, json=EMPTY), invalid], ids=["empty", "refused"])
async def test_users_of_a_role_are_found_without_its_filter(
    client: OrgClient[SCIM], org: OrganizationHandle, peer: Peer, answer: Callable[[], httpx.Response]
) -> None:
    await client.roles.create("teacher")
    for number in range(4):
        await org.users.create(username=f"u{number}", roles=["teacher"] if number % 2 else [])
    peer.before = filtered(lambda request: answer() if "groups.value" in request.url.params["filter"] else None)
    for number in range(2):
        peer.received.clear()
        assert {user.username for user in await org.users.list(role="teacher").collect()} == {"u1", "u3"}
        assert ("groups.value eq" in forms(peer)) == (number == 0)


async def test_a_server_that_ignores_the_filter_of_a_role_returns_nobody_else(
    client: OrgClient[SCIM], org: OrganizationHandle, peer: Peer
) -> None:
    await client.roles.create("teacher")
    await org.users.create(username="ada", roles=["teacher"])  # every user is in the group, so that the proof succeeds

    def ignore(request: httpx.Request) -> None:
        if "groups.value" in request.url.params.get("filter", ""):
            request.url = request.url.copy_remove_param("filter")

    peer.before = ignore
    assert await org.users.count(role="teacher") == 1
    await org.users.create(username="bob")
    assert [user.username for user in await org.users.list(role="teacher").collect()] == ["ada"]
