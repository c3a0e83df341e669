"""Progress bar of a bulk run, on stderr."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn
from rich.text import Text

from orgsdk.cli.output.console import make_console

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from typing import Self

    from rich.console import RenderableType
    from rich.progress import Task

    from orgsdk import bulk

# A time of day is clear without its day until then.
_SAME_DAY = timedelta(hours=20)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Return writes per second; nothing while it is unknown."""
        return Text("" if task.speed is None else f"{task.speed:.1f}/s")


class _Bar(Progress):
    """A bar, with a line of notes below it if there are any."""

    notes: str = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        """Yield the bar and the notes."""
        yield self.make_tasks_table(self.tasks)
        if self.notes:
            yield Text(self.notes)


class RunProgress:
    """Progress bar of a run, as a context manager. Pass `update` as the run's `on_progress`.

    It shows nothing if stderr is not a terminal.
    """

    def __init__(self) -> None:
        console = make_console(stderr=True)
        self._progress = _Bar(
            TextColumn("applying"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            _Rate(),
            TextColumn("{task.description}"),
            console=console,
            disable=not console.is_terminal,
            redirect_stdout=False,
            redirect_stderr=False,
            expand=True,
        )
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # rich before 15 prints an empty line when a disabled bar stops.
        if not self._progress.disable:
            self._progress.notes = ""
            self._progress.stop()

    def update(self, now: bulk.Progress) -> None:
        """Show the progress."""
        clock = datetime.now(UTC)
        failed = now.counts.get("failed", 0) + now.counts.get("unknown", 0)
        notes = [f"{failed:,} failed"] if failed else []
        if now.waiting:
            until = time_of_day(clock + timedelta(seconds=now.waiting), clock)
            notes.append(f"waiting until {until} for the rate limit")
        noted, self._progress.notes = self._progress.notes, ", ".join(notes)
        ends = "" if now.ends_at is None or now.done == now.planned else f"done at {time_of_day(now.ends_at, clock)}"
        self._progress.update(self._task, total=now.planned, completed=now.done, description=ends)
        if self._progress.notes != noted:
            self._progress.refresh()  # a run that waits sends no other update


def time_of_day(at: datetime, now: datetime) -> str:
    """Return a time by the clock of this machine: "14:07", or on another day "Tue 14:07", or "2026-12-24 14:07"."""
    local = at.astimezone()
    if at - now < _SAME_DAY:
        return f"{local:%H:%M}"
    return f"{local:%a %H:%M}" if at - now < timedelta(days=6) else f"{local:%Y-%m-%d %H:%M}"
