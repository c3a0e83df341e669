"""`orgsdk sandbox`: run the sandbox servers, and print the settings to connect to them."""

import csv
import re
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import anyio
from cyclopts import Parameter

from orgsdk._distribution import install_advice
from orgsdk._messages import count_noun
from orgsdk.bulk.private_file import file_errors, replace_privately
from orgsdk.cli.errors import MissingExtraError, UsageError, print_status
from orgsdk.cli.options.common import PathOption, PortOption, TextOption

if TYPE_CHECKING:
    from orgsdk.sandbox import Person, Sandbox


# RFC 6750, section 2.1: what a bearer token may contain.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_ENV_HEADER = "# Settings of the sandbox, written by orgsdk sandbox --env-file."
_VARIABLE = "ORGSDK_SANDBOX_"
TITLES = {"flat": "Flat", "logto": "Logto", "workos": "WorkOS"}


def sandbox(
    *,
    roster: PathOption = None,
    flat_port: Annotated[PortOption, Parameter(env_var=f"{_VARIABLE}FLAT_PORT")] = 0,
    logto_port: Annotated[PortOption, Parameter(env_var=f"{_VARIABLE}LOGTO_PORT")] = 0,
    workos_port: Annotated[PortOption, Parameter(env_var=f"{_VARIABLE}WORKOS_PORT")] = 0,
    token: Annotated[TextOption, Parameter(env_var=f"{_VARIABLE}TOKEN")] = None,
    env_file: PathOption = None,
    provider: Annotated[Literal["flat", "logto", "workos"], Parameter(metavar="NAME")] = "flat",
) -> None:
    """Run a Flat, a Logto and a WorkOS server on this machine, for tests, until Ctrl-C.

    Prints the settings with which `orgsdk users list`, or your program, connects to each of them. Their data is in
    memory: changes are lost when they stop. With fixed ports and a fixed token, the settings are the same after a
    restart.

    Args:
        roster: A CSV file of users to fill them with: external_id, username, email, first_name, last_name, role
            (student, teacher or admin) and perhaps group. Default: the 1,000 users that orgsdk includes.
        flat_port: Port of the Flat server. 0: a free one.
        logto_port: Port of the Logto server. 0: a free one.
        workos_port: Port of the WorkOS server. 0: a free one.
        token: The access token of the Flat server. It protects nothing, so it may be an argument. Default: a random
            one. Logto's secret and WorkOS's API key are always the same.
        env_file: Write the settings to this file, such as .env. A file that this option did not write stays unchanged.
        provider: The provider that the file selects: flat, logto or workos.
    """
    if token is not None and not _TOKEN.fullmatch(token):
        raise UsageError("--token: use letters, digits and . _ ~ + / - in the token")
    if env_file is not None:
        check_env_file(env_file)
    users = load_roster(roster)
    from orgsdk.sandbox import Sandbox

    async def run() -> None:
        # Catch signals before printing the settings: a program that has read them may send a signal at once.
        with stop_signals() as signals:
            async with Sandbox(
                users, flat_port=flat_port, logto_port=logto_port, workos_port=workos_port, flat_token=token
            ) as servers:
                if env_file is None:
                    print_settings(servers, len(users))
                else:
                    replace_privately(env_file, env_file_text(servers, provider).encode())
                    print_env_file(env_file, len(users))
                await anext(signals)

    # Windows has no signal receiver: Ctrl-C raises KeyboardInterrupt.
    with suppress(KeyboardInterrupt):
        anyio.run(run)


def check_env_file(path: Path) -> None:
    """Raise `UsageError` if the file has content that `--env-file` did not write, and `FileError` if it is a link."""
    with file_errors(path):
        if path.exists() and path.stat().st_size and not path.read_bytes().startswith(_ENV_HEADER.encode()):
            raise UsageError(f"--env-file: {path} has other settings, which would be lost: name another file")


def env_file_text(sandbox: "Sandbox", provider: str) -> str:
    """Return the settings of every provider as `NAME=VALUE` lines; those that select `provider` are in effect."""
    groups = sandbox_settings(sandbox)
    selecting = ("ORGSDK_PROVIDER", "ORGSDK_ORGANIZATION")
    lines = [
        f"{'' if name not in selecting or one == provider else '# '}{name}={value}"
        for one, variables in groups.items()
        for name, value in variables.items()
    ]
    return "\n".join([_ENV_HEADER, *lines, ""])


def print_env_file(path: Path, users: int) -> None:
    """Write to stderr where the settings are, and how to use them."""
    _print_running(users)
    # A shell looks for a name without a slash in the folders of its programs.
    quoted = shlex.quote(str(path) if path.parent.name else f"./{path}")
    print_status(f"wrote {path}; in another terminal, run: set -a; . {quoted}; set +a; orgsdk users list")


def _print_running(users: int) -> None:
    print_status(
        f"a Flat, a Logto and a WorkOS server run on this machine, each with {count_noun(users, 'user')}; "
        "Ctrl-C stops them"
    )


def load_roster(roster: Path | None) -> "list[Person]":
    """Return the users in the file, or in the roster that orgsdk includes.

    Raise `UsageError` for an invalid file, and `MissingExtraError` if the sandbox cannot be imported.
    """
    try:
        from orgsdk.sandbox import default_roster, read_roster
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
    except ValueError as error:  # a `RosterError`, or no path
        raise UsageError(f"--roster: {error}") from None
    except OSError as error:
        raise UsageError(f"--roster: {roster}: {error.strerror}") from None
    except csv.Error as error:
        raise UsageError(f"--roster: {roster}: {error}") from None


def sandbox_settings(sandbox: "Sandbox") -> dict[str, dict[str, str]]:
    """Return, for each provider, the environment variables with which `OrgClient.from_env` uses the sandbox."""
    return {
        "flat": {
            "ORGSDK_PROVIDER": "flat",
            "FLAT_ACCESS_TOKEN": sandbox.flat.token,
            "FLAT_BASE_URL": sandbox.flat_url,
            # Flat's token belongs to one organization. Empty: replaces a value that was set for another provider.
            "ORGSDK_ORGANIZATION": "",
        },
        "logto": {
            "ORGSDK_PROVIDER": "logto",
            "LOGTO_ENDPOINT": sandbox.logto_url,
            "LOGTO_APP_ID": sandbox.logto.app_id,
            "LOGTO_APP_SECRET": sandbox.logto.app_secret,
            "ORGSDK_ORGANIZATION": sandbox.logto.organization_id,
        },
        "workos": {
            "ORGSDK_PROVIDER": "workos",
            "WORKOS_API_KEY": sandbox.workos.api_key,
            "WORKOS_BASE_URL": sandbox.workos_url,
            "ORGSDK_ORGANIZATION": sandbox.workos.organization_id,
        },
    }


def print_settings(sandbox: "Sandbox", users: int) -> None:
    """Write the settings to stdout as shell commands, and how to use them to stderr."""
    _print_running(users)
    print_status("paste one of the groups into another terminal, then run: orgsdk users list")
    groups = [
        f"# {TITLES[provider]}\n"
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
