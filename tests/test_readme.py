"""The README's code blocks run unchanged, against the sandbox of each provider."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from orgsdk.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
FIRST, APP, JOB = BLOCKS


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture(params=["flat", "logto"])
def environment(request: pytest.FixtureRequest, running: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {
        "flat": {"FLAT_ACCESS_TOKEN": running.flat.token, "FLAT_BASE_URL": running.flat_url},
        "logto": {
            "LOGTO_ENDPOINT": running.logto_url,
            "LOGTO_APP_ID": running.logto.app_id,
            "LOGTO_APP_SECRET": running.logto.app_secret,
            "ORGSDK_ORGANIZATION": running.logto.organization_id,
        },
    }
    for name, value in settings[request.param].items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(ROOT)


def run(block: str) -> dict[str, object]:
    module = ModuleType("readme")
    sys.modules[module.__name__] = module  # pydantic looks the names of an app's models up there
    try:
        exec(compile(block, "README.md", "exec", dont_inherit=True), module.__dict__)
    finally:
        del sys.modules[module.__name__]
    return module.__dict__


def test_the_first_program_prints_what_the_readme_shows(capsys: pytest.CaptureFixture[str]) -> None:
    run(FIRST)
    (shown,) = re.findall(r"^```text\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert capsys.readouterr().out == shown


@pytest.mark.usefixtures("environment")
def test_the_app_pages_to_the_end() -> None:
    app: FastAPI = run(APP)["app"]  # type: ignore[assignment]  # the block's own name
    seen: list[str] = []
    with TestClient(app) as browser:
        cursor: str | None = None
        while True:
            response = browser.get("/users", params={"cursor": cursor} if cursor else {})
            page = response.raise_for_status().json()
            seen += [user["id"] for user in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        refused = browser.get("/users", params={"cursor": "damaged"})
    assert len(seen) == len(set(seen)) == 1000
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.usefixtures("environment")
def test_the_job_has_nothing_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    run(JOB)
    lines = capsys.readouterr().out.splitlines()
    assert "  to do: nothing" in lines
    assert lines[-1] == "0 planned: nothing to do."


def test_the_readme_has_its_commands() -> None:
    commands = re.findall(r"<!-- command: (\w+) -->\n```sh\n(.+)\n```", (ROOT / "README.md").read_text("utf-8"))
    assert [name for name, _ in commands] == ["demo", "test", "quick"]
