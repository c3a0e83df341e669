"""A newcomer's first mistakes: each row of the table in docs/fastapi.md is text of the error."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import ResponseValidationError
from fastapi.testclient import TestClient
from pydantic import BaseModel

from orgsdk import ConfigurationError, OrgClient, Paginator, User, blocking
from orgsdk.fastapi import (
    Client,
    PageOut,
    get_client,
    install_error_handlers,
    lifespan,
    require_member,
    require_role,
)
from orgsdk.providers import Flat, Logto, Memory, WorkOS
from tests.fastapi.test_import import import_without

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = (Path(__file__).parents[2] / "docs" / "fastapi.md").read_text("utf-8")
TABLE = dict(re.findall(r"^\| (.+) \| (.+) \|$", PAGE.partition("## Common mistakes")[2], re.MULTILINE)[2:])
NOTHING: Any = None


def app_of(settings: Any = None) -> FastAPI:
    app = FastAPI(lifespan=settings or lifespan(OrgClient.memory))

    @app.get("/")
    async def users(client: Client) -> PageOut[User]:
        return PageOut.of(await client.organization().users.list())

    return app


def start(app: FastAPI) -> None:
    with TestClient(app) as browser:
        browser.get("/")


def override(key: Any, value: Any) -> None:
    app = app_of()
    app.dependency_overrides[key] = value
    start(app)


def without_await() -> None:
    app = app_of()

    @app.get("/wrong")
    async def wrong(client: Client) -> PageOut[User]:
        users: Any = client.organization().users
        return PageOut.of(users.list())

    with TestClient(app) as browser:
        browser.get("/wrong")


def identity_of_an_address() -> None:
    app = app_of()
    app.get("/me", dependencies=[Depends(require_member(identity=lambda: "ada@example.com"))])(lambda: "me")
    with TestClient(app) as browser:
        browser.get("/me")


def numbered_pages() -> None:
    pytest.importorskip("fastapi_pagination", reason="fastapi-pagination is not installed")
    from fastapi_pagination import Page, add_pagination

    from orgsdk.fastapi.pagination import paginate

    app = app_of()

    @app.get("/pages", response_model=Page[User])
    async def pages(client: Client) -> Any:
        return await paginate(client.organization().users.list())

    add_pagination(app)
    with TestClient(app) as browser:
        browser.get("/pages")


def annotated_with(kind: Any) -> None:
    def users(client: Any) -> None: ...

    users.__annotations__["client"] = kind
    app_of().get("/wrong")(users)


def returning(make: Callable[[Any], Any]) -> None:
    """Request a path operation without a response model, whose result `make` returns."""
    app = app_of()

    @app.get("/wrong")
    def wrong(client: Client):  # type: ignore[no-untyped-def]  # a newcomer's
        return make(client)

    with TestClient(app) as browser:
        browser.get("/wrong")


def depending_on(dependency: Any) -> None:
    app = app_of()
    app.get("/wrong", dependencies=[Depends(dependency)])(lambda: "wrong")
    start(app)


WRONG: dict[str, Any] = {
    "lifespan": lifespan,
    "client": OrgClient.memory(),
    "tenants": {"acme": OrgClient.memory()},
    "handlers": APIRouter(),
    "dependency": require_member,
    "roles": ["teacher"],
    "get_client": get_client,
}
MISTAKES: dict[str, Callable[[], object]] = {
    "`FastAPI(lifespan=lifespan)`": lambda: start(app_of(WRONG["lifespan"])),
    "`FastAPI()` without a lifespan": lambda: start(app_of(lambda app: FastAPI().router.lifespan_context(app))),
    "`TestClient(app)` without `with`": lambda: TestClient(app_of()).get("/"),
    "no settings in the environment": lambda: start(app_of(lifespan())),
    "`lifespan(OrgClient.memory())`": lambda: lifespan(WRONG["client"]),
    '`lifespan(tenants={"acme": …})`': lambda: lifespan(tenants=WRONG["tenants"]),
    "`dependency_overrides[Client] = …`": lambda: override(Client, OrgClient.memory),
    "`dependency_overrides[get_client] = OrgClient.memory()`": lambda: override(get_client, OrgClient.memory()),
    "`PageOut.of(users.list())`": without_await,
    "`install_error_handlers(router)`": lambda: install_error_handlers(WRONG["handlers"]),
    "`Depends(require_member)`": lambda: app_of().get("/x", dependencies=[Depends(WRONG["dependency"])])(lambda: "x"),
    '`require_role(["teacher"])`': lambda: require_role(WRONG["roles"]),
    "an identity that returns an address": identity_of_an_address,
    "`-> Page[User]` with `paginate`": numbered_pages,
    "`client: OrgClient`": lambda: annotated_with(OrgClient),
    "`Depends(get_client())`": lambda: WRONG["get_client"](),
    "`Depends(OrgClient.from_env)`": lambda: depending_on(OrgClient.from_env),
    "`Depends(OrgClient)`": lambda: depending_on(OrgClient),
    "`Depends(Flat)`": lambda: depending_on(Flat),
    "`Depends(Memory)`": lambda: depending_on(Memory),
    "`Depends(Client)`": lambda: depending_on(Client),
    "`-> Paginator[User]`": lambda: app_of().get("/x", response_model=Paginator[User])(lambda: None),
    "`def users(client: Client)` with a call": lambda: returning(lambda client: client.organization().users.count()),
    "`return client.organization().users.list()`": lambda: returning(lambda client: client.organization().users.list()),
    "`return client.organization()`": lambda: returning(lambda client: client.organization()),
}
WITHOUT_THE_EXTRA = "`import orgsdk.fastapi` without the extra"


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_error_says_what_to_write(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("ORGSDK_", "FLAT_", "LOGTO_", "WORKOS_", "MEMORY_")):
            monkeypatch.delenv(name)
    with pytest.raises(ConfigurationError) as caught:
        MISTAKES[mistake]()
    advice = TABLE[mistake].strip()
    assert advice in str(caught.value)
    assert "\n" not in str(caught.value)


RESULTS: list[Callable[[Any], Any]] = [
    lambda client: client.organization().users.list(),
    lambda client: client.organization().users.list().collect(),
    lambda client: client.organization().users.count(),
    lambda client: client.organization(),
    lambda client: client.with_options(headers={"x-key": "s3cret"}),
]


@pytest.mark.parametrize("make", RESULTS)
@pytest.mark.parametrize("is_async", [True, False])
@pytest.mark.parametrize("model", [None, list[User], PageOut[User]])
def test_a_result_that_is_no_response_is_logged_and_not_sent(
    make: Callable[[Any], Any], is_async: bool, model: Any, caplog: pytest.LogCaptureFixture
) -> None:
    app = app_of()
    install_error_handlers(app)

    async def asynchronous(client: Client) -> Any:
        return make(client)

    def plain(client: Client) -> Any:
        return make(client)

    app.get("/wrong", response_model=model)(asynchronous if is_async else plain)
    with TestClient(app) as browser:
        response = browser.get("/wrong")
    assert (response.status_code, response.json()["error"]) == (500, "ConfigurationError")
    assert "s3cret" not in response.text
    (logged,) = [record.getMessage() for record in caplog.records if record.name == "orgsdk.fastapi.problems"]
    assert "ConfigurationError: The path operation returned " in logged
    assert ": write " in logged


@pytest.mark.parametrize(
    "dependency",
    [
        OrgClient.memory,
        OrgClient.from_url,
        blocking.OrgClient,
        blocking.OrgClient.from_env,
        Logto,
        WorkOS,
        Flat.from_env,
        Memory.from_env,
        lifespan,
    ],
)
def test_a_client_or_a_provider_is_no_dependency(dependency: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"no dependenc(y|ies) of FastAPI.*write `client: Client`"):
        depending_on(dependency)


def test_dependencies_of_dependencies_and_of_routers_are_checked() -> None:
    def inner(provider: Any) -> None: ...

    inner.__annotations__["provider"] = Annotated[Any, Depends(Memory)]
    router = APIRouter()
    router.get("/wrong", dependencies=[Depends(inner)])(lambda: "wrong")
    app = app_of()
    app.include_router(router)
    with pytest.raises(ConfigurationError, match="Memory is no dependency of FastAPI"):
        start(app)


def test_a_dependency_of_the_app_may_return_a_client() -> None:
    app = app_of()

    def own(client: Any) -> str:
        return type(client).__name__

    own.__annotations__["client"] = Annotated[Any, Depends(lambda: OrgClient.memory())]
    app.get("/own")(own)
    with TestClient(app) as browser:
        assert browser.get("/own").json() == "OrgClient"


def test_other_results_are_the_apps_own() -> None:
    async def own() -> int:
        return 1

    app = app_of()
    install_error_handlers(app)
    app.get("/none", response_model=int)(lambda: "no number")
    made = own()
    app.get("/own")(lambda: made)
    with TestClient(app) as browser:
        with pytest.raises(ResponseValidationError):
            browser.get("/none")
        with pytest.raises(ValueError, match="coroutine cannot be encoded"):
            browser.get("/own")
    made.close()


def test_a_model_may_hold_a_client_if_it_allows_arbitrary_types() -> None:
    class Settings(BaseModel, arbitrary_types_allowed=True):
        client: OrgClient
        typed: OrgClient[Memory]

    client = OrgClient.memory()
    assert Settings(client=client, typed=client).client is client
    with pytest.raises(ConfigurationError, match="in a model, allow arbitrary types"):
        type("Wrong", (BaseModel,), {"__annotations__": {"client": OrgClient}, "__module__": __name__})


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImportError) as caught:
        import_without("fastapi", monkeypatch)
    assert TABLE[WITHOUT_THE_EXTRA] in str(caught.value)


def test_the_table_has_these_mistakes_and_no_others() -> None:
    assert TABLE.keys() == {*MISTAKES, WITHOUT_THE_EXTRA}
