"""Requests to the Flat server: query parameters, JSON body, and the check of the token.

Parameters and fields are read strictly: an invalid value ends in a 400 that names the field. The official document has
no nullable field in requests, so null is a wrong type. A text without a minimum length may be empty.
"""

import json
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from starlette.datastructures import URL, QueryParams
from starlette.requests import Request
from starlette.responses import Response

from orgsdk.sandbox.flat.auth import ADMIN_ROLES, Requirement, authorize, bearer_token
from orgsdk.sandbox.flat.errors import FlatError, flat_error_response, invalid_parameter
from orgsdk.sandbox.flat.records import AccountRecord
from orgsdk.sandbox.flat.state import FlatState

_DIGITS = re.compile(r"[0-9]{1,9}")


def single_parameter(query: QueryParams, name: str) -> str | None:
    """Return the value of a parameter that must not be repeated, or None."""
    values = query.getlist(name)
    if len(values) > 1:
        raise invalid_parameter(name, f"{name} must be given once")
    return values[0] if values else None


def choice_parameter(query: QueryParams, name: str, allowed: Collection[str]) -> str | None:
    """Return one of the allowed values, or None."""
    value = single_parameter(query, name)
    if value is not None and value not in allowed:
        raise _not_allowed(name, allowed)
    return value


def choices_parameter(query: QueryParams, name: str, allowed: Collection[str]) -> frozenset[str]:
    """Return the values of a parameter that may be repeated (`role=teacher&role=admin`)."""
    values = frozenset(query.getlist(name))
    if not values <= frozenset(allowed):
        raise _not_allowed(name, allowed)
    return values


def flag_parameter(query: QueryParams, name: str) -> bool:
    """Return a boolean; False if the parameter is missing."""
    return choice_parameter(query, name, ("true", "false")) == "true"


def integer_parameter(query: QueryParams, name: str, *, minimum: int, maximum: int, default: int) -> int:
    """Return an integer within the bounds, or the default."""
    value = single_parameter(query, name)
    if value is None:
        return default
    if not _DIGITS.fullmatch(value) or not minimum <= int(value) <= maximum:
        raise invalid_parameter(name, f"{name} must be a whole number from {minimum} to {maximum}")
    return int(value)


def _not_allowed(name: str, allowed: Collection[str]) -> Exception:
    return invalid_parameter(name, f"{name} must be one of {', '.join(allowed)}")


T = TypeVar("T")

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True)
class JsonBody:
    """The fields of a JSON object. Fields that the official document does not have are ignored.

    Attributes:
        values: The object's members.
        prefix: Path of a nested object, put before the names of its fields in errors.
    """

    values: Mapping[str, Any]
    prefix: str = ""

    def text(self, name: str, *, minimum: int = 0, maximum: int | None = None) -> str | None:
        """Return a text of an allowed length, or None if the field is missing."""
        if name not in self.values:
            return None
        value = self.values[name]
        if not isinstance(value, str):
            raise self._invalid(name, "must be a string")
        if len(value) < minimum or (maximum is not None and len(value) > maximum):
            bounds = f"at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"
            raise self._invalid(name, f"must have {bounds} characters")
        # JSON can contain a lone surrogate, which cannot be encoded in UTF-8.
        if not _is_unicode(value):
            raise self._invalid(name, "is not valid Unicode")
        return value

    def email(self, name: str) -> str | None:
        """Return an e-mail address, or None if the field is missing."""
        value = self.text(name)
        if value is not None and not _EMAIL.fullmatch(value):
            raise self._invalid(name, "must be an e-mail address")
        return value

    def url(self, name: str) -> str | None:
        """Return an absolute http or https URL, or None if the field is missing."""
        value = self.text(name)
        if value is not None and not _is_url(value):
            raise self._invalid(name, "must be an http or https URL")
        return value

    def choice(self, name: str, allowed: Sequence[T]) -> T | None:
        """Return one of the allowed values, or None if the field is missing."""
        if name not in self.values:
            return None
        return self._among(name, self.values[name], allowed)

    def choices(self, name: str, allowed: Sequence[T]) -> list[T] | None:
        """Return a list of allowed values, or None if the field is missing."""
        if name not in self.values:
            return None
        if not isinstance(self.values[name], list):
            raise self._invalid(name, "must be an array")
        return [self._among(name, value, allowed) for value in cast("list[object]", self.values[name])]

    def flag(self, name: str) -> bool | None:
        """Return a boolean, or None if the field is missing."""
        value = self.values.get(name)
        if name in self.values and not isinstance(value, bool):
            raise self._invalid(name, "must be a boolean")
        return value

    def inner(self, name: str) -> "JsonBody":
        """Return a nested object; it has no fields if it is missing."""
        value = self.values.get(name, {})
        if not isinstance(value, dict):
            raise self._invalid(name, "must be an object")
        return JsonBody(cast("dict[str, Any]", value), f"{self.prefix}{name}.")

    def required(self, name: str, value: T | None) -> T:
        """Return the value of a required field."""
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


def parse_body(content_type: str, content: bytes) -> JsonBody:
    """Return the JSON object in the body of a request.

    Args:
        content_type: Value of `Content-Type`.
        content: The body.

    Returns:
        The fields of the object.

    Raises:
        FlatError: 400 for another content type, for invalid JSON, and for JSON that is not an object.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise FlatError(400, "CLIENT_ERROR", "The body must be application/json")
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FlatError(400, "CLIENT_ERROR", "The body is not valid JSON") from error
    if not isinstance(value, dict):
        raise FlatError(400, "CLIENT_ERROR", "The body must be a JSON object")
    return JsonBody(cast("dict[str, Any]", value))


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


Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class FlatRequest:
    """An authorized request, completely read.

    Attributes:
        actor: The account of the token.
        is_admin: Whether that account is an admin.
        url: URL of the request.
        query: Query parameters.
        path: Variables of the path.
        content_type: Value of `Content-Type`.
        content: The body.
    """

    actor: AccountRecord
    is_admin: bool
    url: URL
    query: QueryParams
    path: Mapping[str, str]
    content_type: str
    content: bytes

    def json(self) -> JsonBody:
        """Return the fields of the body, which must be a JSON object.

        Returns:
            The fields.

        Raises:
            FlatError: 400 if the body is not a JSON object.
        """
        return parse_body(self.content_type, self.content)


def endpoint(
    state: FlatState, requirement: Requirement, handle: Callable[[FlatState, FlatRequest], Response]
) -> Endpoint:
    """Return an endpoint that checks the token and then calls the operation `handle`."""

    async def respond(request: Request) -> Response:
        content = await request.body()
        try:
            return handle(state, _authorized_request(state, requirement, request, content))
        except FlatError as error:
            return flat_error_response(error)

    return respond


def _authorized_request(state: FlatState, requirement: Requirement, request: Request, content: bytes) -> FlatRequest:
    token = authorize(bearer_token(request.scope), state.tokens, requirement, now=state.clock())
    actor = state.own_account if token.user_id is None else state.users.get(token.user_id)
    if actor is None:
        raise FlatError(401, "UNAUTHORIZED", "The account of this access token was removed")
    # The server's own token keeps the rights of an admin, even if a test changes the role of its account.
    role = "admin" if token.user_id is None else actor.role
    if not requirement.admits(role):
        raise FlatError(403, "FORBIDDEN", f"This operation is not allowed for the organization role {role}")
    return FlatRequest(
        actor=actor,
        is_admin=role in ADMIN_ROLES,
        url=request.url,
        query=request.query_params,
        path=request.path_params,
        content_type=request.headers.get("content-type", ""),
        content=content,
    )
