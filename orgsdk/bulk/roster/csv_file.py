"""Read a roster from a CSV file."""

from __future__ import annotations

import csv
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from orgsdk.bulk.roster.columns import (
    MAX_COLUMNS,
    RoleReader,
    ValueProblem,
    check_columns,
    find_columns,
    read_flag,
    read_text,
)
from orgsdk.bulk.roster.lines import Lines, open_roster_file
from orgsdk.bulk.roster.problems import ProblemCollector, RosterChecker, UnreadableSource, origin_at
from orgsdk.bulk.roster.spec import FIELDS, Roster, UserSpec
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from orgsdk.bulk.roster.columns import ColumnLayout, RoleMapping
    from orgsdk.bulk.roster.lines import File

_DELIMITERS = ",;\t"
# A cell that was cut looks like any other: the stump of an address, or of a name, would be written.
_NOT_ENDED = (
    "the last line has no line end: the file may have been cut off there. Add a line end; or, if the file is complete "
    "(some spreadsheets export it so), use the option complete"
)

# csv's own words, which name no remedy, by what they contain.
_EXPLANATIONS = {
    "unexpected end": "a quote is opened in this row and never closed: the file may be cut",
    "expected after": "text follows a closing quote: within quotes, a quote is written twice",
    "field limit": "a cell has no end within 131,072 characters: is a quote open?",
}


class CsvRecords:
    """Read a header, and iterate what follows as (line where the record starts, its cells).

    The rules are RFC 4180's, read strictly, with any of its line ends; without `delimiter`, the one of `,`, `;` and
    tab that gives the header most columns. Records that are blank are passed over; one with too many or too few
    cells is a problem, and is not given. What is wrong goes to `problems`; iterating ends early where the file cannot
    be read on. Where its last line is not ended, and the file is not `whole` for certain, all problems are raised.
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
            problems.fail(origin_at(name, 1), f"there are {len(self.header):,} columns: {MAX_COLUMNS:,} are the most")
        if not (lines.ended or whole):
            problems.fail(origin_at(name, lines.number), _NOT_ENDED)

    def _first(self, source: Iterator[str]) -> str:
        try:
            first = next(source, "")
        except UnreadableSource as error:
            self._problems.fail(origin_at(self._name, error.line), str(error))
        if not first.strip():
            what = "the file is empty" if not first else "the line is blank"
            self._problems.fail(origin_at(self._name, 1), f"{what}: the first line names the columns")
        return first

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        lines, records, width = self._lines, self._records, len(self.header)
        while True:
            line = lines.number + 1
            lines.begin_record()
            try:
                cells = next(records, None)
            except csv.Error as error:
                self._problems.add(origin_at(self._name, line), _explain(error))
                if "field limit" in str(error):
                    return  # what follows is the inside of a cell
                continue
            except UnreadableSource as error:
                self._problems.add(origin_at(self._name, error.line), str(error))
                return
            if cells is None:
                return
            # Known as soon as the record is read that the last line belongs to.
            if not (lines.ended or self._whole):
                self._problems.fail(origin_at(self._name, lines.number), _NOT_ENDED)
            if len(cells) == width:
                if any(map(str.strip, cells)):
                    yield line, cells
            elif any(map(str.strip, cells)):
                self._problems.add(origin_at(self._name, line), self._miscounted(len(cells)))

    def _miscounted(self, count: int) -> str:
        width = len(self.header)
        told = f"the row has {count} {'cell' if count == 1 else 'cells'} where the header has {width}"
        if count > width:
            return f"{told}: a cell with {self._delimiter!r} in it is written in quotes"
        return told


def _explain(error: csv.Error) -> str:
    return next((said for part, said in _EXPLANATIONS.items() if part in str(error)), str(error))


def _guess_delimiter(first: str) -> str:
    def columns(delimiter: str) -> int:
        return len(next(csv.reader([first], delimiter=delimiter)))

    try:
        return max(_DELIMITERS, key=columns)
    except csv.Error:
        return ","


class CellPositions(NamedTuple):
    """Hold where the cells of a table say what."""

    texts: tuple[tuple[str, int], ...]
    roles: int | None
    enabled: int | None
    unnamed: tuple[int, ...]

    @classmethod
    def of(cls, layout: ColumnLayout) -> CellPositions:
        """Sort a layout's places by how their cells are read."""
        places = layout.places
        texts = tuple((field, places[field]) for field in FIELDS if field in places)
        return cls(texts, places.get("roles"), places.get("enabled"), layout.unnamed)


