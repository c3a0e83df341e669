"""Request bodies: parse JSON and forms as koa-body and JavaScript do (facts/logto.md sections 3 and 9)."""

import json
import math
import re
from typing import Any, NoReturn, cast
from urllib.parse import parse_qsl

from orgsdk.sandbox.logto.errors import MalformedBodyError
from orgsdk.sandbox.logto.http import LogtoRequest
from orgsdk.sandbox.logto.zod import Schema, check

Fields = dict[str, Any]

# The content types that koa-body parses as JSON, such as `proto.vendor_json`.
_JSON_TYPES = frozenset(
    {
        "application/json",
        "application/json-patch+json",
        "application/vnd.api+json",
        "application/csp-report",
        "application/reports+json",
        "application/scim+json",
    }
)

_TEXT_TYPES = frozenset({"text/plain", "text/xml", "application/xml", "text/html"})

_FORM_TYPE = "application/x-www-form-urlencoded"

# More digits than the largest double has; Python does not parse integers with more than 4,300 digits.
_LONGEST_DOUBLE = 400

_UPPER = re.compile(r"[A-Z]")

_JSON_SPACES = "\t\n\r "

_PREFIXED = re.compile(r"0(?:[xX](?P<x>[0-9a-fA-F]+)|[oO](?P<o>[0-7]+)|[bB](?P<b>[01]+))")

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

_INFINITY = re.compile(r"(?P<sign>[+-]?)Infinity")

# Doubles cannot represent every integer above the first; `JSON.stringify` writes an exponent from the second on.
_SAFE_INTEGER = 2**53

_LONGEST_INTEGER = 1e21


def read_body(request: LogtoRequest, schema: Schema) -> Fields:
    """Return the members of the body that the schema has.

    Without a content type, or with an unknown one, the body counts as an empty object (`proto.no_content_type`). A
    text is not an object (`proto.text_content_type`).

    Args:
        request: The request.
        schema: Schema of the body.

    Returns:
        The members.

    Raises:
        MalformedBodyError: The body is not JSON.
        RequestError: The body does not match the schema.
    """
    return cast("Fields", check(schema, _parsed(request)))


def _parsed(request: LogtoRequest) -> object:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    text = request.body.decode("utf-8-sig", "replace")
    if kind in _JSON_TYPES:
        return as_javascript(_json(text))
    if kind == _FORM_TYPE:
        return _form(text)
    return text if kind in _TEXT_TYPES else {}


def _json(text: str) -> object:
    if not text:
        return {}
    if not text.lstrip(_JSON_SPACES).startswith(("{", "[")):
        raise MalformedBodyError("invalid JSON, only supports object and array")
    try:
        return cast("object", json.loads(text, parse_int=_integer, parse_constant=_no_constant))
    except json.JSONDecodeError as error:
        raise MalformedBodyError(_json_error_message(text, error)) from None


def _integer(digits: str) -> float:
    """Return the number; one larger than every double is infinite, as in JavaScript."""
    return int(digits) if len(digits) < _LONGEST_DOUBLE else float(digits)


def _no_constant(name: str) -> NoReturn:
    """Reject `NaN` and `Infinity`, which Python accepts in JSON."""
    raise json.JSONDecodeError("Expecting value", name, 0)


def to_number(text: str) -> float:
    """Return `Number(text)`: `0x2` is 2, `1e0` is 1, blank is 0, other text is NaN (`org.list.page_exp`)."""
    text = text.strip()
    if not text:
        return 0.0
    if match := _PREFIXED.fullmatch(text):
        kind = match.lastgroup or "x"
        return _as_double(int(match[kind], {"x": 16, "o": 8, "b": 2}[kind]))
    if match := _INFINITY.fullmatch(text):
        return -math.inf if match["sign"] == "-" else math.inf
    if _DECIMAL.fullmatch(text):
        return float(text)
    return math.nan


def _as_double(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def as_javascript(value: object) -> object:
    """Return a decoded JSON value as JavaScript and PostgreSQL return it.

    A number is a double, without a decimal point if it is an integer. A lone surrogate becomes U+FFFD
    (`proto.lone_surrogate`).
    """
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [as_javascript(item) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {str(as_javascript(name)): as_javascript(item) for name, item in members.items()}
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return _json_number(value)


def _json_number(value: float) -> float | None:
    number = _as_double(value) if isinstance(value, int) and abs(value) > _SAFE_INTEGER else value
    if math.isinf(number):
        return None
    return int(number) if abs(number) < _LONGEST_INTEGER and number == int(number) else number


def _json_error_message(text: str, error: json.JSONDecodeError) -> str:
    """Return V8's error message: two are recorded (`proto.malformed_json*`), the third is used for all other errors."""
    if error.pos >= len(text.rstrip(_JSON_SPACES)):
        return "Unexpected end of JSON input"
    position = f"in JSON at position {error.pos} (line {error.lineno} column {error.colno})"
    if error.msg == "Extra data":
        return f"Unexpected non-whitespace character after JSON{position.removeprefix('in JSON')}"
    return f"Unexpected token '{text[error.pos]}' {position}"


def _form(text: str) -> dict[str, object]:
    """Return the members of a form; a repeated member is a list."""
    members: dict[str, object] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        before = members.get(name)
        if before is None:
            members[name] = value
        else:
            members[name] = [*(cast("list[str]", before) if isinstance(before, list) else [before]), value]
    return members


def columns(fields: Fields) -> Fields:
    """Return the members by the names of their columns. An empty text in any column is stored as null.

    See `user.patch.empty_email` and `user.patch.avatar_empty`; Logto's `convertToPrimitiveOrSql` does this.
    """
    return {
        _UPPER.sub(lambda match: f"_{match[0].lower()}", name): None if value == "" else value
        for name, value in fields.items()
    }
