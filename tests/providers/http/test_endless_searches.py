"""A search that reads a list ends: repeated pages are noticed, and one timeout bounds all requests."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
import respx

from orgsdk import NotSentError, OrgClient, PaginationError, RequestTimeoutError
from orgsdk.providers import Flat, Logto

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

pytestmark = pytest.mark.anyio

BASE = "https://provider.test"
ID = "5f1e0c9b2a3d4e5f6a7b8c9d"
TIMEOUT = 8.0


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


class EndlessServer:
    """Answer each request for a list, after half a second, with another page and a next one."""

    def __init__(self, pages: Callable[[int], list[str]]) -> None:
        self.pages = pages
        self.numbers = count()
        self.requests = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        await anyio.sleep(0.5)
        items = [
            {
                "id": row,
                "username": row,
                "name": row,
                "email": f"{row}@example.org",
                "type": "user",
                "product": "edu",
                "picture": None,
                "organization": "o",
                "organizationRole": "user",
            }
            for row in self.pages(self.requests)
        ]
        link = f'<{BASE}/v2/organizations/users?next=c{self.requests}>; rel="next"'
        return httpx.Response(200, json=items, headers={"Link": link})


@pytest.fixture
def router() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        router.post(f"{BASE}/oidc/token").respond(json={"access_token": "at", "expires_in": 3600})
        yield router


def two_pages_in_turn(number: int) -> list[str]:
    return ["a1", "a2"] if number % 2 else ["b1", "b2"]


def ever_new_rows(number: int) -> list[str]:
    return [f"{number:06}a", f"{number:06}b"]


SEARCHES: dict[str, Callable[[OrgClient[Any]], Awaitable[object]]] = {
    "users.get": lambda client: client.organization(None if client.provider.name == "flat" else ID).users.get(ID),
    "users.find": lambda client: client.organization(None if client.provider.name == "flat" else ID).users.find(
        username="nobody"
    ),
    "accounts.find": lambda client: client.accounts.find(username="nobody"),
    "roles.get": lambda client: client.roles.get("nothing"),
    "invitations.get": lambda client: client.organization().invitations.get(ID),
}
CASES = [
    *[("flat", verb) for verb in ("users.get", "users.find", "invitations.get")],
    *[("logto", verb) for verb in ("users.get", "users.find", "accounts.find", "roles.get")],
]


def provider(name: str) -> Flat | Logto:
    return Flat("t", base_url=f"{BASE}/v2") if name == "flat" else Logto(BASE, app_id="a", app_secret="s")


@pytest.mark.parametrize(("name", "verb"), CASES)
async def test_a_search_of_two_pages_in_turn_ends_after_a_few_requests(
    router: respx.MockRouter, name: str, verb: str
) -> None:
    server = EndlessServer(two_pages_in_turn)
    router.get(url__startswith=BASE).mock(side_effect=server)
    async with OrgClient(provider(name), timeout=TIMEOUT) as client:
        with pytest.raises(PaginationError):
            await SEARCHES[verb](client)
    assert server.requests < 10


@pytest.mark.parametrize(("name", "verb"), CASES)
async def test_one_timeout_bounds_a_search(router: respx.MockRouter, name: str, verb: str) -> None:
    server = EndlessServer(ever_new_rows)
    router.get(url__startswith=BASE).mock(side_effect=server)
    async with OrgClient(provider(name), timeout=TIMEOUT) as client:
        started = anyio.current_time()
        with pytest.raises((RequestTimeoutError, NotSentError)):
            await SEARCHES[verb](client)
        assert anyio.current_time() - started == pytest.approx(TIMEOUT, abs=0.1)
        # The timeout of the next call starts anew.
        started = anyio.current_time()
        with pytest.raises((RequestTimeoutError, NotSentError)):
            await SEARCHES[verb](client)
        assert anyio.current_time() - started == pytest.approx(TIMEOUT, abs=0.1)
