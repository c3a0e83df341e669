"""The progress of a fleet on a terminal of any size, in a pipe, and as lines where there is no terminal."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console, Group

from orgsdk.cli.output.fleet import FleetDisplay, progress_lines, summary_line, write_json, write_progress
from orgsdk.fleet.observer import UnitObservation
from orgsdk.fleet.progress import fleet_progress
from tests.fleet.samples import ATTENTION, KEYS, NOW, RUN, many_keys

UNTIL = f"{(NOW + timedelta(minutes=7)).astimezone():%H:%M}"
PROGRESS = fleet_progress(RUN, KEYS, ATTENTION, NOW)


def shown(width: int, keys: int = 10) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(Group(*progress_lines(PROGRESS, keys=keys, width=width)))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_the_table_has_a_line_for_each_key_and_one_for_the_total() -> None:
    assert shown(100) == [
        "Fleet, night of 2026-12-01, run 7 (sync): applying",
        "key           done  unchanged  running  left  guarded  failed  next",
        f"tenant-north    20          -        -    30        2       1  waiting until {UNTIL}, 8 min left",
        "flat-main      300        500        1   199        -       -  30 min left",
        "school-17        1          -        -     9        -       -  sign-in was refused: FLAT_ACCESS_TOK…",
        "workos           -         40        -     -        -       -",
        "total          321        540        1   238        2       1  30 min left",
    ]


@pytest.mark.parametrize("width", [60, 70, 80])
def test_a_narrow_terminal_shows_every_number_whole(width: int) -> None:
    lines = shown(width)
    assert len(lines) == 3 + len(KEYS)
    assert max(map(len, lines)) <= width
    header = lines[1].split()
    assert {"done", "left", "guarded", "failed", "next"} <= set(header)
    assert lines[-1].split()[:2] == ["total", "321"]
    assert "238" in lines[-1].split()


def test_a_short_terminal_shows_the_first_keys_and_how_many_others_there_are() -> None:
    lines = shown(100, keys=2)
    assert [line.split()[0] for line in lines[2:-1]] == ["tenant-north", "flat-main", "total"]
    assert lines[-1] == "and 2 more keys; --json lists all"


def test_the_progress_in_one_line() -> None:
    assert summary_line(PROGRESS) == "applying: 864 of 1,103 organizations, 1 failed, 2 guarded, 30 min left"
    finished = fleet_progress(replace(RUN, state="finished"), many_keys(1), (), NOW)
    assert summary_line(finished) == "finished: 1 of 1 organization"


def test_a_pipe_gets_the_table_and_the_organizations_that_need_attention(capsys: pytest.CaptureFixture[str]) -> None:
    write_progress(replace(PROGRESS, run=replace(RUN, detail="5 of the latest 20 plans were refused")))
    lines = capsys.readouterr().out.splitlines()
    assert (
        "school-17        1          -        -     9        -       -  sign-in was refused: FLAT_ACCESS_TOKEN" in lines
    )
    assert lines[-5:] == [
        "5 of the latest 20 plans were refused",
        "school-17 stopped: sign-in was refused: FLAT_ACCESS_TOKEN",
        "school-17 failed: 3 of 12 changes failed",
        "<b>school</b> guarded: removals: 40 of 200 members would be removed, 5 % may",
        "school-23 guarded",
    ]


def test_many_organizations_that_need_attention_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {**KEYS[1].counts, "failed": 40}
    units = [replace(ATTENTION[0], name=f"school-{number}") for number in range(40)]
    write_progress(fleet_progress(RUN, [replace(KEYS[1], counts=counts)], units, NOW))
    lines = capsys.readouterr().out.splitlines()
    assert sum("3 of 12 changes failed" in line for line in lines) == 20
    assert lines[-1] == "and 22 more that need attention; --json lists the first 40"


def test_without_a_terminal_there_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    observation = UnitObservation(epoch=7, key="flat-main", name="school-17", provider="flat")
    with FleetDisplay() as display:
        display.progress(PROGRESS)
        display.progress(PROGRESS)  # not again within half a minute
        with display.unit(observation):
            observation.state = "failed"
        with display.unit(observation):
            observation.state = "done"
        display.paused("tenant-north", NOW + timedelta(minutes=7))
        display.progress(replace(PROGRESS, run=replace(RUN, state="finished")))  # at once: the state is another one
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert lines[:2] == [
        "orgsdk: applying: 864 of 1,103 organizations, 1 failed, 2 guarded, 30 min left",
        "orgsdk: school-17: failed",
    ]
    assert lines[2].startswith("orgsdk: tenant-north: waits until ")
    assert lines[3:] == ["orgsdk: finished: 864 of 1,103 organizations, 1 failed, 2 guarded, 30 min left"]


def test_the_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    write_json(PROGRESS.as_json())
    assert json.loads(capsys.readouterr().out)["total"]["done"] == 321
