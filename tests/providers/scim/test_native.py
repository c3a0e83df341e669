"""Raw requests of SCIM: any attribute, versions, members in parts, and what cannot be sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from orgsdk.errors import BadRequestError, InvalidArgumentError, NotFoundError, OutcomeUnknownError
from tests.providers.scim.servers import TOKEN

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers import SCIM
    from tests.providers.scim.servers import Peer

pytestmark = pytest.mark.anyio

USER: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "ada",
    "title": "Countess",
}
GROUP: dict[str, Any] = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "choir"}


async def test_a_user_is_created_replaced_and_deleted(client: OrgClient[SCIM]) -> None:
    native = client.native
    ada = await native.create_user(USER)
    version = str(ada.raw["meta"]["version"])  # type: ignore[index,call-overload]  # an object
    changed = await native.replace_user(ada.id, {**USER, "title": "Lady"}, if_match=version)
    assert changed is not None
    assert changed.raw["title"] == "Lady"
    with pytest.raises(BadRequestError) as caught:
        await native.patch_user(ada.id, [{"op": "remove", "path": "title"}], if_match=version)
    assert caught.value.status_code == 412
    found = await native.list_users(filter='title eq "Lady"', attributes="title", sort_by="title").collect()
    assert [(user.id, "userName" in user.raw) for user in found] == [(ada.id, False)]
    await native.delete_user(ada.id)
    with pytest.raises(NotFoundError):
        await native.get_user(ada.id)


async def test_members_change_in_parts_of_a_hundred(client: OrgClient[SCIM], peer: Peer) -> None:
    native = client.native
    choir = await native.create_group(GROUP)
    ids = [f"u{number}" for number in range(205)]
    peer.received.clear()
    await native.add_members(choir.id, ids)
    await native.remove_members(choir.id, ids[:150])
    assert peer.calls == ["PATCH /Groups"] * 5
    sizes = [len(json.loads(request.content)["Operations"]) for request in peer.received]
    assert sizes == [1, 1, 1, 100, 50]
    left: Any = (await native.get_group(choir.id)).raw["members"]
    assert [member["value"] for member in left] == ids[150:]


async def test_what_the_server_announces_is_typed(client: OrgClient[SCIM]) -> None:
    config = await client.native.get_service_provider_config()
    assert (config.patch.supported, config.filter.max_results, config.pagination.cursor) == (True, 1000, None)
    assert [each.endpoint for each in await client.native.list_resource_types()] == ["/Users", "/Groups"]
    schemas = {each.name: each for each in await client.native.list_schemas()}
    assert "groups" not in schemas["User"].writable()
    assert {"username", "displayname", "password"} <= schemas["User"].writable()


async def test_a_lost_create_is_unknown(client: OrgClient[SCIM], peer: Peer) -> None:
    def lose(_request: httpx.Request, _response: httpx.Response) -> httpx.Response:
        raise httpx.ReadError("the connection was closed")

    peer.after = lose
    with pytest.raises(OutcomeUnknownError):
        await client.native.create_group(GROUP)
    assert peer.calls.count("POST /Groups") == 1


@pytest.mark.parametrize("body", [None, 5, "x", {"a": object()}, {"a": float("nan")}, {"a": "\ud800"}])
async def test_what_is_no_json_object_is_refused(client: OrgClient[SCIM], peer: Peer, body: Any) -> None:
    peer.received.clear()
    with pytest.raises(InvalidArgumentError):
        await client.native.create_user(body)
    with pytest.raises(InvalidArgumentError):
        await client.native.add_members("g1", "u1")
    invalid: list[Any] = [body, [body], ["abc"]]
    for operations in invalid:
        with pytest.raises(InvalidArgumentError):
            await client.native.patch_user("u1", operations)
    assert peer.received == []


async def test_a_rate_limit_is_waited_for_or_named(peer: Peer) -> None:
    async with peer.client(max_wait=0.001, max_attempts=1) as client:
        peer.before = lambda _: httpx.Response(429, json={}, headers={"Retry-After": "30"})
        with pytest.raises(Exception, match="429") as caught:
            await client.organization().users.list()
        assert getattr(caught.value, "retry_after", None) == 30
        assert TOKEN not in f"{caught.value!r} {client.provider!r} {client.provider.tenant}"
