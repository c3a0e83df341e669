"""The benchmark of a fleet: its command line, its schools and its table in the documentation."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from benchmarks import fleet
from benchmarks.figures import with_figures
from benchmarks.fleet import COMMAND, PAGE, Measured, main, table_of
from benchmarks.fleet_servers import make_schools

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NIGHT = Measured(
    organizations=5_000,
    people=200,
    night="changed",
    states={"done": 5_000},
    requests={"flat": 5, "logto": 21},
    median={"flat": 5, "logto": 16},
    total=40_000,
    seconds=600.4,
    mib=310.2,
    handout_ms=4.25,
)


def _measured(*_: object, **__: object) -> Iterator[Measured]:
    yield NIGHT


@pytest.mark.parametrize("arguments", [["0"], ["many"], ["--people", "1.5"]])
def test_a_wrong_argument_is_refused_before_anything_is_measured(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["fleet", *arguments])
    with pytest.raises(SystemExit):
        main()
    assert "error: " in capsys.readouterr().err


def test_each_night_is_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["fleet", "5,000"])
    monkeypatch.setattr(fleet, "measure", _measured)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert (
        "40,000 requests (most: flat 5, median 5, logto 21, median 16)   310 MiB   4.2 ms a hand-out"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("measured", "problem"),
    [
        (NIGHT, None),
        (replace(NIGHT, requests={"flat": 26}), "flat: 26 requests of one organization, 25 at most"),
        (replace(NIGHT, night="verified", requests={"logto": 5}), "logto: 5 requests of one organization, 4 at most"),
        (
            replace(NIGHT, night="identified", requests={"logto": 1_561}),
            "logto: 1561 requests of one organization, 1560",
        ),
        (replace(NIGHT, night="identified", requests={"logto": 1_560}), None),
        (replace(NIGHT, mib=401), "401 MiB, 400 at most"),
        (replace(NIGHT, handout_ms=10.5), "10.5 ms for a hand-out, 10 at most"),
        (replace(NIGHT, states={"done": 4_999, "failed": 1}), "not all organizations are done"),
    ],
)
def test_figures_above_a_limit_are_problems(measured: Measured, problem: str | None) -> None:
    found = measured.problems()
    assert [problem is not None and one.startswith(problem) for one in found] == ([] if problem is None else [True])


def test_the_figures_replace_the_last_ones_in_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    once = with_figures(page, COMMAND, table_of([NIGHT]), ["a machine"])
    assert "| 5,000 | 1 % of each roster has changed | 5 | 21 (median 16) | 40,000 | 600 s | 310 MiB | 4.2 ms |" in once
    assert once.count("a machine") == 1
    assert with_figures(once, COMMAND, table_of([]), ["another"]).count("a machine") == 0


def test_a_roster_changes_as_many_people_as_it_states(tmp_path: Path) -> None:
    (school,) = make_schools(1, 200, 1)
    school.write_roster(tmp_path / "before.csv")
    school.write_roster(tmp_path / "after.csv", renamed=1, new=2, gone=3)
    before, after = (
        {row["username"]: row for row in csv.DictReader((tmp_path / f"{name}.csv").read_text("utf-8").splitlines())}
        for name in ("before", "after")
    )
    assert len(before) == 200
    assert len(before.keys() - after.keys()) == 3
    assert len(after.keys() - before.keys()) == 2
    assert sum(before[name] != after[name] for name in before.keys() & after.keys()) == 1
