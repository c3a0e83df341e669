"""The manual page is current, complete and valid."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from orgsdk.cli.app import COMMANDS, GROUPS, make_app
from scripts.man_page import PATH, render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cyclopts import App


def _leaves(app: App, words: str = "orgsdk") -> Iterator[tuple[str, App]]:
    for name, command in app.resolved_commands().items():
        if name.startswith("-") or name == "help":
            continue
        if f"{words} {name}".removeprefix("orgsdk ") in GROUPS:
            yield from _leaves(command, f"{words} {name}")
        else:
            yield f"{words} {name}", command


def test_the_page_is_current() -> None:
    assert PATH.read_text("utf-8") == render(), "run: python -m scripts.man_page"


def test_the_page_has_every_command_with_its_options() -> None:
    sections = re.split(r"^\.S[SH] ", render().replace("\\-", "-"), flags=re.MULTILINE)
    shared = "".join(section for section in sections if section.startswith(("Pages", "Output", "Provider")))
    leaves = dict(_leaves(make_app()))
    assert {words.split()[1] for words in leaves} == COMMANDS.keys()
    for words, command in leaves.items():
        (section,) = (one for one in sections if one.startswith(f"{words} [OPTIONS]"))
        for argument in command.assemble_argument_collection():
            if argument.show:
                assert f"\\fB{argument.names[0]}\\fR" in section + shared or f"\\fI{argument.names[0]}\\fR" in section


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_groff_has_no_warnings() -> None:
    made = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", str(PATH)], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert made.stderr == ""
    assert "EXIT STATUS" in re.sub(r"\x1b\[[0-9;]*m|.\x08", "", made.stdout)
