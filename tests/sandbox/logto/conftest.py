"""A tenant of thirty people, a clock that stands still, and clients that speak to the application in memory."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from orgsdk.sandbox.logto.app import create_app
from orgsdk.sandbox.logto.state import LogtoState
from orgsdk.sandbox.roster import Person

NOW = 1_800_000_000.0


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def people() -> list[Person]:
    def person(number: int) -> Person:
        role = "admin" if number == 0 else "teacher" if number < 5 else "student"
        email = None if number % 3 == 2 else f"Person{number:02}@example.org"
        return Person(f"S{number:03}", f"person_{number:02}", email, "Ada", f"Nr{number:02}", role, "5A")

    return [person(number) for number in range(30)]


@pytest.fixture
def state(people: list[Person]) -> LogtoState:
    return LogtoState(people, clock=lambda: NOW)


@pytest.fixture
async def anonymous(state: LogtoState) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    transport = httpx.ASGITransport(create_app(state))
    async with httpx.AsyncClient(transport=transport, base_url="http://logto.test:3001") as client:
        yield client


@pytest.fixture
async def api(state: LogtoState, anonymous: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client with a token for the Management API."""
    form = {"grant_type": "client_credentials", "resource": state.resource, "scope": "all"}
    answer = await anonymous.post("/oidc/token", data=form, auth=(state.app_id, state.app_secret))
    anonymous.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    return anonymous


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config) -> Path:
    """The folder of what was recorded and published of the real servers."""
    default = pytestconfig.rootpath.parent / "shared"
    folder = Path(os.environ.get("ORGSDK_SHARED", default))
    if not (folder / "specs").is_dir():
        pytest.skip("the published documents and recordings are not here: set ORGSDK_SHARED to their folder")
    return folder
