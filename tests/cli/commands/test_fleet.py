"""`orgsdk fleet`: plan, apply, sync, resume, cancel, status and audit of a small fleet at the sandbox."""

from __future__ import annotations

import json
import re
import shlex
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from orgsdk.fleet import Fleet
from orgsdk.sandbox.faults import Hang, Respond

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.fleet import FleetReport
    from tests.cli.conftest import Ended, Program, Ran
    from tests.cli.fleets import Folder

    Run = Callable[..., Ran]

REJECTION = Respond(422, b'{"code": "MADE_UP", "message": "no"}')


def test_a_night_is_planned_shown_and_applied(orgsdk: Run, folder: Folder) -> None:
    planned = orgsdk("fleet", "plan")
    lines = planned.out.splitlines()
    assert planned.code == 0
    assert lines[0].endswith("run 1: planned")
    assert lines[1:4] == ["3 organizations: 3 planned", "  + create 6 accounts", "  guards of the fleet: all 3 passed"]
    assert lines[-1].split()[:4] == ["total", "3", "6", "0"]
    assert planned.err.splitlines()[-1] == "orgsdk: to apply it, run: orgsdk fleet apply"

    applied = orgsdk("fleet", "apply")
    assert applied.code == 0
    assert applied.out.splitlines()[0].endswith("run 1 (apply): finished")
    assert applied.out.splitlines()[-1].split() == ["total", "3", "-"]

    again = orgsdk("fleet", "sync")
    assert (again.code, again.out.splitlines()[-1].split()) == (0, ["total", "-", "3", "-"])

    audit = orgsdk("fleet", "audit", "north")
    assert (audit.code, audit.out.count("\n")) == (0, 2)
    assert all("  create  " in line and line.endswith("  created") for line in audit.out.splitlines())
    assert audit.err.startswith("orgsdk: verified 2 lines; the hash of the last one is ")


def test_no_command_shows_a_secret_or_an_address(orgsdk: Run, folder: Folder) -> None:
    folder.sandbox.logto_faults.add(REJECTION, method="POST", path="/api/users")
    for command in (
        "plan",
        "apply",
        "status",
        "sync",
        "resume",
        "audit north",
        "status --json",
        "plan --json",
        "cancel",
    ):
        ran = orgsdk("fleet", *command.split())
        for text in (folder.sandbox.flat.token, folder.sandbox.logto.app_secret, "@"):
            assert text not in ran.out + ran.err, command


def test_the_audit_is_verified_and_printed_whole_as_json(orgsdk: Run, folder: Folder) -> None:
    orgsdk("fleet", "sync")
    ran = orgsdk("fleet", "audit", "north", "--json")
    events = [json.loads(line) for line in ran.out.splitlines()]
    assert [event["after"]["email"] for event in events] == ["north_one@example.org", "north_two@example.org"]
    assert ran.err.rstrip().endswith(events[-1]["hash"])


def test_the_night_as_json(orgsdk: Run, folder: Folder) -> None:
    ran = orgsdk("fleet", "plan", "--json")
    night = json.loads(ran.out)
    assert (ran.code, night["changes"], night["total"]["done"]) == (0, {"create": 6}, 3)
    assert [guard["passed"] for guard in night["guards"]] == [True] * 3
    assert {plan["key"]: plan["changes"] for plan in night["plans"]} == {"tenant": 4, "flat": 2}
    assert ran.err.splitlines()[-1] == "orgsdk: to apply it, run: orgsdk fleet apply --json"
    applied = json.loads(orgsdk("fleet", "apply", "--json").out)
    assert (applied["run"]["state"], applied["total"]["done"]) == ("finished", 3)
    assert json.loads(orgsdk("fleet", "status", "--json").out)["total"] == applied["total"]


def test_pending_changes_have_their_own_exit_code(orgsdk: Run, folder: Folder) -> None:
    assert orgsdk("fleet", "plan", "--exit-code").code == 2
    orgsdk("fleet", "apply")
    assert orgsdk("fleet", "plan", "--exit-code").code == 0


def command_in(text: str) -> list[str]:
    """Return the arguments of the command that a message shows last."""
    return shlex.split(text.splitlines()[-1].rpartition("orgsdk fleet ")[2])


