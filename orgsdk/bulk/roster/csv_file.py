"""Read a roster from a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_instance
from orgsdk.bulk.csv_cells import unescape_cell
from orgsdk.bulk.roster.columns import (
    MAX_COLUMNS,
    RoleMapping,
    RoleReader,
    ValueProblem,
    check_columns,
    check_reader_arguments,
    find_columns,
    read_cell,
    read_states,
)
from orgsdk.bulk.roster.lines import File, Lines, open_roster_file
from orgsdk.bulk.roster.problems import (
    COLUMN_ADVICE,
    COMPLETE_ADVICE,
    ProblemCollector,
    RosterChecker,
    UnreadableSource,
    origin_at,
)
from orgsdk.bulk.roster.spec import FIELDS, Roster, UserSpec
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orgsdk.bulk.roster.columns import ColumnLayout

_DELIMITERS = ",;\t"
# A truncated cell looks like any other: the first part of an address or a name would be written.
_NOT_ENDED = "the last line has no line end: the file may be truncated"

# Better messages for the errors of the csv module, by a part of its text.
_EXPLANATIONS = {
    "unexpected end": "a quote in this row is never closed: the file may be truncated",
    "expected after": "text follows a closing quote: write a quote within quotes twice",
    "field limit": "a cell is longer than 131,072 characters: is a quote open?",
}


@name_parameters
def read_csv(
    file: File,
    *,
    columns: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    roles: RoleMapping | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    complete: bool | None = None,
) -> Roster:
    """Read and check a CSV file with a header.

    Without `columns`, each column must have the name of a field of `UserSpec`, or `first_name`, `last_name` or `role`.
    An empty cell does not define the field. Several roles in one cell are separated by `;` or `|`. Cells that `orgsdk
    export` escaped, such as `'=1`, are restored. The whole file is read before it returns: in an async program, call it
    in a worker thread.

    Args:
        file: A path, or a file that is open for reading bytes.
        columns: Maps fields to the names of columns; only those columns are read.
        ignore: Names of columns that are ignored.
        roles: The names of roles that the file may contain, or a mapping of some of them to the provider's names. A
            user whose only roles map to None is left out.
        delimiter: One character. Default: the one of `,`, `;` and tab that fits the header.
        encoding: Default: UTF-8, or the encoding of a byte order mark.
        complete: True: the file is complete even if its last line has no line end. False: the file lists only a part
            of the users, so no member is removed because it is missing. Default: a file whose last line has no line
            end may be truncated, and is refused.

    Returns:
        The roster.

    Raises:
        SourceError: Rows are invalid; it lists at most 100 problems.
        InvalidArgumentError: An argument is invalid.
        FileError: The file cannot be opened or read.

    Source:
        RFC 4180.

    Example:
        ``read_csv("students.csv", columns={"external_id": "Student ID", "email": "Mail"})``
    """
    check_columns(columns)
    check_reader_arguments(ignore=ignore, roles=roles, encoding=encoding, complete=complete)
    check_instance("delimiter", delimiter, str | None, "one character")
    problems = ProblemCollector()
    with open_roster_file(file) as (stream, name):
        lines = Lines(stream, encoding)
        records = CsvRecords(lines, name, problems, delimiter, whole=complete is True)
        layout, wrong = find_columns(records.header, columns, ignore)
        for problem in wrong:
            shown = problem if layout.positions else f"{problem}: is the header missing?"
            problems.add(origin_at(name, 1), shown, advice=COLUMN_ADVICE if layout.positions else None)
        problems.raise_any()
        users = read_rows(records, layout, name, problems, roles)
    problems.raise_any()
    return Roster(
        users=users,
        name=name,
        fingerprint=lines.fingerprint,
        columns=records.header,
        incomplete=complete is False,
    )


class CsvRecords:
    """Read a header, and yield the records after it as (first line of the record, cells).

    It follows RFC 4180 strictly, with any line end. Without `delimiter`, it chooses the one of `,`, `;` and tab that
    splits the header into most columns. It skips blank records. A record with too many or too few cells is added to
    `problems` and not yielded. Iteration ends early if the file cannot be read further. If the last line has no line
    end, and `whole` is False, all problems are raised.
    """

    def __init__(
        self, lines: Lines, name: str, problems: ProblemCollector, delimiter: str | None = None, *, whole: bool = False
    ) -> None:
        if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n\0'):
            raise InvalidArgumentError(f"The delimiter is {delimiter!r}: pass one character, such as ';'.")
        self._lines, self._name, self._problems, self._whole = lines, name, problems, whole
        source = iter(lines)
        first = self._first(source)
        self._delimiter = delimiter or _guess_delimiter(first)
        self._records = csv.reader(chain([first], source), delimiter=self._delimiter, strict=True)
        try:
            self.header: tuple[str, ...] = tuple(next(self._records))
        except csv.Error as error:
            problems.fail(origin_at(name, 1), _explain(error))
        except UnreadableSource as error:
            problems.fail(origin_at(name, error.line), str(error))
        if len(self.header) > MAX_COLUMNS:
            problems.fail(
                origin_at(name, 1), f"there are {len(self.header):,} columns: at most {MAX_COLUMNS:,} are allowed"
            )
        if not (lines.ended or whole):
            problems.fail(origin_at(name, lines.number), _NOT_ENDED, advice=COMPLETE_ADVICE)

    def _first(self, source: Iterator[str]) -> str:
        try:
            first = next(source, "")
        except UnreadableSource as error:
            self._problems.fail(origin_at(self._name, error.line), str(error))
        if not first.strip():
            what = "the file is empty" if not first else "the line is blank"
            self._problems.fail(origin_at(self._name, 1), f"{what}: the first line must contain the column names")
        return first

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        lines, records, width = self._lines, self._records, len(self.header)
        while True:
            line = lines.number + 1
            lines.start_record()
            try:
                cells = next(records, None)
            except csv.Error as error:
                self._problems.add(origin_at(self._name, line), _explain(error))
                if "field limit" in str(error):
                    return  # the rest would be read from within a cell
                continue
            except UnreadableSource as error:
                self._problems.add(origin_at(self._name, error.line), str(error))
                return
            if cells is None:
                return
            # Known when the record of the last line has been read.
            if not (lines.ended or self._whole):
                self._problems.fail(origin_at(self._name, lines.number), _NOT_ENDED, advice=COMPLETE_ADVICE)
            if len(cells) == width:
                if any(map(str.strip, cells)):
                    yield line, cells
            elif any(map(str.strip, cells)):
                self._problems.add(origin_at(self._name, line), self._miscounted(len(cells)))

    def _miscounted(self, count: int) -> str:
        width = len(self.header)
        message = f"the row has {count} {'cell' if count == 1 else 'cells'}, the header has {width}"
        if count > width:
            return f"{message}: write a cell that contains {self._delimiter!r} in quotes"
        return message


def _explain(error: csv.Error) -> str:
    return next((text for part, text in _EXPLANATIONS.items() if part in str(error)), str(error))


def _guess_delimiter(first: str) -> str:
    def columns(delimiter: str) -> int:
        return len(next(csv.reader([first], delimiter=delimiter)))

    try:
        return max(_DELIMITERS, key=columns)
    except csv.Error:
        return ","


class CellPositions(NamedTuple):
    """The positions of the cells, by how they are read."""

    texts: tuple[tuple[str, int], ...]
    roles: int | None
    state: int | None
    enabled: int | None
    unnamed: tuple[int, ...]

    @classmethod
    def of(cls, layout: ColumnLayout) -> CellPositions:
        """Return the positions of a layout."""
        positions = layout.positions
        texts = tuple((field, positions[field]) for field in FIELDS if field in positions)
        return cls(texts, positions.get("roles"), positions.get("state"), positions.get("enabled"), layout.unnamed)


def read_rows(
    records: Iterable[tuple[int, list[str]]],
    layout: ColumnLayout,
    name: str,
    problems: ProblemCollector,
    role_names: RoleMapping | None,
) -> list[UserSpec]:
    """Return the rows of CSV records; problems are collected."""
    positions, roles = CellPositions.of(layout), RoleReader(role_names)
    checker = RosterChecker(problems)
    users: list[UserSpec] = []
    for line, cells in records:
        origin = origin_at(name, line)
        try:
            spec = _read_row(cells, positions, roles, origin)
        except ValueProblem as problem:
            problems.add(origin, str(problem))
            continue
        if spec is not None:
            checker.check(spec)
            users.append(spec)
    return users


def _read_row(cells: list[str], positions: CellPositions, roles: RoleReader, origin: str) -> UserSpec | None:
    for position in positions.unnamed:
        if cells[position].strip():
            raise ValueProblem(f"column {position + 1} has a value, but no name")
    row_roles = None if positions.roles is None else roles.split(unescape_cell(cells[positions.roles].strip()))
    if row_roles == ():
        return None
    fields: Mapping[str, str | None] = {field: read_cell(cells[position], field) for field, position in positions.texts}
    state, word = read_states(
        None if positions.state is None else cells[positions.state],
        None if positions.enabled is None else cells[positions.enabled],
    )
    return UserSpec(**fields, roles=row_roles, state=state, word=word, origin=origin)
