"""`orgsdk sandbox`: run the sandbox servers, and print the settings to connect to them."""

from __future__ import annotations

import csv
import shlex
import signal
import sys
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

import anyio

from orgsdk._distribution import install_advice
from orgsdk._plural import count_noun
from orgsdk.cli.errors import MissingExtraError, UsageError, print_status
from orgsdk.cli.options.common import PathOption, PortOption

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from orgsdk.sandbox import Person, Sandbox


def sandbox(*, roster: PathOption = None, flat_port: PortOption = 0, logto_port: PortOption = 0) -> None:
    """Run a Flat and a Logto server on this machine, for tests, until Ctrl-C.

    Prints the settings with which `orgsdk users list`, or your program, connects to each of them. Their data is in
    memory: changes are lost when they stop.

    Args:
        roster: A CSV file of users to fill both with. Default: the 1,000 users that orgsdk includes.
        flat_port: Port of the Flat server. 0: a free one.
        logto_port: Port of the Logto server. 0: a free one.
    """
    users = load_roster(roster)
    from orgsdk.sandbox import Sandbox

    async def run() -> None:
        # Catch signals before printing the settings: a program that has read them may send a signal at once.
        with stop_signals() as signals:
            async with Sandbox(users, flat_port=flat_port, logto_port=logto_port) as servers:
                print_settings(servers, len(users))
                await anext(signals)

    # Windows has no signal receiver: Ctrl-C raises KeyboardInterrupt.
    with suppress(KeyboardInterrupt):
        anyio.run(run)


def load_roster(roster: Path | None) -> list[Person]:
    """Return the users in the file, or in the roster that orgsdk includes.

    Raise `UsageError` for an invalid file, and `MissingExtraError` if the sandbox cannot be imported.
    """
    try:
        from orgsdk.sandbox import RosterError, default_roster, read_roster
    except ImportError as error:
        # The sandbox raises its own ImportError for a missing extra. Any other ImportError is a bug.
        if not isinstance(error.__cause__, ModuleNotFoundError):
            raise
        raise MissingExtraError(
            f"the sandbox needs starlette and uvicorn. {install_advice('cli', 'sandbox')}"
        ) from None
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
    """Return, for each provider, the environment variables with which `OrgClient.from_env` uses the sandbox."""
    return {
        "flat": {
            "ORGSDK_PROVIDER": "flat",
            "FLAT_ACCESS_TOKEN": sandbox.flat.token,
            "FLAT_BASE_URL": sandbox.flat_url,
            # Flat's token belongs to one organization. Empty: replaces a value that was set for Logto.
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


def print_settings(sandbox: Sandbox, users: int) -> None:
    """Write the settings to stdout as shell commands, and how to use them to stderr."""
    print_status(
        f"a Flat and a Logto server run on this machine, each with {count_noun(users, 'user')}; Ctrl-C stops them"
    )
    print_status("paste one of the two groups into another terminal, then run: orgsdk users list")
    groups = [
        f"# {provider.capitalize()}\n"
        + "".join(f"export {name}={shlex.quote(value) if value else ''}\n" for name, value in variables.items())
        for provider, variables in sandbox_settings(sandbox).items()
    ]
    sys.stdout.write("\n".join(groups))
    # A program at the other end of a pipe waits for it while the servers run.
    sys.stdout.flush()


def stop_signals() -> AbstractContextManager[AsyncIterator[object]]:
    """Catch Ctrl-C and SIGTERM, and yield each."""
    if sys.platform == "win32":  # pragma: no cover
        return nullcontext(_no_signals())
    return anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM)


async def _no_signals() -> AsyncIterator[object]:  # pragma: no cover
    await anyio.sleep_forever()
    yield None
