"""A tenant of thirty people with a stopped clock, clients of the app in memory, and the recordings."""

import json
import os
import re
import tomllib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from orgsdk.sandbox.logto.app import MANAGEMENT_ROUTES, create_app
from orgsdk.sandbox.logto.state import LogtoState
from orgsdk.sandbox.roster import Person

NOW = 1_800_000_000.0

Json = dict[str, Any]


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
    response = await anonymous.post("/oidc/token", data=form, auth=(state.app_id, state.app_secret))
    anonymous.headers["authorization"] = f"Bearer {response.json()['access_token']}"
    return anonymous


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config) -> Path:
    """The folder with published documents and recordings of the real servers."""
    default = pytestconfig.rootpath.parent / "shared"
    folder = Path(os.environ.get("ORGSDK_SHARED", default))
    if not (folder / "specs").is_dir():
        pytest.skip("the published documents and recordings are not here: set ORGSDK_SHARED to their folder")
    return folder


_RECORDINGS = (
    Path(os.environ.get("ORGSDK_SHARED", Path(__file__).parents[4] / "shared")) / "specs" / "logto-recordings.jsonl"
)
_TEMPLATES = {f"/api{route.template}" for route in MANAGEMENT_ROUTES}


@dataclass(frozen=True)
class Recordings:
    """Every recording, and the numbers of those in test_replay.py and in test_recordings.py."""

    rows: list[Json]
    in_order: list[int]
    apart: list[int]


def _path(row: Json) -> str:
    return str(row["request"]["path"]).partition("?")[0].rstrip("/")


def _is_served(row: Json) -> bool:
    """Return whether the sandbox has the path of a row, or Logto does not have it either."""
    templates = (re.sub(r"\{\w+\}", "[^/]+", template) for template in _TEMPLATES)
    is_no_path = row["response"]["status"] == 404 and "text" in row["response"]
    return is_no_path or any(re.fullmatch(template, _path(row)) for template in templates)


def _is_apart(row: Json) -> bool:
    """Return whether a row has objects that were created without a recording, or is outside the Management API."""
    if not _path(row).startswith("/api/"):
        return True
    reads_whole_tenant = _path(row) in ("/api/organizations", "/api/users")
    is_write = row["request"]["method"] in ("POST", "PUT", "PATCH", "DELETE")
    return (reads_whole_tenant and not is_write) or row["op"] == "race.accept_vs_revoke.member"


def _recordings() -> Recordings:
    lines = _RECORDINGS.read_text("utf-8").splitlines() if _RECORDINGS.is_file() else []
    rows: list[Json] = [json.loads(line) for line in lines]
    apart = [number for number, row in enumerate(rows) if _is_apart(row)]
    in_order = [number for number, row in enumerate(rows) if not _is_apart(row) and _is_served(row)]
    return Recordings(rows, in_order, apart)


_RECORDED = _recordings()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize tests that have `row_in_order` or `row_apart` with the numbers of those rows."""
    for name, numbers in (("row_in_order", _RECORDED.in_order), ("row_apart", _RECORDED.apart)):
        if name in metafunc.fixturenames:
            ids = [f"{number}-{_RECORDED.rows[number]['op']}" for number in numbers]
            metafunc.parametrize(name, numbers, ids=ids)


@pytest.fixture(scope="session")
def recorded(shared: Path) -> Recordings:
    assert shared.is_dir()
    return _RECORDED


def _shape(value: object) -> object:
    """Return a JSON value with its leaves replaced by their types."""
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shape(item) for item in value]
    return "number" if type(value) in (int, float) else type(value).__name__


def _compare_values(response: httpx.Response, expected: Json) -> None:
    recorded = [tuple(line) for line in expected.get("raw_headers", ())]
    names = dict.fromkeys(name for name, _ in recorded)
    assert [(name, value) for name in names for value in response.headers.get_list(name)] == recorded


def _compare_body(response: httpx.Response, expected: Json) -> None:
    """Compare the whole body. The ETag is its hash, so with an ETag every byte is the same."""
    if "json" in expected:
        assert response.json() == expected["json"]
        assert response.headers.get("etag") == expected["headers"].get("etag")
    else:
        # The recordings have only 200 characters of a text.
        assert response.text[:200] == expected["text"]


@pytest.fixture(scope="session")
def deviations() -> dict[str, Json]:
    """Aspects that are not compared, and the reasons, by `op`."""
    return tomllib.loads(Path(__file__).with_name("deviations.toml").read_text())


@pytest.fixture(scope="session")
def compare(deviations: dict[str, Json]) -> Callable[[httpx.Response, Json], None]:
    """Compare a response with a recording: status, code, names of the headers, shape, then every value."""

    def compare_with(response: httpx.Response, row: Json) -> None:
        expected = row["response"]
        assert response.status_code == expected["status"], response.text
        # The server sets this header, not the app.
        assert set(response.headers) == set(expected["headers"]) - {"transfer-encoding"}
        if "json" in expected:
            assert _shape(response.json()) == _shape(expected["json"])
        if "code" in (error := expected.get("json") or {}):
            assert response.json()["code"] == error["code"]
        for aspect, compare_aspect in (("values", _compare_values), ("body", _compare_body)):
            if aspect not in deviations.get(row["op"], {}).get("ignore", ()):
                compare_aspect(response, expected)
            else:
                with pytest.raises(AssertionError):
                    compare_aspect(response, expected)

    return compare_with
