"""A planned night of a fleet on stdout: changes by kind, guards, and what each key takes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from orgsdk._messages import count_noun
from orgsdk.bulk.planning.plan_text import heading
from orgsdk.cli.output.console import clean, make_console
from orgsdk.cli.output.fleet import write_attention
from orgsdk.fleet.night import hours_of
from orgsdk.fleet.progress import COLUMNS, column_title, duration_text

if TYPE_CHECKING:
    from orgsdk.fleet.night import PlannedNight

_PIPE_WIDTH = 200
_MAX_KEYS = 100


def write_night(night: PlannedNight) -> None:
    """Write the night to stdout."""
    run, total = night.progress.run, night.progress.total
    console = make_console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    console.print(Text(f"Fleet, night of {run.night:%Y-%m-%d}, run {run.epoch}: {run.state}", style="bold"))
    found = ", ".join(f"{total.counts[one]:,} {column_title(one, run)}" for one in COLUMNS if total.counts[one])
    console.print(Text(f"{count_noun(total.units, 'organization')}: {found or 'none'}"), soft_wrap=True)
    for kind, number in night.changes.items():
        console.print(Text(f"  {heading(kind, number)}"))
    if not night.changes:
        console.print(Text("  nothing to do"))
    refused = [guard for guard in night.guards if not guard.passed]
    if not refused:
        console.print(Text(f"  guards of the fleet: all {len(night.guards)} passed"))
    for guard in refused:
        console.print(Text(f"  REFUSED by the guard {guard.name!r}: {clean(guard.detail)}", "bold red"), soft_wrap=True)
    console.print(_table(night))
    if (more := len(night.keys) - _MAX_KEYS) > 0:
        console.print(Text(f"and {count_noun(more, 'more key')}; --json lists all", style="dim"))
    if run.detail is not None:
        console.print(Text(clean(run.detail)), soft_wrap=True)
    write_attention(night.progress)


def _table(night: PlannedNight) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(Text("key"), no_wrap=True, overflow="ellipsis", min_width=10)
    for column in ("organizations", "changes", "removals", "requests", "time"):
        table.add_column(Text(column), justify="right", no_wrap=True, min_width=len(column))
    table.add_column(Text("budget"), justify="right", no_wrap=True)
    for key in night.keys[:_MAX_KEYS]:
        table.add_row(
            Text(clean(key.key)),
            f"{key.units:,}",
            f"{key.writes:,}",
            f"{key.removals:,}",
            f"{key.estimate:,}",
            duration_text(hours_of(key) * 3600) if key.rate is not None else "-",
            "-" if key.allowance is None else f"{key.allowance:,}",
        )
    table.add_row(
        Text("total", style="bold"),
        f"{sum(key.units for key in night.keys):,}",
        f"{sum(key.writes for key in night.keys):,}",
        f"{sum(key.removals for key in night.keys):,}",
        f"{sum(key.estimate for key in night.keys):,}",
        duration_text(max((hours_of(key) for key in night.keys), default=0.0) * 3600),
        "",
    )
    return table
