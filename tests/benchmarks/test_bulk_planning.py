"""The benchmark of planning: its command line, its rosters and its table in the documentation."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks import bulk_planning
from benchmarks.bulk_planning import COMMAND, PAGE, Planned, main, table_of, write_roster
from benchmarks.figures import with_figures
from orgsdk import bulk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _measured(users: int, *_: object) -> Iterator[Planned]:
    yield Planned(users=users, provider="flat", roster="others", cpu=1.25, wall=9, mib=99.6, writes=2 * users)


@pytest.mark.parametrize("users", [["0"], ["many"], ["1.5"], ["5", "--write"]])
def test_a_wrong_argument_is_refused_before_anything_is_measured(
    users: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bulk_planning", *users])
    with pytest.raises(SystemExit):
        main()
    assert "error: " in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "sizes"), [(["1,500"], [1_500]), ([], [100_000, 1_000_000])])
def test_the_sizes_are_arguments(
    arguments: list[str], sizes: list[int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bulk_planning", *arguments])
    monkeypatch.setattr(bulk_planning, "measure", _measured)
    main()
    shown = capsys.readouterr().out.splitlines()
    assert [line.split(" users")[0].strip() for line in shown] == [f"{size:,}" for size in sizes]
    assert "1.2 s CPU" in shown[0]


def test_the_figures_replace_the_last_ones_in_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    once = with_figures(page, COMMAND, table_of(_measured(100_000)), ["a machine"])
    assert "| 100,000 | Flat | all are others | 200,000 | 1.2 s | 100 MiB |" in once
    assert once.count("a machine") == 1
    assert with_figures(once, COMMAND, table_of([]), ["another"]).count("a machine") == 0
    assert len(with_figures(once, COMMAND, table_of([]), [])) < len(once)


@pytest.mark.parametrize(("roster", "first"), [("unchanged", 0), ("changed", 2), ("others", 100)])
def test_the_rosters_have_as_many_rows_as_there_are_members(roster: str, first: int, tmp_path: Path) -> None:
    write_roster(tmp_path / "roster.csv", 100, roster)
    users = bulk.read_csv(tmp_path / "roster.csv").users
    assert [user.external_id for user in users] == [f"S{number:07}" for number in range(first, first + 100)]
