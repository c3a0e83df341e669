"""Output formats: rows as a table, a JSON array, JSON lines or CSV."""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING, Literal, Protocol

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from orgsdk.bulk.private_file import escape_cell
from orgsdk.cli.output.console import escape_json, make_console, supports_unicode
from orgsdk.cli.output.rows import format_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import JsonValue

    from orgsdk.cli.output.rows import Row

_GAP = 2
# The widths follow the first page; these leave room for longer values of later ones, where there is any.
_MIN_WIDTHS = {"username": 14, "name": 18, "email": 26, "roles": 7}
_PROSE = {"username", "name", "email", "description", "detail", "advice", "url", "raw"}


class RowTable:
    """Lay rows out in columns, whose widths the first rows and the space decide."""

    def __init__(self, width: int, columns: Sequence[str]) -> None:
        self._columns = columns
        self._width = width
        self._widths: list[int] | None = None

    def rows(self, rows: Sequence[Row]) -> Table:
        """Give the table's next rows, headed if they are the first."""
        cells = [[format_cell(row[column]) for column in self._columns] for row in rows]
        table = Table(box=None, padding=0, show_header=self._widths is None)
        if self._widths is None:
            self._widths = self._measure(cells)
        for index, (column, width) in enumerate(zip(self._columns, self._widths, strict=True)):
            if index:
                # A gap is a column: as padding, rich before 15 counts one behind the last column as well.
                table.add_column(width=_GAP)
            table.add_column(Text(column, style="bold"), width=width, overflow="fold")
        for line in cells:
            table.add_row(*[part for text in line for part in ("", Text(text))][1:])
        return table

    def _measure(self, cells: Sequence[Sequence[str]]) -> list[int]:
        needed = [
            max([len(column), *(cell_len(line[index]) for line in cells)]) for index, column in enumerate(self._columns)
        ]
        return fit_widths(self._columns, needed, self._width - _GAP * (len(needed) - 1))


def fit_widths(columns: Sequence[str], needed: Sequence[int], available: int) -> list[int]:
    """Give the widths of columns that are to be `needed` wide, or wider, in what is available together.

    Columns narrow in turn, the widest of a group first, down to a least width. An e-mail address is whole where that
    leaves the others a least width, and broken else. An id is copied by hand, so it is the last to be broken.
    """
    every = set(columns)
    roomy = [max(_MIN_WIDTHS.get(column, 0), width) for column, width in zip(columns, needed, strict=True)]
    widths = _narrowed(columns, roomy, needed, every, available)
    whole = _in_turn(columns, widths, ((_PROSE - {"email"}, 12), (every - {"id", "email"}, 7)), available)
    if sum(whole) <= available:
        return whole
    return _in_turn(columns, widths, ((_PROSE, 12), (every - {"id"}, 7), (every, 4)), available)


def _in_turn(
    columns: Sequence[str], widths: Sequence[int], turns: Iterable[tuple[set[str], int]], available: int
) -> list[int]:
    fitted = list(widths)
    for names, least in turns:
        fitted = _narrowed(columns, fitted, [least] * len(fitted), names, available)
    return fitted


def _narrowed(
    columns: Sequence[str], widths: Sequence[int], least: Sequence[int], names: set[str], available: int
) -> list[int]:
    fitted = list(widths)
    while sum(fitted) > available:
        wide = [index for index, column in enumerate(columns) if column in names and fitted[index] > least[index]]
        if not wide:
            break
        fitted[max(wide, key=fitted.__getitem__)] -= 1
    return fitted


OutputFormat = Literal["table", "json", "ndjson", "csv"]

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
        self._lines.writerows([escape_cell(format_cell(row[column])) for column in self._columns] for row in rows)
        sys.stdout.flush()

    def end(self) -> None:
        """Write the names where there was nobody to write."""
        self._head()

    def _head(self) -> None:
        if not self._headed:
            self._lines.writerow(self._columns)
            self._headed = True


_WRITERS: dict[OutputFormat, type[Writer]] = {
    "table": TableWriter,
    "json": ArrayWriter,
    "ndjson": LinesWriter,
    "csv": CSVWriter,
}


def make_writer(form: OutputFormat | None, columns: Sequence[str]) -> Writer:
    """Give the writer of a form; without one, a table for a terminal and JSON lines for a pipe."""
    return _WRITERS[_choose_format(form)](columns)


def write_one(row: Row, form: OutputFormat | None) -> None:
    """Write one record alone: for people a line a field, as JSON an object instead of an array of one."""
    match _choose_format(form):
        case "table":
            told: list[Row] = [{"field": name, "value": value} for name, value in row.items()]
            writer = make_writer("table", ("field", "value"))
            writer.write(told)
        case "json":
            sys.stdout.write(f"{as_json(row, indent=2)}\n")
        case other:
            writer = make_writer(other, tuple(row))
            writer.write([row])


def _choose_format(form: OutputFormat | None) -> OutputFormat:
    return form or ("table" if sys.stdout.isatty() else "ndjson")


def as_json(row: Row, *, indent: int | None = None) -> str:
    """Give the row as a JSON object."""
    # Escapes lose nothing where stdout lacks the letters themselves.
    plain: dict[str, JsonValue] = dict(row)
    return escape_json(json.dumps(plain, ensure_ascii=not supports_unicode(), indent=indent))
