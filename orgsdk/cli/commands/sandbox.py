"""`orgsdk sandbox`: run the sandbox servers in the foreground, and print the settings that reach them."""

from __future__ import annotations

import csv
import shlex
import signal
import sys
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

import anyio

from orgsdk.cli.errors import MissingExtraError, UsageError, print_status
from orgsdk.cli.options.common import PathOption, PortOption
from orgsdk.cli.output.console import count_noun

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from orgsdk.sandbox import Person, Sandbox


def sandbox(*, roster: PathOption = None, flat_port: PortOption = 0, logto_port: PortOption = 0) -> None:
    """Run a Flat and a Logto server on this machine, for tests and trials, until Ctrl-C.

    Prints the settings that let `orgsdk users list`, or your own program, reach each of them. They are in memory:
    whatever is changed ends with them.

    Args:
        roster: A CSV file of people to fill both with; without it, the 1,000 that come with orgsdk.
        flat_port: The port of the Flat server; 0 takes a free one.
        logto_port: The port of the Logto server; 0 takes a free one.
    """

    serve(roster, flat_port, logto_port)


def load_roster(roster: Path | None) -> list[Person]:
    """Give the people of the file, or of the package's own roster.

    Raises `UsageError` where the file cannot be used, `MissingExtraError` where the sandbox cannot be imported.
    """
    try:
        from orgsdk.sandbox import RosterError, default_roster, read_roster
    except ImportError as error:
        # The room says so by an ImportError of its own; one from within it is a fault, not a missing extra.
        if not isinstance(error.__cause__, ModuleNotFoundError):
            raise
        raise MissingExtraError('the sandbox needs starlette and uvicorn: pip install "orgsdk[cli,sandbox]"') from None
    if roster is None:
        return default_roster()
    try:
        return read_roster(roster)
    except RosterError as error:
        raise UsageError(f"--roster: {error}") from None
    except OSError as error:
        raise UsageError(f"--roster: {roster}: {error.strerror}") from None
    except csv.Error as error:
        raise UsageError(f"--roster: {roster}: {error}") from None


def sandbox_settings(sandbox: Sandbox) -> dict[str, dict[str, str]]:
    """Give, for each provider, the environment variables that lead `OrgClient.from_env` to the sandbox."""
    return {
        "flat": {
            "ORGSDK_PROVIDER": "flat",
            "FLAT_ACCESS_TOKEN": sandbox.flat.token,
            "FLAT_BASE_URL": sandbox.flat_url,
            # Flat's token knows its organization; empty, the variable overrules one that was set for Logto.
            "ORGSDK_ORGANIZATION": "",
        },
        "logto": {
            "ORGSDK_PROVIDER": "logto",
            "LOGTO_ENDPOINT": sandbox.logto_url,
            "LOGTO_APP_ID": sandbox.logto.app_id,
            "LOGTO_APP_SECRET": sandbox.logto.app_secret,
            "ORGSDK_ORGANIZATION": sandbox.logto.organization_id,
        },
    }


def serve(roster: Path | None, flat_port: int, logto_port: int) -> None:
    """Run both servers until Ctrl-C or SIGTERM."""
    people = load_roster(roster)
    from orgsdk.sandbox import Sandbox

    async def run() -> None:
        # Signals are caught before anything is announced: whoever has read the announcement may stop us.
        with stop_signals() as signals:
            async with Sandbox(people, flat_port=flat_port, logto_port=logto_port) as sandbox:
                announce(sandbox, len(people))
                await anext(signals)

    # Where the system has no such signals (Windows), Ctrl-C arrives this way.
    with suppress(KeyboardInterrupt):
        anyio.run(run)


def announce(sandbox: Sandbox, people: int) -> None:
    """Write the settings to stdout, fit for a shell to read, and what to do with them to stderr."""
    print_status(
        f"a Flat and a Logto server run on this machine, each with {count_noun(people, 'user')}; Ctrl-C ends them"
    )
    print_status("paste one of the two groups into another terminal, then run: orgsdk users list")
    groups = [
        f"# {provider.capitalize()}\n"
        + "".join(f"export {name}={shlex.quote(value) if value else ''}\n" for name, value in variables.items())
        for provider, variables in sandbox_settings(sandbox).items()
    ]
    sys.stdout.write("\n".join(groups))
    # Whoever reads this through a pipe waits for it while the servers run.
    sys.stdout.flush()


def stop_signals() -> AbstractContextManager[AsyncIterator[object]]:
    """Catch Ctrl-C and SIGTERM, and give each as it comes."""
    if sys.platform == "win32":  # pragma: no cover
        return nullcontext(_no_signals())
    return anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM)


async def _no_signals() -> AsyncIterator[object]:  # pragma: no cover
    await anyio.sleep_forever()
    yield None
