"""The code blocks of docs/blocking.md run unchanged."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orgsdk import blocking

if TYPE_CHECKING:
    from orgsdk.sandbox import Sandbox

PAGE = (Path(__file__).parents[2] / "docs" / "blocking.md").read_text("utf-8")
FIRST, SECOND, THIRD = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(autouse=True)
def _environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAT_ACCESS_TOKEN", sandbox.flat.token)
    monkeypatch.setenv("FLAT_BASE_URL", sandbox.flat_url)


def run(block: str) -> None:
    exec(compile(block, "docs/blocking.md", "exec", dont_inherit=True), {"__name__": "docs"})


def test_the_first_program_reads(capsys: pytest.CaptureFixture[str]) -> None:
    run(FIRST)
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("80 teachers", "nobody of that id", 7)


def test_the_second_program_runs_a_coroutine_and_prefetches(capsys: pytest.CaptureFixture[str]) -> None:
    run(SECOND)
    assert capsys.readouterr().out.splitlines() == ["['admin', 'teacher', 'user']", "1000 users"]


def test_the_third_program_applies_a_roster(
    capsys: pytest.CaptureFixture[str], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    run(THIRD)
    assert capsys.readouterr().out.startswith("1 planned: 1 created")
    assert "grace" in {user.username for user in sandbox.flat.users.values()}


def test_the_names_in_the_table_exist() -> None:
    for name in re.findall(r"`client\.(\w+)\(", PAGE):
        assert hasattr(blocking.OrgClient, name) or name == "aclose"
