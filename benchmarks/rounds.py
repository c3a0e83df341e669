"""Interleaved rounds: every competitor runs once per round, so that other load affects all of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.processes import CompetitorProcess, Measurement

Job: TypeAlias = "tuple[CompetitorProcess, dict[str, Any]]"


def interleaved(
    jobs: Mapping[str, Job], *, rounds: int, seconds: float = 0, side_by_side: bool = False
) -> dict[str, list[Measurement]]:
    """Run every job once per round, in rotating order.

    There are at least `rounds` rounds. More are started for `seconds`, up to three times as many. `side_by_side` runs
    the jobs of a round in parallel, for jobs that mostly wait.
    """
    taken: dict[str, list[Measurement]] = {name: [] for name in jobs}
    names = list(jobs)
    start = time.perf_counter()
    for number in range(3 * rounds if names else 0):
        if number >= rounds and time.perf_counter() - start > seconds:
            break
        turn = names[number % len(names) :] + names[: number % len(names)]
        if side_by_side:
            for name in turn:
                competitor, job = jobs[name]
                competitor.begin(job)
            for name in turn:
                taken[name].append(jobs[name][0].end())
        else:
            for name in turn:
                competitor, job = jobs[name]
                taken[name].append(competitor.run(job))
    return taken
