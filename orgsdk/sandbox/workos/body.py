"""Request bodies: parse JSON, and check its members one by one."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from orgsdk.sandbox.workos.errors import WorkOSError, invalid, refused
from orgsdk.sandbox.workos.formats import EMAIL_FORM, EXTERNAL_ID_FORM
from orgsdk.sandbox.workos.http import WorkOSRequest

Test = Callable[[str, object], object]
"""Returns the value of a field, by its name; raises `WorkOSError` for a wrong one."""


@dataclass(frozen=True, slots=True)
class Check:
    """The check of a field: its type, and its documented limits, of which the emulator knows none."""

    type: Test
    limit: Test | None = None

    def __call__(self, name: str, value: object, *, strict: bool) -> object:
        """Return the value of a field.

        Args:
            name: Name of the field.
            value: Its value.
            strict: Whether the limits apply.

        Returns:
            The value.

        Raises:
            WorkOSError: The value is wrong.
        """
        checked = self.type(name, value)
        return self.limit(name, checked) if strict and self.limit is not None and checked is not None else checked


_METADATA_KEYS = 50
_METADATA_KEY = 40
_METADATA_VALUE = 600
_SURROGATE = re.compile("[\ud800-\udfff]")


class Fields:
    """The members of a JSON object. Unknown ones are ignored (facts, section 6)."""

    __slots__ = ("strict", "values")

    def __init__(self, values: Mapping[str, Any], *, strict: bool) -> None:
        self.values: Mapping[str, Any] = values
        self.strict: bool = strict

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def given(self, **checks: Check) -> dict[str, Any]:
        """Return the checked values of those fields that the body has."""
        return {
            name: check(name, self.values[name], strict=self.strict)
            for name, check in checks.items()
            if name in self.values
        }

    def required(self, **checks: Check) -> dict[str, Any]:
        """Return the checked values, and refuse a body without one of them."""
        for name in checks:
            if self.values.get(name) is None:
                raise invalid(name, "required")
        return self.given(**checks)


def read_fields(request: WorkOSRequest) -> Fields:
    """Return the members of the body.

    Args:
        request: The request. A missing content type is JSON too; a missing body is an empty object.

    Returns:
        The members.

    Raises:
        WorkOSError: The body is a form, is not JSON, or is no object.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type and content_type != "application/json":
        raise _unreadable("The body must be application/json.")
    if not request.body.strip():
        return Fields({}, strict=request.state.variant.strict)
    try:
        value: object = json.loads(request.body)
    except (ValueError, RecursionError):
        raise _unreadable("The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise invalid("body", "invalid_type")
    return Fields(cast("dict[str, Any]", value), strict=request.state.variant.strict)


def _unreadable(message: str) -> WorkOSError:
    return refused("invalid_request_body", message)


def _text(name: str, value: object) -> object:
    if not isinstance(value, str):
        raise invalid(name, "invalid_type")
    # JavaScript writes U+FFFD for half a character.
    return _SURROGATE.sub("\ufffd", value)


def _boolean(name: str, value: object) -> object:
    if not isinstance(value, bool):
        raise invalid(name, "invalid_type")
    return value


def _integer(name: str, value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(name, "invalid_type")
    return value


def _texts(name: str, value: object) -> object:
    if not isinstance(value, list):
        raise invalid(name, "invalid_type")
    return [_text(name, item) for item in cast("list[object]", value)]


def _objects(name: str, value: object) -> object:
    if not isinstance(value, list):
        raise invalid(name, "invalid_type")
    return [_object(name, item) for item in cast("list[object]", value)]


def _object(name: str, value: object) -> object:
    if not isinstance(value, dict):
        raise invalid(name, "invalid_type")
    return cast("dict[str, object]", value)


TEXT = Check(_text)
BOOLEAN = Check(_boolean)
INTEGER = Check(_integer)
TEXTS = Check(_texts)
OBJECTS = Check(_objects)


def text(maximum: int) -> Check:
    """Return a check for a text of at most so many characters."""

    def limit(name: str, value: object) -> object:
        if len(str(value)) > maximum:
            raise invalid(name, "too_long")
        return value

    return Check(_text, limit)


def matching(pattern: re.Pattern[str], make_error: Callable[[str], WorkOSError] = invalid) -> Check:
    """Return a check for a text of a form. `make_error` returns the error for another one."""

    def limit(name: str, value: object) -> object:
        if not pattern.fullmatch(str(value)):
            raise make_error(name)
        return value

    return Check(_text, limit)


def choice(*allowed: str) -> Check:
    """Return a check for one of some texts."""

    def limit(name: str, value: object) -> object:
        if value not in allowed:
            raise invalid(name)
        return value

    return Check(_text, limit)


def nullable(check: Check) -> Check:
    """Return a check that allows null too."""
    return Check(lambda name, value: None if value is None else check.type(name, value), check.limit)


def _metadata(name: str, value: object) -> object:
    return {} if value is None else _object(name, value)


def _metadata_limit(_name: str, value: object) -> object:
    members = cast("dict[str, object]", value)
    fits = len(members) <= _METADATA_KEYS and all(
        len(key) <= _METADATA_KEY and isinstance(item, str) and len(item) <= _METADATA_VALUE
        for key, item in members.items()
    )
    if not fits:
        raise refused("invalid_metadata")
    return members


EMAIL = matching(EMAIL_FORM)
EXTERNAL_ID = nullable(matching(EXTERNAL_ID_FORM))
METADATA = Check(_metadata, _metadata_limit)
