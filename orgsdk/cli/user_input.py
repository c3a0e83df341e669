"""User input: secrets are refused as arguments and asked for at a prompt; destructive commands ask for confirmation."""

from __future__ import annotations

import getpass
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orgsdk.cli.errors import DeclinedError, UsageError
from orgsdk.cli.output.console import clean
from orgsdk.cli.profiles import is_secret

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

# An option that is called like a secret; --password-file, --ask-password and --passwords PATH are not.
_OPTION = re.compile(r"--?(?:[a-z0-9]+[-_])*(?:token|secret|password|api[-_]?key|bearer|authorization)", re.IGNORECASE)
_SETTING = re.compile(r"(?:--?)?([A-Z][A-Z0-9_]*)=.+")
# RFC 7519: three parts of base64url, the first of which is a JSON object.
_JSON_WEB_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_ADVICE = (
    "set it in the environment (such as FLAT_ACCESS_TOKEN or LOGTO_APP_SECRET), in a file that NAME_FILE names, or in "
    "a profile; or let the command ask for it"
)
# Shorter values of variables may be met by chance.
_SHORTEST = 8


def refuse_secrets(arguments: Iterable[str], environ: Mapping[str, str]) -> None:
    """Raise `UsageError`, which does not repeat it, where an argument is a secret or is about to be one."""
    secrets = {value.strip() for name, value in environ.items() if is_secret(name) and len(value.strip()) >= _SHORTEST}
    for number, argument in enumerate(arguments, 1):
        option, _, value = argument.partition("=")
        setting = _SETTING.fullmatch(argument)
        if option.startswith("-") and _OPTION.fullmatch(option) and option != "--ask-password":
            raise UsageError(f"{option} is no option: a secret is never an argument; {_ADVICE}")
        if setting and is_secret(setting[1]):
            raise UsageError(f"{setting[1]} is a setting: a secret is never an argument; {_ADVICE}")
        if _JSON_WEB_TOKEN.search(argument) or argument in secrets or value in secrets:
            raise UsageError(f"argument {number} looks like a secret, and is not read: {_ADVICE}")


def ask_secret(name: str) -> str:
    """Give what is typed for `name`, which the terminal does not show.

    Raises `UsageError` where nothing is.
    """
    try:
        # It writes to the terminal itself, or to stderr: stdout is for data.
        with _newline_on_interrupt():
            answer = getpass.getpass(f"{name}: ", stream=sys.stderr).strip()
    except EOFError:
        answer = ""
    if not answer:
        raise UsageError(f"{name} was asked for, and nothing was given")
    return answer


def confirm(what: str, *, yes: bool) -> None:
    """Ask whether `what` is meant, unless `yes` says so already.

    Raises `UsageError` where nobody can be asked, and `DeclinedError` where the answer is not yes.

    Example: `confirm("Delete the organization org_id with its memberships, for good", yes=yes)`
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"{what}? Nobody can be asked here: pass --yes if it is meant")
    with _newline_on_interrupt():
        sys.stderr.write(f"{clean(what)}? [y/N] ")
        sys.stderr.flush()
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):  # Ctrl-D
            sys.stderr.write("\n")
    if answer.strip().lower() not in {"y", "yes"}:
        raise DeclinedError("nothing was changed")


@contextmanager
def _newline_on_interrupt() -> Generator[None]:
    """Let what follows a question that is broken off begin a line of its own."""
    try:
        yield
    except (EOFError, KeyboardInterrupt):
        sys.stderr.write("\n")
        raise
