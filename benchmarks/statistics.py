"""Statistics of several rounds: median, lowest, highest, ratios."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Spread:
    """The median, the lowest and the highest value of the rounds."""

    median: float
    low: float
    high: float
    rounds: int

    def __format__(self, form: str) -> str:
        """Return the median, with the lowest and highest in brackets if there is more than one round."""
        if self.rounds == 1:
            return format(self.median, form)
        return f"{self.median:{form}} ({self.low:{form}} to {self.high:{form}})"


def spread(values: Sequence[float]) -> Spread:
    """Return the spread of the values of all rounds."""
    return Spread(statistics.median(values), min(values), max(values), len(values))


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> Spread:
    """Return the spread of the ratio per round: other load affects both values of a round."""
    return spread([numerator / denominator for numerator, denominator in zip(numerators, denominators, strict=False)])
