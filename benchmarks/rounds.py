"""The interleaved run: every contender once a round, so that what the machine does meanwhile meets all of them."""

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
    """Do every job once a round, the first one another in each round.

    `rounds` is how many there are at least, `seconds` how long more are begun, up to three times as many.
    `side_by_side` does the jobs of a round at once, for such as do nothing but wait.
    """
    taken: dict[str, list[Measurement]] = {name: [] for name in jobs}
    names = list(jobs)
    began = time.perf_counter()
    for number in range(3 * rounds if names else 0):
        if number >= rounds and time.perf_counter() - began > seconds:
            break
        turn = names[number % len(names) :] + names[: number % len(names)]
        if side_by_side:
            for name in turn:
                contender, job = jobs[name]
                contender.begin(job)
            for name in turn:
                taken[name].append(jobs[name][0].end())
        else:
            for name in turn:
                contender, job = jobs[name]
                taken[name].append(contender.do(job))
    return taken
