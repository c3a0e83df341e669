"""Authorized requests of the Flat server: query parameters, JSON body and the endpoint wrapper.

No field of a request is nullable in the official document, so null is refused like any other wrong type; a text
without a least length may be empty.
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
    """Return the value of a parameter that may be given once."""
    values = query.getlist(name)
    if len(values) > 1:
        raise invalid_parameter(name, f"{name} must be given once")
    return values[0] if values else None


def choice_parameter(query: QueryParams, name: str, allowed: Collection[str]) -> str | None:
    """Return one of the allowed values."""
    value = single_parameter(query, name)
    if value is not None and value not in allowed:
        raise _not_allowed(name, allowed)
    return value


def choices_parameter(query: QueryParams, name: str, allowed: Collection[str]) -> frozenset[str]:
    """Return the values of a parameter that repeats (`role=teacher&role=admin`), all of them allowed."""
    values = frozenset(query.getlist(name))
    if not values <= frozenset(allowed):
        raise _not_allowed(name, allowed)
    return values


def flag_parameter(query: QueryParams, name: str) -> bool:
    """Return a boolean, False when left out."""
    return choice_parameter(query, name, ("true", "false")) == "true"


def integer_parameter(query: QueryParams, name: str, *, minimum: int, maximum: int, default: int) -> int:
    """Return a whole number between the bounds."""
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

    def inner(self, name: str) -> "JsonBody":
        """Return the object within this one, without fields when left out."""
        value = self.values.get(name, {})
        if not isinstance(value, dict):
            raise self._invalid(name, "must be an object")
        return JsonBody(cast("dict[str, Any]", value), f"{self.prefix}{name}.")

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


def parse_body(content_type: str, content: bytes) -> JsonBody:
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
    """Hold an authorized request, read to its end."""

    actor: AccountRecord
    """The account the token speaks for."""
    is_admin: bool
    url: URL
    query: QueryParams
    path: Mapping[str, str]
    content_type: str
    content: bytes

    def json(self) -> JsonBody:
        """Return the fields of the body, which must be a JSON object."""
        return parse_body(self.content_type, self.content)


def endpoint(
    state: FlatState, requirement: Requirement, handle: Callable[[FlatState, FlatRequest], Response]
) -> Endpoint:
    """Return an endpoint that calls the operation when the request's token may."""

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
        raise FlatError(401, "UNAUTHORIZED", "The account of this access token is gone")
    # The server's own token stays an admin's whatever a test makes of that account: nobody locks himself out.
    role = "admin" if token.user_id is None else actor.role
    if not requirement.admits(role):
        raise FlatError(403, "FORBIDDEN", f"This operation is not for the organization role {role}")
    return FlatRequest(
        actor=actor,
        is_admin=role in ADMIN_ROLES,
        url=request.url,
        query=request.query_params,
        path=request.path_params,
        content_type=request.headers.get("content-type", ""),
        content=content,
    )