def test_a_guard_of_the_fleet_refuses_the_night_until_its_hash_is_confirmed(orgsdk: Run, folder: Folder) -> None:
    folder.roster("north", "north_boss", role="admin")
    folder.write(guards="max_new_admins = 0")
    planned = orgsdk("fleet", "plan")
    assert planned.code == 5
    assert "REFUSED by the guard 'new_admins': 1 user would become admins, 0 may" in planned.out
    assert "refused: nothing was applied; if the changes are intended, run: " in planned.err
    refused = orgsdk("fleet", "apply")
    assert (refused.code, refused.out) == (5, "")
    arguments = command_in(planned.err)
    assert arguments[:2] == ["apply", "--confirm"]
    assert orgsdk("fleet", *arguments).code == 0


def test_a_refused_sync_goes_on_when_its_hash_is_confirmed(orgsdk: Run, folder: Folder) -> None:
    folder.roster("north", "north_boss", role="admin")
    folder.write(guards="max_new_admins = 0")
    refused = orgsdk("fleet", "sync")
    assert refused.code == 5
    assert refused.out.splitlines()[0].endswith("refused")
    arguments = command_in(refused.err)
    assert arguments[:2] == ["apply", "--confirm"]
    assert orgsdk("fleet", *arguments).code == 0


def test_a_refused_plan_of_one_organization_is_confirmed_by_its_hash(orgsdk: Run, folder: Folder) -> None:
    folder.roster("north", "north_boss", role="admin")
    folder.write(**{"policies.careful": "max_new_admins = 0", "defaults": 'policy = "careful"'})
    ran = orgsdk("fleet", "sync")
    assert ran.code == 5
    found = re.search(r"^north guarded: .*\(hash (\w{64})\)$", ran.out, re.MULTILINE)
    assert found is not None, ran.out
    assert command_in(ran.err) == ["resume", "--confirm", "HASH"]
    resumed = orgsdk("fleet", "resume", "--confirm", found[1])
    assert (resumed.code, resumed.out.splitlines()[-1].split()) == (0, ["total", "3", "-"])


def test_a_refused_sign_in_stops_its_key_alone(orgsdk: Run, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "not-the-token")
    ran = orgsdk("fleet", "sync")
    assert ran.code == 4
    assert "flat stopped: the sign-in was refused: " in ran.out
    assert ran.err.splitlines()[-1] == "orgsdk: to try again what failed, run: orgsdk fleet resume"
    monkeypatch.setenv("TOKEN", folder.sandbox.flat.token)
    assert orgsdk("fleet", "resume").code == 0


def test_an_organization_that_fails_is_named_and_tried_again(orgsdk: Run, folder: Folder) -> None:
    folder.sandbox.flat_faults.add(REJECTION, method="POST", path="/v2/organizations/users", times=None)
    ran = orgsdk("fleet", "sync")
    assert ran.code == 3
    assert "orgsdk: flat-school: failed" in ran.err
    assert re.search(r"^flat-school failed: ", ran.out, re.MULTILINE)
    folder.sandbox.flat_faults.clear()
    assert orgsdk("fleet", "resume").code == 0


def test_a_cancelled_run_makes_room_for_another_one(orgsdk: Run, folder: Folder) -> None:
    orgsdk("fleet", "plan")
    again = orgsdk("fleet", "sync")
    assert (again.code, again.err.count("\n")) == (1, 1)
    assert "orgsdk fleet apply applies plans that are made" in again.err
    assert "orgsdk fleet cancel drops it" in again.err
    assert orgsdk("fleet", "cancel").code == 0
    assert orgsdk("fleet", "sync").code == 0


