"""A test that replaces the client needs no setting: the app starts without a client of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from orgsdk import ConfigurationError, OrgClient, User
from orgsdk.fastapi import Client, PageOut, client_of, get_client, health, install_error_handlers, lifespan

if TYPE_CHECKING:
    from collections.abc import Callable

router = APIRouter()


@router.get("/users")
async def users(client: Client) -> PageOut[User]:
    return PageOut.of(await client.organization().users.list())


@router.post("/users/{username}")
async def create(client: Client, username: str) -> User:
    return await client.organization().users.create(username=username)


def app_of(**settings: Any) -> FastAPI:
    app = FastAPI(lifespan=lifespan(**settings))
    app.include_router(router)
    app.include_router(health())
    install_error_handlers(app)
    return app


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("ORGSDK_", "FLAT_", "LOGTO_", "WORKOS_", "MEMORY_")):
            monkeypatch.delenv(name)


def fail() -> OrgClient:
    raise AssertionError("the client of the app was created")


@pytest.mark.parametrize("settings", [{}, {"client": fail}, {"tenants": lambda name: fail()}])
def test_an_app_with_an_override_creates_no_client(settings: dict[str, Callable[..., OrgClient]]) -> None:
    app = app_of(**settings)
    client = OrgClient.memory(users=50)
    app.dependency_overrides[get_client] = lambda: client
    with TestClient(app) as browser:
        assert browser.get("/users").json()["total"] == 50
        assert browser.post("/users/ada").json()["username"] == "ada"
        assert browser.get("/users").json()["total"] == 51  # the same client in each request
        assert browser.get("/health/ready").status_code == 200


def test_an_override_within_a_lifespan_of_the_app_creates_no_client() -> None:
    app = FastAPI(lifespan=lambda app: lifespan()(app))
    app.include_router(router)
    app.dependency_overrides[get_client] = lambda: OrgClient.memory(users=2)
    with TestClient(app) as browser:
        assert browser.get("/users").json()["total"] == 2


def test_a_client_of_a_tenant_is_overridden_by_its_dependency() -> None:
    dependency = client_of(lambda: "acme")
    app = app_of(tenants=lambda name: fail())
    app.include_router(health(path="/tenant", client=dependency))
    app.dependency_overrides[dependency] = lambda: OrgClient.memory(users=2)
    with TestClient(app) as browser:
        assert browser.get("/tenant/ready").status_code == 200


def test_an_override_that_is_removed_while_the_app_runs_is_explained(caplog: pytest.LogCaptureFixture) -> None:
    app = app_of()
    app.dependency_overrides[get_client] = OrgClient.memory
    with TestClient(app) as browser:
        app.dependency_overrides.clear()
        assert browser.get("/users").status_code == 500
    assert "keep the override until it ends" in caplog.text


def test_without_an_override_a_missing_setting_fails_at_startup() -> None:
    with pytest.raises(ConfigurationError, match="FLAT_ACCESS_TOKEN"), TestClient(app_of()):
        pass


@pytest.mark.parametrize(
    ("key", "override", "message"),
    [
        (Client, OrgClient.memory, "Client cannot be overridden: override get_client, as in app.dependency_overrides"),
        (get_client, OrgClient.memory(), "of type OrgClient: pass a function"),
        (get_client, None, "of type NoneType: pass a function"),
    ],
)
def test_an_override_that_cannot_work_fails_at_startup(key: Any, override: Any, message: str) -> None:
    app = app_of(client=OrgClient.memory)
    app.dependency_overrides[key] = override
    with pytest.raises(ConfigurationError, match=message), TestClient(app):
        pass
