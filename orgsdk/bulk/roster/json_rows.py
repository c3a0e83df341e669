"""Convert objects of JSON to rows, with fields in nested objects by dotted names."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final, cast

from orgsdk.bulk.roster.cells import ValueProblem, has_controls
from orgsdk.bulk.roster.columns import MAX_COLUMNS, find_columns, suggest
from orgsdk.bulk.roster.problems import COLUMN_ADVICE
from orgsdk.bulk.roster.spec import FIELDS, UserSpec

if TYPE_CHECKING:
    from orgsdk.bulk.roster.rows import RowReader

_MISSING: Final = object()
_MAX_INDEX_DIGITS = 6


def decode_object(text: str) -> object:
    """Return a value of JSON. Raises `ValueError` for a name that occurs twice in an object, and for NaN."""
    return DECODER.decode(text)


def explain_json_error(error: Exception) -> str:
    """Return why a text is not JSON, without the text: it contains personal data."""
    return f"{error.msg}, character {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)


def look_up(value: object, path: str) -> object:
    """Return the value at a dotted path, such as `profile.login` or `emails.0.value`; None if there is none.

    A name in the path may contain dots itself. A name after a list is looked up in each of its items.
    """
    found = _look_up(value, path)
    return None if found is _MISSING else found


def _look_up(value: object, path: str) -> object:
    if isinstance(value, Mapping):
        return _look_up_in_object(cast("Mapping[str, object]", value), path)
    if not isinstance(value, list):
        return _MISSING
    items = cast("list[object]", value)
    first, _, rest = path.partition(".")
    if first.isascii() and first.isdigit() and len(first) <= _MAX_INDEX_DIGITS:
        if int(first) >= len(items):
            return _MISSING
        item = items[int(first)]
        return _look_up(item, rest) if rest else item
    found = [one for item in items if (one := _look_up(item, path)) is not _MISSING]
    return found or _MISSING


def _look_up_in_object(value: Mapping[str, object], path: str) -> object:
    if path in value:
        return value[path]
    end = path.rfind(".")
    while end > 0:
        if path[:end] in value:
            return _look_up(value[path[:end]], path[end + 1 :])
        end = path.rfind(".", 0, end)
    return _MISSING


class ObjectReader:
    """Convert objects to rows. Names are matched to fields once for each set of names, not for each object."""

    def __init__(
        self, name: str, reader: RowReader, columns: Mapping[str, str] | None, ignore: Collection[str]
    ) -> None:
        self.names: dict[str, None] = {}
        self._name, self._reader = name, reader
        self._columns, self._ignore = columns, ignore
        self._missing = dict(columns or {})
        self._example: Mapping[str, object] = {}
        self._layouts: dict[tuple[str, ...], Mapping[str, str] | None] = {}

    def add(self, document: Mapping[str, object], origin: str) -> None:
        """Add an object to the roster, unless its roles leave it out; a problem is reported."""
        names = tuple(document)
        self._reader.cells.origin = origin
        try:
            fields = self._layouts[names]
        except KeyError:
            fields = self._layouts[names] = self._match_names(names, origin)
            self._example = self._example or document
        if fields is None:
            return
        values = {field: _look_up(document, path) for field, path in fields.items()}
        if self._missing:
            self._missing = {field: path for field, path in self._missing.items() if values[field] is _MISSING}
        try:
            row = self._read(values, origin)
        except ValueProblem as problem:
            cells = {field: value for field, value in values.items() if value is not _MISSING}
            self._reader.reject(origin, problem, cells.items())
            return
        if row is not None:
            self._reader.add(row)

    def _match_names(self, names: tuple[str, ...], origin: str) -> Mapping[str, str] | None:
        problems = self._reader.problems
        self.names.update(dict.fromkeys(names))
        if len(self.names) > MAX_COLUMNS:
            problems.fail(origin, f"the file has over {MAX_COLUMNS:,} different names: its objects are not users")
        if has_controls("".join(names)):
            problems.add(origin, "a name contains a line break or another control character")
            return None
        if self._columns is not None:
            return self._columns
        layout, wrong = find_columns(names, ignore=[name for name in self._ignore if name in names])
        for problem in wrong:
            problems.add(origin, problem, advice=COLUMN_ADVICE)
        return None if wrong else {field: names[position] for field, position in layout.positions.items()}

    def check_mapping(self) -> None:
        """Add a problem for each mapped name that no object has."""
        if not self.names:
            return
        known = _paths(self._example)
        for field, name in self._missing.items():
            self._reader.problems.add(
                self._name, f"no object has the name {name!r} for {field}{suggest(name, known)}", advice=COLUMN_ADVICE
            )

    def _read(self, values: Mapping[str, object], origin: str) -> UserSpec | None:
        read_text = self._reader.cells.read_json_text
        texts = {field: read_text(_text(value, field), field) for field, value in values.items() if field in FIELDS}
        value = values.get("roles")
        roles = None if value is None or value is _MISSING else self._read_roles(value)
        if roles is None and value is not None and value is not _MISSING:
            return None
        state, word = self._reader.states.read(
            _word(values["state"], "state") if "state" in values else None,
            _word(values["enabled"], "enabled") if "enabled" in values else None,
        )
        return UserSpec(**texts, roles=roles, state=state, word=word, origin=origin)

    def _read_roles(self, value: object) -> tuple[str, ...] | None:
        if isinstance(value, list):
            items = cast("list[object]", value)
            names = [self._reader.cells.read_json_text(_text(name, "role"), "role") for name in items]
            return self._reader.roles.read([name for name in names if name])
        return self._reader.roles.split(_text(value, "roles"))


def _paths(document: Mapping[str, object]) -> list[str]:
    """Return the names of an object, and those of the objects in it after a dot."""
    found: list[str] = []
    for name, value in document.items():
        found.append(name)
        if isinstance(value, Mapping):
            found += [f"{name}.{inner}" for inner in cast("Mapping[str, object]", value)]
    return found[:MAX_COLUMNS]


def _text(value: object, field: str) -> str:
    if value is None or value is _MISSING:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueProblem(f"the {field} must be text or a whole number")


def _word(value: object, field: str) -> str:
    return str(value).lower() if isinstance(value, bool) else _text(value, field)


def _unique_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _refuse_constant(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique_names, parse_constant=_refuse_constant)
"""Decodes JSON. It raises `ValueError` for a name that occurs twice in an object, and for NaN."""
