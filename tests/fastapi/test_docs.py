"""The code blocks of docs/fastapi.md run unchanged."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from orgsdk.fastapi.problems import _STATUSES, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orgsdk.sandbox import Sandbox

PAGE = (Path(__file__).parents[2] / "docs" / "fastapi.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


FIRST, COMPOSED, TENANTS, HEALTH_OF_TENANTS, STREAM, TESTED = blocks("python")


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
        (example,) = blocks("json")
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


def test_the_test_of_the_page_passes() -> None:
    run(TESTED).test_the_app_counts()


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
