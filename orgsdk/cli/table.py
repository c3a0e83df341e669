"""Users as a table that grows page by page, with every value whole: what does not fit goes on below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from orgsdk.cli.output import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import User

COLUMNS = ("id", "username", "name", "email", "roles")
_GAP = 2
# The widths follow the first page; these leave room for longer values of later ones.
_ROOM = {"username": 14, "name": 18, "email": 26, "roles": 7}
# Columns narrow in this order, the widest of a group first, down to the width beside it. An id is copied by hand,
# so it is the last to be broken.
_NARROWING = (({"username", "name", "email"}, 12), (set(COLUMNS) - {"id"}, 7), (set(COLUMNS), 4))


class UserTable:
    """Lay users out in columns, whose widths the first rows and the space decide."""

    def __init__(self, width: int, columns: Sequence[str] = COLUMNS) -> None:
        self._columns = columns
        self._width = width
        self._widths: list[int] | None = None

    def rows(self, users: Sequence[User]) -> Table:
        """Give the table's next rows, headed if they are the first."""
        cells = [[cell(user, column) for column in self._columns] for user in users]
        table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), show_header=self._widths is None)
        if self._widths is None:
            self._widths = self._measure(cells)
        for column, width in zip(self._columns, self._widths, strict=True):
            table.add_column(Text(column, style="bold"), width=width, overflow="fold")
        for row in cells:
            table.add_row(*map(Text, row))
        return table

    def _measure(self, cells: Sequence[Sequence[str]]) -> list[int]:
        widths = [
            max(len(column), _ROOM.get(column, 0), *(cell_len(row[index]) for row in cells))
            for index, column in enumerate(self._columns)
        ]
        return fit(self._columns, widths, self._width - _GAP * (len(widths) - 1))


def cell(user: User, column: str) -> str:
    """Give what stands in one column for a user; what the provider does not tell is empty."""
    value: str | None = ", ".join(user.roles) if column == "roles" else getattr(user, column)
    return clean(value or "")


def fit(columns: Sequence[str], widths: Sequence[int], available: int) -> list[int]:
    """Give the widths, narrowed to what is available together."""
    fitted = list(widths)
    for names, least in _NARROWING:
        group = [index for index, column in enumerate(columns) if column in names]
        while sum(fitted) > available:
            widest = max(group, key=fitted.__getitem__)
            if fitted[widest] <= least:
                break
            fitted[widest] -= 1
    return fitted
