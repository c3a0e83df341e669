"""What the cells of a row say of a person. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from orgsdk.bulk.sources.columns import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    RoleNames: TypeAlias = Mapping[str, str | None] | Collection[str]

LONGEST_VALUE = 1_000
"""How many characters a value may have: no provider takes more."""

# The last are halves of characters, which JSON can write and nothing can send.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SEPARATORS = re.compile(r"[;|]")
_MOST_CELLS = 1_000
_YES = frozenset({"true", "yes", "y", "1", "active"})
_NO = frozenset({"false", "no", "n", "0", "inactive"})


class ValueProblem(Exception):  # noqa: N818  # it never leaves this room: a `SourceError` does
    """Tell what is wrong with one value, without repeating it."""


def has_controls(value: str) -> bool:
    """Tell whether a line break, another control character or half of a character stands in a text."""
    return not value.isprintable() and _CONTROLS.search(value) is not None


def text(value: str, field: str) -> str | None:
    """Give a cell's text without the space around it; None where nothing is left."""
    value = value.strip()
    if not value:
        return None
    if len(value) > LONGEST_VALUE:
        raise ValueProblem(f"the {field} has {len(value):,} characters: {LONGEST_VALUE:,} are the most")
    if has_controls(value):
        raise ValueProblem(f"the {field} has a line break or another control character in it")
    return value


def flag(value: str, field: str) -> bool:
    """Read true or false, yes or no, 1 or 0, active or inactive; an empty cell is true."""
    word = value.strip().casefold()
    if word in _NO:
        return False
    if word and word not in _YES:
        raise ValueProblem(f"{field} is neither true nor false")
    return True


class Roles:
    """Read roles: several in one cell stand apart by `;` or `|`.

    `names` are those that may stand in the source; or a mapping of some of them onto the provider's, where None
    means that nobody is wanted for that role alone, and the others keep their names.
    """

    def __init__(self, names: RoleNames | None) -> None:
        self._renamed: Mapping[str, str | None] = names if isinstance(names, Mapping) else {}
        self._known = None if names is None or isinstance(names, Mapping) else frozenset(names)
        self._cells: dict[str, tuple[str, ...] | None] = {}

    def split(self, cell: str) -> tuple[str, ...] | None:
        """Give the roles of a cell; None for an empty one, which says nothing."""
        # A school has a handful of different cells, in as many rows as people.
        if cell not in self._cells:
            if len(self._cells) >= _MOST_CELLS:
                self._cells.clear()
            self._cells[cell] = self._split(cell)
        return self._cells[cell]

    def _split(self, cell: str) -> tuple[str, ...] | None:
        names = [name for part in _SEPARATORS.split(cell) if (name := text(part, "role"))]
        return self.take(names) if names else None

    def take(self, names: Iterable[str]) -> tuple[str, ...]:
        """Give the provider's names, each once, in order; empty where nobody is wanted for any of them."""
        return tuple(dict.fromkeys(filter(None, map(self._name, names))))

    def _name(self, name: str) -> str | None:
        if self._known is not None and name not in self._known:
            raise ValueProblem(f"the role {name[:100]!r} is unknown{nearest(name, sorted(self._known))}")
        return self._renamed.get(name, name)
