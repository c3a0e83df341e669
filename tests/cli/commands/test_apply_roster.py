"""`orgsdk apply ROSTER`: it plans, shows, asks and applies."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import Plan
from orgsdk.sandbox.faults import Respond
from tests.cli.rosters import write_roster
from tests.docs.blocks import DOCS, blocks_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Ended, Ran

    Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def sent(sandbox: Sandbox) -> list[str]:
    return [f"{e.method} {e.path}" for e in sandbox.requests if e.method != "GET" and not e.path.endswith("/token")]


def test_a_confirmed_roster_is_planned_shown_and_applied(orgsdk: Run, provider: str, tmp_path: Path) -> None:
    roster = write_roster(tmp_path / "roster.csv", provider, new=2, without=1)
    ran = orgsdk("apply", roster, "--yes", "--remove", "membership", "-o", "plan.json", "--report", "report.csv")
    assert (ran.code, ran.err) == (0, "")
    assert "    + create 2 accounts\n    - end 1 membership\n" in ran.out
    assert ran.out.endswith("3 planned: 2 created, 1 removed.\n")
    assert Plan.load("plan.json").counts["create"] == 2
    assert (tmp_path / "report.csv").read_text("utf-8").count("\n") == 4
    assert not list(tmp_path.glob("*.journal"))
    assert orgsdk("apply", roster, "--yes", "--remove", "membership").out.endswith("0 planned: nothing to do.\n")


def test_json_has_the_report_only(orgsdk: Run, reach: Callable[[str], None], tmp_path: Path) -> None:
    reach("flat")
    ran = orgsdk("apply", write_roster(tmp_path / "roster.csv", "flat", new=2), "--yes", "--json")
    assert json.loads(ran.out)["created"] == 2


def test_without_a_terminal_it_needs_yes_before_a_request(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path, sandbox: Sandbox
) -> None:
    reach("flat")
    write_roster(tmp_path / "roster.csv", "flat", new=2)
    ran = orgsdk("apply", "roster.csv")
    message = "orgsdk: apply roster.csv? There is no terminal to ask at: pass --yes to confirm\n"
    assert (ran.code, ran.out, ran.err) == (64, "", message)
    assert not list(sandbox.requests)


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
@pytest.mark.parametrize(("typed", "code", "users"), [("y\n", 0, 1001), ("n\n", 1, 1000)])
def test_a_terminal_asks_after_it_has_shown_the_plan(
    on_a_terminal: Callable[..., Ended],
    orgsdk: Run,
    reach: Callable[[str], None],
    tmp_path: Path,
    typed: str,
    code: int,
    users: int,
) -> None:
    reach("flat")
    write_roster(tmp_path / "roster.csv", "flat", new=2, without=1)
    ended, out, shown = on_a_terminal(typed, "apply", "roster.csv", "--remove", "membership")
    assert ended == code
    assert "flat: make 3 changes, 1 of them removals? [y/N]" in shown
    assert "  + email:new_0@example.org" in out
    assert ("3 planned: 2 created, 1 removed." in out) == (code == 0)
    assert orgsdk("users", "count").out == f"{users}\n"


def test_guards_hold_whatever_is_confirmed(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path, sandbox: Sandbox
) -> None:
    reach("flat")
    write_roster(tmp_path / "roster.csv", "flat", without=100)
    ran = orgsdk("apply", "roster.csv", "--yes", "--remove", "membership")
    assert (ran.code, ran.err) == (5, "orgsdk: refused: nothing was sent; check the roster\n")
    assert "REFUSED by the guard 'removals'" in ran.out
    assert not sent(sandbox)
    ran = orgsdk("apply", "roster.csv", "--yes", "--remove", "membership", "-o", "plan.json", "--report", "r.csv")
    command = f"orgsdk apply plan.json --confirm {Plan.load('plan.json').hash} --report r.csv"
    assert ran.err == f"orgsdk: saved, but refused: nothing was sent; if the changes are intended, run: {command}\n"
    ran = orgsdk("apply", "plan.json", "--report", "r.csv")
    assert (ran.code, ran.err.endswith(f"  if the changes are intended, run: {command}\n")) == (5, True)
    assert not sent(sandbox)
    assert orgsdk(*command.split()[1:]).out == "100 planned: 100 removed.\n"
    ran = orgsdk("apply", "roster.csv", "--yes", "--confirm-removals", "100:abc")
    assert (ran.code, "--confirm-removals is for a plan" in ran.err) == (64, True)


@pytest.mark.parametrize(
    "option", [("--remove", "membership"), ("--map-role", "a=b"), ("-o", "other.json"), ("--show", "3")]
)
def test_the_options_of_a_roster_are_refused_for_a_plan(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path, option: tuple[str, ...]
) -> None:
    reach("flat")
    write_roster(tmp_path / "roster.csv", "flat", new=1)
    orgsdk("plan", "roster.csv", "-o", "plan.json")
    ran = orgsdk("apply", "plan.json", *option)
    assert ran.code == 64
    assert ran.err.startswith("orgsdk: plan.json is a plan: its roster and its policy are set.")


def test_an_interrupted_run_has_a_journal_of_the_rosters_name(
    orgsdk: Run, reach: Callable[[str], None], tmp_path: Path, sandbox: Sandbox
) -> None:
    reach("flat")
    write_roster(tmp_path / "roster.csv", "flat", new=3)
    sandbox.flat_faults.add(
        Respond(401, b'{"code": "INVALID_AUTHENTICATION", "message": "no"}'),
        method="POST",
        path="/v2/organizations/users",
        times=None,
    )
    ran = orgsdk("apply", "roster.csv", "--yes", "--audit", "a.jsonl", "--report", "r.csv", "--passwords", "p.csv")
    assert ran.code == 4
    command = "orgsdk resume roster.journal --audit a.jsonl --passwords p.csv --report r.csv"
    assert ran.err.endswith(f"orgsdk: to continue with the rest, run: {command}\n")
    assert "3 not reached (not sent)" in ran.out
    assert (tmp_path / "r.csv").read_text("utf-8").count("not_reached") == 3
    sandbox.flat_faults.clear()
    # Everything is moved to another folder.
    (tmp_path / "moved").mkdir()
    moved = {"roster.journal": "plan.journal", "a.jsonl": "audit.jsonl", "p.csv": "passwords.csv"}
    for name, new in moved.items():
        (tmp_path / name).rename(tmp_path / "moved" / new)
    lost = orgsdk("resume", "moved/plan.journal")
    assert (lost.code, lost.out) == (1, "")
    assert "to continue" not in lost.err
    assert "this file of the run is missing: if it was moved, pass its new path" in lost.err
    assert "--passwords" in lost.err
    (shown,) = (block.text for block in blocks_of(DOCS / "how-to" / "runs.md") if "resume moved" in block.text)
    ran = orgsdk(*shlex.split(shown)[1:])
    assert (ran.code, ran.out) == (0, "3 planned: 3 created.\n")
    assert (tmp_path / "moved" / "passwords.csv").read_text("utf-8").count("\n") == 4
    assert (tmp_path / "moved" / "audit.jsonl").read_text("utf-8").count("created") == 3
    assert not (tmp_path / "a.jsonl").exists()
