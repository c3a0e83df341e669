"""Import times, each in a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

from benchmarks.processes import ROOT
from benchmarks.report.section import Section, Table, Verdict
from benchmarks.rounds import repeat
from benchmarks.statistics import ratios, spread

if TYPE_CHECKING:
    from benchmarks.settings import Settings

LIBRARIES = "import httpx, pydantic, anyio, tenacity"
FIRST_CLIENT = "import orgsdk; from orgsdk.providers import Flat; orgsdk.OrgClient(Flat(token='t'))"
STATEMENTS = ("import orgsdk", FIRST_CLIENT, LIBRARIES)
_TIMER = "import time; began = time.perf_counter(); {}; print((time.perf_counter() - began) * 1000)"
HOW = (
    "Each statement runs in a fresh interpreter. A first round, which is not counted, compiles the bytecode. orgsdk "
    "loads its names on first use, so the time to the first client counts."
)


def _timed(statement: str, environment: dict[str, str]) -> float:
    command = [sys.executable, "-c", _TIMER.format(statement)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment)
    return float(done.stdout)


def measure(settings: Settings) -> Section:
    """Time each statement."""
    times: dict[str, list[float]] = {statement: [] for statement in STATEMENTS}
    with tempfile.TemporaryDirectory() as compiled:
        # As for an installed package: compiled once, by the first round.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def take(_: int) -> None:
            for statement in STATEMENTS:
                times[statement].append(_timed(statement, environment))

        take(0)
        for taken in times.values():
            taken.clear()
        repeat(settings, take, [times[LIBRARIES], times[FIRST_CLIENT]])
    rows = [
        [f"`{statement}`", f"{spread(taken):.0f}", f"{ratios(taken, times[LIBRARIES]):.2f}"]
        for statement, taken in times.items()
    ]
    reached = ratios(times[FIRST_CLIENT], times[LIBRARIES])
    return Section(
        "imports",
        "Import time",
        HOW,
        [Table("Milliseconds, and against the libraries alone", ["statement", "ms", "ratio"], rows)],
        [Verdict("imports", "a first client", 1.3, reached, "×", most=True)],
    )