def read_rows(
    records: Iterable[tuple[int, list[str]]],
    layout: ColumnLayout,
    name: str,
    problems: ProblemCollector,
    role_names: RoleMapping | None,
) -> list[UserSpec]:
    """Give the people of a table's records; what is wrong with any of them is noted."""
    where, roles = CellPositions.of(layout), RoleReader(role_names)
    checker = RosterChecker(problems)
    users: list[UserSpec] = []
    for line, cells in records:
        origin = origin_at(name, line)
        try:
            spec = _read_row(cells, where, roles, origin)
        except ValueProblem as problem:
            problems.add(origin, str(problem))
            continue
        if spec is not None:
            checker.check(spec)
            users.append(spec)
    return users


def _read_row(cells: list[str], where: CellPositions, roles: RoleReader, origin: str) -> UserSpec | None:
    for place in where.unnamed:
        if cells[place].strip():
            raise ValueProblem(f"a value stands in column {place + 1}, which has no name")
    held = None if where.roles is None else roles.split(cells[where.roles])
    if held == ():
        return None
    fields: Mapping[str, str | None] = {field: read_text(cells[place], field) for field, place in where.texts}
    enabled = where.enabled is None or read_flag(cells[where.enabled], "enabled")
    return UserSpec(**fields, roles=held, enabled=enabled, origin=origin)


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
    """Read a CSV file with a header into a roster, checked.

    `file` is a path, or a file open for reading bytes. Without `columns`, each column is called as a field of
    `UserSpec` (`external_id`, `email`, `username`, `phone`, `name`, `given_name`, `family_name`, `roles`,
    `enabled`; also `first_name`, `last_name`, `role`), and one that is none of these must be named in `ignore`.
    `columns` maps fields to the file's own names instead, and only those are read. Several roles in one cell stand
    apart by `;` or `|`. `roles` are the names that may stand there, or a mapping of some onto the provider's; people
    whose only roles map to None are left out. `delimiter` is found among `,`, `;` and tab if not given;
    `encoding` is UTF-8, or as a byte order mark says; anything else is named. An empty cell says nothing.

    A file whose last line is not ended may have been cut within its last cell, and is refused; `complete=True` says
    that it is whole. `complete=False` says that the file lists a part of the people: its roster is `incomplete`, so
    that nobody is removed for missing in it.

    Raises `SourceError` with every row that is wrong (at most 100), `InvalidArgumentError` for an argument, and
    OSError where the file cannot be opened. It reads the whole file before it returns: in an async program, call it
    in a worker thread.

    Source: RFC 4180.

    Example: `read_csv("students.csv", columns={"external_id": "Student ID", "email": "Mail"})`
    """
    check_columns(columns)
    problems = ProblemCollector()
    with open_roster_file(file) as (stream, name):
        lines = Lines(stream, encoding)
        table = CsvRecords(lines, name, problems, delimiter, whole=complete is True)
        layout, wrong = find_columns(table.header, columns, ignore)
        for problem in wrong:
            problems.add(origin_at(name, 1), problem if layout.places else f"{problem}: is the header missing?")
        problems.raise_any()
        users = read_rows(table, layout, name, problems, roles)
    problems.raise_any()
    return Roster(
        users=users,
        name=name,
        fingerprint=lines.fingerprint,
        columns=table.header,
        incomplete=complete is False,
    )
