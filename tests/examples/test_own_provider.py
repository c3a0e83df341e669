"""The example provider: built, found by its entry point, tested, used."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.examples.conftest import environment_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Run = Callable[..., subprocess.CompletedProcess[str]]

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_provider"


@pytest.fixture(scope="module")
def environ() -> Iterator[dict[str, str]]:
    with environment_with(EXAMPLE) as environ:
        yield environ


@pytest.fixture
def run(environ: dict[str, str], tmp_path: Path) -> Run:
    """Return a function that runs a command in an empty folder, with one setting, the file's name."""
    environment = {**environ, "SQLITE_FILE": "people.db"}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return run


def test_it_has_at_most_200_lines() -> None:
    assert len((EXAMPLE / "orgsdk_sqlite.py").read_text("utf-8").splitlines()) <= 200


def test_it_is_found_by_its_entry_point(run: Run) -> None:
    done = run("orgsdk", "providers", "--format", "ndjson")
    assert done.returncode == 0, done.stderr
    (found,) = [one for one in map(json.loads, done.stdout.splitlines()) if one["name"] == "sqlite"]
    assert found == {
        "name": "sqlite",
        "package": "orgsdk-sqlite",
        "version": "1.0",
        "location": "orgsdk_sqlite:Sqlite",
    }


def test_it_passes_the_conformance_command(run: Run) -> None:
    done = run("orgsdk", "conformance", "--provider", "sqlite", "--users", "10", "--yes", "--format", "ndjson")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["outcome"] for row in rows} == {"passed", "skipped"}
    assert " 0 failed" in done.stderr
    assert "could not be cleared away" not in done.stderr
    # What was made is gone again.
    assert run("orgsdk", "users", "list", "--provider", "sqlite").stdout == ""


def test_its_tests_pass_on_both_event_loops(run: Run) -> None:
    options = ("-p", "no:cacheprovider", "-p", "no:asyncio", "-q", "--rootdir", str(EXAMPLE), "-c", os.devnull)
    done = run("python", "-m", "pytest", *options, str(EXAMPLE))
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
    assert "failed" not in done.stdout


def test_its_users_are_listed(run: Run, tmp_path: Path) -> None:
    program = """
import asyncio
from orgsdk import OrgClient

async def main():
    async with OrgClient.from_url("sqlite:people.db") as client:
        for name in ("ada", "bob", "eve"):
            await client.organization().users.create(username=name, email=f"{name}@example.com", name=name.title())

asyncio.run(main())
"""
    made = run("python", "-c", program)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "people.db").exists()
    done = run("orgsdk", "users", "list", "--provider", "sqlite", "--query", "B", "--format", "ndjson")
    assert done.returncode == 0, done.stderr
    (bob,) = map(json.loads, done.stdout.splitlines())
    assert (bob["username"], bob["name"], bob["email"]) == ("bob", "Bob", "bob@example.com")
    # Without `--provider` its variable alone selects which one is meant.
    assert len(run("orgsdk", "users", "list").stdout.splitlines()) == 3


def test_the_commands_of_its_readme_run(environ: dict[str, str], tmp_path: Path) -> None:
    page = (EXAMPLE / "README.md").read_text("utf-8")
    install, *commands = page.split("```sh\n")[1].split("```")[0].splitlines()
    assert install == 'pip install ".[cli]" ./examples/own_provider'
    command = ["bash", "-c", "\n".join(["set -euo pipefail", *commands])]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 planned: 1 created, 1 updated" in done.stdout + done.stderr


def test_a_roster_is_planned_and_applied(run: Run, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("username,email,name\nada,ada@example.com,Ada\nbob,bob@example.com,Bob\n", "utf-8")
    planned = run("orgsdk", "plan", "roster.csv", "--provider", "sqlite", "--output", "plan.json")
    assert planned.returncode == 0, planned.stderr
    applied = run("orgsdk", "apply", "plan.json", "--provider", "sqlite")
    assert applied.returncode == 0, applied.stderr
    roster.write_text("username,email,name\nada,ada@example.com,Ada L\nbob,bob@example.com,Bob\n", "utf-8")
    pending = run("orgsdk", "plan", "roster.csv", "--provider", "sqlite", "--exit-code")
    assert (pending.returncode, "update 1" in pending.stdout) == (2, True), pending.stderr
    listed = run("orgsdk", "users", "list", "--provider", "sqlite", "--format", "ndjson")
    # Its list is in the order in which they were made, and two at once may be made in either.
    assert sorted(json.loads(line)["username"] for line in listed.stdout.splitlines()) == ["ada", "bob"]
