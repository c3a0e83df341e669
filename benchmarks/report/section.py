"""The result of a measurement: tables, verdicts and series of the chart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.statistics import Spread


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a header."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target and the reached value. If `most`, the target is an upper bound.

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
        """Return whether the median reaches the target."""
        return self.reached.median <= self.needed if self.most else self.reached.median >= self.needed


@dataclass(frozen=True, slots=True)
class Series:
    """One line or set of bars of a picture: a spread and a note by label. `panel` is one of `report.chart`."""

    panel: str
    name: str
    points: dict[str, Spread]
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """One measurement: its method, tables, verdicts, series, and sentences for the first screen."""

    name: str
    title: str
    how: str
    tables: Sequence[Table]
    verdicts: Sequence[Verdict] = ()
    series: Sequence[Series] = ()
    headlines: Sequence[str] = ()
