"""Measure, show what was measured, and write it down: `python -m benchmarks`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks import machine
from benchmarks.measurements import MEASUREMENTS
from benchmarks.processes import ROOT
from benchmarks.report.document import PICTURE, page
from benchmarks.report.summary import summary
from benchmarks.server import serving
from benchmarks.settings import Settings, quick

try:
    from rich.console import Console

    from benchmarks.report.chart import draw
    from benchmarks.report.terminal import show, show_section
except ModuleNotFoundError as missing:
    if (missing.name or "").partition(".")[0] not in {"matplotlib", "rich"}:
        raise
    raise SystemExit('benchmarks: they need their extra: pip install -e ".[bench]"') from None

LIMITS = Path(__file__).with_name("limits.md")


def main() -> None:
    asked = _arguments()
    names = asked.measurements or list(MEASUREMENTS)
    console = Console(width=None if sys.stdout.isatty() else 200)
    began, load = time.perf_counter(), machine.load()
    sections = []
    with serving((0, 0.02, 0.05), distinct=10_000 if asked.quick else 100_000) as server:
        setting = quick(server) if asked.quick else Settings(server, rounds=asked.rounds, patience=asked.patience)
        for name in names:
            console.print(f"{time.perf_counter() - began:5.0f} s  {name} …", style="bold")
            sections.append(MEASUREMENTS[name](setting))
            show_section(console, sections[-1])
    show(console, summary(sections))
    about = [*machine.describe(), f"load average before: {load}; after: {machine.load()}"]
    about.append(f"took {(time.perf_counter() - began) / 60:.0f} minutes; {setting.rounds} rounds or more of each")
    if asked.quick or asked.measurements:
        about.append("**not the whole run**: small sizes or a selection, which prove nothing")
    console.print("\n".join(about), highlight=False)
    whole = not asked.measurements and not asked.quick
    folder = asked.output or (ROOT / "docs" if whole else None)
    if folder is None:
        console.print("Nothing is written: this was not the whole run, and no --output was given.")
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "performance.md").write_text(page(sections, about, LIMITS.read_text(encoding="utf-8")), encoding="utf-8")
    draw(sections, folder / PICTURE)
    console.print(f"Written: {folder / 'performance.md'} and {folder / PICTURE}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "measurements", nargs="*", metavar="NAME", help=f"what to measure, all without one: {', '.join(MEASUREMENTS)}"
    )
    parser.add_argument("--quick", action="store_true", help="small sizes: two minutes, and no proof of anything")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each at least (default 3)")
    parser.add_argument("--patience", type=float, default=10, help="seconds; longer runs are extrapolated (default 10)")
    parser.add_argument("--output", type=Path, help="folder for performance.md and its picture (whole runs: docs)")
    asked = parser.parse_args()
    unknown = set(asked.measurements) - MEASUREMENTS.keys()
    if unknown:
        parser.error(f"there is no measurement {min(unknown)}: {', '.join(MEASUREMENTS)}")
    if asked.rounds < 1:
        parser.error("--rounds is 1 or more")
    return asked


if __name__ == "__main__":
    main()
