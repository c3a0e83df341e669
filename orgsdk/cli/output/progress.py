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
        """Give how many a second; nothing as long as that is not known."""
        return Text("" if task.speed is None else f"{task.speed:.1f}/s")


class RunProgress:
    """Show a run's progress while it is entered; `update` is what a run's `on_progress` takes."""

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
        # Asked first: rich before 15 ends what it did not show with an empty line.
        if not self._progress.disable:
            self._progress.stop()

    def update(self, now: bulk.Progress) -> None:
        """Show how far the run is now."""
        failed = now.counts.get("failed", 0) + now.counts.get("unknown", 0)
        told = [f"{failed:,} failed"] if failed else []
        if now.waiting:
            told.append(f"waiting {now.waiting:.0f} s for the rate limit")
        self._progress.update(self._task, total=now.planned, completed=now.done, description=", ".join(told))
