"""Rows as a table that grows page by page, with every value whole: what does not fit goes on below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from orgsdk.cli.rows import cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orgsdk.cli.rows import Row

_GAP = 2
# The widths follow the first page; these leave room for longer values of later ones, where there is any.
_ROOM = {"username": 14, "name": 18, "email": 26, "roles": 7}
_PROSE = {"username", "name", "email", "description", "detail", "advice", "url", "raw"}


class RowTable:
    """Lay rows out in columns, whose widths the first rows and the space decide."""

    def __init__(self, width: int, columns: Sequence[str]) -> None:
        self._columns = columns
        self._width = width
        self._widths: list[int] | None = None

    def rows(self, rows: Sequence[Row]) -> Table:
        """Give the table's next rows, headed if they are the first."""
        cells = [[cell(row[column]) for column in self._columns] for row in rows]
        table = Table(box=None, padding=0, show_header=self._widths is None)
        if self._widths is None:
            self._widths = self._measure(cells)
        for index, (column, width) in enumerate(zip(self._columns, self._widths, strict=True)):
            if index:
                # A gap is a column: as padding, rich before 15 counts one behind the last column as well.
                table.add_column(width=_GAP)
            table.add_column(Text(column, style="bold"), width=width, overflow="fold")
        for line in cells:
            table.add_row(*[part for text in line for part in ("", Text(text))][1:])
        return table

    def _measure(self, cells: Sequence[Sequence[str]]) -> list[int]:
        needed = [
            max([len(column), *(cell_len(line[index]) for line in cells)]) for index, column in enumerate(self._columns)
        ]
        return fit(self._columns, needed, self._width - _GAP * (len(needed) - 1))


def fit(columns: Sequence[str], needed: Sequence[int], available: int) -> list[int]:
    """Give the widths of columns that are to be `needed` wide, or wider, in what is available together.

    Columns narrow in turn, the widest of a group first, down to a least width. An e-mail address is whole where that
    leaves the others a least width, and broken else. An id is copied by hand, so it is the last to be broken.
    """
    every = set(columns)
    roomy = [max(_ROOM.get(column, 0), width) for column, width in zip(columns, needed, strict=True)]
    widths = _narrowed(columns, roomy, needed, every, available)
    whole = _in_turn(columns, widths, ((_PROSE - {"email"}, 12), (every - {"id", "email"}, 7)), available)
    if sum(whole) <= available:
        return whole
    return _in_turn(columns, widths, ((_PROSE, 12), (every - {"id"}, 7), (every, 4)), available)


def _in_turn(
    columns: Sequence[str], widths: Sequence[int], turns: Iterable[tuple[set[str], int]], available: int
) -> list[int]:
    fitted = list(widths)
    for names, least in turns:
        fitted = _narrowed(columns, fitted, [least] * len(fitted), names, available)
    return fitted


def _narrowed(
    columns: Sequence[str], widths: Sequence[int], least: Sequence[int], names: set[str], available: int
) -> list[int]:
    fitted = list(widths)
    while sum(fitted) > available:
        wide = [index for index, column in enumerate(columns) if column in names and fitted[index] > least[index]]
        if not wide:
            break
        fitted[max(wide, key=fitted.__getitem__)] -= 1
    return fitted
