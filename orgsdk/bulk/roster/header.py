"""Find the header of a table: lines that programs write before it, and the line where a header seems to be."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from orgsdk._messages import count_noun
from orgsdk.arguments import describe_name
from orgsdk.bulk.roster.cells import clean_name
from orgsdk.bulk.roster.columns import KEYS, find_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DELIMITERS = ",;\t"
LOOKAHEAD = 20
"""Number of lines after the first in which a header is looked for, for the error."""

# Excel's choice of the delimiter, also quoted, and with more cells behind it that are empty.
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[,;\t"]*', re.IGNORECASE)
_TYPE_LINE = re.compile(r'"?#TYPE [^,;\t"]+"?[,;\t"]*')
_VERSION_LINE = re.compile(r'"?version:v?\d+(?:\.\d+)*"?[,;\t"]*', re.IGNORECASE)
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


class HeaderRepeats:
    """Find rows that repeat the header, as files that were joined have them, and count them."""

    def __init__(self, header: Sequence[str]) -> None:
        self._names = [clean_name(name).casefold() for name in header]
        self._at = next((at for at, name in enumerate(self._names) if name), 0)
        self._count = 0

    def has(self, cells: Sequence[str]) -> bool:
        """Return whether the cells of a row are those of the header."""
        if not self._names or clean_name(cells[self._at]).casefold() != self._names[self._at]:
            return False
        is_header = [clean_name(cell).casefold() for cell in cells] == self._names
        self._count += is_header
        return is_header

    @property
    def notes(self) -> list[str]:
        """A note, if there were such rows."""
        if not self._count:
            return []
        return [f"{count_noun(self._count, 'row')} that {'repeats' if self._count == 1 else 'repeat'} the header"]


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
