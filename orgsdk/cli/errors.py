"""What an error becomes on the command line: a line on stderr and an exit code."""

from __future__ import annotations

import sys
from enum import IntEnum
from typing import cast

from orgsdk.bulk.errors import GuardError, PlanError, SourceError
from orgsdk.cli.advice import in_terminal
from orgsdk.cli.output.console import clean
from orgsdk.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidArgumentError,
    OrgError,
    PermissionDeniedError,
    UnsupportedError,
)

# How many ids one line names.
_SHOWN = 10


class ExitCode(IntEnum):
    """Name what the program's exit says to a script. Every command takes its code from here."""

    OK = 0
    FAILURE = 1
    CHANGES_PENDING = 2
    """Of `orgsdk plan --exit-code` alone, as for `terraform plan -detailed-exitcode`."""
    ROWS_FAILED = 3
    SIGN_IN = 4
    GUARD = 5
    USAGE = 64
    """EX_USAGE of sysexits.h; 2, which shells use, says here that changes are pending."""
    INTERRUPTED = 130
    """128 and the number of SIGINT, as a shell reports it."""
    BROKEN_PIPE = 141
    """128 and the number of SIGPIPE, as for any program whose reader has left."""


_MEANINGS: dict[ExitCode, str] = {
    ExitCode.OK: "success",
    ExitCode.CHANGES_PENDING: "changes pending (plan --exit-code)",
    ExitCode.ROWS_FAILED: "some rows failed",
    ExitCode.SIGN_IN: "sign-in or permission refused",
    ExitCode.GUARD: "stopped by a guard",
    ExitCode.USAGE: "wrong command, argument or setting",
    ExitCode.INTERRUPTED: "Ctrl-C",
    ExitCode.BROKEN_PIPE: "closed pipe",
    ExitCode.FAILURE: "any other error",
}
EXIT_CODES = "; ".join(f"{code} {meaning}" for code, meaning in _MEANINGS.items())


class UsageError(Exception):
    """Tell which argument of a command is wrong or missing."""


class DeclinedError(Exception):
    """Tell that whoever was asked whether it is meant said no."""


class MissingExtraError(Exception):
    """Tell which extra a command needs."""


_SIGN_IN = (AuthenticationError, PermissionDeniedError)
_USAGE = (UsageError, ConfigurationError, InvalidArgumentError, UnsupportedError, SourceError)
_GUARD = (GuardError, PlanError)


def exit_code(error: BaseException) -> ExitCode:
    """Give the exit code that stands for `error`."""
    if isinstance(error, _SIGN_IN):
        return ExitCode.SIGN_IN
    if isinstance(error, _GUARD):
        return ExitCode.GUARD
    return ExitCode.USAGE if isinstance(error, _USAGE) else ExitCode.FAILURE


def print_status(text: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"orgsdk: {clean(text)}\n")


def report(error: BaseException) -> ExitCode:
    """Write the error and what was noted on it, as one line where it is one thing, and give its exit code."""
    message = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    if isinstance(error, SourceError | GuardError):
        # One line a row or a guard; the error's own text has the first rows alone.
        first, *others = message.splitlines()
        others = list(map(str, error.problems)) if isinstance(error, SourceError) else others
        print_status(first.rstrip(" ."))
        for line in (*others, *error_notes(error)):
            sys.stderr.write(f"  {clean(line)}\n")
        return exit_code(error)
    if isinstance(error, InvalidArgumentError | UnsupportedError):
        message = in_terminal(message)
    print_status("; ".join([message.rstrip(" ."), *error_notes(error)]))
    return exit_code(error)


def error_notes(error: BaseException) -> list[str]:
    """Give what was noted on the error on its way, and whom a call of several steps had already dealt with."""
    noted = list(getattr(error, "__notes__", []))
    if isinstance(error, OrgError) and error.partial_result is not None:
        left = error.partial_result
        ids = [str(one) for one in cast("tuple[object, ...]", left)] if isinstance(left, tuple) else [_id(left)]
        more = f" and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else ""
        noted.append(f"what was done before that stays: {', '.join(ids[:_SHOWN])}{more}")
    return noted


def _id(record: object) -> str:
    return str(getattr(record, "id", record))
