"""Asking whoever sits at the terminal: for a secret, and whether something is meant."""

from __future__ import annotations

import getpass
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orgsdk.cli.errors import DeclinedError, UsageError
from orgsdk.cli.output import clean

if TYPE_CHECKING:
    from collections.abc import Generator


def ask_secret(name: str) -> str:
    """Give what is typed for `name`, which the terminal does not show.

    Raises `UsageError` where nothing is.
    """
    try:
        # It writes to the terminal itself, or to stderr: stdout is for data.
        with _ending_the_line():
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
    with _ending_the_line():
        sys.stderr.write(f"{clean(what)}? [y/N] ")
        sys.stderr.flush()
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):  # Ctrl-D
            sys.stderr.write("\n")
    if answer.strip().lower() not in {"y", "yes"}:
        raise DeclinedError("nothing was changed")


@contextmanager
def _ending_the_line() -> Generator[None]:
    """Let what follows a question that is broken off begin a line of its own."""
    try:
        yield
    except (EOFError, KeyboardInterrupt):
        sys.stderr.write("\n")
        raise
