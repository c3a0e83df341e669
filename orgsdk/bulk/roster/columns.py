"""Columns of a roster: which column fills which field, and what is wrong with a header."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast, get_args

from orgsdk._messages import similar_name
from orgsdk.arguments import check_instance, check_integer, describe_name, describe_value
from orgsdk.bulk.roster.cells import clean_name
from orgsdk.bulk.roster.keys import Key
from orgsdk.bulk.roster.spec import FIELDS
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COLUMNS: Final = (*FIELDS, "roles", "state", "enabled")
"""The fields of a `UserSpec` that a column can fill."""

MAX_COLUMNS: Final = 1_000
"""A file with more columns is not a roster, and its names are not repeated in messages."""

KEYS: Final = get_args(Key)

# Names in spreadsheets and school systems. A caller maps any other name with `columns=`.
_ALIASES: Final = {
    "active": "enabled",
    "display_name": "name",
    "e_mail": "email",
    "email_address": "email",
    "first_name": "given_name",
    "firstname": "given_name",
    "forename": "given_name",
    "full_name": "name",
    "last_name": "family_name",
    "lastname": "family_name",
    "mail": "email",
    "phone_number": "phone",
    "role": "roles",
    "sam_account_name": "username",
    "surname": "family_name",
    "user_name": "username",
}
_WORDS_OF_CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PASSWORD = re.compile(r"passw|\bpwd\b|kennwort|mot_de_passe|contrase")
_NO_PASSWORDS = "a roster contains no passwords. Remove the column from the export"


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """The position of each field in a record, and the positions of columns without a name."""

    positions: Mapping[str, int]
    unnamed: tuple[int, ...] = ()


def check_columns(columns: Mapping[str, str] | None) -> None:
    """Raise `InvalidArgumentError` if a mapping names an unknown field."""
    check_instance("columns", columns, Mapping | None, "a dict of fields and column names")
    for field, column in (columns or {}).items():
        check_instance("a field in columns", field, str, "a text")
        check_instance(f"the column of {field[:50]!r}", column, str, "a text")
        if _PASSWORD.search(_normalize_name(field)):
            raise InvalidArgumentError(
                f"columns names {field!r}: {_NO_PASSWORDS}; apply(passwords=…) generates passwords."
            )
        if field not in COLUMNS and column in COLUMNS:
            raise InvalidArgumentError(f"columns names the field second: pass {{{column!r}: {field[:50]!r}}}.")
        if field not in COLUMNS:
            raise InvalidArgumentError(f"columns names the unknown field {field!r}{suggest(field, COLUMNS)}.")


def check_file_arguments(
    *, ignore: object = (), encoding: object = None, complete: object = None, header_line: object = None
) -> None:
    """Raise `InvalidArgumentError` for an argument of the wrong type."""
    if header_line is not None:
        check_integer("header_line", header_line, least=1, error=InvalidArgumentError)
    check_instance("encoding", encoding, str | None, "a text such as 'cp1252'")
    check_instance("complete", complete, bool | None, "True or False, or leave it out")
    check_texts("ignore", ignore)


def check_texts(argument: str, value: object) -> None:
    """Raise `InvalidArgumentError` if the value is not a collection of texts."""
    if isinstance(value, str | bytes) or not isinstance(value, Collection):
        raise InvalidArgumentError(f"{argument} is {describe_value(value)}: pass a list of texts.")
    for text in cast("Collection[object]", value):
        check_instance(f"a text in {argument}", text, str, "a text")


def find_columns(
    header: Sequence[str],
    columns: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    *,
    show: bool = True,
) -> tuple[ColumnLayout, list[str]]:
    """Return the position of each field in the header, and the problems of the header.

    With `columns` (field to column), only those columns are read. Without it, every column must have the name of a
    field or be in `ignore`, so that a renamed column is a problem and is not silently dropped. Without
    `show`, problems do not repeat the header.
    """
    names = [clean_name(name) for name in header]
    if columns is not None:
        return _find_mapped_columns(names, columns, show=show)
    ignored = {clean_name(name) for name in ignore}
    problems = [
        f"there is no column {name!r} to ignore{suggest(name, names if show else ())}"
        for name in ignored.difference(names)
    ]
    positions: dict[str, int] = {}
    unnamed: list[int] = []
    unknown: list[str] = []
    for position, name in enumerate(names):
        field = _field_of_column(name)
        if name in ignored:
            continue
        if not name:
            unnamed.append(position)
        elif _PASSWORD.search(_normalize_name(name)):
            problems.append(f"there is a column {name!r}: {_NO_PASSWORDS}, or ignore it")
        elif field is None:
            unknown.append(name)
        elif field in positions:
            problems.append(
                f"the columns {names[positions[field]]!r} and {name!r} both contain the {field}: remove one of them"
            )
        else:
            positions[field] = position
    if not positions:
        # The line may be a row with personal data, so the message does not repeat it.
        return ColumnLayout({}), [f"the line has none of the columns {', '.join(COLUMNS)}"]
    problems += [
        f"unknown column {_name_column(name, names)}{suggest(_normalize_name(name), COLUMNS)}: "
        "map it to a field, or ignore it"
        for name in unknown
    ]
    if not positions.keys() & set(KEYS):
        problems.append(f"there is no key column: add {' or '.join(KEYS)}")
    return ColumnLayout(positions, tuple(unnamed)), problems


def _find_mapped_columns(names: list[str], columns: Mapping[str, str], *, show: bool) -> tuple[ColumnLayout, list[str]]:
    problems: list[str] = []
    positions: dict[str, int] = {}
    for field, column in columns.items():
        wanted = clean_name(column)
        match names.count(wanted):
            case 0:
                problems.append(f"there is no column {column!r} for {field}{suggest(column, names if show else ())}")
            case 1:
                positions[field] = names.index(wanted)
            case count:
                problems.append(f"{count} columns have the name {column!r}: rename all but one")
    if not columns.keys() & set(KEYS):
        problems.append(f"no key column is mapped: map {' or '.join(KEYS)}")
    return ColumnLayout(positions), problems


def suggest(name: str, known: Iterable[str]) -> str:
    """Return a text with the most similar known name, or with all known names. It shows no e-mail address."""
    shown = [other for other in known if other and "@" not in other]
    folded = {_normalize_name(other): other for other in shown}
    normalized = similar_name(_normalize_name(name), folded)
    if close := similar_name(name, shown) or (normalized and folded[normalized]):
        return f" (did you mean {close!r}?)"
    return f" (choices: {', '.join(shown[:20])})" if shown else ""


def _name_column(name: str, names: Sequence[str]) -> str:
    return f"number {names.index(name) + 1}" if "@" in name else describe_name(name)


def _field_of_column(name: str) -> str | None:
    normalized = _normalize_name(name)
    return normalized if normalized in COLUMNS else _ALIASES.get(normalized)


def _normalize_name(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", _WORDS_OF_CAMEL_CASE.sub("_", name.strip()).casefold())
