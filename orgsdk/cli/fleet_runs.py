"""Runs of a fleet by a command: its configuration, its progress, and the command that continues an interrupted one."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import anyio

from orgsdk._distribution import install_advice
from orgsdk.bulk.errors import FileError
from orgsdk.cli.errors import ExitCode, MissingExtraError, UsageError
from orgsdk.cli.output.fleet import FleetDisplay
from orgsdk.fleet.budget import OVER_BUDGET
from orgsdk.fleet.errors import OpenRunError
from orgsdk.fleet.fleet import Fleet

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from orgsdk.fleet.context import WorkContext
    from orgsdk.fleet.progress import FleetProgress

T = TypeVar("T")
CONFIG: Final = Path("fleet.toml")


@dataclass(slots=True)
class FleetCommand:
    """A command for a fleet.

    Args:
        config: The fleet's configuration file.
        as_json: Whether stdout gets one JSON document.
    """

    config: Path
    as_json: bool = False
    display: FleetDisplay = field(default_factory=FleetDisplay)

    def load(self) -> Fleet:
        """Return the fleet. Raise `UsageError` if there is no configuration file."""
        try:
            return Fleet.load(self.config, observer=self.display)
        except FileError as error:
            if self.config.exists():
                raise
            raise UsageError(
                f"there is no {self.config}: --config PATH names another file, and the page "
                "docs/how-to/fleet-every-night.md shows how to write one"
            ) from error

    def run(self, function: Callable[[Fleet, WorkContext], Awaitable[T]]) -> T:
        """Await `function` with the fleet and its open store, and return the result."""
        fleet = self.load()

        async def main() -> T:
            async with fleet.context() as context:
                return await function(fleet, context)

        with self._advice():
            return anyio.run(main)

    def line(self, command: str, *options: str) -> str:
        """Return the command line of another command for the same fleet."""
        config = [] if self.config == CONFIG else ["--config", str(self.config)]
        as_json = ["--json"] if self.as_json and command != "cancel" else []
        return shlex.join(["orgsdk", "fleet", command, *options, *config, *as_json])

    @contextmanager
    def _advice(self) -> Generator[None]:
        """Add the command that helps to an error."""
        try:
            yield
        except KeyboardInterrupt as error:
            error.add_note(f"to continue, run: {self.line('resume')}")
            raise
        except OpenRunError as error:
            error.add_note(
                f"{self.line('apply')} applies plans that are made, {self.line('resume')} continues it, "
                f"{self.line('cancel')} drops it"
            )
            raise
        except ImportError as error:
            if not isinstance(error.__cause__, ModuleNotFoundError):
                raise
            raise MissingExtraError(
                f"the store of this fleet needs PostgreSQL's driver. {install_advice('fleet')}"
            ) from None


def exit_code_of(progress: FleetProgress) -> ExitCode:
    """Return the exit code for what a run has come to: a guard, then a refused sign-in, then failures."""
    counts = progress.total.counts
    if progress.run.state in {"refused", "stopped"} or counts["guarded"]:
        return ExitCode.GUARD
    if any(key.refused is not None and not key.refused.startswith(OVER_BUDGET) for key in progress.keys):
        return ExitCode.SIGN_IN
    return ExitCode.ROWS_FAILED if counts["failed"] or counts["stopped"] else ExitCode.OK
