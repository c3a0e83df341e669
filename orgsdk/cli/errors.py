"""Errors on the command line: exit codes, and the lines on stderr."""

from __future__ import annotations

import re
import sys
from enum import IntEnum
from typing import TYPE_CHECKING, cast

from orgsdk._messages import count_noun
from orgsdk.bulk.errors import FileError, GuardError, PlanError, SourceError
from orgsdk.cli.output.console import clean
from orgsdk.errors import (
    Advice,
    AuthenticationError,
    ConfigurationError,
    InvalidArgumentError,
    NotFoundError,
    OrgError,
    PermissionDeniedError,
    UnsupportedError,
)
from orgsdk.fleet.errors import BudgetError, FleetConfigError, FleetGuardError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_POLICY_CALL = re.compile(r"\bPolicy\((\w+)=\"?(\w+)\"?\)")
_POLICY_FIELD = re.compile(r"\bPolicy\.(\w+)")
# Fields that are a list have an option for one value.
_SINGULARS: Mapping[str, str] = {
    "default_roles": "default_role",
    "remove_roles": "remove_role",
    "admin_roles": "admin_role",
}
# The largest number of lines that a terminal shows of a roster's problems.
_MAX_LINES = 20
# The largest number of ids in one line.
_MAX_IDS = 10


class ExitCode(IntEnum):
    """Exit codes of the program. Every command returns one of these."""

    OK = 0
    FAILURE = 1
    CHANGES_PENDING = 2
    """Only of `orgsdk plan --exit-code`, as in `terraform plan -detailed-exitcode`."""
    ROWS_FAILED = 3
    SIGN_IN = 4
    GUARD = 5
    USAGE = 64
    """EX_USAGE of sysexits.h. Shells use 2, which means "changes pending" here."""
    INTERRUPTED = 130
    """128 and the number of SIGINT, as a shell reports it."""
    BROKEN_PIPE = 141
    """128 and the number of SIGPIPE, as for any program whose reader has closed the pipe."""


