"""Output formats: rows as a table, a JSON array, JSON lines or CSV."""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING, Literal, Protocol

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from orgsdk.bulk.csv_cells import escape_cell
from orgsdk.cli.output.console import escape_json, make_console, supports_unicode
from orgsdk.cli.output.rows import format_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import JsonValue

    from orgsdk.cli.output.rows import Row

_GAP = 2
# The first page sets the widths. If there is space, these leave some for longer values on later pages.
_MIN_WIDTHS = {"username": 14, "name": 18, "email": 26, "roles": 7}
_PROSE = {"username", "name", "email", "description", "detail", "advice", "url", "raw"}


class RowTable:
    """Rows as a table that grows page by page. Values are never cut: a long one continues on the next line.

    The first rows and the width of the terminal set the widths of the columns. In a terminal that is too narrow for a
    whole id or a whole header, each row is a list of its fields: an id is copied by hand.
    """

    def __init__(self, width: int, columns: Sequence[str]) -> None:
        self._columns = columns
        self._width = width
        self._widths: list[int] | None = None
        self._is_stacked = False

    def rows(self, rows: Sequence[Row]) -> Table:
        """Return the next rows of the table. The first rows have a header, unless each is a list of its fields."""
        cells = [[format_cell(row[column]) for column in self._columns] for row in rows]
        table = Table(box=None, padding=0, show_header=self._widths is None)
        if self._widths is None:
            self._widths = self._measure(cells)
        if self._is_stacked:
            return self._stack(cells)
        for index, (column, width) in enumerate(zip(self._columns, self._widths, strict=True)):
            if index:
                # The gap is a column of its own: rich before 15 adds padding after the last column too.
                table.add_column(width=_GAP)
            table.add_column(Text(column, style="bold"), width=width, overflow="fold")
        for line in cells:
            table.add_row(*[part for text in line for part in ("", Text(text))][1:])
        return table

    def _measure(self, cells: Sequence[Sequence[str]]) -> list[int]:
        needed = [
            max([len(column), *(cell_len(line[index]) for line in cells)]) for index, column in enumerate(self._columns)
        ]
        fitted = fit_widths(self._columns, needed, self._width - _GAP * (len(needed) - 1))
        self._is_stacked = any(
            width < (whole if column == "id" else len(column))
            for column, width, whole in zip(self._columns, fitted, needed, strict=True)
        )
        return fitted

    def _stack(self, cells: Sequence[Sequence[str]]) -> Table:
        table = Table(box=None, padding=0, show_header=False)
        name_width = max(map(len, self._columns))
        table.add_column(width=name_width)
        table.add_column(width=_GAP)
        table.add_column(width=max(self._width - name_width - _GAP, 1), overflow="fold")
        for line in cells:
            for column, text in zip(self._columns, line, strict=True):
                table.add_row(Text(column, style="bold"), "", Text(text))
            table.add_row()
        return table


def fit_widths(columns: Sequence[str], needed: Sequence[int], available: int) -> list[int]:
    """Return the widths of the columns, at least `needed` if they fit into `available` together.

    If they do not fit, groups of columns become narrower, one group after the other, the widest column first, down to
    a minimum. An email address stays on one line if the other columns keep their minimum. An id is the last to be
    broken: it is copied by hand.
    """
    all_columns = set(columns)
    wide = [max(_MIN_WIDTHS.get(column, 0), width) for column, width in zip(columns, needed, strict=True)]
    widths = _narrow(columns, wide, needed, all_columns, available)
    unbroken = _narrow_groups(
        columns, widths, ((_PROSE - {"email"}, 12), (all_columns - {"id", "email"}, 7)), available
    )
    if sum(unbroken) <= available:
        return unbroken
    return _narrow_groups(columns, widths, ((_PROSE, 12), (all_columns - {"id"}, 7), (all_columns, 4)), available)


