"""Interleaved rounds: every competitor runs once per round, so that other load affects all of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeAlias

from benchmarks.statistics import ratios

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.processes import CompetitorProcess, Measurement
    from benchmarks.settings import Settings

Job: TypeAlias = "tuple[CompetitorProcess, dict[str, Any]]"


def repeat(
    settings: Settings, take: Callable[[int], None], series: Sequence[Sequence[float]], *, rounds: int | None = None
) -> None:
    """Take rounds until the ratios to the first series are steady, within the bounds of `settings`.

    There are at least `rounds` rounds (those of the settings). There are no more than `most_rounds`. No further one
    starts after `seconds`, or after the time that is planned for the measurement.
    """
    start = time.perf_counter()
    least = settings.rounds if rounds is None else rounds
    for number in range(max(least, settings.most_rounds)):
        now = time.perf_counter()
        if number >= least and (now - start > settings.seconds or now > settings.ends or _are_steady(series)):
            break
        take(number)


def _are_steady(series: Sequence[Sequence[float]]) -> bool:
    return all(ratios(each, series[0]).is_steady for each in series[1:])


def interleaved(
    jobs: Mapping[str, Job], settings: Settings, *, rounds: int | None = None, side_by_side: bool = False
) -> dict[str, list[Measurement]]:
    """Run every job once per round, in rotating order, until the ratios to the first job are steady.

    `side_by_side` runs the jobs of a round in parallel, for jobs that mostly wait.
    """
    taken: dict[str, list[Measurement]] = {name: [] for name in jobs}
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    names = list(jobs)

    def take(number: int) -> None:
        start = number % len(names)
        turn = names[start:] + names[:start]
        if side_by_side:
            for name in turn:
                competitor, job = jobs[name]
                competitor.begin(job)
        for name in turn:
            competitor, job = jobs[name]
            run = competitor.end() if side_by_side else competitor.run(job)
            taken[name].append(run)
            seconds[name].append(run.seconds)

    if jobs:
        repeat(settings, take, list(seconds.values()), rounds=rounds)
    return taken
