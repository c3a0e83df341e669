"""The forms in which rows are written to stdout, page by page, and one record alone."""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING, Literal, Protocol

from orgsdk.bulk.cells import safe_cell
from orgsdk.cli.output import escaped, make_console, speaks_unicode
from orgsdk.cli.rows import cell
from orgsdk.cli.table import RowTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

    from orgsdk.cli.rows import Row

Form = Literal["table", "json", "ndjson", "csv"]

# A pipe has no edge: a row stays on its line.
_PIPE_WIDTH = 400


class Writer(Protocol):
    """Write rows in one form."""

    def __init__(self, columns: Sequence[str]) -> None: ...

    def write(self, rows: Sequence[Row]) -> None:
        """Write these rows, and let the reader have them at once."""

    def end(self) -> None:
        """Write what closes a list that is complete, or was cut where it was to be cut."""


class TableWriter:
    """Write a table for people."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._console = make_console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
        self._table = RowTable(self._console.width, columns)

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows, headed once."""
        if rows:
            self._console.print(self._table.rows(rows))

    def end(self) -> None:
        """Write nothing."""


class LinesWriter:
    """Write one JSON object a line."""

    def __init__(self, columns: Sequence[str]) -> None:
        """Take the columns that the rows have anyway."""

    def write(self, rows: Sequence[Row]) -> None:
        """Write a line a row."""
        sys.stdout.write("".join(f"{as_json(row)}\n" for row in rows))
        sys.stdout.flush()

    def end(self) -> None:
        """Write nothing."""


class ArrayWriter:
    """Write one JSON array.

    It is closed by `end` alone: whoever parses a list that broke off shall notice.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._separator = "[\n"

    def write(self, rows: Sequence[Row]) -> None:
        """Write the next elements."""
        for row in rows:
            sys.stdout.write(f"{self._separator}  {as_json(row)}")
            self._separator = ",\n"
        sys.stdout.flush()

    def end(self) -> None:
        """Close the array."""
        sys.stdout.write("[]\n" if self._separator == "[\n" else "\n]\n")


class CSVWriter:
    """Write a line of names, and a line of comma-separated values a row, none of which is a formula."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._lines = csv.writer(sys.stdout, lineterminator="\n")
        self._headed = False

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows, headed once."""
        self._head()
        self._lines.writerows([safe_cell(cell(row[column])) for column in self._columns] for row in rows)
        sys.stdout.flush()

    def end(self) -> None:
        """Write the names where there was nobody to write."""
        self._head()

    def _head(self) -> None:
        if not self._headed:
            self._lines.writerow(self._columns)
            self._headed = True


_WRITERS: dict[Form, type[Writer]] = {
    "table": TableWriter,
    "json": ArrayWriter,
    "ndjson": LinesWriter,
    "csv": CSVWriter,
}


def make_writer(form: Form | None, columns: Sequence[str]) -> Writer:
    """Give the writer of a form; without one, a table for a terminal and JSON lines for a pipe."""
    return _WRITERS[_chosen(form)](columns)


def write_one(row: Row, form: Form | None) -> None:
    """Write one record alone: for people a line a field, as JSON an object instead of an array of one."""
    match _chosen(form):
        case "table":
            told: list[Row] = [{"field": name, "value": value} for name, value in row.items()]
            writer = make_writer("table", ("field", "value"))
            writer.write(told)
        case "json":
            sys.stdout.write(f"{as_json(row, indent=2)}\n")
        case other:
            writer = make_writer(other, tuple(row))
            writer.write([row])


def _chosen(form: Form | None) -> Form:
    return form or ("table" if sys.stdout.isatty() else "ndjson")


def as_json(row: Row, *, indent: int | None = None) -> str:
    """Give the row as a JSON object."""
    # Escapes lose nothing where stdout lacks the letters themselves.
    plain: dict[str, JsonValue] = dict(row)
    return escaped(json.dumps(plain, ensure_ascii=not speaks_unicode(), indent=indent))
