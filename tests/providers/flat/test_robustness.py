"""In what the provider's own client fails (`flat-api` 2.0.4): time-outs, repeats, cursors, the rate limit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from orgsdk import NotFoundError, PermissionDeniedError, RateLimitError, RequestTimeoutError, ServerError
from orgsdk.providers.flat import FlatAPI
from orgsdk.sandbox.faults import Answer, Hang

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk import OrgClient
    from orgsdk.providers.flat import Flat
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from orgsdk.sandbox.flat.state import FlatState
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

DOWN = Answer(503, b'{"code": "UNAVAILABLE", "message": "Back soon"}', (("Retry-After", "0"),))


async def test_a_503_is_retried(org: OrganizationHandle, native: FlatAPI, sandbox: Sandbox) -> None:
    for method in ("GET", "POST"):
        sandbox.flat_faults.add(DOWN, method=method)
    assert await org.users.count() == 1000
    # Refused before it was begun: even what may not be done twice is sent again.
    assert (await native.create_organization_user(username="ada", password="s3cret!")).username == "ada"
    assert [exchange.status for exchange in sandbox.requests] == [503, 200, 503, 200]


async def test_a_503_that_stays_is_told(org: OrganizationHandle, sandbox: Sandbox) -> None:
    sandbox.flat_faults.add(DOWN, times=None)
    with pytest.raises(ServerError) as caught:
        await org.users.count()
    assert (caught.value.status_code, caught.value.code, len(sandbox.requests)) == (503, "UNAVAILABLE", 3)


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.organization().users.list(),
        lambda client: client.native.get_authenticated_user(),
        lambda client: client.organization().users.update("f" * 24, given_name="Ada"),
    ],
)
async def test_a_hang_ends_at_the_timeout(
    flat: OrgClient[Flat], sandbox: Sandbox, ask: Callable[[OrgClient[Flat]], Any]
) -> None:
    sandbox.flat_faults.add(Hang(), times=None)
    began = time.monotonic()
    with pytest.raises(RequestTimeoutError, match=r"within 0\.2 s"):
        await ask(flat.with_options(timeout=0.2))
    assert time.monotonic() - began < 2


async def test_a_cursor_is_sent_back_as_it_came(native: FlatAPI, sandbox: Sandbox) -> None:
    users = await native.list_organization_users(page_size=400).collect()
    assert len({user.id for user in users}) == 1000
    asked = [exchange.query for exchange in sandbox.requests]
    told = [dict(exchange.response_headers)["link"] for exchange in sandbox.requests]
    # Every cursor of the sandbox has what a client breaks that decodes or encodes it once too often.
    cursors = [dict(parse_qsl(query))["next"] for query in asked[1:]]
    assert len(cursors) == 2
    assert all("+" in cursor and "/" in cursor and cursor.endswith("=") for cursor in cursors)
    for link, query in zip(told, asked[1:], strict=False):
        (encoded,) = [pair for pair in query.split("&") if pair.startswith("next=")]
        assert "%2B" in encoded
        assert f"&{encoded}>" in link


async def test_a_used_up_allowance_is_a_rate_limit_and_a_plain_403_is_none(
    connect: Connect, state: FlatState, sandbox: Sandbox
) -> None:
    state.rate_limit = 1
    client: OrgClient[Any] = await connect("flat")
    assert await client.native.count_orga_users() == 1000
    with pytest.raises(RateLimitError) as caught:
        await client.native.count_orga_users()
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 3500
    state.rate_limit = 7200
    sandbox.flat_faults.add(Answer(403, b'{"code": "FORBIDDEN", "message": "No"}'), times=None)
    with pytest.raises(PermissionDeniedError):
        await (await connect("flat")).organization().users.count()


async def test_what_is_unknown_spoils_no_page(org: OrganizationHandle, native: FlatAPI, sandbox: Sandbox) -> None:
    body = (
        b'[{"id": "0123456789abcdef01234567", "username": "ada", "type": "robot", "product": "flatBand",'
        b' "picture": null, "organizationRole": "conductor"}]'
    )
    answer = Answer(200, body, (("Content-Type", "application/json"),))
    sandbox.flat_faults.add(answer, path="/v2/organizations/users", times=None)
    (common,) = await org.users.list()
    (own,) = await native.list_organization_users()
    assert (common.roles, common.picture_url, common.raw["type"]) == (("conductor",), None, "robot")
    assert (own.organization_role, own.picture, own.type) == ("conductor", None, "robot")
    assert [role.id for role in await org.users.list_roles(own.id)] == ["conductor"]


async def test_a_member_without_a_role_is_given_one(org: OrganizationHandle, sandbox: Sandbox) -> None:
    user_id = next(iter(sandbox.flat.users))
    body = f'[{{"id": "{user_id}", "username": "ada"}}]'.encode()
    answer = Answer(200, body, (("Content-Type", "application/json"),))
    sandbox.flat_faults.add(answer, method="GET", path="/v2/organizations/users")
    await org.users.add_roles(user_id, ["teacher"])
    assert sandbox.flat.users[user_id].role == "teacher"


@pytest.mark.undocumented
async def test_where_nothing_is_found_at_an_address_without_v2_the_address_is_asked_for(
    connect: Connect, sandbox: Sandbox
) -> None:
    astray = await connect("flat", base_url=sandbox.flat_url.removesuffix("/v2"))
    with pytest.raises(NotFoundError) as caught:
        await astray.organization().users.list().collect()
    assert caught.value.__notes__ == ["is the address right? Flat's ends in /v2, and this one in no path"]
    right = (await connect("flat")).organization()
    with pytest.raises(NotFoundError) as caught:
        await right.users.get("f" * 24)
    assert not hasattr(caught.value, "__notes__")


@pytest.mark.undocumented
async def test_who_is_not_there_behind_a_proxy_is_no_matter_of_the_address(connect: Connect, sandbox: Sandbox) -> None:
    missing = Answer(404, b'{"code": "NOT_FOUND", "message": "no"}', (("content-type", "application/json"),))
    sandbox.flat_faults.add(missing, times=None)
    native = (await connect("flat", base_url=sandbox.flat_url.removesuffix("/v2"))).native
    assert isinstance(native, FlatAPI)
    with pytest.raises(NotFoundError) as caught:
        await native.remove_organization_user("f" * 24, convert_to_individual=True)
    assert not hasattr(caught.value, "__notes__")
