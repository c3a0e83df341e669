"""What an error becomes on the command line: a line on stderr and an exit code."""

from __future__ import annotations

import sys
from enum import IntEnum

from orgsdk.cli.output import clean
from orgsdk.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidArgumentError,
    PermissionDeniedError,
    UnsupportedError,
)


class ExitCode(IntEnum):
    """Name what the program's exit says to a script."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    SIGN_IN = 4
    INTERRUPTED = 130
    """128 and the number of SIGINT, as a shell reports it."""
    BROKEN_PIPE = 141
    """128 and the number of SIGPIPE, as for any program whose reader has left."""


class UsageError(Exception):
    """Tell which argument of a command is wrong or missing."""


class MissingExtraError(Exception):
    """Tell which extra a command needs."""


_SIGN_IN = (AuthenticationError, PermissionDeniedError)
_USAGE = (UsageError, ConfigurationError, InvalidArgumentError, UnsupportedError)


def exit_code(error: BaseException) -> ExitCode:
    """Give the exit code that stands for `error`."""
    if isinstance(error, _SIGN_IN):
        return ExitCode.SIGN_IN
    return ExitCode.USAGE if isinstance(error, _USAGE) else ExitCode.FAILURE


def tell(text: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"orgsdk: {clean(text)}\n")


def report(error: BaseException) -> ExitCode:
    """Write the error and what was noted on it as one line, and give its exit code."""
    message = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    tell("; ".join([message.rstrip(" ."), *notes(error)]))
    return exit_code(error)


def notes(error: BaseException) -> list[str]:
    """Give what was noted on the error on its way."""
    return list(getattr(error, "__notes__", []))
