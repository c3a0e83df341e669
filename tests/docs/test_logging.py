"""The programs of docs/how-to/logging.md log what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk.events import Event
from tests.docs.blocks import DOCS, blocks_of, matches

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM, COMMAND, SHOWN, _, OWN_LOG, OWN_SHOWN = blocks_of(DOCS / "how-to" / "logging.md")[:6]
# What differs from one run to the next: the time, the duration and the provider's request id.
_VARIES = re.compile(r"[-\d]{10} [:\d]{8},\d{3}|\d+(?= ms)|(?<=request )\w+")


def _run(command: str) -> str:
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    ran = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "PATH": programs},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        timeout=60,
    )
    return ran.stdout


def test_a_program_logs_its_requests_as_the_page_shows(environ: Callable[[str], dict[str, str]]) -> None:
    environ("logto")
    Path("count.py").write_text(PROGRAM.text, "utf-8")
    assert matches(_VARIES.sub("…", SHOWN.text), _run(COMMAND.text))


def test_a_program_with_its_own_log_shows_each_request_once(environ: Callable[[str], dict[str, str]]) -> None:
    environ("logto")
    Path("own_log.py").write_text(OWN_LOG.text, "utf-8")
    assert matches(_VARIES.sub("…", OWN_SHOWN.text), _run("python own_log.py"))


def test_the_table_of_events_has_every_event_and_field() -> None:
    page = (DOCS / "how-to" / "logging.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]*) ?\|$", page, re.MULTILINE)
    shown = {name: set(re.findall(r"`(\w+)`", cell)) for name, cell in rows if name[0].isupper()}
    common = {field.name for field in fields(Event)}
    assert shown == {kind.__name__: {field.name for field in fields(kind)} - common for kind in Event.__subclasses__()}
