"""What a measurement hands over to be shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.statistics import Spread


@dataclass(frozen=True, slots=True)
class Table:
    """Hold rows of text under a header."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold one number to reach and what was reached; `most` tells that it is an upper bound.

    `target` is one of `benchmarks.targets.ROWS`.
    """

    target: str
    what: str
    needed: float
    reached: Spread
    unit: str = ""
    most: bool = False

    @property
    def met(self) -> bool:
        """Tell whether the median reaches it."""
        return self.reached.median <= self.needed if self.most else self.reached.median >= self.needed


@dataclass(frozen=True, slots=True)
class Series:
    """Hold one line or set of bars of the picture: by label, a median with its spread, and a note beside it."""

    panel: str
    name: str
    points: dict[str, Spread]
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """Hold one measurement: how it was made, its tables, its verdicts, its part of the picture."""

    name: str
    title: str
    how: str
    tables: Sequence[Table]
    verdicts: Sequence[Verdict] = ()
    series: Sequence[Series] = field(default=())
