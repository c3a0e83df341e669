"""Find the header of a table: lines that programs write before it, and the line where a header seems to be."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from orgsdk.arguments import describe_name
from orgsdk.bulk.roster.columns import KEYS, find_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DELIMITERS = ",;\t"
LOOKAHEAD = 20
"""Number of lines after the first in which a header is looked for, for the error."""

# Excel's choice of the delimiter, also quoted, and with more delimiters behind it.
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[,;\t]*', re.IGNORECASE)
_TYPE_LINE = re.compile(r'"?#TYPE [^,;\t"]+"?[,;\t]*')
_VERSION_LINE = re.compile(r'"?version:v?\d+(?:\.\d+)*"?[,;\t]*', re.IGNORECASE)
_MAX_SHOWN = 12
_DATA = re.compile(r"[@\uff20]|\d{3}|^\s*\d+\s*$")


def is_known_line(line: str) -> bool:
    """Return whether a program writes such a line before the header: `sep=;`, `#TYPE …` or `version:v1.0`."""
    text = line.strip("\n")
    return any(pattern.fullmatch(text) for pattern in (_SEPARATOR_LINE, _TYPE_LINE, _VERSION_LINE))


def delimiter_of(line: str) -> str | None:
    """Return the delimiter that a line `sep=;` states; None for another line."""
    found = _SEPARATOR_LINE.fullmatch(line.strip("\n"))
    return found[1] if found and found[1] not in '"\r\n' else None


def guess_delimiter(line: str) -> str:
    """Return the delimiter that splits a header into most columns."""

    def columns(delimiter: str) -> int:
        return len(next(csv.reader([line], delimiter=delimiter)))

    try:
        return max(DELIMITERS, key=columns)
    except csv.Error:
        return ","


def find_header(lines: Sequence[str], columns: Mapping[str, str] | None) -> int | None:
    """Return the position of the first line that may be the header; None if there is none."""
    for position, line in enumerate(lines):
        try:
            cells = next(csv.reader([line], delimiter=guess_delimiter(line)), list[str]())
        except csv.Error:
            continue
        layout, problems = find_columns(cells, columns)
        if layout.positions.keys() & set(KEYS) and (columns is None or not problems):
            return position
    return None


def describe_header(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the names of a header for an error; empty if it may be a row with personal data.

    A row has an address or a number, or a cell that other rows have in the same column.
    """
    names = [name.strip() for name in header if name.strip()]
    if not names or any(_DATA.search(name) for name in names):
        return ""
    for row in rows:
        if any(name.strip() and name == cell for name, cell in zip(header, row, strict=False)):
            return ""
    shown = ", ".join(describe_name(name) for name in names[:_MAX_SHOWN])
    more = len(names) - _MAX_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
