"""Rows as a table that grows page by page, with every value whole: what does not fit goes on below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from orgsdk.cli.rows import cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.cli.rows import Row

_GAP = 2
# The widths follow the first page; these leave room for longer values of later ones.
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
        table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), show_header=self._widths is None)
        if self._widths is None:
            self._widths = self._measure(cells)
        for column, width in zip(self._columns, self._widths, strict=True):
            table.add_column(Text(column, style="bold"), width=width, overflow="fold")
        for line in cells:
            table.add_row(*map(Text, line))
        return table

    def _measure(self, cells: Sequence[Sequence[str]]) -> list[int]:
        widths = [
            max(len(column), _ROOM.get(column, 0), *(cell_len(line[index]) for line in cells))
            for index, column in enumerate(self._columns)
        ]
        return fit(self._columns, widths, self._width - _GAP * (len(widths) - 1))


def fit(columns: Sequence[str], widths: Sequence[int], available: int) -> list[int]:
    """Give the widths, narrowed to what is available together.

    Columns narrow in turn, the widest of a group first, down to a least width. An id is copied by hand, so it is the
    last to be broken.
    """
    fitted = list(widths)
    for names, least in ((_PROSE, 12), (set(columns) - {"id"}, 7), (set(columns), 4)):
        group = [index for index, column in enumerate(columns) if column in names]
        while group and sum(fitted) > available:
            widest = max(group, key=fitted.__getitem__)
            if fitted[widest] <= least:
                break
            fitted[widest] -= 1
    return fitted