def _narrow_groups(
    columns: Sequence[str], widths: Sequence[int], groups: Iterable[tuple[set[str], int]], available: int
) -> list[int]:
    fitted = list(widths)
    for names, minimum in groups:
        fitted = _narrow(columns, fitted, [minimum] * len(fitted), names, available)
    return fitted


def _narrow(
    columns: Sequence[str], widths: Sequence[int], minimums: Sequence[int], names: set[str], available: int
) -> list[int]:
    fitted = list(widths)
    while sum(fitted) > available:
        candidates = [
            index for index, column in enumerate(columns) if column in names and fitted[index] > minimums[index]
        ]
        if not candidates:
            break
        fitted[max(candidates, key=fitted.__getitem__)] -= 1
    return fitted


OutputFormat = Literal["table", "json", "ndjson", "csv"]

# A pipe has no width: each row stays on one line.
_PIPE_WIDTH = 400


class Writer(Protocol):
    """Writes rows to stdout in one format."""

    def __init__(self, columns: Sequence[str]) -> None: ...

    def write(self, rows: Sequence[Row]) -> None:
        """Write these rows and flush."""

    def end(self) -> None:
        """Finish the output of a list that is complete or has reached its limit."""


class TableWriter:
    """Writes a table."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._console = make_console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
        self._table = RowTable(self._console.width, columns)

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows, with a header before the first."""
        if rows:
            self._console.print(self._table.rows(rows))

    def end(self) -> None:
        """Do nothing."""


class LinesWriter:
    """Writes one JSON object per line."""

    def __init__(self, columns: Sequence[str]) -> None:
        """Ignore the columns: the rows contain them."""

    def write(self, rows: Sequence[Row]) -> None:
        """Write one line per row."""
        sys.stdout.write("".join(f"{as_json(row)}\n" for row in rows))
        sys.stdout.flush()

    def end(self) -> None:
        """Do nothing."""


class ArrayWriter:
    """Writes one JSON array.

    Only `end` closes it, so that an interrupted list is not valid JSON.
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
    """Writes CSV with a header line. Cells that a spreadsheet would run as formulas are escaped."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._lines = csv.writer(sys.stdout, lineterminator="\n")
        self._has_header = False

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows, with a header before the first."""
        self._write_header()
        self._lines.writerows([escape_cell(format_cell(row[column])) for column in self._columns] for row in rows)
        sys.stdout.flush()

    def end(self) -> None:
        """Write the header if there were no rows."""
        self._write_header()

    def _write_header(self) -> None:
        if not self._has_header:
            self._lines.writerow(self._columns)
            self._has_header = True


_WRITERS: dict[OutputFormat, type[Writer]] = {
    "table": TableWriter,
    "json": ArrayWriter,
    "ndjson": LinesWriter,
    "csv": CSVWriter,
}


def make_writer(output_format: OutputFormat | None, columns: Sequence[str]) -> Writer:
    """Return the writer for a format. Default: a table for a terminal, JSON lines for a pipe."""
    return _WRITERS[_choose_format(output_format)](columns)


def write_one(row: Row, output_format: OutputFormat | None) -> None:
    """Write a single record: as a table with one line per field, as a JSON object, or as one row."""
    match _choose_format(output_format):
        case "table":
            rows: list[Row] = [{"field": name, "value": value} for name, value in row.items()]
            writer = make_writer("table", ("field", "value"))
            writer.write(rows)
        case "json":
            sys.stdout.write(f"{as_json(row, indent=2)}\n")
        case other:
            writer = make_writer(other, tuple(row))
            writer.write([row])


def _choose_format(output_format: OutputFormat | None) -> OutputFormat:
    return output_format or ("table" if sys.stdout.isatty() else "ndjson")


def as_json(row: Row, *, indent: int | None = None) -> str:
    """Return the row as a JSON object."""
    # If stdout cannot encode a character, write it as a JSON escape.
    plain: dict[str, JsonValue] = dict(row)
    return escape_json(json.dumps(plain, ensure_ascii=not supports_unicode(), indent=indent))
