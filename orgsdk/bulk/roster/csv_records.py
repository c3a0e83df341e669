"""Read the records of a CSV file: its header, and the rows after it with their line numbers."""

from __future__ import annotations

import csv
import threading
from contextlib import contextmanager, suppress
from itertools import chain, islice
from typing import TYPE_CHECKING, NoReturn

from orgsdk._messages import count_noun
from orgsdk.bulk.roster.columns import MAX_COLUMNS
from orgsdk.bulk.roster.header import HeaderRepeats, delimiter_of, guess_delimiter, is_known_line
from orgsdk.bulk.roster.lines import MAX_RECORD_LENGTH
from orgsdk.bulk.roster.problems import COMPLETE_ADVICE, UnreadableSource, origin_at
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from orgsdk.bulk.roster.lines import Lines
    from orgsdk.bulk.roster.problems import ProblemCollector

# A truncated cell looks like any other: the first part of an address or a name would be written.
_NOT_ENDED = "the last line has no line end: the file may be truncated"

# Better messages for the errors of the csv module, by a part of its text.
_EXPLANATIONS = {
    "unexpected end": "a quote in this row is never closed: the file may be truncated",
    "expected after": "text follows a closing quote: write a quote within quotes twice",
}


class CsvRecords:
    """Read a header, and yield the records after it as (first line of the record, cells).

    It follows RFC 4180 strictly, with any line end. Without `delimiter`, it chooses the one of `,`, `;` and tab that
    splits the header into most columns. It skips blank records, and empty cells beyond the header. A record with too
    many or too few cells is rejected. Iteration ends early if the file cannot be read further. If the last line has no
    line end, and `whole` is False, all problems are raised.

    Args:
        lines: The lines.
        name: The name of the file, for problems.
        problems: Where problems are reported.
        delimiter: The delimiter; None to choose it.
        whole: The last line may have no line end.
        header_line: The line of the header; None for the first line after those that programs write before it.
        header: The names of the columns, if the file has no header.
        escaped: Cells are written with backslashes instead of quotes.
    """

    def __init__(  # each is a property of the file
        self,
        lines: Lines,
        name: str,
        problems: ProblemCollector,
        delimiter: str | None = None,
        *,
        whole: bool = False,
        header_line: int | None = None,
        header: tuple[str, ...] = (),
        escaped: bool = False,
    ) -> None:
        if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n\0'):
            raise InvalidArgumentError(f"The delimiter is {delimiter!r}: pass one character, such as ';'.")
        self._passed_over: list[str] = []
        self.header_line: int = 1
        self._longer = 0
        self._lines, self._name, self._problems, self._whole = lines, name, problems, whole
        self._source = iter(lines)
        self._stated: str | None = delimiter
        first = self._next_line(header_line)
        self._delimiter = self._stated or guess_delimiter(first)
        self._records = csv.reader(
            chain([first], self._source),
            delimiter=self._delimiter,
            strict=True,
            escapechar="\\" if escaped else None,
            quoting=csv.QUOTE_NONE if escaped else csv.QUOTE_MINIMAL,
        )
        self.header: tuple[str, ...] = header or self._read_header()
        self._repeats = HeaderRepeats(() if header else self.header)
        self.end_of_header: int = lines.number
        self._line_of_data = self.header_line if header else 0
        if len(self.header) > MAX_COLUMNS:
            self._fail_header(f"there are {len(self.header):,} columns: at most {MAX_COLUMNS:,} are allowed")
        if not (lines.ended or whole):
            problems.fail(origin_at(name, lines.number), _NOT_ENDED, advice=COMPLETE_ADVICE)

    def _fail_header(self, message: str) -> NoReturn:
        self._problems.fail(origin_at(self._name, self.header_line), message)

    def _next_line(self, header_line: int | None) -> str:
        """Return the line of the header, after the lines before it."""
        try:
            first = next(self._source, "")
            if header_line is None:
                while is_known_line(first):
                    self._stated = self._stated or delimiter_of(first)
                    self._passed_over.append(f"line {self.header_line} before the header was passed over")
                    first = next(self._source, "")
                    self.header_line += 1
            while header_line is not None and self.header_line < header_line and first:
                self._stated = self._stated or delimiter_of(first)
                self._lines.start_record()
                first = next(self._source, "")
                self.header_line += 1
        except UnreadableSource as error:
            self._problems.fail(origin_at(self._name, error.line), str(error))
        if not first and header_line is not None and self.header_line > 1:
            self._problems.fail(self._name, f"there is no line {header_line}: the file has {self._lines.number:,}")
        if not first.strip():
            what = "the file is empty" if not first else "the line is blank"
            self._fail_header(f"{what}: the first line must contain the column names")
        return first

    def _read_header(self) -> tuple[str, ...]:
        with _long_cells():
            try:
                return tuple(next(self._records))
            except csv.Error as error:
                self._fail_header(_explain(error))
            except UnreadableSource as error:
                self._problems.fail(origin_at(self._name, error.line), str(error))

    @property
    def notes(self) -> list[str]:
        """What was passed over, when all records have been read."""
        longer = [f"{count_noun(self._longer, 'row')} with empty cells beyond the header"] if self._longer else []
        return [*self._passed_over, *longer, *self._repeats.notes]

    def read_lines(self, count: int) -> list[str]:
        """Return the next lines as they are, for the error of a header; iteration cannot continue."""
        found: list[str] = []
        with suppress(UnreadableSource):
            found.extend(islice(self._source, count))
        return found

    def split(self, line: str) -> list[str]:
        """Return the cells of a line; none if it is not one record."""
        try:
            return next(csv.reader([line], delimiter=self._delimiter, strict=True), list[str]())
        except csv.Error:
            return []

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        with _long_cells():
            yield from self._iterate()

    def _iterate(self) -> Iterator[tuple[int, list[str]]]:
        lines, records, width = self._lines, self._records, len(self.header)
        while True:
            line = self._line_of_data or lines.number + 1
            self._line_of_data = 0
            lines.start_record()
            try:
                cells = next(records, None)
            except csv.Error as error:
                if "unexpected end" in str(error):
                    self._problems.fail(origin_at(self._name, line), _explain(error))
                self._problems.reject(origin_at(self._name, line), _explain(error))
                continue
            except UnreadableSource as error:
                self._problems.fail(origin_at(self._name, error.line), str(error))
            if cells is None:
                return
            # Known when the record of the last line has been read.
            if not (lines.ended or self._whole):
                self._problems.fail(origin_at(self._name, lines.number), _NOT_ENDED, advice=COMPLETE_ADVICE)
            if len(cells) == width:
                if any(map(str.strip, cells)) and not self._repeats.has(cells):
                    yield line, cells
            elif any(map(str.strip, cells)):
                if len(cells) > width and not any(map(str.strip, islice(cells, width, None))):
                    self._longer += 1
                    yield line, cells[:width]
                else:
                    self._problems.reject(origin_at(self._name, line), self._miscounted(len(cells)))

    def _miscounted(self, count: int) -> str:
        width = len(self.header)
        message = f"the row has {count} {'cell' if count == 1 else 'cells'}, the header has {width}"
        if count > width:
            return f"{message}: write a cell that contains {self._delimiter!r} in quotes"
        return message


def _explain(error: csv.Error) -> str:
    return next((text for part, text in _EXPLANATIONS.items() if part in str(error)), str(error))


_limit_lock = threading.Lock()
_limits: list[int] = []


@contextmanager
def _long_cells() -> Generator[None]:
    """Raise the limit of the csv module, so that a photo in a column that is not read is no problem.

    The limit is one for all threads. The length of a record is limited by `Lines`.
    """
    with _limit_lock:
        _limits.append(csv.field_size_limit(max(csv.field_size_limit(), MAX_RECORD_LENGTH)))
    try:
        yield
    finally:
        with _limit_lock:
            first = _limits[0]
            _limits.pop()
            if not _limits:
                csv.field_size_limit(first)
