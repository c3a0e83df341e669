"""`orgsdk apply` and `orgsdk resume`: the run, its exit codes, and resuming an interrupted run."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import signal
from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import Plan, Progress
from orgsdk.cli.output.progress import RunProgress
from orgsdk.cli.run_files import read_journal
from orgsdk.sandbox.faults import Hang, Respond
from tests.bulk.samples import posix
from tests.cli.rosters import write_roster
from tests.docs.blocks import DOCS, blocks_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Program, Ran

    Run = Callable[..., Ran]

REJECTION = Respond(422, b'{"code": "MADE_UP", "message": "no"}')
CREATE = {"flat": "/v2/organizations/users", "logto": "/api/users"}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def planned(orgsdk: Run, tmp_path: Path) -> Callable[..., Plan]:
    """Return a function that writes a plan.json for a provider that the environment selects."""

    def make(provider: str, *options: str, new: int = 3, without: int = 0) -> Plan:
        roster = write_roster(tmp_path / "roster.csv", provider, new=new, without=without)
        orgsdk("plan", roster, "-o", "plan.json", *options)
        return Plan.load("plan.json")

    return make


def test_apply_carries_out_the_plan_and_leaves_no_journal(
    orgsdk: Run, provider: str, planned: Callable[..., Plan], tmp_path: Path, sandbox: Sandbox
) -> None:
    planned(provider, "--remove", "membership", without=2)
    ran = orgsdk("apply", "plan.json", "--audit", "audit.jsonl", "--passwords", "new.txt", "--report", "report.csv")
    assert (ran.code, ran.out, ran.err) == (0, "5 planned: 3 created, 2 removed.\n", "")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "audit.jsonl",
        "new.txt",
        "plan.json",
        "report.csv",
        "roster.csv",
    ]
    assert (tmp_path / "report.csv").read_text("utf-8").count("\n") == 6
    assert orgsdk("plan", "roster.csv", "--exit-code", "--remove", "membership").code == 0


def test_json_prints_the_report_without_personal_data(
    orgsdk: Run, provider: str, planned: Callable[..., Plan], sandbox: Sandbox
) -> None:
    plan = planned(provider, new=2)
    faults = sandbox.flat_faults if provider == "flat" else sandbox.logto_faults
    faults.add(REJECTION, method="POST", path=CREATE[provider], nth=1)
    ran = orgsdk("apply", "plan.json", "--json", "--concurrency", "1")
    assert ran.code == 3
    report = json.loads(ran.out)
    (failure,) = report.pop("failures")
    assert report == {
        "plan": plan.hash,
        "planned": 2,
        "created": 1,
        "added": 0,
        "invited": 0,
        "updated": 0,
        "removed": 0,
        "adopted": 0,
        "skipped": 0,
        "failed": 1,
        "unknown": 0,
        "in_flight": 0,
        "not_reached": 0,
        "stopped": None,
    }
    assert failure["origin"] == "roster.csv, line 1002"
    assert (failure["kind"], failure["status"]) == ("create", "failed")
    assert "@" not in ran.out


def test_failed_rows_are_reported_with_their_lines(
    orgsdk: Run, reach: Callable[[str], None], planned: Callable[..., Plan], sandbox: Sandbox, tmp_path: Path
) -> None:
    reach("flat")
    planned("flat", new=30)
    sandbox.flat_faults.add(REJECTION, method="POST", path=CREATE["flat"], times=None)
    ran = orgsdk("apply", "plan.json")
    assert ran.code == 3
    lines = ran.out.splitlines()
    assert lines[0].startswith("roster.csv, line 10")
    assert ": create failed: " in lines[0]
    assert lines[20] == "... and 10 more failures; --report PATH lists them all"
    assert lines[21] == "30 planned: 30 failed."
    # Permanently failed writes are not resumed.
    assert not (tmp_path / "plan.journal").exists()


def test_skipped_writes_are_reported_with_reasons(
    orgsdk: Run, reach: Callable[[str], None], planned: Callable[..., Plan]
) -> None:
    reach("flat")
    plan = planned("flat", "--remove", "membership", new=1, without=3)
    gone, changed, _ = (write.user_id or "" for write in plan.writes if write.kind == "remove")
    assert orgsdk("users", "remove", gone, "--account", "keep", "--yes").code == 0
    assert orgsdk("users", "update", changed, "--given-name", "By hand").code == 0
    ran = orgsdk("apply", "plan.json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "skipped: 1 drifted, 1 gone; --report PATH lists them\n4 planned: 1 created, 1 removed, 2 skipped.\n"
    )


def test_the_plan_selects_the_provider(
    orgsdk: Run, reach: Callable[[str], None], planned: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    reach("flat")
    reach("logto")
    planned("logto")
    for name in ("ORGSDK_PROVIDER", "ORGSDK_ORGANIZATION"):
        monkeypatch.delenv(name)
    assert orgsdk("users", "count").code == 64
    assert orgsdk("apply", "plan.json").code == 0
    ran = orgsdk("apply", "plan.json", "--provider", "flat")
    assert ran.code == 5
    assert ran.err.startswith("orgsdk: The plan is for provider 'logto', this is 'flat'")


def test_failed_guards_exit_with_5(
    orgsdk: Run, reach: Callable[[str], None], planned: Callable[..., Plan], sandbox: Sandbox
) -> None:
    reach("flat")
    plan = planned("flat", "--remove", "membership", new=0, without=60)
    ran = orgsdk("apply", "plan.json")
    assert (ran.code, ran.out) == (5, "")
    assert ran.err.startswith("orgsdk: The plan is refused; nothing was sent\n  removals: 60 would be removed")
    assert orgsdk("apply", "plan.json", "--confirm-removals", f"59:{plan.hash}").code == 5
    wrong = orgsdk("apply", "plan.json", "--confirm-removals", "60")
    assert (wrong.code, wrong.err) == (
        64,
        "orgsdk: --confirm-removals takes NUMBER:HASH, the number of removals and the plan's hash\n",
    )
    confirmed = orgsdk("apply", "plan.json", "--confirm-removals", f"60:{plan.hash}")
    assert (confirmed.code, confirmed.out) == (0, "60 planned: 60 removed.\n")


def test_invalid_plans_and_journals_are_one_line(orgsdk: Run, reach: Callable[[str], None], tmp_path: Path) -> None:
    reach("flat")
    write_roster(tmp_path / "roster.csv", "flat")
    (tmp_path / "cut.json").write_text('{"absent":0,"created_at":"20')
    for arguments, message in (
        (
            ("apply", "cut.json"),
            "cut.json: This is not a plan: it is not a JSON object, or it is truncated. Pass a file that",
        ),
        (("apply", "none.json"), "none.json: No such file or directory"),
        (("resume", "none.journal"), "There is no journal none.journal"),
        (("resume", "roster.csv"), "roster.csv is not a journal of orgsdk, or it is damaged"),
    ):
        ran = orgsdk(*arguments)
        assert (ran.code, ran.out) == (64, "")
        assert ran.err.startswith(f"orgsdk: {message}")


def test_invalid_paths_are_reported_before_a_request(
    orgsdk: Run, reach: Callable[[str], None], planned: Callable[..., Plan], sandbox: Sandbox
) -> None:
    reach("flat")
    planned("flat")
    sandbox.requests.clear()
    ran = orgsdk("apply", "plan.json", "--report", "none/report.csv")
    assert (ran.code, ran.err) == (64, "orgsdk: --report: the folder none does not exist\n")
    ran = orgsdk("apply", "plan.json", "--audit", "none/audit.jsonl")
    assert ran.code == 1
    assert ran.err.endswith("audit.jsonl: No such file or directory: check the path\n")
    assert not [exchange for exchange in sandbox.requests if exchange.method != "GET"]


def test_a_failed_sign_in_stops_with_4_and_can_be_resumed(
    orgsdk: Run, reach: Callable[[str], None], planned: Callable[..., Plan], sandbox: Sandbox, tmp_path: Path
) -> None:
    reach("flat")
    planned("flat", new=8)
    sandbox.flat_faults.add(
        Respond(401, b'{"code": "INVALID_AUTHENTICATION", "message": "no"}'),
        method="POST",
        path=CREATE["flat"],
        nth=3,
        times=None,
    )
    ran = orgsdk("apply", "plan.json", "--concurrency", "1", "--json")
    assert ran.code == 4
    assert json.loads(ran.out)["created"] == 2
    assert ran.err == "orgsdk: to continue with the rest, run: orgsdk resume plan.journal --concurrency 1 --json\n"
    again = orgsdk("apply", "plan.json")
    assert again.code == 64
    assert again.err.endswith(
        "plan.journal belongs to an unfinished run; to continue it, run: orgsdk resume plan.journal\n"
    )
    sandbox.flat_faults.clear()
    ran = orgsdk("resume", "plan.journal", "--report", "report.csv")
    assert (ran.code, ran.out, ran.err) == (0, "8 planned: 8 created.\n", "")
    assert (tmp_path / "report.csv").read_text("utf-8").count("created") == 8
    assert not list(tmp_path.glob("plan.journal*"))


def test_a_finished_journal_is_replaced_by_the_next_run(
    orgsdk: Run,
    reach: Callable[[str], None],
    planned: Callable[..., Plan],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reach("flat")
    planned("flat")
    monkeypatch.setattr("orgsdk.cli.runs.delete_if_finished", lambda _: True)
    assert orgsdk("apply", "plan.json").code == 0
    assert (tmp_path / "plan.journal").exists()
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    reach("flat")
    planned("flat", new=4)
    assert orgsdk("apply", "plan.json").code == 0
    assert not (tmp_path / "plan.journal").exists()


@pytest.mark.parametrize("name", ["flat", "logto"])
def test_ctrl_c_leaves_a_journal_and_prints_the_resume_command(
    program: Callable[..., Program],
    orgsdk: Run,
    reach: Callable[[str], None],
    planned: Callable[..., Plan],
    sandbox: Sandbox,
    tmp_path: Path,
    name: str,
) -> None:
    reach(name)
    planned(name, new=6)
    faults = sandbox.flat_faults if name == "flat" else sandbox.logto_faults
    held = faults.add(Hang(), method="POST", path=CREATE[name], nth=3)
    run = program("apply", "plan.json", "--concurrency", "1", "--json", "--report", "report.csv")
    assert held.reached.wait(30)
    ran = run.end(signal.SIGINT)
    held.release()
    assert ran.code == 130
    command = "orgsdk resume plan.journal --report report.csv --concurrency 1 --json"
    assert ran.err == f"orgsdk: to continue, run: {command}\n"
    shown = json.loads(ran.out)
    assert shown["planned"] == 6 == shown["created"] + shown["in_flight"] + shown["not_reached"]
    assert shown["in_flight"] == {"flat": 1, "logto": 3}[name]
    rows = csv.DictReader(io.StringIO((tmp_path / "report.csv").read_text("utf-8")))
    statuses = [row["status"] for row in rows]
    assert statuses.count("not_reached") == shown["not_reached"] == 3
    assert "Traceback" not in ran.err
    # At Logto the created accounts are not members yet.
    assert read_journal(tmp_path / "plan.journal")[1] == {"flat": 4, "logto": 6}[name]
    ran = orgsdk(*command.split()[1:-1])
    assert ran.code == 0
    assert ran.out.startswith("6 planned: ")
    assert "not_reached" not in (tmp_path / "report.csv").read_text("utf-8")
    assert orgsdk("plan", "roster.csv", "--exit-code").code == 0


def test_a_killed_run_is_resumed(
    program: Callable[..., Program],
    orgsdk: Run,
    reach: Callable[[str], None],
    planned: Callable[..., Plan],
    sandbox: Sandbox,
) -> None:
    reach("flat")
    planned("flat", new=6)
    held = sandbox.flat_faults.add(Hang(), method="POST", path=CREATE["flat"], nth=3)
    run = program("apply", "plan.json", "--concurrency", "1")
    assert held.reached.wait(30)
    assert run.end(signal.SIGKILL).code == -signal.SIGKILL
    held.release()
    assert orgsdk("resume", "plan.journal").out.startswith("6 planned: ")
    assert orgsdk("plan", "roster.csv", "--exit-code").code == 0


def test_the_progress_bar_is_shown_on_terminals_only(
    orgsdk: Run, reach: Callable[[str], None], planned: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    reach("flat")
    planned("flat", new=3)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    ran = orgsdk("apply", "plan.json")
    assert ran.out == "3 planned: 3 created.\n"
    assert "applying" in ran.err
    assert "3/3" in ran.err


def test_the_progress_bar_shows_failures_and_waiting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with RunProgress() as shown:
        shown.update(Progress(10, 1, 1, {"created": 1}))
        shown.update(Progress(10, 5, 4, {"created": 1, "failed": 2, "unknown": 1}, waiting=34.4))
    message = capsys.readouterr().err
    assert "4/10" in message
    assert "3 failed, waiting until " in message
    assert " for the rate limit" in message
    assert "/s" in message


_LIMITED = """
import resource, sys
from orgsdk.cli import main
from orgsdk.bulk.run import files, journal
real = {target}
def limited(*arguments):
    result = real(*arguments)
    {limit}
    return result
{target} = limited
sys.exit(main())
"""
# The limit of a file's size stops SQLite and Python as a full disk does.
_FULL = "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))"
_NO_DESCRIPTORS = "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 4096))"


@posix
def test_a_full_disk_leaves_one_line_with_the_resume_command(
    program: Callable[..., Program], orgsdk: Run, reach: Callable[[str], None], planned: Callable[..., Plan]
) -> None:
    reach("flat")
    planned("flat")
    code = _LIMITED.format(target="journal.JournalFile.start", limit=_FULL)
    ran = program("apply", "plan.json", "--audit", "audit.jsonl", code=code).end()
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert ran.err.endswith("; to continue, run: orgsdk resume plan.journal --audit audit.jsonl\n")
    assert orgsdk("resume", "plan.journal").out == "3 planned: 3 created.\n"


@posix
@pytest.mark.parametrize("limit", [_FULL, _NO_DESCRIPTORS])
def test_a_run_that_could_not_start_its_journal_has_nothing_to_resume(
    program: Callable[..., Program], orgsdk: Run, reach: Callable[[str], None], planned: Callable[..., Plan], limit: str
) -> None:
    reach("flat")
    planned("flat")
    ran = program("apply", "plan.json", code=_LIMITED.format(target="files.RunLock.acquire", limit=limit)).end()
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "plan.journal: " in ran.err
    assert "resume" not in ran.err
    assert "orgsdk resume" not in ran.err
    assert orgsdk("apply", "plan.json").out == "3 planned: 3 created.\n"


@posix
def test_a_long_rate_limit_stops_the_run_and_the_command_that_continues_is_shown(
    orgsdk: Run, planned: Callable[..., Plan], sandbox: Sandbox, provider: str
) -> None:
    planned(provider)
    faults = sandbox.flat_faults if provider == "flat" else sandbox.logto_faults
    limit = Respond(429, b"{}", headers=(("Retry-After", "3600"),))
    faults.add(limit, method="POST", path=CREATE[provider], times=10)
    (shown,) = (block.text for block in blocks_of(DOCS / "how-to" / "runs.md") if "--max-pause 5m" in block.text)
    ran = orgsdk(*shlex.split(shown)[1:], "--concurrency", "1")
    assert ran.code == 3
    counts, stopped, _ = ran.out.split("\n")
    assert counts.endswith("3 not reached (not sent).")
    assert re.fullmatch(r"Paused: The provider's rate limit applies until .{19} UTC\. Resume the run then\.", stopped)
    command = "orgsdk resume plan.journal --concurrency 1 --max-pause 300s"
    assert ran.err == f"orgsdk: to continue with the rest, run: {command}\n"
    assert orgsdk(*command.split()[1:]).code == 3
    faults.clear()
    assert orgsdk(*command.split()[1:]).out == "3 planned: 3 created.\n"


def test_an_empty_journal_is_replaced(
    orgsdk: Run, reach: Callable[[str], None], planned: Callable[..., Plan], tmp_path: Path
) -> None:
    reach("flat")
    planned("flat")
    (tmp_path / "plan.journal").touch()
    assert orgsdk("apply", "plan.json").out == "3 planned: 3 created.\n"


@posix
@pytest.mark.parametrize("option", ["--journal", "--audit", "--passwords", "--report"])
def test_a_link_is_refused_in_one_line(
    orgsdk: Run, reach: Callable[[str], None], planned: Callable[..., Plan], tmp_path: Path, option: str
) -> None:
    reach("flat")
    planned("flat")
    (tmp_path / "victim").write_text("keep me")
    (tmp_path / "link").symlink_to("victim")
    ran = orgsdk("apply", "plan.json", option, "link")
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "link" in ran.err
    assert (tmp_path / "victim").read_text() == "keep me"
