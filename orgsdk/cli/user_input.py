"""User input: secrets are refused as arguments and asked for at a prompt; destructive commands ask for confirmation."""

from __future__ import annotations

import getpass
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orgsdk._secret_settings import is_secret
from orgsdk.cli.errors import DeclinedError, UsageError
from orgsdk.cli.output.console import clean

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

# Names of options that would take a secret. Not --password-file, --ask-password and --passwords PATH.
_OPTION = re.compile(r"--?(?:[a-z0-9]+[-_])*(?:token|secret|password|api[-_]?key|bearer|authorization)", re.IGNORECASE)
_SETTING = re.compile(r"(?:--?)?([A-Z][A-Z0-9_]*)=.+")
# RFC 7519: three parts in base64url. The first is a JSON object.
_JSON_WEB_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_ADVICE = (
    "set it in the environment (such as FLAT_ACCESS_TOKEN or LOGTO_APP_SECRET), in a file that NAME_FILE names, or in "
    "a profile; or type it when the command asks for it"
)
_PASSWORD_ADVICE = "pass --password-file PATH, or --ask-password to type it"  # noqa: S105  # a text
_LOGIN_ADVICE = "type it when the command asks for it, or pass --secret-file PATH, - for standard input"
# Tokens of the sandbox protect nothing.
_SANDBOX_TOKEN = "--token"  # noqa: S105  # the name of an option
# A shorter value of a variable may equal an argument by chance.
_MIN_SECRET_LENGTH = 8


def refuse_secrets(arguments: Sequence[str], environ: Mapping[str, str], command: Sequence[str] = ()) -> None:
    """Raise `UsageError` if an argument is a secret or sets one. The message does not repeat the secret.

    Other programs can read the arguments of a process.
    """
    secrets = {
        value.strip() for name, value in environ.items() if is_secret(name) and len(value.strip()) >= _MIN_SECRET_LENGTH
    }
    if list(command) == ["sandbox"]:
        arguments = _without_option(arguments, _SANDBOX_TOKEN)
    for number, argument in enumerate(arguments, 1):
        option, _, value = argument.partition("=")
        setting = _SETTING.fullmatch(argument)
        if option.startswith("-") and _OPTION.fullmatch(option) and option != "--ask-password":
            advice = _advice(option, command)
            raise UsageError(f"{option} is not an option: do not pass a secret as an argument; {advice}")
        if setting and is_secret(setting[1]):
            raise UsageError(f"{setting[1]} is a setting: do not pass a secret as an argument; {_advice('', command)}")
        if _JSON_WEB_TOKEN.search(argument) or argument in secrets or value in secrets:
            advice = _advice("", command)
            raise UsageError(f"argument {number} looks like a secret: do not pass a secret as an argument; {advice}")


def _advice(option: str, command: Sequence[str]) -> str:
    if list(command) == ["auth", "login"]:
        return _LOGIN_ADVICE
    return _PASSWORD_ADVICE if option.lower().endswith("password") else _ADVICE


def _without_option(arguments: Sequence[str], option: str) -> list[str]:
    """Return the arguments without an option and its value."""
    kept: list[str] = []
    skip = False
    for argument in arguments:
        if not skip and argument != option and not argument.startswith(f"{option}="):
            kept.append(argument)
        skip = argument == option
    return kept


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


def ask(name: str) -> str:
    """Ask for a value that is not a secret at the terminal. Raise `UsageError` if the answer is empty."""
    with _newline_on_interrupt():
        sys.stderr.write(f"{name}: ")
        sys.stderr.flush()
        answer = sys.stdin.readline().strip()
    if not answer:
        raise UsageError(f"{name} is empty: nothing was typed")
    return answer


def has_terminal() -> bool:
    """Return whether there is a terminal to ask at."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def check_terminal(action: str, *, yes: bool) -> None:
    """Raise `UsageError` if `action` has to be confirmed and there is no terminal to ask at."""
    if not yes and not has_terminal():
        raise UsageError(f"{action}? There is no terminal to ask at: pass --yes to confirm")


def confirm(action: str, *, yes: bool) -> None:
    """Ask whether to do `action`, unless `yes`.

    Raise `UsageError` if there is no terminal to ask at, and `DeclinedError` if the answer is not yes. The question
    is `action` and a question mark, such as "delete the organization org_id, for good".
    """
    if yes:
        return
    check_terminal(action, yes=yes)
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
