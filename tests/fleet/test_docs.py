"""The code blocks of docs/fleet.md run, with a fleet of one organization in memory."""

from __future__ import annotations

import ast
import inspect
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.docs.blocks import DOCS, blocks_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio

FLEET = """
[fleet]
passwords = "file:passwords.key"

[credentials.main]
provider = "memory"

[[organizations]]
name = "school-17"
credentials = "main"
roster = "17.csv"
"""


class Database:
    """The database of the page's reader, with one school."""

    async def stream(self, _: str) -> AsyncIterator[SimpleNamespace]:
        yield SimpleNamespace(id=17, organization="org_17")


async def test_the_blocks_of_the_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = [block for block in blocks_of(DOCS / "fleet.md") if block.language == "python"]
    assert len(blocks) == 4
    names: dict[str, Any] = {"database": Database()}
    for number, block in enumerate(blocks):
        if number < 2:  # each of them is the whole night
            (tmp_path / "fleet.db").unlink(missing_ok=True)
        (tmp_path / "fleet.toml").write_text(FLEET, "utf-8")
        (tmp_path / "17.csv").write_text("username,email\ngrace,grace@example.com\n", "utf-8")
        (tmp_path / "passwords.key").write_text("k" * 40, "utf-8")
        text = block.text.replace("await fleet.save", 'await Fleet.load("fleet.toml").save')
        code = compile(text, "fleet.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        result = eval(code, names)  # the documentation of this repository
        if inspect.iscoroutine(result):
            await result
    assert [entry.name async for entry in names["schools"]()] == ["school-17"]
    assert "True" in capsys.readouterr().out
    assert "grace" in (tmp_path / "school-17-passwords.csv").read_text("utf-8")
