"""Columns and cells of a roster: which column fills which field, and how a cell's text is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, TypeAlias

from orgsdk.bulk.roster.spec import FIELDS
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    RoleMapping: TypeAlias = Mapping[str, str | None] | Collection[str]

COLUMNS: Final = (*FIELDS, "roles", "enabled")
"""The fields of a `UserSpec` that a column can fill."""

MAX_COLUMNS: Final = 1_000
"""What has more is no roster, and its names are not repeated in messages."""

KEYS: Final = ("external_id", "email", "username")

# What spreadsheets and school systems call them; anything else is mapped by whoever knows the file.
_ALIASES: Final = {
    "e_mail": "email",
    "first_name": "given_name",
    "firstname": "given_name",
    "last_name": "family_name",
    "lastname": "family_name",
    "role": "roles",
}
_PASSWORD = re.compile(r"passw|\bpwd\b|kennwort|mot_de_passe|contrase")
_NO_PASSWORDS = "a roster holds no passwords; take the column out of the export"


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """Hold at which place of a record each field stands, and the places of columns without a name."""

    places: Mapping[str, int]
    unnamed: tuple[int, ...] = ()


def check_columns(columns: Mapping[str, str] | None) -> None:
    """Refuse a mapping that names a field which a person has not, with `InvalidArgumentError`."""
    for field in columns or ():
        if _PASSWORD.search(_normalize_name(field)):
            raise InvalidArgumentError(f"columns names {field!r}: {_NO_PASSWORDS}. apply(passwords=…) makes them.")
        if field not in COLUMNS:
            raise InvalidArgumentError(f"columns names the field {field!r}{suggest(field, COLUMNS)}.")


def find_columns(
    header: Sequence[str], columns: Mapping[str, str] | None = None, ignore: Collection[str] = ()
) -> tuple[ColumnLayout, list[str]]:
    """Find each field's place in the header, and say what is wrong with it.

    With `columns`, field to column, only those are read. Without, every column must be a field's name, or one of
    `ignore`: a column that was renamed is noticed, not dropped.
    """
    names = [name.strip() for name in header]
    if columns is not None:
        return _find_mapped_columns(names, columns)
    ignored = {name.strip() for name in ignore}
    problems = [f"there is no column {name!r} to ignore{suggest(name, names)}" for name in ignored.difference(names)]
    places: dict[str, int] = {}
    unnamed: list[int] = []
    unknown: list[str] = []
    for place, name in enumerate(names):
        field = _field_of_column(name)
        if name in ignored:
            continue
        if not name:
            unnamed.append(place)
        elif _PASSWORD.search(_normalize_name(name)):
            problems.append(f"there is a column {name!r}: {_NO_PASSWORDS}, or have it ignored")
        elif field is None:
            unknown.append(name)
        elif field in places:
            problems.append(f"the columns {names[places[field]]!r} and {name!r} both say the {field}: take one out")
        else:
            places[field] = place
    if not places:
        # What stands there may be a person's row, which no message repeats.
        return ColumnLayout({}), [f"none of the names {', '.join(COLUMNS)} stands here"]
    problems += [
        f"the column {_name_column(name, names)} is none of orgsdk's{suggest(_normalize_name(name), COLUMNS)}: "
        "map it to a field, or have it ignored"
        for name in unknown
    ]
    if not places.keys() & set(KEYS):
        problems.append(f"no column tells who somebody is: one of {', '.join(KEYS)} is needed")
    return ColumnLayout(places, tuple(unnamed)), problems


def _find_mapped_columns(names: list[str], columns: Mapping[str, str]) -> tuple[ColumnLayout, list[str]]:
    problems: list[str] = []
    places: dict[str, int] = {}
    for field, column in columns.items():
        match names.count(column.strip()):
            case 0:
                problems.append(f"there is no column {column!r} for {field}{suggest(column, names)}")
            case 1:
                places[field] = names.index(column.strip())
            case count:
                problems.append(f"{count} columns are called {column!r}: rename all but one")
    if not columns.keys() & set(KEYS):
        problems.append(f"no column is mapped that tells who somebody is: one of {', '.join(KEYS)} is needed")
    return ColumnLayout(places), problems


def suggest(name: str, known: Iterable[str]) -> str:
    """Say which of the known names is nearest, or which there are; a person's address is not shown."""
    shown = [other for other in known if other and "@" not in other]
    if close := get_close_matches(name, shown, n=1):
        return f" (did you mean {close[0]!r}?)"
    folded = {_normalize_name(other): other for other in shown}
    if close := get_close_matches(_normalize_name(name), folded, n=1):
        return f" (did you mean {folded[close[0]]!r}?)"
    return f" (there is {', '.join(shown[:20])})" if shown else ""


