"""Rosters in CSV files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.bulk.sources.columns import check_columns, lay_out
from orgsdk.bulk.sources.lines import Lines, opened
from orgsdk.bulk.sources.problems import Problems, at
from orgsdk.bulk.sources.rows import people
from orgsdk.bulk.sources.table import Table
from orgsdk.bulk.spec import Roster

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from orgsdk.bulk.sources.lines import File
    from orgsdk.bulk.sources.values import RoleNames


def read_csv(
    file: File,
    *,
    columns: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    roles: RoleNames | None = None,
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
    problems = Problems()
    with opened(file) as (stream, name):
        lines = Lines(stream, encoding)
        table = Table(lines, name, problems, delimiter, whole=complete is True)
        layout, wrong = lay_out(table.header, columns, ignore)
        for problem in wrong:
            problems.add(at(name, 1), problem if layout.places else f"{problem}: is the header missing?")
        problems.raise_any()
        users = people(table, layout, name, problems, roles)
    problems.raise_any()
    return Roster(
        users=users,
        name=name,
        fingerprint=lines.fingerprint,
        columns=table.header,
        incomplete=complete is False,
    )
