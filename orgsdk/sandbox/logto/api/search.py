"""Search in lists: `search`, `search.<field>`, `mode.<field>`, `joint`, `isCaseSensitive`.

`GET /users` and `GET /users/{id}/roles` have it, with their own fields. See facts/logto.md sections 0 and 7, and the
`user.list.search*` recordings.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from orgsdk.sandbox.logto.errors import invalid_search, refuse_nul
from orgsdk.sandbox.logto.http import QueryParameters, is_true
from orgsdk.sandbox.logto.postgres import like, posix, similar_to
from orgsdk.sandbox.logto.records import StoredUser, TenantRole

T = TypeVar("T")

Fields = Mapping[str, Callable[[T], str | None]]

_USER_FIELDS: Fields[StoredUser] = {
    "id": lambda user: user.id,
    "primary_email": lambda user: user.primary_email,
    "primary_phone": lambda user: user.primary_phone,
    "username": lambda user: user.username,
    "name": lambda user: user.name,
}
_ROLE_FIELDS: Fields[TenantRole] = {
    "id": lambda role: role.id,
    "name": lambda role: role.name,
    "description": lambda role: role.description,
}
_MODES = ("exact", "like", "similar_to", "posix")
_JOINTS = ("and", "or")

TextTest = Callable[[str], bool]


def user_search(query: QueryParameters) -> Callable[[StoredUser], bool] | None:
    """Return a function that tests whether a user matches the search, or None without a search."""
    return _search(query, _USER_FIELDS)


def role_search(query: QueryParameters) -> Callable[[TenantRole], bool] | None:
    """Return a function that tests whether a role of the tenant matches the search, or None without a search."""
    return _search(query, _ROLE_FIELDS)


def _search(query: QueryParameters, fields: Fields[T]) -> Callable[[T], bool] | None:
    joint = _first(query, "joint", "jointMode") or "or"
    if joint not in _JOINTS:
        raise invalid_search(f"Search joint mode `{joint}` is not valid, expect one of {', '.join(_JOINTS)}.")
    case_sensitive = is_true(_first(query, "isCaseSensitive"))
    modes, values_by_field = _modes_and_values(query)
    tests: list[Callable[[T], bool]] = []
    for field, values in values_by_field.items():
        mode = modes.get(field) or modes.get(None) or "like"
        tests.append(_field_test(fields, field, _text_test(mode, values, case_sensitive=case_sensitive)))
    if not tests:
        return None
    combine = all if joint == "and" else any
    return lambda row: combine(test(row) for test in tests)


def _first(query: QueryParameters, *names: str) -> str | None:
    return next((value for name in names for value in query.values(name)), None)


def _modes_and_values(query: QueryParameters) -> tuple[dict[str | None, str], dict[str | None, list[str]]]:
    """Return modes and values by field; the key None means every field."""
    modes: dict[str | None, str] = {}
    values_by_field: dict[str | None, list[str]] = {}
    for key, value in query.pairs:
        if key.startswith("mode"):
            field = _field_of(key)
            if value not in _MODES:
                which = f" for field `{field}`" if field else ""
                raise invalid_search(
                    f"Search match mode `{value}`{which} is not valid, expect one of {', '.join(_MODES)}."
                )
            modes[field] = value
        elif key.startswith("search"):
            values_by_field.setdefault(_field_of(key), []).append(value)
    return modes, values_by_field


def _field_of(key: str) -> str | None:
    path = key.split(".")[1:]
    if len(path) > 1:
        nested = ".".join(path)
        raise invalid_search(
            f"Unsupported nested search field path `{nested}` detected. Only the first level field is supported."
        )
    return path[0] if path else None


def _text_test(mode: str, values: list[str], *, case_sensitive: bool) -> TextTest:
    if mode != "exact" and len(values) != 1:
        raise invalid_search("Only one search value is allowed when search mode is not `exact`.")
    if not all(values):
        raise invalid_search("Search value cannot be empty.")
    if mode == "similar_to" and not case_sensitive:
        raise invalid_search("Cannot use case-insensitive match for `similar to`.")
    refuse_nul(*values)
    if mode == "exact":
        allowed = set(values) if case_sensitive else {value.lower() for value in values}
        return lambda text: (text if case_sensitive else text.lower()) in allowed
    if mode == "like":
        pattern = like(values[0], case_sensitive=case_sensitive)
    elif mode == "similar_to":
        pattern = similar_to(values[0])
    else:
        pattern = posix(values[0], case_sensitive=case_sensitive)
    return lambda text: pattern.search(text) is not None


def _field_test(fields: Fields[T], field: str | None, matches: TextTest) -> Callable[[T], bool]:
    if not field:
        read_all = tuple(fields.values())
        return lambda row: any((text := read(row)) is not None and matches(text) for read in read_all)
    column = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", field).lower()
    if column not in fields:
        raise invalid_search(f"Search field `{column}` is not valid, expect one of {', '.join(fields)}.")
    read = fields[column]
    return lambda row: (text := read(row)) is not None and matches(text)


def texts_of(user: StoredUser) -> list[str]:
    """Return the texts of a user that `q` searches."""
    return [text for read in _USER_FIELDS.values() if (text := read(user)) is not None]
