"""Which column of a source says what of a person. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from orgsdk.bulk.spec import FIELDS
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

COLUMNS: Final = (*FIELDS, "roles", "enabled")
"""The fields of a `UserSpec` that a column can fill."""

MOST_COLUMNS: Final = 1_000
"""What has more is no roster, and its names are not repeated in messages."""

KEYS: Final = ("external_id", "email", "username")

# What spreadsheets and school systems call them; anything else is mapped by whoever knows the file.
_ALSO: Final = {
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
class Layout:
    """Hold at which place of a record each field stands, and the places of columns without a name."""

    places: Mapping[str, int]
    unnamed: tuple[int, ...] = ()


def check_columns(columns: Mapping[str, str] | None) -> None:
    """Refuse a mapping that names a field which a person has not, with `InvalidArgumentError`."""
    for field in columns or ():
        if _PASSWORD.search(_plain(field)):
            raise InvalidArgumentError(f"columns names {field!r}: {_NO_PASSWORDS}. apply(passwords=…) makes them.")
        if field not in COLUMNS:
            raise InvalidArgumentError(f"columns names the field {field!r}{nearest(field, COLUMNS)}.")


def lay_out(
    header: Sequence[str], columns: Mapping[str, str] | None = None, ignore: Collection[str] = ()
) -> tuple[Layout, list[str]]:
    """Find each field's place in the header, and say what is wrong with it.

    With `columns`, field to column, only those are read. Without, every column must be a field's name, or one of
    `ignore`: a column that was renamed is noticed, not dropped.
    """
    names = [name.strip() for name in header]
    if columns is not None:
        return _selected(names, columns)
    ignored = {name.strip() for name in ignore}
    problems = [f"there is no column {name!r} to ignore{nearest(name, names)}" for name in ignored.difference(names)]
    places: dict[str, int] = {}
    unnamed: list[int] = []
    unknown: list[str] = []
    for place, name in enumerate(names):
        field = _field(name)
        if name in ignored:
            continue
        if not name:
            unnamed.append(place)
        elif _PASSWORD.search(_plain(name)):
            problems.append(f"there is a column {name!r}: {_NO_PASSWORDS}, or have it ignored")
        elif field is None:
            unknown.append(name)
        elif field in places:
            problems.append(f"the columns {names[places[field]]!r} and {name!r} both say the {field}: take one out")
        else:
            places[field] = place
    if not places:
        # What stands there may be a person's row, which no message repeats.
        return Layout({}), [f"none of the names {', '.join(COLUMNS)} stands here"]
    problems += [
        f"the column {_shown(name, names)} is none of orgsdk's{nearest(_plain(name), COLUMNS)}: "
        "map it to a field, or have it ignored"
        for name in unknown
    ]
    if not places.keys() & set(KEYS):
        problems.append(f"no column tells who somebody is: one of {', '.join(KEYS)} is needed")
    return Layout(places, tuple(unnamed)), problems


def _selected(names: list[str], columns: Mapping[str, str]) -> tuple[Layout, list[str]]:
    problems: list[str] = []
    places: dict[str, int] = {}
    for field, column in columns.items():
        match names.count(column.strip()):
            case 0:
                problems.append(f"there is no column {column!r} for {field}{nearest(column, names)}")
            case 1:
                places[field] = names.index(column.strip())
            case count:
                problems.append(f"{count} columns are called {column!r}: rename all but one")
    if not columns.keys() & set(KEYS):
        problems.append(f"no column is mapped that tells who somebody is: one of {', '.join(KEYS)} is needed")
    return Layout(places), problems


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which of the known names is nearest, or which there are; a person's address is not shown."""
    shown = [other for other in known if other and "@" not in other]
    if close := get_close_matches(name, shown, n=1):
        return f" (did you mean {close[0]!r}?)"
    folded = {_plain(other): other for other in shown}
    if close := get_close_matches(_plain(name), folded, n=1):
        return f" (did you mean {folded[close[0]]!r}?)"
    return f" (there is {', '.join(shown[:20])})" if shown else ""


def _shown(name: str, names: Sequence[str]) -> str:
    return f"number {names.index(name) + 1}" if "@" in name else repr(name[:100])


def _field(name: str) -> str | None:
    plain = _plain(name)
    return plain if plain in COLUMNS else _ALSO.get(plain)


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().casefold())
