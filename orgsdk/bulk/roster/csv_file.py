"""Read a roster from a CSV file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_instance
from orgsdk.bulk.csv_cells import unescape_cell
from orgsdk.bulk.roster.cells import ValueProblem
from orgsdk.bulk.roster.columns import check_columns, check_file_arguments, find_columns
from orgsdk.bulk.roster.csv_records import CsvRecords
from orgsdk.bulk.roster.header import LOOKAHEAD, describe_header, find_header
from orgsdk.bulk.roster.lines import File, Lines, open_roster_file
from orgsdk.bulk.roster.problems import COLUMN_ADVICE, header_advice, origin_at
from orgsdk.bulk.roster.roles import RoleMapping
from orgsdk.bulk.roster.rows import OnError, RowOptions, RowReader, Rows
from orgsdk.bulk.roster.spec import FIELDS, Roster, UserSpec
from orgsdk.bulk.roster.states import StateMapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from orgsdk.bulk.roster.columns import ColumnLayout
    from orgsdk.bulk.roster.problems import ProblemCollector


@name_parameters
def read_csv(
    file: File,
    *,
    columns: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    roles: RoleMapping | None = None,
    enabled: StateMapping | None = None,
    rows: Rows = "users",
    omit_shared_emails: bool | Collection[str] = False,
    on_error: OnError = "raise",
    header_line: int | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    complete: bool | None = None,
) -> Roster:
    """Read and check a CSV file with a header.

    Without `columns`, each column must have the name of a field of `UserSpec`, or a usual one such as `firstName` or
    `E-mail`. An empty cell does not define the field. Several roles in one cell are separated by `;` or `|`. What
    spreadsheets and pasting leave in cells is removed and counted in `Roster.notes`, or refused if a value was lost.
    Cells that `orgsdk export` escaped, such as `'=1`, are restored. The whole file is read before it returns: in an
    async program, call it in a worker thread.

    Args:
        file: A path, or a file that is open for reading bytes.
        columns: Maps fields to the names of columns; only those columns are read.
        ignore: Names of columns that are ignored.
        roles: The names of roles that the file may contain, or a mapping of some of them to the provider's names. A
            user whose only roles map to None is left out.
        enabled: Maps words of the columns `enabled` and `state` to True (active), False (suspended), `"suspended"` or
            `"gone"`. The usual words remain, unless the mapping changes one of them, as for a column `blocked`.
        rows: `"memberships"`: rows of one user with different roles are joined. Default: they are a problem.
        omit_shared_emails: True: if several users have one e-mail address, those with a username or an external id are
            read without it. Names of roles: only the users with one of these roles. Default: they are a problem.
        on_error: `"skip"` leaves bad rows out, and lists them in `Roster.rejected`. Default: they are raised.
        header_line: The line of the header, from 1; lines before it are passed over. Default: the first line, after
            lines that programs write there (`sep=;`, `#TYPE …`, `version:v1.0`).
        delimiter: One character. Default: the one of `,`, `;` and tab that fits the header.
        encoding: Default: UTF-8, or the encoding of a byte order mark.
        complete: True: the file is complete even if its last line has no line end. False: the file lists only a part
            of the users, so no member is removed because it is missing. Default: a file whose last line has no line
            end may be truncated, and is refused.

    Returns:
        The roster.

    Raises:
        SourceError: Rows are invalid; it lists all problems.
        InvalidArgumentError: An argument is invalid.
        FileError: The file cannot be opened or read.

    Source:
        RFC 4180.

    Example:
        ``read_csv("students.csv", columns={"external_id": "Student ID", "email": "Mail"})``
    """
    check_columns(columns)
    check_file_arguments(ignore=ignore, encoding=encoding, complete=complete, header_line=header_line)
    check_instance("delimiter", delimiter, str | None, "one character")
    reader = RowReader(
        RowOptions(roles=roles, enabled=enabled, rows=rows, omit_shared_emails=omit_shared_emails, on_error=on_error)
    )
    with open_roster_file(file) as (stream, name):
        lines = Lines(stream, encoding)
        records = CsvRecords(lines, name, reader.problems, delimiter, whole=complete is True, header_line=header_line)
        layout = _read_header(records, name, reader.problems, columns, ignore)
        read_rows(records, layout, name, reader)
    return reader.roster(
        name=name,
        fingerprint=lines.fingerprint,
        columns=records.header,
        incomplete=complete is False,
        notes=records.notes,
    )


def _read_header(
    records: CsvRecords,
    name: str,
    problems: ProblemCollector,
    columns: Mapping[str, str] | None,
    ignore: Collection[str],
) -> ColumnLayout:
    layout, wrong = find_columns(records.header, columns, ignore)
    if not wrong:
        return layout
    following = records.read_lines(LOOKAHEAD)
    shown = describe_header(records.header, [records.split(line) for line in following])
    if not shown:  # it may be a row with personal data
        layout, wrong = find_columns(records.header, columns, ignore, show=False)
    tail = f": the columns found are {shown}" if shown else ": is the header missing?"
    for problem in wrong:
        problems.add(
            origin_at(name, records.header_line),
            problem if layout.positions else problem + tail,
            advice=COLUMN_ADVICE if layout.positions or shown else None,
        )
    header_at = None if layout.positions else find_header(following, columns)
    if header_at is not None:
        line = records.end_of_header + 1 + header_at
        problems.add(origin_at(name, line), "the header seems to be here", advice=header_advice(line))
    problems.raise_any()
    return layout


class CellPositions(NamedTuple):
    """The positions of the cells, by how they are read."""

    fields: tuple[str, ...]
    texts: tuple[int, ...]
    roles: int | None
    state: int | None
    enabled: int | None
    unnamed: tuple[int, ...]

    @classmethod
    def of(cls, layout: ColumnLayout) -> CellPositions:
        """Return the positions of a layout."""
        positions = layout.positions
        fields = tuple(field for field in FIELDS if field in positions)
        return cls(
            fields,
            tuple(positions[field] for field in fields),
            positions.get("roles"),
            positions.get("state"),
            positions.get("enabled"),
            layout.unnamed,
        )

    @property
    def pick(self) -> Callable[[list[str]], Sequence[str]]:
        """A function that returns the cells of the texts."""
        if len(self.texts) > 1:
            return itemgetter(*self.texts)
        return lambda cells: [cells[position] for position in self.texts]


def read_rows(records: Iterable[tuple[int, list[str]]], layout: ColumnLayout, name: str, reader: RowReader) -> None:
    """Read the rows of CSV records; problems are collected."""
    positions = CellPositions.of(layout)
    fields, roles_at, state_at, enabled_at = positions.fields, positions.roles, positions.state, positions.enabled
    pick, read_texts = positions.pick, reader.cells.read_row
    has_state = not (state_at is None and enabled_at is None)
    state, word = reader.states.read(None, None)
    roles: tuple[str, ...] | None = None
    for line, cells in records:
        origin = origin_at(name, line)
        reader.cells.origin = origin
        texts = pick(cells)
        try:
            if positions.unnamed:
                _check_unnamed(cells, positions.unnamed)
            if roles_at is not None:
                roles = reader.roles.split(unescape_cell(cells[roles_at].strip()))
                if roles is None:
                    continue
            values = dict(zip(fields, read_texts(texts, fields), strict=True))
            if has_state:
                state, word = reader.states.read(
                    None if state_at is None else cells[state_at], None if enabled_at is None else cells[enabled_at]
                )
        except ValueProblem as problem:
            reader.reject(origin, problem, zip(fields, texts, strict=True))
            continue
        reader.add(UserSpec(**values, roles=roles, state=state, word=word, origin=origin))


def _check_unnamed(cells: Sequence[str], unnamed: Iterable[int]) -> None:
    for position in unnamed:
        if cells[position].strip():
            raise ValueProblem(f"column {position + 1} has a value, but no name")