def _name_column(name: str, names: Sequence[str]) -> str:
    return f"number {names.index(name) + 1}" if "@" in name else repr(name[:100])


def _field_of_column(name: str) -> str | None:
    plain = _normalize_name(name)
    return plain if plain in COLUMNS else _ALIASES.get(plain)


def _normalize_name(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().casefold())


MAX_VALUE_LENGTH = 1_000
"""How many characters a value may have: no provider takes more."""

# The last are halves of characters, which JSON can write and nothing can send.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SEPARATORS = re.compile(r"[;|]")
_MAX_CACHED_CELLS = 1_000
_TRUE_WORDS = frozenset({"true", "yes", "y", "1", "active"})
_FALSE_WORDS = frozenset({"false", "no", "n", "0", "inactive"})


class ValueProblem(Exception):  # noqa: N818  # it never leaves this room: a `SourceError` does
    """Tell what is wrong with one value, without repeating it."""


def has_controls(value: str) -> bool:
    """Tell whether a line break, another control character or half of a character stands in a text."""
    return not value.isprintable() and _CONTROLS.search(value) is not None


def read_text(value: str, field: str) -> str | None:
    """Give a cell's text without the space around it; None where nothing is left."""
    value = value.strip()
    if not value:
        return None
    if len(value) > MAX_VALUE_LENGTH:
        raise ValueProblem(f"the {field} has {len(value):,} characters: {MAX_VALUE_LENGTH:,} are the most")
    if has_controls(value):
        raise ValueProblem(f"the {field} has a line break or another control character in it")
    return value


def read_flag(value: str, field: str) -> bool:
    """Read true or false, yes or no, 1 or 0, active or inactive; an empty cell is true."""
    word = value.strip().casefold()
    if word in _FALSE_WORDS:
        return False
    if word and word not in _TRUE_WORDS:
        raise ValueProblem(f"{field} is neither true nor false")
    return True


class RoleReader:
    """Read roles: several in one cell stand apart by `;` or `|`.

    `names` are those that may stand in the source; or a mapping of some of them onto the provider's, where None
    means that nobody is wanted for that role alone, and the others keep their names.
    """

    def __init__(self, names: RoleMapping | None) -> None:
        self._renamed: Mapping[str, str | None] = names if isinstance(names, Mapping) else {}
        self._known = None if names is None or isinstance(names, Mapping) else frozenset(names)
        self._cells: dict[str, tuple[str, ...] | None] = {}

    def split(self, cell: str) -> tuple[str, ...] | None:
        """Give the roles of a cell; None for an empty one, which says nothing."""
        # A school has a handful of different cells, in as many rows as people.
        if cell not in self._cells:
            if len(self._cells) >= _MAX_CACHED_CELLS:
                self._cells.clear()
            self._cells[cell] = self._split(cell)
        return self._cells[cell]

    def _split(self, cell: str) -> tuple[str, ...] | None:
        names = [name for part in _SEPARATORS.split(cell) if (name := read_text(part, "role"))]
        return self.take(names) if names else None

    def take(self, names: Iterable[str]) -> tuple[str, ...]:
        """Give the provider's names, each once, in order; empty where nobody is wanted for any of them."""
        return tuple(dict.fromkeys(filter(None, map(self._name, names))))

    def _name(self, name: str) -> str | None:
        if self._known is not None and name not in self._known:
            raise ValueProblem(f"the role {name[:100]!r} is unknown{suggest(name, sorted(self._known))}")
        return self._renamed.get(name, name)
