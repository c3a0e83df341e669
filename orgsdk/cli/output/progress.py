"""Progress bar of a bulk run, on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from orgsdk.cli.output.console import make_console

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from rich.progress import Task

    from orgsdk import bulk


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Return writes per second; nothing while it is unknown."""
        return Text("" if task.speed is None else f"{task.speed:.1f}/s")


class RunProgress:
    """Progress bar of a run, as a context manager. Pass `update` as the run's `on_progress`.

    It shows nothing if stderr is not a terminal.
    """

    def __init__(self) -> None:
        console = make_console(stderr=True)
        self._progress = Progress(
            TextColumn("applying"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
            console=console,
            disable=not console.is_terminal,
            redirect_stdout=False,
            redirect_stderr=False,
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
            self._progress.stop()

    def update(self, now: bulk.Progress) -> None:
        """Show the progress."""
        failed = now.counts.get("failed", 0) + now.counts.get("unknown", 0)
        notes = [f"{failed:,} failed"] if failed else []
        if now.waiting:
            notes.append(f"waiting {now.waiting:.0f} s for the rate limit")
        self._progress.update(self._task, total=now.planned, completed=now.done, description=", ".join(notes))
