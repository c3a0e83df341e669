"""The adapter for cursor pages of fastapi-pagination, run by that package itself."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from orgsdk import OrgClient, User
from orgsdk.fastapi import Client, install_error_handlers, lifespan
from tests.fastapi.calling import calling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.conftest import Connected

fastapi_pagination = pytest.importorskip("fastapi_pagination", reason="fastapi-pagination is not installed")

from fastapi_pagination import LimitOffsetPage, Page, add_pagination  # noqa: E402  # after the check
from fastapi_pagination.cursor import CursorPage, CursorParams  # noqa: E402
from fastapi_pagination.customization import CustomizedPage, UseIncludeTotal, UseParams  # noqa: E402

from orgsdk.fastapi.pagination import paginate  # noqa: E402

pytestmark = pytest.mark.anyio

WithoutTotal = CustomizedPage[CursorPage[User], UseIncludeTotal(include_total=False)]


class Person(BaseModel):
    """The app's own model."""

    login: str | None


def app_of(connected: Connected) -> FastAPI:
    app = FastAPI(lifespan=lifespan(lambda: connected.client))
    install_error_handlers(app)

    def users(client: OrgClient) -> Any:
        return client.organization(connected.organization_id).users.list()

    @app.get("/users", response_model=CursorPage[User])
    async def with_total(client: Client) -> Any:
        return await paginate(users(client))

    @app.get("/without-total", response_model=WithoutTotal)
    async def without_total(client: Client) -> Any:
        return await paginate(users(client))

    @app.get("/people", response_model=CursorPage[Person])
    async def people(client: Client) -> Any:
        async def convert(found: Any) -> list[Person]:
            return [Person(login=user.username) for user in found]

        return await paginate(users(client), transformer=convert)

    @app.get("/numbers", response_model=Page[User])
    async def numbers(client: Client) -> Any:
        return await paginate(users(client))

    @app.get("/offsets", response_model=LimitOffsetPage[User])
    async def offsets(client: Client) -> Any:
        return await paginate(users(client))

    @app.get("/collected", response_model=Page[User])
    async def collected(client: Client) -> Any:
        return fastapi_pagination.paginate(await users(client).collect())

    @app.get("/awaited", response_model=CursorPage[User])
    async def awaited(client: Client) -> Any:
        return await paginate(await users(client))

    add_pagination(app)
    return app


@pytest.fixture
async def browser(either: Connected) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(app_of(either)) as browser:
        yield browser


async def test_pages_are_walked_forwards_and_back(browser: httpx.AsyncClient) -> None:
    pages: list[Any] = []
    params: dict[str, Any] = {"size": 90}
    while True:
        pages.append((await browser.get("/users", params=params)).json())
        assert pages[-1]["total"] == 1000
        if pages[-1]["next_page"] is None:
            break
        params = {"cursor": pages[-1]["next_page"], "size": 7}  # a cursor has its own size
    ids = [user["id"] for page in pages for user in page["items"]]
    assert (len(pages), len(ids), len(set(ids))) == (12, 1000, 1000)
    assert pages[0]["previous_page"] is None
    assert pages[0]["current_page"] is None
    back = (await browser.get("/users", params={"cursor": pages[1]["previous_page"]})).json()
    assert back["items"] == pages[0]["items"]
    again = (await browser.get("/users", params={"cursor": pages[1]["current_page"]})).json()
    assert again["items"] == pages[1]["items"]
    assert pages[0]["items"][0].keys() == User.model_fields.keys()


async def test_a_page_without_a_total_is_not_counted(browser: httpx.AsyncClient, either: Connected) -> None:
    page = (await browser.get("/without-total", params={"size": 5})).json()
    assert len(page["items"]) == 5
    assert page.get("total") == (None if either.name == "flat" else 1000)


async def test_items_are_converted(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/people", params={"size": 2})).json()
    assert [person.keys() for person in page["items"]] == [{"login"}, {"login"}]


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("/numbers", "use fastapi_pagination.cursor.CursorPage."),
        ("/offsets", "use fastapi_pagination.cursor.CursorPage."),
        ("/awaited", "paginate takes a list without `await`, not a value of type Page: pass client.organization()"),
    ],
)
async def test_a_mistake_is_explained_in_the_log(
    browser: httpx.AsyncClient, path: str, advice: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await browser.get(path)
    assert (answer.status_code, answer.json()["error"]) == (500, "ConfigurationError")
    assert advice in caplog.text


async def test_numbered_pages_of_a_collected_list(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/collected", params={"page": 3, "size": 40})).json()
    assert (page["page"], page["pages"], page["total"], len(page["items"])) == (3, 25, 1000, 40)


@pytest.mark.parametrize("cursor", ["c3RhbGU=", "stale!", "xJM="])
async def test_a_refused_cursor(browser: httpx.AsyncClient, cursor: str) -> None:
    answer = await browser.get("/users", params={"cursor": cursor})
    assert answer.status_code in {400, 422}  # 400 is fastapi-pagination's own, for what is not base64
    answer = await browser.get("/users", params={"cursor": "c3RhbGU=", "size": 3}, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "./users?size=3")


async def test_cursors_in_bytes_and_a_size_of_zero(either: Connected) -> None:
    class Raw(CursorParams):
        str_cursor = False

    app = FastAPI()
    install_error_handlers(app)

    @app.get("/users", response_model=CustomizedPage[CursorPage[User], UseParams(Raw)])
    async def users() -> Any:
        return await paginate(either.client.organization(either.organization_id).users.list())

    add_pagination(app)
    async with calling(app) as browser:
        first = (await browser.get("/users", params={"size": 3})).json()
        second = (await browser.get("/users", params={"cursor": first["next_page"]})).json()
        assert len(second["items"]) == 3
        assert second["items"] != first["items"]
        zero = await browser.get("/users", params={"size": 0})
        assert (zero.status_code, zero.json()["error"]) == (422, "InvalidArgumentError")


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "fastapi_pagination"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "orgsdk.fastapi.pagination")
    monkeypatch.setitem(sys.modules, "fastapi_pagination", None)
    with pytest.raises(ImportError, match="Run: pip install fastapi-pagination"):
        import_module("orgsdk.fastapi.pagination")
