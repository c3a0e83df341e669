"""Statistics of several rounds: median, quartiles, ratios."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

STEADY = 0.1


@dataclass(frozen=True, slots=True)
class Spread:
    """The median and the quartiles of the rounds: half of the rounds are between `low` and `high`."""

    median: float
    low: float
    high: float
    rounds: int

    @property
    def is_steady(self) -> bool:
        """Return whether the interquartile range is less than 10 % of the median."""
        return self.high - self.low < STEADY * abs(self.median)

    def __format__(self, form: str) -> str:
        """Return the median, with the quartiles in brackets if there is more than one round."""
        if self.rounds == 1:
            return format(self.median, form)
        return f"{self.median:{form}} ({self.low:{form}} to {self.high:{form}})"


def spread(values: Sequence[float]) -> Spread:
    """Return the spread of the values of all rounds."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0], 1)
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high, len(values))


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> Spread:
    """Return the spread of the ratio per round: other load affects both values of a round."""
    return spread([numerator / denominator for numerator, denominator in zip(numerators, denominators, strict=False)])
