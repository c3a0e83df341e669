"""Read the roles of a roster: separate the names of a cell, and map them to the provider's."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, cast

from orgsdk.arguments import check_instance, describe_name
from orgsdk.bulk.roster.cells import CellReader, ValueProblem
from orgsdk.bulk.roster.columns import check_texts, suggest
from orgsdk.bulk.roster.dates import ReadingDay

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RoleMapping: TypeAlias = Mapping[str, str | None] | Collection[str]

_MAX_CACHED_CELLS = 1_000


def check_roles(roles: object) -> None:
    """Raise `InvalidArgumentError` if the argument `roles` of a reader has a wrong type."""
    if roles is not None:
        check_texts("roles", roles)
    if isinstance(roles, Mapping):
        for target in cast("Mapping[object, object]", roles).values():
            check_instance("a role that another is mapped to", target, str | None, "a text or None")


class RoleReader:
    """Read roles. Several roles in one cell are separated by one of the `separators`.

    `names` are the names that the source may contain, or a mapping of some of them to the provider's names. A user
    whose only roles map to None is left out; a role that is not mapped keeps its name.
    """

    def __init__(self, names: RoleMapping | None, cells: CellReader | None = None, separators: str = ";|") -> None:
        self._separators = re.compile(f"[{re.escape(separators)}]")
        self._renamed: Mapping[str, str | None] = names if isinstance(names, Mapping) else {}
        self._known = None if names is None or isinstance(names, Mapping) else frozenset(names)
        self._texts = CellReader() if cells is None else cells
        self._cells: dict[str, tuple[str, ...] | None] = {}
        self._sources: dict[str, dict[str, None]] = {}
        self._has_empty = False

    @property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """The names in the source of each role that was read, if they are not the role's own name alone."""
        return {role: tuple(names) for role, names in self._sources.items() if list(names) != [role]}

    @property
    def has_only_empty(self) -> bool:
        """Whether some rows have an empty list of roles, and no row has a role: then the source lists no roles."""
        return self._has_empty and not self._sources

    def split(self, cell: str) -> tuple[str, ...] | None:
        """Return the roles of a cell, as `read` does; none if it is empty."""
        # A school has many rows, and few different cells.
        if cell in self._cells:
            return self._cells[cell]
        found = self.read(
            [name for part in self._separators.split(cell) if (name := self._texts.read_text(part, "role"))]
        )
        # Other cells may be counted in a note, each time.
        if cell.isascii() and '"' not in cell:
            if len(self._cells) >= _MAX_CACHED_CELLS:
                self._cells.clear()
            self._cells[cell] = found
        return found

    def read(self, names: Sequence[str]) -> tuple[str, ...] | None:
        """Return the roles of a row by their names in the source; None if the row is left out, because all map to None.

        A row without a name has no role any more, if the source lists roles at all.
        """
        self._has_empty |= not names
        return self.rename(names) or (None if names else ())

    def rename(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the provider's names, each once, in order; empty if all of them map to None."""
        return tuple(dict.fromkeys(filter(None, map(self._name, names))))

    def _name(self, name: str) -> str | None:
        if self._known is not None and name not in self._known:
            raise ValueProblem(f"unknown role {describe_name(name)}{suggest(name, sorted(self._known))}")
        role = self._renamed.get(name, name)
        if role is not None:
            self._sources.setdefault(role, {}).setdefault(name)
        return role


@dataclass(slots=True)
class RolesOfUsers:
    """The roles in a file of their own, by the user's id.

    Attributes:
        day: The day for which they are read.
        current: The roles of each user on that day.
        ended: Users with a role that is not valid on that day.
        elsewhere: Users with a role in an organization that is not read, and whether one of these roles has not ended.
    """

    day: ReadingDay
    current: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    ended: set[str] = field(default_factory=set[str])
    elsewhere: dict[str, bool] = field(default_factory=dict[str, bool])

    def of(self, user: str) -> list[str] | None:
        """Return the roles of a user; empty if all of them ended, None if they are in other organizations only.

        Raises `ValueProblem` if no row of the file names the user.
        """
        if user in self.current or user in self.ended:
            return self.current.get(user, [])
        if user in self.elsewhere:
            return None
        raise ValueProblem("no row of the file of roles names the user: the export is incomplete")
