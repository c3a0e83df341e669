"""A whole list as JSON lines over real HTTP: complete, with errors, and with readers that disconnect."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterable, AsyncIterator  # noqa: TC003  # FastAPI reads them
from typing import TYPE_CHECKING, Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI

from orgsdk import OrgClient, User
from orgsdk.fastapi import Client, PageOut, begin, install_error_handlers, lifespan
from orgsdk.providers import Flat, Memory
from orgsdk.sandbox.faults import Hang, Respond
from tests.fastapi.calling import calling
from tests.fastapi.serving import served

if TYPE_CHECKING:
    from orgsdk.sandbox import Sandbox

USERS = "/v2/organizations/users"


async def listed(client: Client) -> AsyncIterator[User]:
    return await begin(client.organization().users.list(page_size=300))


async def paged(client: Client, cursor: str | None = None) -> AsyncIterator[PageOut[User]]:
    pages = client.organization().users.list(page_size=None if cursor else 300, cursor=cursor).pages()
    return await begin(PageOut.of(page) async for page in pages)


def streaming_app(client: OrgClient) -> FastAPI:
    app = FastAPI(lifespan=lifespan(lambda: client))
    install_error_handlers(app)

    @app.get("/users.jsonl")
    async def stream(users: Annotated[AsyncIterator[User], Depends(listed)]) -> AsyncIterable[User]:
        async for user in users:
            yield user

    @app.get("/pages.jsonl")
    async def stream_pages(
        pages: Annotated[AsyncIterator[PageOut[User]], Depends(paged)],
    ) -> AsyncIterable[PageOut[User]]:
        async for page in pages:
            yield page

    @app.get("/count")
    async def count(client: Client) -> int:
        return await client.organization().users.count()

    return app


def flat_app(sandbox: Sandbox) -> FastAPI:
    # One connection: a request that does not release it would block all later ones.
    flat = Flat(token=sandbox.flat.token, base_url=sandbox.flat_url, max_concurrency=1)
    return streaming_app(OrgClient(flat, max_attempts=1, timeout=10))


def read_lines(url: str, into: list[str]) -> None:
    with httpx.stream("GET", url) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            into.append(line)  # noqa: PERF402  # what came before the end shall be kept


def test_every_user_is_one_line_with_one_request_per_page(sandbox: Sandbox) -> None:
    with served(flat_app(sandbox)) as url:
        answer = httpx.get(f"{url}/users.jsonl")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/jsonl")
    users = [User.model_validate_json(line) for line in answer.text.splitlines()]
    assert len({user.id for user in users}) == len(users) == 1000
    assert sandbox.requests.count(path_prefix=USERS) == 4


def test_an_error_on_the_first_page_has_its_own_status(sandbox: Sandbox) -> None:
    sandbox.flat_faults.add(Respond(503, headers=(("Retry-After", "7"),)), path=USERS)
    with served(flat_app(sandbox)) as url:
        answer = httpx.get(f"{url}/users.jsonl")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
        assert answer.json()["error"] == "ServerError"
        assert len(httpx.get(f"{url}/users.jsonl").text.splitlines()) == 1000


def test_an_error_on_a_later_page_cuts_the_response_off(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    sandbox.flat_faults.add(Respond(500), path=USERS, nth=3)
    received: list[str] = []
    with served(flat_app(sandbox)) as url:
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            read_lines(f"{url}/users.jsonl", received)
        assert httpx.get(f"{url}/count").json() == 1000  # and the app goes on
    assert len([json.loads(line) for line in received]) == 600
    assert any(record.levelname == "ERROR" for record in caplog.records)


def test_a_stream_of_pages_resumes_where_it_was_cut_off(sandbox: Sandbox) -> None:
    sandbox.flat_faults.add(Respond(500), path=USERS, nth=3)
    lines: list[str] = []
    with served(flat_app(sandbox)) as url:
        with pytest.raises(httpx.RemoteProtocolError):
            read_lines(f"{url}/pages.jsonl", lines)
        pages = [PageOut[User].model_validate_json(line) for line in lines]
        assert len(pages) == 2
        rest = httpx.get(f"{url}/pages.jsonl", params={"cursor": str(pages[-1].next_cursor)})
        pages += [PageOut[User].model_validate_json(line) for line in rest.text.splitlines()]
    assert len({user.id for page in pages for user in page.items}) == 1000


def test_a_disconnected_reader_does_not_block_others(sandbox: Sandbox) -> None:
    held = sandbox.flat_faults.add(Hang(), path=USERS, nth=2)
    with served(flat_app(sandbox)) as url:
        with httpx.stream("GET", f"{url}/users.jsonl") as answer:
            lines = answer.iter_lines()
            for _ in range(300):
                next(lines)
            assert held.reached.wait(5)
        began = time.monotonic()
        # The running call is cancelled: its connection, the only one, is free for the next.
        assert httpx.get(f"{url}/count", timeout=5).json() == 1000
        assert time.monotonic() - began < 5
        sandbox.flat_faults.clear()
    assert [exchange.status for exchange in sandbox.requests if exchange.path == USERS] == [200, None]


@pytest.mark.anyio
async def test_begin_reads_one_page_and_yields_all_users_in_order() -> None:
    async with OrgClient(Memory(users=7, max_page_size=3)) as client:
        users = client.organization().users
        all_users = [user async for user in users.list()]
        stream = await begin(users.list())
        assert [user async for user in stream] == all_users
        assert [user async for user in stream] == []
        assert [len(page) async for page in await begin(users.list().pages())] == [3, 3, 1]


@pytest.mark.anyio
async def test_an_empty_list_is_an_empty_stream() -> None:
    async with calling(streaming_app(OrgClient(Memory(max_page_size=300)))) as browser:
        answer = await browser.get("/users.jsonl")
        assert (answer.status_code, answer.text) == (200, "")
