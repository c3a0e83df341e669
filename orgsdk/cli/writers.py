"""The forms in which users are written to stdout, page by page."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Literal, Protocol

from orgsdk.cli.output import make_console, speaks_unicode
from orgsdk.cli.table import COLUMNS, UserTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import User

Form = Literal["table", "ndjson", "json"]

# A pipe has no edge: a row stays on its line.
_PIPE_WIDTH = 400


class Writer(Protocol):
    """Write users in one form."""

    def write(self, users: Sequence[User]) -> None:
        """Write these users, and let the reader have them at once."""

    def end(self) -> None:
        """Write what closes a list that is complete, or was cut where it was to be cut."""


class TableWriter:
    """Write a table for people."""

    def __init__(self) -> None:
        self._console = make_console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
        self._table = UserTable(self._console.width)

    def write(self, users: Sequence[User]) -> None:
        """Write rows, headed once."""
        if users:
            self._console.print(self._table.rows(users))

    def end(self) -> None:
        """Write nothing."""


class LinesWriter:
    """Write one JSON object a line."""

    def write(self, users: Sequence[User]) -> None:
        """Write a line a user."""
        sys.stdout.write("".join(f"{as_json(user)}\n" for user in users))
        sys.stdout.flush()

    def end(self) -> None:
        """Write nothing."""


class ArrayWriter:
    """Write one JSON array.

    It is closed by `end` alone: whoever parses a list that broke off shall notice.
    """

    def __init__(self) -> None:
        self._separator = "[\n"

    def write(self, users: Sequence[User]) -> None:
        """Write the next elements."""
        for user in users:
            sys.stdout.write(f"{self._separator}  {as_json(user)}")
            self._separator = ",\n"
        sys.stdout.flush()

    def end(self) -> None:
        """Close the array."""
        sys.stdout.write("[]\n" if self._separator == "[\n" else "\n]\n")


_WRITERS: dict[Form, type[Writer]] = {"table": TableWriter, "ndjson": LinesWriter, "json": ArrayWriter}


def make_writer(form: Form | None) -> Writer:
    """Give the writer of a form; without one, a table for a terminal and JSON lines for a pipe."""
    return _WRITERS[form or ("table" if sys.stdout.isatty() else "ndjson")]()


def as_json(user: User) -> str:
    """Give the user's columns as a JSON object on one line."""
    fields = {column: getattr(user, column) for column in COLUMNS}
    # Escapes lose nothing where stdout lacks the letters themselves.
    return json.dumps(fields, ensure_ascii=not speaks_unicode())
