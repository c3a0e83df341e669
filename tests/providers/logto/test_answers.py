"""What Logto may answer, as it does and as a proxy may make of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest
import respx

from orgsdk import DecodeError, NotFoundError, OrgClient, RateLimitError
from orgsdk.providers import Logto
from orgsdk.sandbox.logto.seed import user_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from orgsdk.sandbox import Sandbox

pytestmark = pytest.mark.anyio

ENDPOINT = "https://logto.test"
MEMBERS = f"{ENDPOINT}/api/organizations/abc/users"


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    """Return a Logto that signs everybody in and whose other answers the test gives."""
    with respx.mock(assert_all_called=False) as router:
        router.post(f"{ENDPOINT}/oidc/token").respond(json={"access_token": "at", "expires_in": 3600})
        yield router


@pytest.fixture
async def client(server: respx.MockRouter) -> AsyncIterator[OrgClient[Logto]]:
    async with OrgClient(Logto(ENDPOINT, app_id="a", app_secret="s")) as client:
        yield client


async def test_a_next_page_is_asked_for_under_api_and_at_no_other_address(
    server: respx.MockRouter, client: OrgClient
) -> None:
    evil = server.route(host="evil.test")
    route = server.get(url__startswith=MEMBERS)
    # Logto's own links lack /api; host and scheme of them come from the request (facts/logto.md, section 4).
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
    with pytest.raises(DecodeError, match="logto list_organization_users: the answer has no Total-Number"):
        await client.organization("abc").users.count()


async def test_a_list_without_a_total_is_read_all_the_same(server: respx.MockRouter, client: OrgClient) -> None:
    route = server.get(url__startswith=MEMBERS)
    route.side_effect = [
        httpx.Response(200, json=[{"id": "u1"}, {"id": "u2"}], headers={"Total-Number": "many"}),
        httpx.Response(200, json=[{"id": "u3"}]),
    ]
    pages = [page async for page in client.organization("abc").users.list(page_size=2).pages()]
    assert [(len(page), page.total) for page in pages] == [(2, None), (1, None)]


async def test_members_of_a_missing_organization_are_none_and_the_organization_is_not_found(
    logto: OrgClient, sandbox: Sandbox
) -> None:
    # facts/logto.md, section 6: the list of a missing organization's users is 200 and empty.
    page = await logto.organization("doesnotexist").users.list()
    assert (page.items, page.total) == ([], 0)
    with pytest.raises(NotFoundError) as caught:
        await logto.organizations.get("doesnotexist")
    error = caught.value
    assert (error.status_code, error.code, error.operation) == (404, "entity.not_exists_with_id", "get_organization")
    assert error.request_id
    assert f"[request {error.request_id}]" in str(error)


async def test_what_the_list_says_of_a_member_is_kept(logto: OrgClient, sandbox: Sandbox) -> None:
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


@pytest.mark.parametrize("body", [b'{"items": []}', b'[{"name": "x"}]', b'[{"id": "u", "organizationRoles": [{}]}]'])
async def test_a_page_that_is_none_is_named_with_its_request(
    server: respx.MockRouter, client: OrgClient, body: bytes
) -> None:
    headers = {"content-type": "application/json; charset=utf-8", "Logto-Core-Request-Id": "rq1"}
    server.get(url__startswith=MEMBERS).respond(content=body, headers=headers)
    with pytest.raises(DecodeError, match=r"the answer is not as documented: .* \[request rq1\]") as caught:
        await client.organization("abc").users.list()
    assert caught.value.request_id == "rq1"


async def test_a_crowded_edge_is_a_rate_limit(logto: OrgClient, sandbox: Sandbox) -> None:
    sandbox.logto.rate_limit = (2, 10.0)
    await logto.organizations.list()
    with pytest.raises(RateLimitError) as caught:
        await logto.organizations.list()
    assert (caught.value.status_code, caught.value.code) == (429, None)
