"""Run the benchmarks, print the results and write docs/performance.md: `python -m benchmarks`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks import figures, machine
from benchmarks.measurements import MEASUREMENTS
from benchmarks.plan import planned, within_plan
from benchmarks.processes import ROOT
from benchmarks.report.document import DETAILS, PICTURE, page
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
    raise SystemExit('benchmarks: a group is missing: pip install --group bench -e ".[all]"') from None

LIMITS = Path(__file__).with_name("limits.md")


def main() -> None:
    arguments = _arguments()
    whole = not arguments.measurements and not arguments.quick
    folder = arguments.output or (ROOT / "docs" if whole else None)
    if folder is not None:
        figures.require_quiet_machine()
    names = arguments.measurements or list(MEASUREMENTS)
    console = Console(width=None if sys.stdout.isatty() else 200)
    start, load = time.perf_counter(), machine.load()
    sections = []
    plan = "2 minutes" if arguments.quick else f"at most {planned(names)}"
    console.print(f"planned: {plan}")
    with serving((0, 0.05), distinct=10_000 if arguments.quick else 100_000) as server:
        settings = quick(server) if arguments.quick else Settings(server, rounds=arguments.rounds)
        for name in names:
            console.print(f"{time.perf_counter() - start:5.0f} s  {name} …", style="bold")
            sections.append(MEASUREMENTS[name](within_plan(settings, name)))
            show_section(console, sections[-1])
    show(console, summary(sections))
    about = [*machine.describe(), f"load average before: {load}; after: {machine.load()}"]
    about.append(f"planned: {plan}; took {(time.perf_counter() - start) / 60:.1f} minutes")
    if arguments.quick or arguments.measurements:
        about.append("**not a complete run**: small sizes or a selection, which prove nothing")
    console.print("\n".join(about), highlight=False)
    if folder is None:
        console.print("Nothing is written: this was not a complete run. Pass --output to write it.")
        return
    folder.mkdir(parents=True, exist_ok=True)
    limits = LIMITS.read_text(encoding="utf-8")
    text = page(sections, about, limits, rounds=settings.rounds, most_rounds=settings.most_rounds)
    (folder / "performance.md").write_text(text, encoding="utf-8")
    draw(sections, folder / PICTURE, folder / DETAILS)
    console.print(f"Written: performance.md, {PICTURE} and {DETAILS} in {folder}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "measurements", nargs="*", metavar="NAME", help=f"what to measure; default: all of {', '.join(MEASUREMENTS)}"
    )
    parser.add_argument("--quick", action="store_true", help="small sizes: two minutes, without significance")
    parser.add_argument("--rounds", type=int, default=5, help="minimum number of rounds (default 5)")
    parser.add_argument("--output", type=Path, help="folder for performance.md and its pictures (whole runs: docs)")
    arguments = parser.parse_args()
    unknown = set(arguments.measurements) - MEASUREMENTS.keys()
    if unknown:
        parser.error(f"unknown measurement {min(unknown)}. Choose from: {', '.join(MEASUREMENTS)}")
    if arguments.rounds < 1:
        parser.error("--rounds must be 1 or more")
    return arguments


if __name__ == "__main__":
    main()
