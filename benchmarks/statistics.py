"""What is said of several rounds: the median, and how far they lie apart. Pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Spread:
    """Hold the median, the lowest and the highest of the rounds."""

    median: float
    low: float
    high: float
    rounds: int

    def __format__(self, form: str) -> str:
        """Give the median, with the lowest and highest in brackets where there was more than one round."""
        if self.rounds == 1:
            return format(self.median, form)
        return f"{self.median:{form}} ({self.low:{form}} to {self.high:{form}})"


def spread(values: Sequence[float]) -> Spread:
    """Sum up the values of all rounds."""
    return Spread(statistics.median(values), min(values), max(values), len(values))


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> Spread:
    """Sum up the ratio of each round, where both have one: what slows a round down slows down both."""
    return spread([above / below for above, below in zip(numerators, denominators, strict=False)])
