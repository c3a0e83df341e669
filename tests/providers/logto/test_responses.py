"""Responses of Logto, and of a proxy in front of it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest
import respx

from orgsdk import ConflictError, DecodeError, NotFoundError, OrgClient, RateLimitError, UnprocessableError
from orgsdk.providers import Logto
from orgsdk.sandbox.logto.seed import user_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from orgsdk.sandbox import Sandbox

pytestmark = pytest.mark.anyio

ENDPOINT = "https://logto.test"
MEMBERS = f"{ENDPOINT}/api/organizations/abc/users"


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    """Return a mock of Logto with a token endpoint. The test adds the other responses."""
    with respx.mock(assert_all_called=False) as router:
        router.post(f"{ENDPOINT}/oidc/token").respond(json={"access_token": "at", "expires_in": 3600})
        yield router


@pytest.fixture
async def client(server: respx.MockRouter) -> AsyncIterator[OrgClient[Logto]]:
    async with OrgClient(Logto(ENDPOINT, app_id="a", app_secret="s")) as client:
        yield client


@pytest.mark.parametrize("value", ["organization", "request"])
async def test_a_code_is_recognized_whatever_words_the_callers_headers_have(
    server: respx.MockRouter, client: OrgClient, value: str
) -> None:
    # The value is a gateway's key, and is cut out of errors.
    client = client.with_options(headers={"X-Api-Key": value})
    body = {"message": f"{value} m", "code": "organization.require_membership"}
    server.get(f"{MEMBERS}/u1/roles").respond(422, json=body)
    limit = {"message": f"{value} m", "code": "request.message_rate_limited"}
    server.post(f"{ENDPOINT}/api/organization-invitations").respond(429, json=limit)
    with pytest.raises(NotFoundError) as missing:
        await client.organization("abc").users.list_roles("u1")
    with pytest.raises(RateLimitError) as limited:
        await client.organization("abc").invitations.create("ada@example.com")
    assert (missing.value.code, limited.value.code) == (body["code"], limit["code"])
    assert value not in limited.value.message


async def test_the_next_page_is_requested_below_api_at_the_configured_address(
    server: respx.MockRouter, client: OrgClient
) -> None:
    evil = server.route(host="evil.test")
    route = server.get(url__startswith=MEMBERS)
    # Logto's links do not have /api. Their host and scheme are those of the request (facts/logto.md, section 4).
    link = '<https://evil.test/organizations/abc/users?page=7&page_size=9>; rel="next"'
    route.side_effect = [
        httpx.Response(200, json=[{"id": "u1"}], headers=[("Total-Number", "2"), ("Link", link)]),
        httpx.Response(200, json=[{"id": "u2"}], headers=[("Total-Number", "2")]),
    ]
    users = await client.organization("abc").users.list(page_size=1).collect()
    assert [user.id for user in users] == ["u1", "u2"]
    assert [str(call.request.url) for call in route.calls] == [f"{MEMBERS}?page={n}&page_size=1" for n in (1, 2)]
    assert not evil.called


@pytest.mark.parametrize("headers", [{}, {"Total-Number": "many"}, {"Total-Number": "-1"}])
async def test_a_count_without_a_total_is_refused(
    server: respx.MockRouter, client: OrgClient, headers: dict[str, str]
) -> None:
    server.get(url__startswith=MEMBERS).respond(json=[], headers=headers)
    with pytest.raises(DecodeError, match="list_organization_users: the response does not report the length"):
        await client.organization("abc").users.count()


async def test_a_list_without_a_total_is_read(server: respx.MockRouter, client: OrgClient) -> None:
    route = server.get(url__startswith=MEMBERS)
    route.side_effect = [
        httpx.Response(200, json=[{"id": "u1"}, {"id": "u2"}], headers={"Total-Number": "many"}),
        httpx.Response(200, json=[{"id": "u3"}]),
    ]
    pages = [page async for page in client.organization("abc").users.list(page_size=2).pages()]
    assert [(len(page), page.total) for page in pages] == [(2, None), (1, None)]


async def test_a_members_raw_json_is_that_of_the_list(logto: OrgClient, sandbox: Sandbox) -> None:
    users = sandbox.logto.store.users
    harry = users.get(user_id("hwright"))
    assert harry is not None
    users.put(replace(harry, is_suspended=True, created_at=1_767_225_600_123))
    found = await logto.organization(sandbox.logto.organization_id).users.get(harry.id)
    assert found.is_suspended is True
    assert found.created_at is not None
    assert found.created_at.isoformat() == "2026-01-01T00:00:00.123000+00:00"
    assert found.last_active_at is not None
    assert found.raw["customData"] == {"externalId": "S00001", "group": None}


@pytest.mark.parametrize("body", [b'{"items": []}', b'[{"name": "x"}]', b'[{"id": "u"}, {"id": 7}]'])
async def test_an_unreadable_page_raises_with_its_request_id(
    server: respx.MockRouter, client: OrgClient, body: bytes
) -> None:
    headers = {"content-type": "application/json; charset=utf-8", "Logto-Core-Request-Id": "rq1"}
    server.get(url__startswith=MEMBERS).respond(content=body, headers=headers)
    with pytest.raises(DecodeError, match=r"the response is not as documented: .* \[request rq1\]") as caught:
        await client.organization("abc").users.list()
    assert caught.value.request_id == "rq1"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda client: client.organizations.get("nobodyhere12"), "entity.not_exists_with_id"),
        (lambda client: client.native.get_organization_scope("nobodyhere12"), "entity.not_exists_with_id"),
        (lambda client: client.organizations.update("nobodyhere12", name="n"), "entity.not_exists"),
        (lambda client: client.accounts.get("nobodyhere12"), "entity.not_found"),
        (lambda client: client.native.get_organization_role("nobodyhere12"), "entity.not_found"),
        (lambda client: client.organizations.remove("nobodyhere12"), "entity.not_found"),
        (lambda client: client.organization("o1").invitations.get("nobodyhere12"), "entity.not_found"),
        (lambda client: client.organization("o1").users.remove("u1", account="keep"), "entity.not_found"),
    ],
)
async def test_each_of_three_codes_is_a_not_found_error(
    logto: OrgClient, call: Callable[[OrgClient], Awaitable[object]], code: str
) -> None:
    with pytest.raises(NotFoundError) as caught:
        await call(logto)
    error = caught.value
    assert (error.status_code, error.code) == (404, code)
    assert error.request_id
    assert f"[request {error.request_id}]" in str(error)


async def test_the_response_created_is_accepted(server: respx.MockRouter, client: OrgClient[Logto]) -> None:
    # 201 with `text/plain` (facts/logto.md, section 5). The first of the two writes returns JSON.
    server.post(f"{MEMBERS}").respond(201, json={"userIds": ["u1"]})
    created = server.post(f"{MEMBERS}/roles").respond(201, text="Created")
    roles = [{"id": "r1", "name": "admin", "type": "User"}]
    server.get(url__startswith=f"{ENDPOINT}/api/organization-roles").respond(json=roles)
    await client.organization("abc").users.add(["u1"], roles=["admin"])
    for word in (
        client.native.assign_organization_role_scopes("r1", organization_scope_ids=["s1"]),
        client.native.assign_organization_role_resource_scopes("r1", scope_ids=["s1"]),
        client.native.assign_organization_jit_roles("abc", organization_role_ids=["r1"]),
    ):
        server.post(url__regex=r"/(scopes|resource-scopes|jit/roles)$").respond(201, text="Created")
        await word
    assert created.call_count == 1


@pytest.mark.parametrize(("date", "adopted"), [({}, True), ({"date": "Thu, 01 Jan 2099 00:00:00 GMT"}, False)])
async def test_the_age_of_an_account_is_measured_by_the_servers_clock(
    server: respx.MockRouter, client: OrgClient, date: dict[str, str], *, adopted: bool
) -> None:
    user = {"id": "u1", "username": "ada", "createdAt": round(time.time() * 1000)}
    server.post(f"{ENDPOINT}/api/users").side_effect = [
        httpx.Response(502),
        httpx.Response(422, json={"code": "user.username_already_in_use"}),
    ]
    server.get(url__startswith=f"{ENDPOINT}/api/users").respond(json=[user], headers=date)
    if adopted:
        assert (await client.accounts.create(username="ada")).adopted is True
    else:
        with pytest.raises(ConflictError):
            await client.accounts.create(username="ada")


async def test_another_error_code_is_not_converted(server: respx.MockRouter, client: OrgClient) -> None:
    failure = {"code": "entity.db_constraint_violated", "message": "m"}
    server.get(url__startswith=f"{MEMBERS}/u1/roles").respond(422, json=failure)
    with pytest.raises(UnprocessableError) as caught:
        await client.organization("abc").users.list_roles("u1")
    assert caught.value.code == "entity.db_constraint_violated"
    server.post(f"{ENDPOINT}/api/organizations").respond(422, json=failure)
    with pytest.raises(UnprocessableError):
        await client.organizations.create("Band")
    assert client.rate_limit is None


async def test_a_429_of_the_proxy_is_a_rate_limit(logto: OrgClient, sandbox: Sandbox) -> None:
    sandbox.logto.rate_limit = (2, 10.0)
    await logto.organizations.list()
    with pytest.raises(RateLimitError) as caught:
        await logto.with_options(max_attempts=1).organizations.list()
    assert (caught.value.status_code, caught.value.code) == (429, None)


async def test_an_odd_value_in_a_page_unsets_its_field(server: respx.MockRouter, client: OrgClient) -> None:
    content = rb'[{"id": "u1", "name": "x\ud83d", "lastSignInAt": ""}, {"id": "u2", "isSuspended": "x"}, {"id": "u3"}]'
    server.get(url__startswith=MEMBERS).respond(content=content, headers={"content-type": "application/json"})
    page = await client.organization("abc").users.list()
    assert [(user.id, user.name, user.last_active_at, user.is_suspended) for user in page] == [
        (f"u{number}", None, None, None) for number in (1, 2, 3)
    ]
    assert page.items[0].raw["name"] == "x\ud83d"
