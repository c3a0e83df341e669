"""The example provider over HTTP: its size, its own tests, its commands, and the page that explains it."""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.examples.conftest import environment_with

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "own_http_provider"


@pytest.fixture(scope="module")
def environ() -> Iterator[dict[str, str]]:
    with environment_with(EXAMPLE) as environ:
        yield environ


def without_indentation(text: str) -> str:
    """Return the lines of a program without indentation and blank lines: a formatter changes both in a page."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def test_it_has_at_most_200_lines() -> None:
    assert len((EXAMPLE / "orgsdk_acme.py").read_text("utf-8").splitlines()) <= 200


def test_the_parts_that_the_page_shows_are_in_it() -> None:
    page = (ROOT / "docs" / "writing_a_provider.md").read_text("utf-8")
    note = "<!-- tested: tests/examples/test_own_http_provider.py -->"
    shown = re.findall(rf"^{re.escape(note)}\n```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert len(shown) > 4
    program = without_indentation((EXAMPLE / "orgsdk_acme.py").read_text("utf-8"))
    assert [part for part in shown if without_indentation(part) not in program] == []


def test_its_tests_pass_on_both_event_loops(environ: dict[str, str]) -> None:
    options = ("-p", "no:cacheprovider", "-p", "no:asyncio", "-q", "--rootdir", str(EXAMPLE))
    command = [sys.executable, "-m", "pytest", *options, "-c", str(EXAMPLE / "pyproject.toml"), str(EXAMPLE)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
    assert "failed" not in done.stdout


def test_the_commands_of_its_readme_run(tmp_path: Path, environ: dict[str, str]) -> None:
    page = (EXAMPLE / "README.md").read_text("utf-8")
    install, *commands = page.split("```sh\n")[1].split("```")[0].splitlines()
    assert install == 'pip install ".[cli]" ./examples/own_http_provider'
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lines = [line.replace("8910", str(port)).replace("examples/own_http_provider", str(EXAMPLE)) for line in commands]
    server = f'python() {{ exec {shlex.quote(sys.executable)} "$@"; }}'  # `$!` is then the server itself
    command = ["bash", "-c", "\n".join(["set -euo pipefail", server, *lines])]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Ada Lovelace" in done.stdout
    assert " 0 failed" in done.stderr
    assert "2 planned: 1 created, 1 updated" in done.stdout + done.stderr
