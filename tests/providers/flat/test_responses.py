"""Flat's responses, documented and undocumented."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from orgsdk import (
    APIError,
    AuthenticationError,
    DecodeError,
    InvalidCursorError,
    NotFoundError,
    OrgClient,
    PaginationError,
    PermissionDeniedError,
    RateLimitError,
)
from orgsdk.domain import OrganizationQuery, RoleQuery
from orgsdk.pagination import encode_cursor
from orgsdk.providers import Flat
from orgsdk.sandbox.flat.auth import TokenInfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

BASE = "https://flat.test/v2"
USERS = f"{BASE}/organizations/users"
ID = "0123456789abcdef01234567"
MINIMAL = {"id": ID, "type": "user", "product": "flatEdu", "username": "ada", "picture": None}


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    """Return a mock of Flat; a request to any other host fails."""
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
async def client(server: respx.MockRouter) -> AsyncIterator[OrgClient[Flat]]:
    async with OrgClient(Flat(token="t", base_url=BASE)) as client:
        yield client


def page(*users: dict[str, Any], link: str | None = None) -> httpx.Response:
    return httpx.Response(200, json=list(users), headers={} if link is None else {"Link": link})


# Pages


@pytest.mark.parametrize(
    ("sent", "cursor"),
    [
        ("a%2Bb%2F%3D", "a+b/="),
        ("a%252Bb", "a%2Bb"),
        ("a+b", "a b"),
        ("%C3%A9%26next%3Dx", "é&next=x"),
        ("p%3Aq", "p:q"),
    ],
)
async def test_a_cursor_is_sent_back_exactly(
    server: respx.MockRouter, client: OrgClient, sent: str, cursor: str
) -> None:
    route = server.get(url__startswith=USERS)
    route.side_effect = [page(MINIMAL, link=f'<{USERS}?limit=1000&next={sent}>; rel="next"'), page(MINIMAL)]
    assert len(await client.organization().users.list().collect()) == 2
    assert parse_qs(route.calls[1].request.url.query.decode()) == {"limit": ["1000"], "next": [cursor]}


async def test_the_token_is_never_sent_to_the_url_of_a_link(server: respx.MockRouter, client: OrgClient) -> None:
    evil = server.route(host="evil.test")
    own = server.get(url__startswith=USERS)
    own.side_effect = [
        page(MINIMAL, link='<https://evil.test/v2/organizations/users?next=c1&role=admin&limit=5>; rel="next"'),
        page(MINIMAL),
    ]
    assert len(await client.organization().users.list(role="user").collect()) == 2
    # Only the cursor is used: not the host, the filters or the page size.
    assert str(own.calls[1].request.url) == f"{USERS}?role=user&limit=1000&next=c1"
    assert own.calls[1].request.headers["authorization"] == "Bearer t"
    assert not evil.called


@pytest.mark.parametrize("relation", ["previous", "prev"])
async def test_both_relation_names_of_the_previous_page_are_accepted(
    server: respx.MockRouter, client: OrgClient, relation: str
) -> None:
    route = server.get(url__startswith=USERS)
    route.side_effect = [page(MINIMAL, link=f'<{USERS}?previous=b1>; rel="{relation}"'), page()]
    found = await client.organization().users.list()
    await client.organization().users.list(cursor=found.previous_cursor)
    assert str(route.calls[1].request.url) == f"{USERS}?limit=1000&previous=b1"


async def test_a_next_link_without_a_cursor_is_an_error(server: respx.MockRouter, client: OrgClient) -> None:
    server.get(url__startswith=USERS).mock(page(MINIMAL, link=f'<{USERS}?limit=1000>; rel="next"'))
    with pytest.raises(PaginationError, match="the list is incomplete"):
        await client.organization().users.list()


@pytest.mark.parametrize("setting", ["page_cap", "filter_after_paging"])
async def test_pages_shorter_than_their_limit_are_not_the_end(connect: Connect, sandbox: Sandbox, setting: str) -> None:
    setattr(sandbox.flat, setting, {"page_cap": 30, "filter_after_paging": True}[setting])
    client = await connect("flat")
    pages = [len(page) async for page in client.organization().users.list(role="teacher", page_size=100).pages()]
    assert sum(pages) == 80
    assert len(pages) == {"page_cap": 3, "filter_after_paging": 10}[setting]


# Users


async def test_missing_and_unknown_fields_are_accepted(server: respx.MockRouter, client: OrgClient) -> None:
    unusual = {
        **MINIMAL,
        "type": "robot",
        "organizationRole": "conductor",
        "picture": "https://pictures.test/1.png",
        "lastActivityDate": "2026-02-03T04:05:06.789Z",
        "printableName": "Ada L.",
        "name": "ada",
        "instrument": {"strings": 4},
    }
    server.get(url__startswith=USERS).mock(page(MINIMAL, unusual))
    bare, full = await client.organization().users.list()
    assert (bare.id, bare.username, bare.name, bare.roles, bare.picture_url) == (ID, "ada", None, (), None)
    assert (bare.email, bare.given_name, bare.family_name, bare.last_active_at) == (None, None, None, None)
    assert (full.name, full.roles, full.picture_url) == ("Ada L.", ("conductor",), "https://pictures.test/1.png")
    assert full.last_active_at == datetime(2026, 2, 3, 4, 5, 6, 789000, tzinfo=UTC)
    assert full.raw["instrument"] == {"strings": 4}
    # Flat has no suspension and no creation time.
    assert (full.is_suspended, full.created_at, full.phone) == (None, None, None)


async def test_a_user_that_the_search_does_not_find_by_id_is_found_in_the_list(
    server: respx.MockRouter, client: OrgClient
) -> None:
    route = server.get(url__startswith=USERS)
    route.side_effect = [page(), page({**MINIMAL, "id": "f" * 24}, MINIMAL)]
    assert (await client.organization().users.get(ID)).username == "ada"
    assert [call.request.url.query for call in route.calls] == [f"q={ID}&limit=1000".encode(), b"limit=1000"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'[{"username": "ada"}]', "0.id: missing"),
        (b'[{"id": 7, "email": "ada@example.org"}]', "0.id: string_type"),
        (b'{"users": []}', "body: list_type"),
        (b"[", "body: json_invalid"),
        (b"[1, 2, 3, 4, 5]", "0: model_type"),
    ],
)
async def test_an_invalid_page_is_described_but_not_shown(
    server: respx.MockRouter, client: OrgClient, body: bytes, detail: str
) -> None:
    server.get(url__startswith=USERS).respond(content=body, headers={"content-type": "application/json"})
    with pytest.raises(DecodeError, match="flat list_organization_users: the response is not as documented") as caught:
        await client.organization().users.list()
    assert detail in str(caught.value)
    assert "ada" not in str(caught.value)
    assert caught.value.__context__ is None


# The count


@pytest.mark.parametrize(("body", "count"), [(b"0", 0), (b" 1000\n", 1000)])
async def test_a_count_is_a_bare_integer(server: respx.MockRouter, client: OrgClient, body: bytes, count: int) -> None:
    server.get(f"{USERS}/count").respond(content=body, headers={"content-type": "application/json"})
    assert await client.organization().users.count() == count


@pytest.mark.parametrize("body", [b"", b"-1", b"1.5", b"1e3", b'"7"', b"[]", b"null", b"9" * 16, "٣".encode()])
async def test_an_invalid_count_is_rejected(server: respx.MockRouter, client: OrgClient, body: bytes) -> None:
    server.get(f"{USERS}/count").respond(content=body, headers={"content-type": "application/json"})
    with pytest.raises(DecodeError, match="flat count_orga_users: the response is not as documented: body"):
        await client.organization().users.count()


# Organizations and roles


async def test_an_account_may_have_no_organization(server: respx.MockRouter, client: OrgClient) -> None:
    server.get(f"{BASE}/me").respond(json=MINIMAL)
    assert (await client.organizations.list()).items == []
    with pytest.raises(NotFoundError, match=ID):
        await client.organizations.get(ID)


async def test_a_failed_check_of_the_organization_is_not_cached(server: respx.MockRouter, client: OrgClient) -> None:
    route = server.get(f"{BASE}/me")
    route.side_effect = [httpx.Response(403, json={}), httpx.Response(200, json={**MINIMAL, "organization": ID})]
    with pytest.raises(PermissionDeniedError):
        await client.organizations.get(ID)
    assert (await client.organizations.get(ID)).id == ID


async def test_single_page_lists_accept_no_cursor(client: OrgClient[Flat]) -> None:
    key = client.provider.tenant_key
    organizations = replace(client.provider.organizations.list(OrganizationQuery()), tenant_key=key)
    roles = replace(client.provider.roles.list(RoleQuery()), tenant_key=key)
    for paginator in (
        client.organizations.list(cursor=encode_cursor(organizations, 10, "next:x")),
        client.roles.list(cursor=encode_cursor(roles, 10, "next:x")),
    ):
        with pytest.raises(InvalidCursorError, match="only one page"):
            await paginator


# Errors


async def test_a_rate_limit_error_has_the_reset_time(connect: Connect, sandbox: Sandbox) -> None:
    sandbox.flat.rate_limit = 1
    client = (await connect("flat")).with_options(max_attempts=1)
    await client.organization().users.list()
    assert client.rate_limit is not None
    assert (client.rate_limit.limit, client.rate_limit.remaining) == (1, 0)
    with pytest.raises(RateLimitError) as caught:
        await client.organization().users.list()
    error = caught.value
    assert (error.status_code, error.code) == (403, "API_RATE_LIMIT_EXCEEDED")
    assert error.resets_at == client.rate_limit.resets_at
    assert error.retry_after is not None
    assert 3500 < error.retry_after <= 3602


async def test_a_long_rate_limit_is_not_waited_for(connect: Connect, sandbox: Sandbox) -> None:
    sandbox.flat.rate_limit = 1
    client = await connect("flat")
    await client.organization().users.list()
    with pytest.raises(RateLimitError):
        await client.organization().users.list()
    sent = len(sandbox.requests)
    with pytest.raises(RateLimitError):
        await client.organization().users.count()
    # No request is sent before the limit is reset.
    assert (sent, len(sandbox.requests)) == (2, 2)


@pytest.mark.parametrize(
    ("token", "kind", "status", "code"),
    [("unknown", AuthenticationError, 401, "UNAUTHORIZED"), ("narrow", PermissionDeniedError, 403, "FORBIDDEN")],
)
async def test_an_invalid_token_is_reported_at_once(
    connect: Connect, sandbox: Sandbox, token: str, kind: type[APIError], status: int, code: str
) -> None:
    sandbox.flat.tokens["narrow"] = TokenInfo(scopes=frozenset({"scores"}))
    client = await connect("flat", token=token)
    with pytest.raises(kind) as caught:
        await client.organization().users.list()
    error = caught.value
    assert (error.provider, error.operation) == ("flat", "list_organization_users")
    assert (error.status_code, error.code) == (status, code)
    assert len(sandbox.requests) == 1


@pytest.mark.undocumented("the base URL is wrong on purpose")
async def test_a_base_url_without_the_version_gets_not_found(connect: Connect, sandbox: Sandbox) -> None:
    client = await connect("flat", base_url=sandbox.flat_url.removesuffix("/v2"))
    with pytest.raises(NotFoundError):
        await client.organization().users.list()


async def test_a_web_page_as_response_is_reported(server: respx.MockRouter, client: OrgClient) -> None:
    server.get(url__startswith=USERS).respond(html="<html>Sign in</html>")
    with pytest.raises(DecodeError, match=r"200 with text/html instead of JSON\. Is https://flat.test the right"):
        await client.organization().users.list()


async def test_an_odd_value_in_a_page_unsets_its_field(server: respx.MockRouter, client: OrgClient) -> None:
    rows = [{"id": f"{number:024x}", "username": f"u{number}"} for number in range(1_000)]
    rows[500] |= {"firstname": "x\ud83d", "lastActivityDate": ""}
    content = json.dumps(rows).encode()
    server.get(url__startswith=USERS).respond(content=content, headers={"content-type": "application/json"})
    page = await client.organization().users.list()
    assert len(page) == 1_000
    odd = page.items[500]
    assert (odd.username, odd.given_name, odd.last_active_at) == ("u500", None, None)
    assert odd.raw == rows[500]
