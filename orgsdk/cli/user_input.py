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

# Names of options that would take a secret. Not --password-file, --ask-password and --passwords PATH.
_OPTION = re.compile(r"--?(?:[a-z0-9]+[-_])*(?:token|secret|password|api[-_]?key|bearer|authorization)", re.IGNORECASE)
_SETTING = re.compile(r"(?:--?)?([A-Z][A-Z0-9_]*)=.+")
# RFC 7519: three parts in base64url. The first is a JSON object.
_JSON_WEB_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_ADVICE = (
    "set it in the environment (such as FLAT_ACCESS_TOKEN or LOGTO_APP_SECRET), in a file that NAME_FILE names, or in "
    "a profile; or type it when the command asks for it"
)
# A shorter value of a variable may equal an argument by chance.
_MIN_SECRET_LENGTH = 8


def refuse_secrets(arguments: Iterable[str], environ: Mapping[str, str]) -> None:
    """Raise `UsageError` if an argument is a secret or sets one. The message does not repeat the secret.

    Other programs can read the arguments of a process.
    """
    secrets = {
        value.strip() for name, value in environ.items() if is_secret(name) and len(value.strip()) >= _MIN_SECRET_LENGTH
    }
    for number, argument in enumerate(arguments, 1):
        option, _, value = argument.partition("=")
        setting = _SETTING.fullmatch(argument)
        if option.startswith("-") and _OPTION.fullmatch(option) and option != "--ask-password":
            raise UsageError(f"{option} is not an option: do not pass a secret as an argument; {_ADVICE}")
        if setting and is_secret(setting[1]):
            raise UsageError(f"{setting[1]} is a setting: do not pass a secret as an argument; {_ADVICE}")
        if _JSON_WEB_TOKEN.search(argument) or argument in secrets or value in secrets:
            raise UsageError(f"argument {number} looks like a secret: do not pass a secret as an argument; {_ADVICE}")


def ask_secret(name: str) -> str:
    """Ask for a secret at the terminal, without echo. Raise `UsageError` if the answer is empty."""
    try:
        # The prompt goes to the terminal or to stderr: stdout is for data.
        with _newline_on_interrupt():
            answer = getpass.getpass(f"{name}: ", stream=sys.stderr).strip()
    except EOFError:
        answer = ""
    if not answer:
        raise UsageError(f"{name} is empty: nothing was typed")
    return answer


def confirm(action: str, *, yes: bool) -> None:
    """Ask whether to do `action`, unless `yes`.

    Raise `UsageError` if there is no terminal to ask at, and `DeclinedError` if the answer is not yes. The question
    is `action` and a question mark, such as "delete the organization org_id, for good".
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"{action}? There is no terminal to ask at: pass --yes to confirm")
    with _newline_on_interrupt():
        sys.stderr.write(f"{clean(action)}? [y/N] ")
        sys.stderr.flush()
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):  # Ctrl-D
            sys.stderr.write("\n")
    if answer.strip().lower() not in {"y", "yes"}:
        raise DeclinedError("nothing was changed")


@contextmanager
def _newline_on_interrupt() -> Generator[None]:
    """End the line of a prompt that is interrupted, so that the next output starts on a new line."""
    try:
        yield
    except (EOFError, KeyboardInterrupt):
        sys.stderr.write("\n")
        raise
