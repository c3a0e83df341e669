"""Asking whoever sits at the terminal: for a secret, and whether something is meant."""

from __future__ import annotations

import getpass
import sys

from orgsdk.cli.errors import DeclinedError, UsageError
from orgsdk.cli.output import clean


def ask_secret(name: str) -> str:
    """Give what is typed for `name`, which the terminal does not show.

    Raises `UsageError` where nothing is.
    """
    try:
        # It writes to the terminal itself, or to stderr: stdout is for data.
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
    sys.stderr.write(f"{clean(what)}? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise DeclinedError("nothing was changed")
