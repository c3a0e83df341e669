"""One CSV file of a OneRoster export, read by the names of its columns."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orgsdk.bulk.sources.columns import nearest
from orgsdk.bulk.sources.lines import Lines
from orgsdk.bulk.sources.problems import at
from orgsdk.bulk.sources.table import Table

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from orgsdk.bulk.sources.oneroster.package import Package
    from orgsdk.bulk.sources.problems import Problems


class Files:
    """Read an export's files, one after the other, and remember what they were.

    `columns` are the headers, each file's name before its columns. Where the files are not `whole` for certain, a
    last line that is not ended is a problem.
    """

    def __init__(self, package: Package, problems: Problems, *, whole: bool) -> None:
        self.problems = problems
        self._whole = whole
        self.columns: list[str] = []
        self._package = package
        self._digest = hashlib.sha256()

    @property
    def fingerprint(self) -> str:
        """Give the SHA-256 of what was read: of each file's name and its own SHA-256."""
        return self._digest.hexdigest()

    def has(self, name: str) -> bool:
        """Tell whether the export has a file."""
        return name in self._package.names

    @contextmanager
    def rows(
        self, name: str, required: Sequence[str], optional: Sequence[str] = ()
    ) -> Generator[Iterator[tuple[int, tuple[str, ...]]]]:
        """Iterate a file's rows: the line, and the cells of these columns in this order, without space around them.

        An optional column that is missing has empty cells. Raises `SourceError` where a required one is missing.
        """
        with self._package.open(name) as stream:
            # UTF-8 is the standard's only encoding, with or without a byte order mark (CSV Binding 1.2.1, 2.1).
            lines = Lines(stream)
            table = Table(lines, name, self.problems, ",", whole=self._whole)
            places = self._places(name, table.header, required, optional)
            self.columns += [f"{name}: {column}" for column in table.header]

            def rows() -> Iterator[tuple[int, tuple[str, ...]]]:
                for line, cells in table:
                    yield line, tuple(["" if place is None else cells[place].strip() for place in places])

            yield rows()
            self._digest.update(f"{name}\0{lines.fingerprint}\0".encode())

    def _places(
        self, name: str, header: Sequence[str], required: Sequence[str], optional: Sequence[str]
    ) -> list[int | None]:
        names = [column.strip() for column in header]
        for column in required:
            if column not in names:
                self.problems.add(at(name, 1), f"there is no column {column!r}{nearest(column, names)}")
        for column in (*required, *optional):
            if names.count(column) > 1:
                self.problems.add(at(name, 1), f"two columns are called {column!r}")
        self.problems.raise_any()
        return [names.index(column) if column in names else None for column in (*required, *optional)]
