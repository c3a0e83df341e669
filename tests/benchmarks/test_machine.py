"""A busy machine: no page is written from figures that other programs have changed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("rich")

from benchmarks import __main__, machine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("load", "busy"), [(0.0, False), (2.0, False), (2.1, True), (30.0, True)])
def test_a_load_above_the_number_of_cores_is_busy(monkeypatch: pytest.MonkeyPatch, load: float, busy: bool) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert (machine.busy() is not None) is busy


def test_a_system_without_load_averages_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> tuple[float, float, float]:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", missing)
    assert machine.busy() is None


def test_nothing_is_written_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "busy", lambda: "The machine is busy.")
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--quick", "imports", "--output", str(tmp_path)])
    with pytest.raises(SystemExit, match="The machine is busy"):
        __main__.main()
    assert list(tmp_path.iterdir()) == []
