"""The records of a delimited file, each with its line and as many cells as the header."""

from __future__ import annotations

import csv
from itertools import chain
from typing import TYPE_CHECKING

from orgsdk.bulk.sources.columns import MOST_COLUMNS
from orgsdk.bulk.sources.problems import Unreadable, at
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orgsdk.bulk.sources.lines import Lines
    from orgsdk.bulk.sources.problems import Problems

_DELIMITERS = ",;\t"
# A cell that was cut looks like any other: the stump of an address, or of a name, would be written.
_NOT_ENDED = (
    "this is the last line, and it is not ended: the file may have been cut in it. End it with a line end; or, where "
    "the file is whole (some spreadsheets export it so), say complete=True"
)

# csv's own words, which name no remedy, by what they contain.
_SAID = {
    "unexpected end": "a quote is opened in this row and never closed: the file may be cut",
    "expected after": "text follows a closing quote: within quotes, a quote is written twice",
    "field limit": "a cell has no end within 131,072 characters: is a quote open?",
}


class Table:
    """Read a header, and iterate what follows as (line where the record starts, its cells).

    The rules are RFC 4180's, read strictly, with any of its line ends; without `delimiter`, the one of `,`, `;` and
    tab that gives the header most columns. Records that are blank are passed over; one with too many or too few
    cells is a problem, and is not given. What is wrong goes to `problems`; iterating ends early where the file cannot
    be read on. Where its last line is not ended, and the file is not `whole` for certain, all problems are raised.
    """

    def __init__(
        self, lines: Lines, name: str, problems: Problems, delimiter: str | None = None, *, whole: bool = False
    ) -> None:
        if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n\0'):
            raise InvalidArgumentError(f"The delimiter is {delimiter!r}: pass one character, such as ';'.")
        self._lines, self._name, self._problems, self._whole = lines, name, problems, whole
        source = iter(lines)
        first = self._first(source)
        self._delimiter = delimiter or _sniff(first)
        self._records = csv.reader(chain([first], source), delimiter=self._delimiter, strict=True)
        try:
            self.header: tuple[str, ...] = tuple(next(self._records))
        except csv.Error as error:
            problems.fail(at(name, 1), _say(error))
        except Unreadable as error:
            problems.fail(at(name, error.line), str(error))
        if len(self.header) > MOST_COLUMNS:
            problems.fail(at(name, 1), f"there are {len(self.header):,} columns: {MOST_COLUMNS:,} are the most")
        if not (lines.ended or whole):
            problems.fail(at(name, lines.number), _NOT_ENDED)

    def _first(self, source: Iterator[str]) -> str:
        try:
            first = next(source, "")
        except Unreadable as error:
            self._problems.fail(at(self._name, error.line), str(error))
        if not first.strip():
            what = "the file is empty" if not first else "the line is blank"
            self._problems.fail(at(self._name, 1), f"{what}: the first line names the columns")
        return first

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        lines, records, width = self._lines, self._records, len(self.header)
        while True:
            line = lines.number + 1
            lines.begin_record()
            try:
                cells = next(records, None)
            except csv.Error as error:
                self._problems.add(at(self._name, line), _say(error))
                if "field limit" in str(error):
                    return  # what follows is the inside of a cell
                continue
            except Unreadable as error:
                self._problems.add(at(self._name, error.line), str(error))
                return
            if cells is None:
                return
            # Known as soon as the record is read that the last line belongs to.
            if not (lines.ended or self._whole):
                self._problems.fail(at(self._name, lines.number), _NOT_ENDED)
            if len(cells) == width:
                if any(map(str.strip, cells)):
                    yield line, cells
            elif any(map(str.strip, cells)):
                self._problems.add(at(self._name, line), self._miscounted(len(cells)))

    def _miscounted(self, count: int) -> str:
        width = len(self.header)
        told = f"the row has {count} {'cell' if count == 1 else 'cells'} where the header has {width}"
        if count > width:
            return f"{told}: a cell with {self._delimiter!r} in it is written in quotes"
        return told


def _say(error: csv.Error) -> str:
    return next((said for part, said in _SAID.items() if part in str(error)), str(error))


def _sniff(first: str) -> str:
    def columns(delimiter: str) -> int:
        return len(next(csv.reader([first], delimiter=delimiter)))

    try:
        return max(_DELIMITERS, key=columns)
    except csv.Error:
        return ","
