"""The chart of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from benchmarks.report.section import Section, Series

_OURS, _OTHERS = "#0b6e4f", "#9aa5b1"
_BARS = "ratio"
_LINES = ("#0b6e4f", "#e07a1f", "#3d5a98", "#9aa5b1")


def draw(sections: Sequence[Section], path: Path) -> None:
    """Write the chart to `path` as PNG, without panels that were not measured."""
    mpl.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    series = [each for section in sections for each in section.series]
    panels = list(dict.fromkeys((each.panel, each.name if each.panel == _BARS else "") for each in series))
    figure = Figure(figsize=(12, 3.6 * -(-len(panels) // 2)), layout="constrained", dpi=110)
    for number, (panel, name) in enumerate(panels):
        axes = figure.add_subplot(-(-len(panels) // 2), 2, number + 1)
        if panel == _BARS:
            _bars(axes, next(each for each in series if each.name == name))
        else:
            _lines(axes, panel, [each for each in series if each.panel == panel])
    figure.savefig(path, metadata={"Software": ""})


_TITLES = {
    "windows": ("Pages in parallel at 50 ms", "window", "share of the ideal"),
    "creates": ("Creates at 50 ms", "in flight", "share of the ideal"),
    "memory": ("Peak memory of a stream, lower is better", "users", "MiB"),
}


def _bars(axes: Axes, series: Series) -> None:
    names = list(series.points)[::-1]
    points = [series.points[name] for name in names]
    # Right of 1: slower. Left of 1: faster.
    colours = [_OURS if name.startswith("orgsdk") else _OTHERS for name in names]
    low, high = [point.median - point.low for point in points], [point.high - point.median for point in points]
    lines = {"ecolor": "#444444", "elinewidth": 1}
    axes.barh(names, [p.median - 1 for p in points], left=1, color=colours, xerr=(low, high), error_kw=lines)
    axes.set_xscale("log")
    axes.axvline(1, color=_OURS, linewidth=1)
    axes.set_xlim(min(p.low for p in points) / 1.5, max(1, *(p.high for p in points)) * 12)
    for position, (name, point) in enumerate(zip(names, points, strict=True)):
        at = max(point.high, 1)
        axes.annotate(series.notes[name], (at, position), (5, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_title(series.name, loc="left", fontsize=9)


def _lines(axes: Axes, panel: str, series: Sequence[Series]) -> None:
    title, across, up = _TITLES[panel]
    for number, each in enumerate(series):
        labels = list(each.points)
        middle = [point.median for point in each.points.values()]
        low = [point.median - point.low for point in each.points.values()]
        high = [point.high - point.median for point in each.points.values()]
        axes.errorbar(
            labels, middle, yerr=(low, high), marker="o", capsize=3, label=each.name, color=_LINES[number % len(_LINES)]
        )
    most = max(point.high for each in series for point in each.points.values())
    axes.set_ylim(0, 1.05 if up.startswith("share") else most * 1.4)
    axes.set_title(title, loc="left", fontsize=9)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(axis="y", color="#dddddd")
    axes.legend(frameon=False)
