"""A refused cursor: a browser that opens a page starts anew, and a program gets problem details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse

from orgsdk import BadRequestError, InvalidCursorError, NotFoundError, OrgClient, RateLimitError, ServerError
from orgsdk.fastapi import Client, install_error_handlers, lifespan
from tests.fastapi.calling import calling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk import OrgError

pytestmark = pytest.mark.anyio

# What Chromium and Firefox send when they open a page.
HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
WHERE: dict[str, Any] = {"provider": "flat", "operation": "listOrganizationUsers"}


def app_that_lists() -> FastAPI:
    app = FastAPI(lifespan=lifespan(lambda: OrgClient.memory(users=5)))
    install_error_handlers(app)

    @app.api_route("/{tenant}/people", methods=["GET", "POST"])
    async def people(client: Client, cursor: str | None = None, query: str | None = None) -> HTMLResponse:
        page = await client.organization().users.list(cursor=cursor, query=query, page_size=None if cursor else 2)
        return HTMLResponse(f"{len(page.items)} people")

    return app


async def test_a_browser_that_opens_a_page_starts_anew() -> None:
    async with calling(app_that_lists()) as browser:
        params = {"query": "a & b", "cursor": "stale", "tag": ["1", "2"]}
        answer = await browser.get("/acme/people", params=params, headers=HTML)
        assert (answer.status_code, answer.headers["location"]) == (303, "./people?query=a+%26+b&tag=1&tag=2")
        anew = await browser.get("/acme/people?cursor=stale", headers=HTML, follow_redirects=True)
        assert (anew.status_code, anew.text, anew.url.path) == (200, "2 people", "/acme/people")


@pytest.mark.parametrize("path", ["//evil.example/people", "/evil.example%2F..%2F/people", "/a%0D%0AX-A:%20b/people"])
async def test_the_redirect_never_leaves_the_page(path: str) -> None:
    async with calling(app_that_lists()) as browser:
        answer = await browser.get(f"http://app{path}", params={"cursor": "stale"}, headers=HTML)
        assert answer.headers.get("location", "./people") == "./people"
        assert "x-a" not in answer.headers


async def test_the_redirect_keeps_an_encoded_path() -> None:
    app = FastAPI()
    install_error_handlers(app)

    @app.get("/{name:path}")
    async def people(name: str, cursor: str | None = None) -> HTMLResponse:
        if cursor:
            raise InvalidCursorError("damaged.")
        return HTMLResponse(name)

    async with calling(app) as browser:
        for path, name in (("/a/b%2Fc%20d:e", "a/b/c d:e"), ("/a/", "a/"), ("/", "")):
            answer = await browser.get(f"{path}?cursor=stale", headers=HTML, follow_redirects=True)
            assert (answer.status_code, answer.text) == (200, name)


@pytest.mark.parametrize(
    ("method", "query", "headers"),
    [
        ("GET", "?cursor=stale", {"Accept": "application/json"}),
        ("GET", "?cursor=stale", {"Accept": "*/*"}),  # fetch(), curl
        ("POST", "?cursor=stale", HTML),  # a repeated POST would be a GET
    ],
)
async def test_other_requests_get_problem_details(method: str, query: str, headers: Mapping[str, str]) -> None:
    async with calling(app_that_lists()) as browser:
        answer = await browser.request(method, f"/acme/people{query}", headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (422, "InvalidCursorError")


@pytest.mark.parametrize(
    ("error", "cursor", "status"),
    [
        # The provider refuses the position in the cursor.
        (BadRequestError("m", status_code=400, **WHERE), "c", 303),
        (NotFoundError("m", status_code=404, **WHERE), "c", 303),
        # The error is about another page, or about no page.
        (BadRequestError("m", status_code=400, **WHERE), "other", 400),
        (NotFoundError("m", status_code=404, **WHERE), None, 404),
        # The same cursor may succeed later.
        (RateLimitError("m", status_code=429, **WHERE), "c", 429),
        (ServerError("m", status_code=500, **WHERE), "c", 502),
    ],
)
async def test_a_cursor_that_the_provider_refuses_starts_anew(error: OrgError, cursor: str | None, status: int) -> None:
    app = FastAPI()
    install_error_handlers(app)
    error.cursor = cursor

    @app.get("/people")
    async def people(cursor: str | None = None) -> None:
        raise error

    async with calling(app) as browser:
        answer = await browser.get("/people?cursor=c", headers=HTML)
        assert answer.status_code == status


async def test_a_refused_cursor_of_another_source_is_not_redirected() -> None:
    app = FastAPI()
    install_error_handlers(app)

    @app.get("/people")
    async def people() -> None:  # with a cursor of the session
        raise InvalidCursorError("damaged.")

    @app.get("/other")
    async def other() -> None:
        raise HTTPException(400)

    async with calling(app) as browser:
        assert (await browser.get("/people", headers=HTML)).status_code == 422  # a redirect would never end
        assert (await browser.get("/other?cursor=c", headers=HTML)).status_code == 400
