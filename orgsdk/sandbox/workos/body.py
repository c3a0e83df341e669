"""Request bodies: parse JSON, and check its members one by one."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from orgsdk.sandbox.workos.errors import WorkOSError, invalid, refused
from orgsdk.sandbox.workos.formats import EXTERNAL_ID
from orgsdk.sandbox.workos.http import WorkOSRequest

Check = Callable[[str, object], object]
"""Returns the value of a field, by its name; raises `WorkOSError` for a wrong one."""

_METADATA_KEYS = 50
_METADATA_KEY = 40
_METADATA_VALUE = 600
_SURROGATE = re.compile("[\ud800-\udfff]")


class Fields:
    """The members of a JSON object. Unknown ones are ignored (facts, section 6)."""

    __slots__ = ("strict", "values")

    def __init__(self, values: Mapping[str, Any], *, strict: bool) -> None:
        self.values = values
        self.strict = strict

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def given(self, **checks: Check) -> dict[str, Any]:
        """Return the checked values of those fields that the body has."""
        return {name: check(name, self.values[name]) for name, check in checks.items() if name in self.values}

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


def text(maximum: int | None = None) -> Check:
    """Return a check for a text of at most so many characters."""

    def check(name: str, value: object) -> object:
        if not isinstance(value, str):
            raise invalid(name, "invalid_type")
        if maximum is not None and len(value) > maximum:
            raise invalid(name, "too_long")
        # JavaScript writes U+FFFD for half a character.
        return _SURROGATE.sub("\ufffd", value)

    return check


def boolean(name: str, value: object) -> object:
    """Check a boolean."""
    if not isinstance(value, bool):
        raise invalid(name, "invalid_type")
    return value


def integer(name: str, value: object) -> object:
    """Check an integer."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(name, "invalid_type")
    return value


def choice(*allowed: str) -> Check:
    """Return a check for one of some texts."""

    def check(name: str, value: object) -> object:
        if value not in allowed:
            raise invalid(name)
        return value

    return check


def texts(name: str, value: object) -> object:
    """Check an array of texts."""
    if not isinstance(value, list):
        raise invalid(name, "invalid_type")
    return [text()(name, item) for item in cast("list[object]", value)]


def nullable(check: Check) -> Check:
    """Return a check that allows null too."""
    return lambda name, value: None if value is None else check(name, value)


def external_id(name: str, value: object) -> object:
    """Check an external id: ASCII, at most 128 characters, or null."""
    checked = nullable(text())(name, value)
    if isinstance(checked, str) and not EXTERNAL_ID.fullmatch(checked):
        raise invalid(name)
    return checked


def metadata(name: str, value: object) -> object:
    """Check metadata: texts by name, within the documented limits; null is no metadata."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(name, "invalid_type")
    members = cast("dict[str, object]", value)
    fits = len(members) <= _METADATA_KEYS and all(
        len(key) <= _METADATA_KEY and isinstance(item, str) and len(item) <= _METADATA_VALUE
        for key, item in members.items()
    )
    if not fits:
        raise refused("invalid_metadata")
    return members


def anything(_name: str, value: object) -> object:
    """Accept every value."""
    return value