MEANINGS: dict[ExitCode, str] = {
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
EXIT_CODES = "; ".join(f"{code} {meaning}" for code, meaning in MEANINGS.items())


class UsageError(Exception):
    """An argument of a command is wrong or missing."""


class DeclinedError(Exception):
    """The user did not confirm the command."""


class MissingExtraError(Exception):
    """A command needs an extra that is not installed."""


_SIGN_IN = (AuthenticationError, PermissionDeniedError)
_USAGE = (UsageError, ConfigurationError, InvalidArgumentError, UnsupportedError, SourceError)
_GUARD = (GuardError, PlanError, FleetGuardError, BudgetError)

# Operations that name an argument (`Capability`), as commands with an option.
OPERATIONS: Mapping[str, str] = {
    "organizations.list(query=)": "orgsdk organizations list --query",
    "users.list(query=)": "orgsdk users list --query",
    "users.list(role=)": "orgsdk users list --role",
    "users.create(locale=)": "orgsdk users create --locale",
    "users.update(locale=)": "orgsdk users update --locale",
    "invitations.create(expires_in=, expires_at=)": "orgsdk invitations create --expires-in",
    "invitations.create(inviter_id=)": "orgsdk invitations create --inviter",
    "invitations.create(send=False)": "orgsdk invitations create --no-send",
    "roles.list(query=)": "orgsdk roles list --query",
}


def exit_code(error: BaseException) -> ExitCode:
    """Return the exit code for `error`."""
    if isinstance(error, _SIGN_IN):
        return ExitCode.SIGN_IN
    if isinstance(error, _GUARD):
        return ExitCode.GUARD
    if isinstance(error, NotFoundError) and error.choices is not None:
        return ExitCode.USAGE  # an unknown name of a role, as in a roster
    return ExitCode.USAGE if isinstance(error, _USAGE) else ExitCode.FAILURE


def print_status(text: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"orgsdk: {clean(text)}\n")


def report(error: BaseException) -> ExitCode:
    """Write the error and its notes to stderr, and return its exit code.

    The message and the notes share one line. A roster with errors and a refused plan take one line for each group of
    the same problems, or for each guard, and a fleet's configuration one for each problem if it has several.
    """
    if isinstance(error, SourceError | GuardError):
        first, *others = str(error).splitlines()
        if isinstance(error, SourceError):
            others = list(_problem_lines(error, _MAX_LINES if sys.stderr.isatty() else None))
            if error.remedy is not None:
                others.append(error.remedy.command)
        elif error.advice is not None:
            others.pop()  # for callers in Python: the command has its own
        print_status(first.rstrip(" ."))
        for line in (*others, *error_notes(error)):
            sys.stderr.write(f"  {clean(name_options(line))}\n")
    elif isinstance(error, FleetConfigError) and len(error.problems) > 1:
        first, *others = str(error).splitlines()
        print_status(first.rstrip(" ."))
        for line in (*others, *error_notes(error)):
            sys.stderr.write(f"  {clean(line)}\n")
    else:
        print_status("; ".join([error_message(error).rstrip(" ."), *error_notes(error)]))
    return exit_code(error)


def _problem_lines(error: SourceError, limit: int | None) -> Iterator[str]:
    """Yield one line for each group of problems, and its advice below the last group that has it."""
    groups = error.groups
    last = {group.advice: number for number, group in enumerate(groups)}
    lines: list[tuple[str, int]] = []
    for number, group in enumerate(groups):
        lines.append((str(group), max(len(group.origins), 1)))
        if group.advice is not None and last[group.advice] == number:
            lines.append((group.advice.command, 0))
    # The last line states how many are left out.
    shown = lines if limit is None or len(lines) <= limit else lines[: limit - 1]
    yield from (line for line, _ in shown)
    if hidden := sum(rows for _, rows in lines[len(shown) :]):
        yield f"and {count_noun(hidden, 'more problem')}; --problems PATH writes all of them to a file"


def error_message(error: BaseException) -> str:
    """Return the error's message, with commands and options in place of calls and arguments."""
    match error:
        case FileError():
            return str(error)
        case OSError():
            return error.strerror or str(error)
        case UnsupportedError():
            advice = error.advice.command if isinstance(error.advice, Advice) else error.advice
            operation = OPERATIONS.get(error.operation, error.operation)
            return f"{error.provider} does not offer {operation}. {advice or ''}"
        case InvalidArgumentError(argument=str(argument)):
            return f"--{argument.replace('_', '-')} {error.message}"
        case InvalidArgumentError(advice=Advice() as advice):
            return f"{error.message} {advice.command}"
        case FleetConfigError(problems=(problem,)):
            return f"{error.source}: {problem}"
        case ConfigurationError():
            return name_options(str(error))
        case _:
            return str(error)


def name_options(text: str) -> str:
    """Return a message with options in place of the fields of `Policy`: `--grace` for `Policy.grace`."""
    text = _POLICY_CALL.sub(lambda found: f"{_option(found[1])} {found[2]}".removesuffix(" True"), text)
    return _POLICY_FIELD.sub(lambda found: _option(found[1]), text)


def _option(field: str) -> str:
    return f"--{_SINGULARS.get(field, field).replace('_', '-')}"


def error_notes(error: BaseException) -> list[str]:
    """Return the notes on the error, and the ids of what was done before it occurred."""
    noted: list[str] = []
    if isinstance(error, OSError) and error.filename and not isinstance(error, FileError):
        noted.append(str(error.filename))
    noted += getattr(error, "__notes__", [])
    if isinstance(error, OrgError) and error.partial_result is not None:
        done = error.partial_result
        ids = [str(one) for one in cast("tuple[object, ...]", done)] if isinstance(done, tuple) else [_id(done)]
        more = f" and {len(ids) - _MAX_IDS:,} more" if len(ids) > _MAX_IDS else ""
        noted.append(f"done before the error, and kept: {', '.join(ids[:_MAX_IDS])}{more}")
    return noted


def _id(record: object) -> str:
    return str(getattr(record, "id", record))
