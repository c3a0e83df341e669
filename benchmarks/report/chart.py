"""The two pictures of the report: the first screen, and the details.

Colours have one meaning in all panels: green is orgsdk, grey is other code. The series of one panel differ in their
markers and line styles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from benchmarks.report.section import Section, Series

_OURS, _OTHERS = "#0b6e4f", "#9aa5b1"
# Panels of bars: all panels of a kind have the same axis, from 0.
_BARS = {
    "seconds": "seconds for 100,000 users, without latency; lower is better",
    "waiting": "seconds for 100,000 users; lower is better",
}
_LINES = {
    "windows": ("Pages in parallel at 50 ms", "window", "share of the ideal"),
    "creates": ("Creates at 50 ms", "requests in flight", "share of the ideal"),
    "memory": ("Peak memory of a stream", "users", "MiB; lower is better"),
}
_DETAILS = ("waiting", "windows", "creates", "ratio", "memory")


def draw(sections: Sequence[Section], first: Path, details: Path) -> None:
    """Write both pictures as PNG, without panels that were not measured."""
    series = [each for section in sections for each in section.series]
    _draw([each for each in series if each.panel == "seconds"], ("seconds",), first, height=4.2)
    _draw(series, _DETAILS, details, height=3.6)


def _draw(series: Sequence[Series], kinds: Sequence[str], path: Path, *, height: float) -> None:
    mpl.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    panels: list[list[Series]] = []
    for kind in kinds:
        found = [each for each in series if each.panel == kind]
        panels += [[each] for each in found] if kind in _BARS else [found] * bool(found)
    rows = max(1, -(-len(panels) // 2))
    figure = Figure(figsize=(12, height * rows), layout="constrained", dpi=110)
    for number, panel in enumerate(panels):
        axes = figure.add_subplot(rows, 2, number + 1)
        kind = panel[0].panel
        if kind in _BARS:
            _bars(axes, panel[0], _most(each for each in series if each.panel == kind))
        elif kind == "ratio":
            _ratios(axes, panel[0])
        else:
            _lines(axes, kind, panel)
    figure.savefig(path, metadata={"Software": ""})


def _most(series: Iterable[Series]) -> float:
    return max(point.high for each in series for point in each.points.values())


def _bars(axes: Axes, series: Series, most: float) -> None:
    names = list(series.points)[::-1]
    points = [series.points[name] for name in names]
    errors = [p.median - p.low for p in points], [p.high - p.median for p in points]
    axes.barh(names, [p.median for p in points], color=_colours(names), xerr=errors, error_kw={"elinewidth": 1})
    axes.set_xlim(0, most * 1.15)
    for position, point in enumerate(points):
        axes.annotate(
            f"{point.median:.3g}", (point.high, position), (5, 0), textcoords="offset points", va="center", fontsize=8
        )
    axes.set_title(series.name, loc="left", fontsize=10)
    axes.set_xlabel(_BARS[series.panel])


def _ratios(axes: Axes, series: Series) -> None:
    names = list(series.points)[::-1]
    for position, name in enumerate(names):
        point = series.points[name]
        errors = [[point.median - point.low], [point.high - point.median]]
        axes.errorbar([point.median], [position], xerr=errors, fmt="o", color=_OURS, capsize=3)
        axes.annotate(
            series.notes.get(name, ""),
            (point.high, position),
            (8, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    axes.set_yticks(range(len(names)), names)
    axes.axvline(1, color=_OTHERS, linewidth=2)
    axes.set_xlim(0, max(1.0, _most([series])) * 1.5)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_title(series.name, loc="left", fontsize=10)
    axes.set_xlabel("the grey line is the library without orgsdk; lower is better")


def _lines(axes: Axes, kind: str, series: Sequence[Series]) -> None:
    title, across, up = _LINES[kind]
    for number, (each, colour) in enumerate(zip(series, _colours([each.name for each in series]), strict=True)):
        points = list(each.points.values())
        errors = [p.median - p.low for p in points], [p.high - p.median for p in points]
        axes.errorbar(
            list(each.points),
            [p.median for p in points],
            yerr=errors,
            capsize=3,
            color=colour,
            label=each.name,
            marker="os"[number // 2 % 2],
            markerfacecolor=colour if number % 2 == 0 else "white",
            linestyle="-" if number % 2 == 0 else "--",
        )
    axes.set_ylim(0, 1.05 if up.startswith("share") else _most(series) * 1.4)
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(axis="y", color="#dddddd")
    axes.legend(frameon=False, loc="lower left")


def _colours(names: Sequence[str]) -> list[str]:
    return [_OURS if name.startswith("orgsdk") else _OTHERS for name in names]