def test_a_run_that_is_cancelled_meanwhile_names_the_command_for_another_one(
    orgsdk: Run, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Fleet.work

    async def cancelled(fleet: Fleet, epoch: int | None = None) -> FleetReport:
        await fleet.cancel()
        return await work(fleet, epoch)

    with monkeypatch.context() as patch:
        patch.setattr(Fleet, "work", cancelled)
        ran = orgsdk("fleet", "sync")
    assert ran.code == 3
    assert ran.err.splitlines()[-1] == "orgsdk: cancelled; another run finds what was done: orgsdk fleet sync"
    resumed = orgsdk("fleet", "resume")
    assert (resumed.code, resumed.err) == (1, "orgsdk: Run 1 was cancelled and cannot be resumed: start another one\n")
    assert orgsdk("fleet", "sync").code == 0


@pytest.mark.parametrize(
    ("sections", "typed", "message"),
    [
        ({}, "plan --config other.toml", "there is no other.toml: --config PATH names another file"),
        ({"fleet": 'stor = "fleet.db"'}, "plan", "unknown key 'stor'. Did you mean 'store'?"),
        ({"budget": "hour = 8"}, "sync", "unknown key 'hour'. Did you mean 'hours'?"),
        ({"credentials.flat": 'provider = "falt"'}, "sync", "no provider is called 'falt'. Did you mean 'flat'?"),
        (
            {"credentials.flat": 'provider = "flat"\nFLAT_ACCESS_TOKEN = "not-a-reference"'},
            "sync",
            "is a secret in plain text: write a reference, such as env:FLAT_ACCESS_TOKEN",
        ),
        ({}, "audit nort", "no organization of the fleet is called 'nort'. Did you mean 'north'?"),
        ({}, "sync --confim x", "Unknown option --confim. Did you mean --config?"),
        ({}, "statsu", 'Unknown command "statsu". Did you mean orgsdk fleet status?'),
    ],
)
def test_a_first_mistake_is_one_line_that_says_what_to_write(
    orgsdk: Run, folder: Folder, sections: dict[str, str], typed: str, message: str
) -> None:
    if typed.startswith("audit"):
        orgsdk("fleet", "sync")
    folder.write(**sections)
    ran = orgsdk("fleet", *typed.split())
    assert (ran.code, ran.out, ran.err.count("\n")) == (64, "", 1)
    assert message in ran.err
    assert "not-a-reference" not in ran.err


def test_several_problems_of_the_file_are_shown_at_once(orgsdk: Run, folder: Folder) -> None:
    folder.write(fleet="stor = 1", budget="hour = 8")
    ran = orgsdk("fleet", "plan")
    assert ran.code == 64
    assert ran.err.splitlines()[0] == "orgsdk: fleet.toml has 2 problems; nothing was started"
    assert len(ran.err.splitlines()) == 3


def test_a_missing_secret_is_named_by_its_reference(
    orgsdk: Run, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOKEN")
    ran = orgsdk("fleet", "plan")
    assert ran.code == 4
    assert "flat stopped: FLAT_ACCESS_TOKEN: The environment variable of env:TOKEN is not set." in ran.out


def test_before_the_first_run_there_is_nothing_to_show(orgsdk: Run, folder: Folder) -> None:
    for command in ("status", "resume", "apply", "cancel"):
        ran = orgsdk("fleet", command)
        assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)


def test_status_is_watched_until_the_run_rests(orgsdk: Run, folder: Folder) -> None:
    orgsdk("fleet", "sync")
    assert orgsdk("fleet", "status", "--watch").out == orgsdk("fleet", "status").out


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is POSIX")
def test_ctrl_c_leaves_a_run_that_can_be_resumed(orgsdk: Run, program: Callable[..., Program], folder: Folder) -> None:
    held = folder.sandbox.logto_faults.add(Hang(), method="POST", path="/api/users", times=None)
    running = program("fleet", "sync")
    assert held.reached.wait(30)
    ended = running.end(signal.SIGINT)
    assert ended.code == 130
    assert ended.err.splitlines()[-1] == "orgsdk: to continue, run: orgsdk fleet resume"
    assert "Traceback" not in ended.err
    folder.sandbox.logto_faults.clear()
    assert orgsdk("fleet", "resume").code == 0
    names = [user.username for user in folder.sandbox.logto.store.users]
    assert sorted(name for name in names if name and name.startswith(("north_", "south_"))) == [
        "north_one",
        "north_two",
        "south_one",
        "south_two",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
def test_a_terminal_shows_a_live_table(on_a_terminal: Callable[..., Ended], folder: Folder) -> None:
    code, out, shown = on_a_terminal("", "fleet", "sync")
    assert code == 0
    assert out.splitlines()[-1].split() == ["total", "3", "-"]
    assert "applying" in shown or "finished" in shown
    assert "key" in shown
    assert "Traceback" not in shown
