"""A fleet's run on a terminal: a live table by key, and plain lines where there is no terminal."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from orgsdk._messages import count_noun
from orgsdk.cli.errors import print_status
from orgsdk.cli.output.console import clean, escape_json, make_console, supports_unicode
from orgsdk.cli.output.progress import time_of_day
from orgsdk.fleet.observer import FleetObserver
from orgsdk.fleet.progress import ATTENTION_STATES, COLUMNS, column_title, duration_text

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from pydantic import JsonValue
    from rich.console import RenderableType

    from orgsdk.fleet.observer import UnitObservation
    from orgsdk.fleet.progress import Column, FleetProgress, KeyProgress

_TABLE_SECONDS: Final = 1.0
# Seconds between two lines of progress where there is no terminal.
_LINE_SECONDS: Final = 30.0
_MAX_ATTENTION: Final = 20
# What a pipe shows of the keys; a terminal shows as many as fit.
_PIPE_WIDTH: Final = 200
_NARROW: Final = 80
_PIPE_KEYS: Final = 100
# The terminal's own colours, which are readable on light and on dark backgrounds.
_STYLES: Final[Mapping[Column, str]] = {"done": "green", "guarded": "yellow", "failed": "red", "stopped": "red"}


class FleetDisplay(FleetObserver):
    """Progress of a run on stderr, as a context manager: a live table on a terminal, else one line at a time.

    Args:
        to_stdout: Whether the table goes to stdout, for a command that shows nothing else.
    """

    def __init__(self, *, to_stdout: bool = False) -> None:
        console = make_console(stderr=not to_stdout)
        self._live = (
            Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
            if console.is_terminal
            else None
        )
        self._shown_at = float("-inf")
        self._state = ""
        self._last: FleetProgress | None = None

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    @property
    def progress_seconds(self) -> float:
        """Seconds between two updates of the table."""
        return _TABLE_SECONDS

    @contextmanager
    def unit(self, observation: UnitObservation) -> Generator[None]:
        """Write a line for an organization that needs attention, if there is no terminal.

        Args:
            observation: The work.

        Yields:
            None.
        """
        yield
        if self._live is None and observation.state in ATTENTION_STATES:
            print_status(f"{observation.name}: {observation.state}")

    def paused(self, key: str, until: datetime) -> None:
        """Write a line for a key that waits, if there is no terminal.

        Args:
            key: The limit key.
            until: When its work goes on.
        """
        if self._live is None:
            print_status(f"{key}: waits until {time_of_day(until, datetime.now(UTC))} for the rate limit")

    def progress(self, progress: FleetProgress) -> None:
        """Show the numbers of the run.

        Args:
            progress: The progress of the run.
        """
        if self._live is not None:
            size = self._live.console.size
            lines = progress_lines(progress, keys=max(size.height - 5, 3), width=size.width)
            self._live.update(Group(*lines), refresh=True)
        elif progress.run.state != self._state or time.monotonic() - self._shown_at >= _LINE_SECONDS:
            self._shown_at, self._state = time.monotonic(), progress.run.state
            print_status(summary_line(progress))


def summary_line(progress: FleetProgress) -> str:
    """Return the progress in one line: "applying: 864 of 1,103 organizations, 1 failed, 30 min left"."""
    total = progress.total
    parts = [f"{total.ended:,} of {count_noun(total.units, 'organization')}"]
    parts += [f"{total.counts[state]:,} {state}" for state in ATTENTION_STATES if total.counts[state]]
    if total.open and total.seconds_left is not None:
        parts.append(f"{duration_text(total.seconds_left)} left")
    return f"{progress.run.state}: {', '.join(parts)}"


def progress_lines(progress: FleetProgress, *, keys: int, width: int) -> list[RenderableType]:
    """Return the title of a run, the table of its first keys with one line each, and how many others there are."""
    run = progress.run
    title = f"Fleet, night of {run.night:%Y-%m-%d}, run {run.epoch} ({run.mode}): {run.state}"
    more = len(progress.keys) - keys
    lines: list[RenderableType] = [Text(title, style="bold"), _table(progress, progress.keys[:keys], width)]
    if more > 0:
        lines.append(Text(f"and {count_noun(more, 'more key')}; --json lists all", style="dim"))
    return lines


def _table(progress: FleetProgress, keys: Sequence[KeyProgress], width: int) -> Table:
    # A column without a number would only make a narrow terminal narrower.
    always: set[Column] = {"done", "left"}
    dropped: set[Column] = {"unchanged", "running"} if width < _NARROW else set()
    columns: list[Column] = [
        one for one in COLUMNS if one in always or (progress.total.counts[one] and one not in dropped)
    ]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(Text("key"), no_wrap=True, overflow="ellipsis", min_width=10)
    for column in columns:
        title = column_title(column, progress.run)
        needed = max(len(title), len(f"{progress.total.counts[column]:,}"))
        table.add_column(Text(title), justify="right", no_wrap=True, min_width=needed)
    table.add_column(Text("next"), no_wrap=True, overflow="ellipsis", min_width=8)
    for key in keys:
        table.add_row(Text(clean(key.key)), *_numbers(key, columns), _next(key, progress.at))
    table.add_row(Text("total", style="bold"), *_numbers(progress.total, columns), _next(progress.total, progress.at))
    return table


def _numbers(key: KeyProgress, columns: Sequence[Column]) -> list[Text]:
    return [
        Text(f"{key.counts[column]:,}", style=_STYLES.get(column, "")) if key.counts[column] else Text("-", style="dim")
        for column in columns
    ]


def _next(key: KeyProgress, now: datetime) -> Text:
    """Return what a key does next."""
    if key.refused is not None:
        return Text(clean(key.refused), style="red")
    left = f"{duration_text(key.seconds_left)} left" if key.open and key.seconds_left is not None else ""
    if key.until is not None:
        return Text(f"waiting until {time_of_day(key.until, now)}{left and f', {left}'}", style="yellow")
    return Text(left)


def write_progress(progress: FleetProgress) -> None:
    """Write the progress to stdout: the table by key, and the organizations that need attention."""
    console = make_console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    for line in progress_lines(progress, keys=_PIPE_KEYS, width=console.width):
        console.print(line)
    if progress.run.detail is not None:
        sys.stdout.write(f"{clean(progress.run.detail)}\n")
    write_attention(progress)


def write_attention(progress: FleetProgress) -> None:
    """Write to stdout the keys that stopped and the organizations that need attention, with the hash of their plan."""
    for key in [key for key in progress.keys if key.refused is not None][:_MAX_ATTENTION]:
        sys.stdout.write(f"{clean(key.key)} stopped: {clean(key.refused or '')}\n")
    for unit in progress.attention[:_MAX_ATTENTION]:
        reason = f": {clean(unit.reason)}" if unit.reason else ""
        confirm = f" (hash {unit.plan_hash})" if unit.state == "guarded" and unit.plan_hash else ""
        sys.stdout.write(f"{clean(unit.name)} {unit.state}{reason}{confirm}\n")
    number = sum(progress.total.counts[state] for state in ATTENTION_STATES)
    if (more := number - _MAX_ATTENTION) > 0:
        sys.stdout.write(f"and {more:,} more that need attention; --json lists the first {len(progress.attention):,}\n")


def write_json(value: JsonValue) -> None:
    """Write a JSON document to stdout, in characters that it can encode."""
    text = json.dumps(value, ensure_ascii=not supports_unicode(), indent=2)
    sys.stdout.write(f"{escape_json(text)}\n")
