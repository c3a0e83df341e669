"""The code blocks of docs/fastapi.md run unchanged."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from orgsdk import RequestTimeoutError
from orgsdk.fastapi import install_error_handlers
from orgsdk.fastapi.problems import _STATUSES, Problem
from orgsdk.sandbox.loopback import listen
from tests.examples.conftest import bare_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orgsdk.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "fastapi.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


FIRST, TESTED, ROLES, PAGINATION, STREAM, TENANTS, HEALTH_OF_TENANTS, COMPOSED = blocks("python")


def run(block: str) -> Any:
    module = ModuleType("docs_fastapi")
    sys.modules[module.__name__] = module
    exec(compile(block, "docs/fastapi.md", "exec", dont_inherit=True), module.__dict__)
    return module


@pytest.fixture(autouse=True)
def _environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FLAT_ACCESS_TOKEN", sandbox.flat.token)
    monkeypatch.setenv("FLAT_BASE_URL", sandbox.flat_url)
    yield
    sys.modules.pop("docs_fastapi", None)


def test_the_first_example_pages_and_returns_problem_details() -> None:
    with TestClient(run(FIRST).app) as browser:
        page = browser.get("/users", params={"query": "ada_"}).json()
        assert page.keys() == {"items", "next_cursor", "previous_cursor", "total"}
        assert browser.get(f"/users/{page['items'][0]['id']}").json() == page["items"][0]
        assert browser.get("/users", params={"cursor": "damaged"}).status_code == 422
        assert browser.get("/health/ready").status_code == 200
        answer = browser.get(f"/users/{'0' * 24}")
        _, example = blocks("json")
        assert answer.json() == json.loads(example)
        Problem.model_validate_json(example)


@pytest.mark.parametrize(("name", "greeting"), [("inside", "Good morning"), ("outside", "Good evening")])
def test_the_lifespans_compose(name: str, greeting: str) -> None:
    app = getattr(run(COMPOSED), name)
    with TestClient(app) as browser:
        assert browser.app_state["greeting"] == greeting
        assert browser.app_state.keys() == {"greeting", "orgsdk"}


def test_the_tenants_have_clients_of_their_own() -> None:
    with TestClient(run(TENANTS).app) as browser:
        answers = [browser.get("/count", headers={"x-tenant": name}) for name in ("acme", "globex", "nobody")]
        assert [answer.status_code for answer in answers] == [200, 200, 404]
        assert [answer.json() for answer in answers[:2]] == [3, 5]
        assert browser.get("/count").status_code == 422


@pytest.mark.parametrize("name", ["both", "tenants_alone"])
def test_the_health_check_of_an_app_with_tenants_responds(name: str) -> None:
    with TestClient(getattr(run(HEALTH_OF_TENANTS), name)) as browser:
        assert browser.get("/health/ready").status_code == 200


def test_the_stream_has_all_users() -> None:
    with TestClient(run(STREAM).app) as browser:
        assert len(browser.get("/users.jsonl").text.splitlines()) == 1000


def test_the_test_of_the_page_passes_with_nothing_set(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(FIRST, "utf-8")
    (tmp_path / "test_main.py").write_text(TESTED, "utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        "test_main.py",
    ]
    environ = bare_environment() | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_the_command_of_the_page_runs_the_first_app(tmp_path: Path) -> None:
    (command,) = re.findall(r"^(ORGSDK_PROVIDER=.*) --reload$", PAGE, re.MULTILINE)
    *settings, program, target = command.split()
    assert (program, target) == ("uvicorn", "main:app")
    (tmp_path / "main.py").write_text(FIRST, "utf-8")
    with listen(0) as free:
        port = free.getsockname()[1]
    environ = bare_environment() | dict(text.split("=") for text in settings)
    environ |= {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    arguments = [sys.executable, "-m", "uvicorn", target, "--port", str(port)]
    with subprocess.Popen(arguments, cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            while "Uvicorn running on" not in (line := server.stderr.readline()):
                assert line, "it ended"
            assert httpx.get(f"http://127.0.0.1:{port}/users").json()["total"] == 50
        finally:
            server.terminate()
            server.communicate(timeout=20)


def test_members_and_roles_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORGSDK_PROVIDER", "memory")
    monkeypatch.setenv("MEMORY_USERS", "20")
    with TestClient(run(ROLES).app) as browser:
        assert browser.get("/me").status_code == 401
        signed_in = {"Authorization": "Bearer t0ken"}
        assert browser.get("/me", headers=signed_in).json()["roles"] == ["teacher"]
        assert browser.get("/grades", headers=signed_in).json().startswith("Grades for ")


def test_the_cursor_pages_of_the_other_package() -> None:
    pytest.importorskip("fastapi_pagination", reason="fastapi-pagination is not installed")
    with TestClient(run(PAGINATION).app) as browser:
        first = browser.get("/users", params={"size": 5}).json()
        assert (len(first["items"]), first["total"]) == (5, 1000)
        second = browser.get("/users", params={"cursor": first["next_page"]}).json()
        assert second["items"] != first["items"]


def test_the_line_of_the_log_is_that_of_the_code(caplog: pytest.LogCaptureFixture) -> None:
    (line,) = re.findall(r"^(504 for .*: )…$", PAGE, re.MULTILINE)
    app = FastAPI()
    install_error_handlers(app)

    @app.get("/users/{user_id}")
    async def fail() -> None:
        raise RequestTimeoutError("m", provider="flat", operation="listOrganizationUsers")

    with TestClient(app) as browser:
        browser.get("/users/ada")
    (message,) = caplog.messages
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00"
    assert message.startswith(re.sub(time, re.search(time, message)[0], line))  # type: ignore[index]  # it has a time


def test_the_table_of_statuses_is_that_of_the_code() -> None:
    documented: dict[str, set[int]] = {}
    for status, errors in re.findall(r"^\| (\d{3}) \| (.+) \|$", PAGE, re.MULTILINE):
        for name in re.findall(r"`(\w+Error)`", errors):
            documented.setdefault(name, set()).add(int(status))
    known = {kind.__name__: {status.value} for kind, status in _STATUSES.items()}
    known["ServerError"].add(503)
    known["InvalidCursorError"] = known["InvalidArgumentError"]
    del known["OrgError"], known["APIError"]
    assert documented == known


def test_the_names_on_the_page_exist() -> None:
    for name in re.findall(r"!\[[^]]+\]\(([^)]+)\)", PAGE):
        assert (Path(__file__).parents[2] / "docs" / name).read_bytes().startswith(b"\x89PNG")
    assert (Path(__file__).parents[2] / "examples" / "fastapi_app" / "main.py").is_file()
