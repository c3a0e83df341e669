"""The health check: its requests, their frequency, and its responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest
from fastapi import FastAPI, Request

from orgsdk import (
    AuthenticationError,
    ConfigurationError,
    InvalidArgumentError,
    NotFoundError,
    NotSentError,
    OrgClient,
    RateLimitError,
    UnsupportedError,
)
from orgsdk.fastapi import Health, client_of, health, install_error_handlers, lifespan
from orgsdk.providers import Memory
from tests.fastapi.calling import calling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

LIVE, READY = "/health/live", "/health/ready"


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


class Counting(Memory):
    """Count the requests for organizations."""

    asked = 0

    @property
    def organizations(self) -> Any:
        type(self).asked += 1
        return super().organizations


@pytest.fixture
def provider() -> Counting:
    Counting.asked = 0
    return Counting()


def app_of(provider: Memory, **settings: Any) -> FastAPI:
    app = FastAPI(lifespan=lifespan(lambda: OrgClient(provider)))
    app.include_router(health(**settings))
    return app


async def test_an_app_is_ready_if_its_provider_responds(provider: Counting) -> None:
    async with calling(app_of(provider)) as browser:
        assert ((await browser.get(LIVE)).json(), provider.asked) == ({"status": "alive"}, 0)
        answer = await browser.get(READY)
        assert (answer.status_code, Health.model_validate(answer.json()).status, provider.asked) == (200, "ready", 1)


async def test_head_runs_the_same_check_without_a_body(provider: Counting) -> None:
    async with calling(app := app_of(provider, keep=0)) as browser:
        for path in (LIVE, READY):
            answer = await browser.head(path)
            assert (answer.status_code, answer.text) == (200, "")
        provider.fail("organizations.list", NotSentError("down", provider="memory", operation="list"))
        assert (await browser.head(READY)).status_code == 503
    assert all(item.keys() == {"get"} for item in app.openapi()["paths"].values())


async def test_the_provider_is_probed_once_in_ten_seconds(provider: Counting) -> None:
    provider.fail("organizations.list", NotSentError("no route to s3cr3t", provider="memory", operation="list"))
    async with calling(app_of(provider)) as browser:
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(browser.get, READY)
        await anyio.sleep(9.9)
        answer = await browser.get(READY)
        assert (answer.status_code, answer.headers["retry-after"], provider.asked) == (503, "10", 1)
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert (problem["status"], problem["title"], problem["error"]) == (503, "Service Unavailable", "NotSentError")
        assert "s3cr3t" not in answer.text
        await anyio.sleep(0.1)
        assert ((await browser.get(READY)).status_code, provider.asked) == (200, 2)
        await anyio.sleep(9.9)
        assert ((await browser.get(READY)).status_code, provider.asked) == (200, 2)


async def test_every_error_but_a_rate_limit_is_503(provider: Counting) -> None:
    where: dict[str, Any] = {"provider": "memory", "operation": "organizations.list"}
    async with calling(app_of(provider, keep=1)) as browser:
        provider.fail("organizations.list", AuthenticationError("who are you?", status_code=401, **where))
        answer = await browser.get(READY)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["detail"] == "The provider rejected the app's credentials."
        await anyio.sleep(1)
        provider.fail("organizations.list", RateLimitError("slowly.", status_code=429, retry_after=60, **where))
        assert (await browser.get(READY)).status_code == 200


async def test_a_failed_probe_is_logged_once_and_described_in_general_terms(
    provider: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    where: dict[str, Any] = {"provider": "memory", "operation": "organizations.list"}
    secret = "s3cr3t-internal"
    failures = [
        NotFoundError(secret, status_code=404, code=secret, **where),
        InvalidArgumentError(secret),
        UnsupportedError("memory", secret),
    ]
    async with calling(app_of(provider)) as browser:
        for error in failures:
            caplog.clear()
            provider.fail("organizations.list", error)
            for _ in range(3):
                answer = await browser.get(READY)
                assert (answer.status_code, answer.json()["error"]) == (503, type(error).__name__)
                assert secret not in answer.text
            assert [secret in record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [True]
            await anyio.sleep(10)


async def test_a_slow_provider_times_out(provider: Counting) -> None:
    provider.delay("organizations.list", 60)
    async with calling(app_of(provider, timeout=2)) as browser:
        began = anyio.current_time()
        answer = await browser.get(READY)
        assert answer.json()["error"] == "RequestTimeoutError"
        assert anyio.current_time() - began == pytest.approx(2, abs=0.1)


async def test_an_app_can_set_the_probe_and_the_path(provider: Counting) -> None:
    async def count(client: OrgClient) -> object:
        return await client.organization().users.count()

    async with calling(app_of(provider, path="/healthz", probe=count)) as browser:
        assert ((await browser.get("/healthz/ready")).status_code, provider.asked) == (200, 0)


async def test_readiness_is_cached_per_client_and_released_with_it() -> None:
    def named(request: Request) -> str:
        return request.query_params["tenant"]

    broken = Memory()
    error = NotSentError("down", provider="memory", operation="organizations.list")
    broken.fail("organizations.list", error, times=1)
    tenants = {"well": OrgClient(Memory()), "broken": OrgClient(broken)}
    app = FastAPI(lifespan=lifespan(tenants=tenants.get))
    app.include_router(health(client=client_of(named), keep=1e9))
    async with calling(app) as browser:
        for _ in range(2):
            assert (await browser.get(READY, params={"tenant": "well"})).status_code == 200
            assert (await browser.get(READY, params={"tenant": "broken"})).status_code == 503
    # After a restart, the new client is probed again.
    tenants["broken"] = OrgClient(broken := Memory())
    async with calling(app) as browser:
        assert (await browser.get(READY, params={"tenant": "broken"})).status_code == 200


async def test_a_missing_client_is_not_a_failed_probe() -> None:
    app = FastAPI()
    install_error_handlers(app)
    app.include_router(health())
    async with calling(app) as browser:
        assert (await browser.get(LIVE)).status_code == 200
        assert (await browser.get(READY)).status_code == 500


@pytest.mark.parametrize("wrong", [{"keep": -1}, {"keep": float("inf")}, {"keep": float("nan")}, {"timeout": 0}])
async def test_invalid_arguments_raise_when_the_app_is_created(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        health(**wrong)  # type: ignore[arg-type]  # mypy takes the names for any of them


class TestOverTheSandbox:
    @pytest.fixture(params=["asyncio", "trio"])
    def anyio_backend(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.mark.parametrize(("name", "path"), [("flat", "/v2/me"), ("logto", "/api/organizations")])
    async def test_it_takes_one_request(self, connect: Connect, sandbox: Sandbox, name: str, path: str) -> None:
        client = await connect(name)
        app = FastAPI(lifespan=lifespan(lambda: client))
        app.include_router(health())
        async with calling(app) as browser:
            for _ in range(3):
                assert (await browser.get(READY)).status_code == 200
        assert [e.path for e in sandbox.requests if e.path != "/oidc/token"] == [path]


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_probe_may_be_a_function_of_either_kind(is_async: bool) -> None:
    probed: list[OrgClient] = []

    async def probe(client: OrgClient) -> None:
        probed.append(client)

    async with calling(app_of(Memory(), probe=probe if is_async else probed.append)) as browser:
        assert (await browser.get(READY)).status_code == 200
    assert len(probed) == 1


@pytest.mark.parametrize("probe", ["probe", None, lambda: None])
def test_a_probe_that_cannot_be_called_is_refused(probe: Any) -> None:
    with pytest.raises(ConfigurationError, match="probe "):
        health(probe=probe)
