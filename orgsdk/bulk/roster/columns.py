"""Columns and cells of a roster: which column fills which field, and how a cell's text is read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias, cast, get_args

from orgsdk._messages import similar_name
from orgsdk.arguments import check_instance, describe_name, describe_value
from orgsdk.bulk.csv_cells import unescape_cell
from orgsdk.bulk.roster.keys import Key
from orgsdk.bulk.roster.spec import FIELDS, State
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RoleMapping: TypeAlias = Mapping[str, str | None] | Collection[str]

COLUMNS: Final = (*FIELDS, "roles", "state", "enabled")
"""The fields of a `UserSpec` that a column can fill."""

MAX_COLUMNS: Final = 1_000
"""A file with more columns is not a roster, and its names are not repeated in messages."""

KEYS: Final = get_args(Key)

# Names in spreadsheets and school systems. A caller maps any other name with `columns=`.
_ALIASES: Final = {
    "e_mail": "email",
    "first_name": "given_name",
    "firstname": "given_name",
    "last_name": "family_name",
    "lastname": "family_name",
    "role": "roles",
}
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


def check_reader_arguments(
    *, ignore: object = (), roles: object = None, encoding: object = None, complete: object = None
) -> None:
    """Raise `InvalidArgumentError` for an argument of the wrong type."""
    check_instance("encoding", encoding, str | None, "a text such as 'cp1252'")
    check_instance("complete", complete, bool | None, "True or False, or leave it out")
    for name, value in (("ignore", ignore), ("roles", roles)):
        if value is None and name == "roles":
            continue
        if isinstance(value, str | bytes) or not isinstance(value, Collection):
            raise InvalidArgumentError(f"{name} is {describe_value(value)}: pass a list of texts.")
        for text in cast("Collection[object]", value):
            check_instance(f"a text in {name}", text, str, "a text")
    if isinstance(roles, Mapping):
        for target in cast("Mapping[object, object]", roles).values():
            check_instance("a role that another is mapped to", target, str | None, "a text or None")


def find_columns(
    header: Sequence[str], columns: Mapping[str, str] | None = None, ignore: Collection[str] = ()
) -> tuple[ColumnLayout, list[str]]:
    """Return the position of each field in the header, and the problems of the header.

    With `columns` (field to column), only those columns are read. Without it, every column must have the name of a
    field or be in `ignore`, so that a renamed column is a problem and is not silently dropped.
    """
    names = [name.strip() for name in header]
    if columns is not None:
        return _find_mapped_columns(names, columns)
    ignored = {name.strip() for name in ignore}
    problems = [f"there is no column {name!r} to ignore{suggest(name, names)}" for name in ignored.difference(names)]
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


def _find_mapped_columns(names: list[str], columns: Mapping[str, str]) -> tuple[ColumnLayout, list[str]]:
    problems: list[str] = []
    positions: dict[str, int] = {}
    for field, column in columns.items():
        match names.count(column.strip()):
            case 0:
                problems.append(f"there is no column {column!r} for {field}{suggest(column, names)}")
            case 1:
                positions[field] = names.index(column.strip())
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
    return re.sub(r"[\s_-]+", "_", name.strip().casefold())


MAX_VALUE_LENGTH = 1_000
"""Largest number of characters of a value; no provider accepts more."""

# Including surrogates: JSON can contain them, but they cannot be sent.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_SEPARATORS = re.compile(r"[;|]")
_MAX_CACHED_CELLS = 1_000
_ENABLED_WORDS: Final[Mapping[str, State]] = {
    **dict.fromkeys(("", "true", "yes", "y", "1", "active"), "active"),
    **dict.fromkeys(("false", "no", "n", "0", "inactive"), "suspended"),
}
_STATE_WORDS: Final[Mapping[str, State]] = {
    **dict.fromkeys(("", "active", "enabled", "current"), "active"),
    **dict.fromkeys(("suspended", "inactive", "disabled", "blocked", "archived"), "suspended"),
    **dict.fromkeys(("gone", "deleted", "removed", "tobedeleted"), "gone"),
}


_STATES: Final = get_args(State)


class ValueProblem(Exception):  # noqa: N818  # internal: readers convert it to `SourceError`
    """A value is invalid. The message does not repeat the value."""


def has_controls(value: str) -> bool:
    """Return whether a text contains a line break, another control character or a surrogate."""
    return not value.isprintable() and _CONTROLS.search(value) is not None


def read_text(value: str, field: str) -> str | None:
    """Return the trimmed text of a cell; None if it is empty."""
    value = value.strip()
    if not value:
        return None
    if len(value) > MAX_VALUE_LENGTH:
        raise ValueProblem(f"the {field} has {len(value):,} characters: at most {MAX_VALUE_LENGTH:,} are allowed")
    if has_controls(value):
        raise ValueProblem(f"the {field} contains a line break or another control character")
    return value


def read_json_text(value: str, field: str) -> str | None:
    """Return the text of a JSON value, without the spaces around it; None if it is empty.

    Control characters are accepted, because JSON can only contain them escaped: nothing but a member of the provider
    has such a value.
    """
    if not has_controls(value):
        return read_text(value, field)
    if _SURROGATES.search(value):
        raise ValueProblem(f"the {field} contains half of a surrogate pair")
    # `str.strip` would remove control characters too.
    text = value.strip(" ")
    if len(text) > MAX_VALUE_LENGTH:
        raise ValueProblem(f"the {field} has {len(text):,} characters: at most {MAX_VALUE_LENGTH:,} are allowed")
    return text


def read_cell(cell: str, field: str) -> str | None:
    """Return the text of a cell of CSV, restored if `escape_cell` escaped it; None if it is empty.

    Control characters are accepted if they were escaped: nothing but a member of the provider has such a value.
    """
    text = read_text(cell, field)
    restored = None if text is None else unescape_cell(text)
    if restored is not None and _SURROGATES.search(restored):
        raise ValueProblem(f"the {field} contains half of a surrogate pair")
    return restored


def _read_enabled(value: str) -> State:
    """Read true or false, yes or no, 1 or 0, active or inactive; an empty cell is active."""
    try:
        return _ENABLED_WORDS[value.strip().casefold()]
    except KeyError:
        raise ValueProblem("enabled must be true or false") from None


def _read_state(value: str) -> State:
    """Read active, suspended or gone, or a usual synonym; an empty cell is active."""
    try:
        return _STATE_WORDS[value.strip().casefold()]
    except KeyError:
        raise ValueProblem("the state must be active, suspended or gone") from None


def read_states(state: str | None, enabled: str | None) -> tuple[State, str | None]:
    """Return the state of a row by its columns `state` and `enabled`, and the word that states it unless active.

    Of two columns the stricter one decides: gone before suspended before active.
    """
    read = [
        (reader(value), value.strip())
        for reader, value in ((_read_state, state), (_read_enabled, enabled))
        if value is not None
    ]
    found, word = max(read, key=lambda one: _STATES.index(one[0]), default=("active", ""))
    return found, word if found != "active" else None


class RoleReader:
    """Read roles. Several roles in one cell are separated by `;` or `|`.

    `names` are the names that the source may contain, or a mapping of some of them to the provider's names. A user
    whose only roles map to None is left out; a role that is not mapped keeps its name.
    """

    def __init__(self, names: RoleMapping | None) -> None:
        self._renamed: Mapping[str, str | None] = names if isinstance(names, Mapping) else {}
        self._known = None if names is None or isinstance(names, Mapping) else frozenset(names)
        self._cells: dict[str, tuple[str, ...] | None] = {}

    def split(self, cell: str) -> tuple[str, ...] | None:
        """Return the roles of a cell; None if it is empty."""
        # A school has many rows, and few different cells.
        if cell not in self._cells:
            if len(self._cells) >= _MAX_CACHED_CELLS:
                self._cells.clear()
            self._cells[cell] = self._split(cell)
        return self._cells[cell]

    def _split(self, cell: str) -> tuple[str, ...] | None:
        names = [name for part in _SEPARATORS.split(cell) if (name := read_text(part, "role"))]
        return self.rename(names) if names else None

    def rename(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the provider's names, each once, in order; empty if all of them map to None."""
        return tuple(dict.fromkeys(filter(None, map(self._name, names))))

    def _name(self, name: str) -> str | None:
        if self._known is not None and name not in self._known:
            raise ValueProblem(f"unknown role {describe_name(name)}{suggest(name, sorted(self._known))}")
        return self._renamed.get(name, name)
