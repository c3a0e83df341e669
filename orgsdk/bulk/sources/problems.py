"""What is wrong with a source: gathered, and raised at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.bulk.errors import SourceError
from orgsdk.bulk.spec import Problem

if TYPE_CHECKING:
    from typing import NoReturn

# A file in a wrong encoding or with a shifted column has one in every row: nobody reads more of them than this.
MOST_PROBLEMS = 100


def at(name: str, line: int) -> str:
    """Name a line of a file as problems, plans and reports do."""
    return f"{name}, line {line}"


class Unreadable(Exception):  # noqa: N818  # it never leaves this room: a `SourceError` does
    """Tell where a source cannot be read any further."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class Problems:
    """Gather problems in the order of the source: the first hundred of them whole, and how many there are."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, origin: str | None, message: str) -> None:
        """Note one problem."""
        self._count += 1
        if self._count <= MOST_PROBLEMS:
            self._found.append(Problem(origin, message))

    def raise_any(self) -> None:
        """Raise `SourceError` with what was noted, where anything was."""
        if self._found:
            self._raise()

    def fail(self, origin: str | None, message: str) -> NoReturn:
        """Note a problem after which nothing more can be told, and raise all of them."""
        self._count += 1
        self._found.append(Problem(origin, message))
        self._raise()

    def _raise(self) -> NoReturn:
        if unnamed := self._count - len(self._found):
            self._found.append(Problem(None, f"and {unnamed:,} more problems"))
        raise SourceError(self._found)
