"""The JSON body of a request, read strictly: what a field does not allow ends in a 400 that names it.

No field of a request is nullable in the official document, so null is refused like any other wrong type; a text
without a least length may be empty.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from orgsdk.sandbox.flat.errors import FlatError, invalid_parameter

T = TypeVar("T")

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True)
class Body:
    """Hold the fields of a JSON object; what the document does not name is passed over."""

    values: Mapping[str, Any]
    prefix: str = ""
    """What stands before a field's name in an error: the place of an object within another."""

    def text(self, name: str, *, minimum: int = 0, maximum: int | None = None) -> str | None:
        """Return a text of an allowed length, None when left out."""
        if name not in self.values:
            return None
        value = self.values[name]
        if not isinstance(value, str):
            raise self._invalid(name, "must be a string")
        if len(value) < minimum or (maximum is not None and len(value) > maximum):
            bounds = f"at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"
            raise self._invalid(name, f"must have {bounds} characters")
        # JSON can name half of a surrogate pair, which is no character and has no UTF-8.
        if not _is_unicode(value):
            raise self._invalid(name, "is not valid Unicode")
        return value

    def email(self, name: str) -> str | None:
        """Return an e-mail address, None when left out."""
        value = self.text(name)
        if value is not None and not _EMAIL.fullmatch(value):
            raise self._invalid(name, "must be an e-mail address")
        return value

    def url(self, name: str) -> str | None:
        """Return an absolute web address, None when left out."""
        value = self.text(name)
        if value is not None and not _is_url(value):
            raise self._invalid(name, "must be an http or https URL")
        return value

    def choice(self, name: str, allowed: Sequence[T]) -> T | None:
        """Return one of the allowed values, None when left out."""
        if name not in self.values:
            return None
        return self._among(name, self.values[name], allowed)

    def choices(self, name: str, allowed: Sequence[T]) -> list[T] | None:
        """Return a list of allowed values, None when left out."""
        if name not in self.values:
            return None
        if not isinstance(self.values[name], list):
            raise self._invalid(name, "must be an array")
        return [self._among(name, value, allowed) for value in cast("list[object]", self.values[name])]

    def flag(self, name: str) -> bool | None:
        """Return a boolean, None when left out."""
        value = self.values.get(name)
        if name in self.values and not isinstance(value, bool):
            raise self._invalid(name, "must be a boolean")
        return value

    def inner(self, name: str) -> "Body":
        """Return the object within this one, without fields when left out."""
        value = self.values.get(name, {})
        if not isinstance(value, dict):
            raise self._invalid(name, "must be an object")
        return Body(cast("dict[str, Any]", value), f"{self.prefix}{name}.")

    def required(self, name: str, value: T | None) -> T:
        """Return the value of a field that must not be left out."""
        if value is None:
            raise self._invalid(name, "is required")
        return value

    def _among(self, name: str, value: object, allowed: Sequence[T]) -> T:
        found = next((each for each in allowed if each == value), None)
        if found is None:
            raise self._invalid(name, f"must be one of {', '.join(map(str, allowed))}")
        return found

    def _invalid(self, name: str, problem: str) -> FlatError:
        field = f"{self.prefix}{name}"
        return invalid_parameter(field, f"{field} {problem}")


def parse_body(content_type: str, content: bytes) -> Body:
    """Return the fields of a request's JSON object.

    Raises:
        FlatError: 400 for another content type, for what is no JSON, and for JSON that is no object.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise FlatError(400, "CLIENT_ERROR", "The body must be application/json")
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FlatError(400, "CLIENT_ERROR", "The body is not valid JSON") from error
    if not isinstance(value, dict):
        raise FlatError(400, "CLIENT_ERROR", "The body must be a JSON object")
    return Body(cast("dict[str, Any]", value))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
