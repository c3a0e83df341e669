"""Versions of SCIM resources: from `meta.version` or from the header `ETag`, and changes of others in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from orgsdk.errors import BadRequestError, ConflictError
from tests.providers.scim.servers import WITHOUT_PATCH, Peer

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers import SCIM
    from orgsdk.resources import OrganizationHandle

pytestmark = pytest.mark.anyio

USER: dict[str, Any] = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"}
GROUP: dict[str, Any] = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "choir"}
PRECONDITION_FAILED = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "412"}


def in_header_alone(_: httpx.Request, response: httpx.Response) -> httpx.Response:
    """Remove the version from the attributes of a resource. The header `ETag` has it."""
    if not response.content or response.status_code >= 400:
        return response
    body = response.json()
    version = body.get("meta", {}).pop("version", None)
    assert version is None or response.headers["ETag"] == version
    headers = {name: value for name, value in response.headers.items() if name.lower() != "content-length"}
    return httpx.Response(response.status_code, headers=headers, json=body)


def condition(peer: Peer, method: str) -> list[str | None]:
    """Return what the requests of a method were conditional on."""
    return [request.headers.get("If-Match") for request in peer.received if request.method == method]


@pytest.mark.parametrize("in_header", [True, False], ids=["header", "attribute"])
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_a_user_is_changed_only_as_it_was_read(in_header: bool, method: str) -> None:
    peer = Peer(WITHOUT_PATCH if method == "PUT" else {})
    if in_header:
        peer.after = in_header_alone
    async with peer.client() as client:
        users = client.organization().users
        ada = await users.create(username="ada", email="ada@example.com")
        others: list[str] = []

        def meanwhile(request: httpx.Request) -> None:
            if request.method == method and not others:
                others.append(method)
                headers = {name: request.headers[name] for name in ("Authorization", "Content-Type")}
                body = request.content.replace(b"ada@example.org", b"ada@example.net")
                changed = httpx.Request(method, request.url, headers=headers, content=body)
                assert peer.handle(changed).status_code in {200, 204}

        peer.before = meanwhile
        changed = await users.update(ada.id, email="ada@example.org")
        assert changed.email == "ada@example.org"
        first, second, *rest = [each for each in condition(peer, method) if each is not None]
        assert first != second
        assert rest == []


async def test_a_role_is_renamed_only_as_it_was_read() -> None:
    peer = Peer(WITHOUT_PATCH)
    peer.after = in_header_alone
    async with peer.client() as client:
        await client.roles.create("choir")
        await client.roles.update("choir", name="ensemble")
        assert None not in condition(peer, "PUT")


@pytest.mark.parametrize("in_header", [True, False], ids=["header", "attribute"])
async def test_a_native_resource_has_its_version(client: OrgClient[SCIM], peer: Peer, in_header: bool) -> None:
    native = client.native
    if in_header:
        peer.after = in_header_alone
    ada = await native.create_user(USER)
    assert ada.version is not None
    assert ada.version == (await native.get_user(ada.id)).version
    changed = await native.replace_user(ada.id, {**USER, "title": "Lady"}, if_match=ada.version)
    assert changed is not None
    assert changed.version not in {None, ada.version}
    with pytest.raises(BadRequestError) as caught:
        await native.delete_user(ada.id, if_match=ada.version)
    assert caught.value.status_code == 412
    await native.delete_user(ada.id, if_match=changed.version)
    choir = await native.create_group(GROUP)
    with pytest.raises(BadRequestError):
        await native.delete_group(choir.id, if_match='W/"another"')
    await native.delete_group(choir.id, if_match=choir.version)


async def test_a_server_without_versions_is_changed_without_a_condition(
    client: OrgClient[SCIM], org: OrganizationHandle, peer: Peer
) -> None:
    def without(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        changed = in_header_alone(request, response)
        changed.headers.pop("ETag", None)
        return changed

    peer.after = without
    ada = await org.users.create(username="ada", email="ada@example.com")
    assert (await org.users.update(ada.id, email="ada@example.org")).email == "ada@example.org"
    assert condition(peer, "PATCH") == [None]
    assert (await client.native.get_user(ada.id)).version is None


@pytest.mark.parametrize("version", ["a\r\nX-Evil: 1", "\N{SNOWMAN}", ""])
async def test_a_version_that_no_header_can_have_is_not_sent(org: OrganizationHandle, peer: Peer, version: str) -> None:
    def odd(_: httpx.Request, response: httpx.Response) -> httpx.Response:
        if not response.content:
            return response
        body = response.json()
        body.setdefault("meta", {})["version"] = version
        return httpx.Response(response.status_code, json=body)

    ada = await org.users.create(username="ada", email="ada@example.com")
    peer.after = odd
    assert (await org.users.update(ada.id, email="ada@example.org")).email == "ada@example.org"
    assert condition(peer, "PATCH") == [None]


# Servers that compare versions of their own answer 412 to a request without a condition.


@pytest.mark.parametrize("call", ["suspend", "update", "remove", "add_roles", "roles.remove"])
async def test_a_change_that_met_another_is_sent_again(
    client: OrgClient[SCIM], org: OrganizationHandle, peer: Peer, call: str
) -> None:
    await client.roles.create("choir")
    ada = await org.users.create(username="ada")
    calls: dict[str, Any] = {
        "suspend": lambda: org.users.suspend(ada.id),
        "update": lambda: org.users.update(ada.id, given_name="Ada"),
        "remove": lambda: org.users.remove(ada.id, account="delete"),
        "add_roles": lambda: org.users.add_roles(ada.id, ["choir"]),
        "roles.remove": lambda: client.roles.remove("choir"),
    }
    met: list[str] = []

    def meet(request: httpx.Request) -> httpx.Response | None:
        if request.method in {"PATCH", "DELETE"} and len(met) < 2:
            met.append(request.method)
            return httpx.Response(412, json=PRECONDITION_FAILED)
        return None

    peer.before = meet
    await calls[call]()
    assert len(met) == 2
    assert len(condition(peer, met[0])) == 3


async def test_a_user_who_always_changes_is_a_conflict(org: OrganizationHandle, peer: Peer) -> None:
    ada = await org.users.create(username="ada")
    peer.before = lambda request: (
        httpx.Response(412, json=PRECONDITION_FAILED) if request.method in {"PATCH", "DELETE"} else None
    )
    with pytest.raises(ConflictError, match="others changed it 5 times"):
        await org.users.suspend(ada.id)
    with pytest.raises(ConflictError, match="others changed it 5 times"):
        await org.users.remove(ada.id, account="delete")
