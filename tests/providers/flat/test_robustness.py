"""Cases in which Flat's own client (`flat-api` 2.0.4) fails: timeouts, retries, cursors, the rate limit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from orgsdk import NotFoundError, PermissionDeniedError, RateLimitError, RequestTimeoutError, ServerError
from orgsdk.providers.flat import FlatAPI
from orgsdk.sandbox.faults import Hang, Respond

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk import OrgClient
    from orgsdk.providers.flat import Flat
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from orgsdk.sandbox.flat.state import FlatState
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

UNAVAILABLE = Respond(503, b'{"code": "UNAVAILABLE", "message": "Back soon"}', (("Retry-After", "0"),))


async def test_a_503_is_retried(org: OrganizationHandle, native: FlatAPI, sandbox: Sandbox) -> None:
    for method in ("GET", "POST"):
        sandbox.flat_faults.add(UNAVAILABLE, method=method)
    assert await org.users.count() == 1000
    # A 503 with Retry-After was not carried out: a write that is not idempotent is retried too.
    assert (await native.create_organization_user(username="ada", password="s3cret!")).username == "ada"
    assert [exchange.status for exchange in sandbox.requests] == [503, 200, 503, 200]


async def test_a_permanent_503_is_raised(org: OrganizationHandle, sandbox: Sandbox) -> None:
    sandbox.flat_faults.add(UNAVAILABLE, times=None)
    with pytest.raises(ServerError) as caught:
        await org.users.count()
    assert (caught.value.status_code, caught.value.code, len(sandbox.requests)) == (503, "UNAVAILABLE", 3)


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.organization().users.list(),
        lambda client: client.native.get_authenticated_user(),
        lambda client: client.organization().users.update("f" * 24, given_name="Ada"),
    ],
)
async def test_a_hang_ends_at_the_timeout(
    flat: OrgClient[Flat], sandbox: Sandbox, call: Callable[[OrgClient[Flat]], Any]
) -> None:
    sandbox.flat_faults.add(Hang(), times=None)
    started = time.monotonic()
    with pytest.raises(RequestTimeoutError, match=r"within 0\.2 s"):
        await call(flat.with_options(timeout=0.2))
    assert time.monotonic() - started < 2


async def test_a_cursor_is_sent_back_unchanged(native: FlatAPI, sandbox: Sandbox) -> None:
    users = await native.list_organization_users(page_size=400).collect()
    assert len({user.id for user in users}) == 1000
    queries = [exchange.query for exchange in sandbox.requests]
    links = [dict(exchange.response_headers)["link"] for exchange in sandbox.requests]
    # The sandbox's cursors break if a client decodes or encodes them once too often.
    cursors = [dict(parse_qsl(query))["next"] for query in queries[1:]]
    assert len(cursors) == 2
    assert all("+" in cursor and "/" in cursor and cursor.endswith("=") for cursor in cursors)
    for link, query in zip(links, queries[1:], strict=False):
        (encoded,) = [pair for pair in query.split("&") if pair.startswith("next=")]
        assert "%2B" in encoded
        assert f"&{encoded}>" in link


async def test_an_exceeded_limit_is_a_rate_limit_error_and_a_plain_403_is_not(
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
    sandbox.flat_faults.add(Respond(403, b'{"code": "FORBIDDEN", "message": "No"}'), times=None)
    with pytest.raises(PermissionDeniedError):
        await (await connect("flat")).organization().users.count()


async def test_unknown_values_are_accepted(org: OrganizationHandle, native: FlatAPI, sandbox: Sandbox) -> None:
    body = (
        b'[{"id": "0123456789abcdef01234567", "username": "ada", "type": "robot", "product": "flatBand",'
        b' "picture": null, "organizationRole": "conductor"}]'
    )
    answer = Respond(200, body, (("Content-Type", "application/json"),))
    sandbox.flat_faults.add(answer, path="/v2/organizations/users", times=None)
    (common,) = await org.users.list()
    (own,) = await native.list_organization_users()
    assert (common.roles, common.picture_url, common.raw["type"]) == (("conductor",), None, "robot")
    assert (own.organization_role, own.picture, own.type) == ("conductor", None, "robot")
    assert [role.id for role in await org.users.list_roles(own.id)] == ["conductor"]


async def test_a_role_is_added_to_a_member_without_one(org: OrganizationHandle, sandbox: Sandbox) -> None:
    user_id = next(iter(sandbox.flat.users))
    body = f'[{{"id": "{user_id}", "username": "ada"}}]'.encode()
    answer = Respond(200, body, (("Content-Type", "application/json"),))
    sandbox.flat_faults.add(answer, method="GET", path="/v2/organizations/users")
    await org.users.add_roles(user_id, ["teacher"])
    assert sandbox.flat.users[user_id].role == "teacher"


@pytest.mark.undocumented
async def test_a_404_at_a_base_url_without_v2_adds_a_note(connect: Connect, sandbox: Sandbox) -> None:
    wrong = await connect("flat", base_url=sandbox.flat_url.removesuffix("/v2"))
    with pytest.raises(NotFoundError) as caught:
        await wrong.organization().users.list().collect()
    assert caught.value.__notes__ == ["Check the base URL: the path of Flat's API ends in /v2, this one has no path."]
    right = (await connect("flat")).organization()
    with pytest.raises(NotFoundError) as caught:
        await right.users.get("f" * 24)
    assert not hasattr(caught.value, "__notes__")


@pytest.mark.undocumented
async def test_an_unknown_id_behind_a_proxy_adds_no_note(connect: Connect, sandbox: Sandbox) -> None:
    missing = Respond(404, b'{"code": "NOT_FOUND", "message": "no"}', (("content-type", "application/json"),))
    sandbox.flat_faults.add(missing, times=None)
    native = (await connect("flat", base_url=sandbox.flat_url.removesuffix("/v2"))).native
    assert isinstance(native, FlatAPI)
    with pytest.raises(NotFoundError) as caught:
        await native.remove_organization_user("f" * 24, convert_to_individual=True)
    assert not hasattr(caught.value, "__notes__")
