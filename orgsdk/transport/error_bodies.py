"""Error bodies: the explanation and the code in an error response, in any of the usual formats."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orgsdk.transport.request import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue


# Where a JSON object has its explanation, in this order. `error` and `errors` may be texts, objects or lists of both.
_MESSAGE_FIELDS = (
    "error_description",
    "message",
    "detail",
    "title",
    "msg",
    "error_message",
    "errorMessage",
    "description",
    "reason",
    "error",
    "errors",
)
_MAX_ITEMS = 3  # of a list of messages
_MAX_DEPTH = 4
_MAX_READ = 64 * 1024
_CODE = re.compile(r"[\w.:/-]+")  # `invalid_grant`, and not "Something went wrong"
_TITLE = re.compile(rb"<title[^>]{0,200}>([^<]{1,500})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The text and the code in the body of an error response, before redaction.

    Attributes:
        message: The explanation, or None.
        code: The code for programs, or None.
    """

    message: str | None = None
    code: str | None = None


def read_error_body(response: Response) -> ErrorBody:
    """Read the body of an error response in any of the usual formats.

    Reads problem details (RFC 9457), OAuth errors (RFC 6749, section 5.2), JSON objects with `message`, `detail`,
    `error` or `errors` (texts, lists, or objects), plain text, and the title of an HTML page.

    Args:
        response: The error response.

    Returns:
        The explanation and the code. `Transport` removes secrets from both before it shows them.
    """
    try:
        body: JsonValue = json.loads(response.content)
    except (ValueError, RecursionError):
        return ErrorBody(message=_plain_message(response))
    if isinstance(body, dict):
        return ErrorBody(_object_message(body, _MAX_DEPTH), _object_code(body))
    return ErrorBody(_message(body, _MAX_DEPTH))


def _object_message(body: Mapping[str, JsonValue], depth: int) -> str | None:
    title, detail = (_message(body.get(name), depth) for name in ("title", "detail"))
    if title and detail and not (body.get("message") or body.get("error_description")):
        return f"{title.rstrip('.:')}: {detail}"
    for name in _MESSAGE_FIELDS:
        value = body.get(name)
        if name == "error" and isinstance(value, str) and _CODE.fullmatch(value):
            continue  # a code
        if found := _message(value, depth):
            return found
    return None


def _message(value: JsonValue, depth: int) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    if depth and isinstance(value, list):
        found = [text for text in (_message(item, depth - 1) for item in value[:_MAX_ITEMS]) if text]
        more = len(value) - _MAX_ITEMS
        return "; ".join(found) + (f"; and {more} more" if more > 0 else "") if found else None
    if depth and isinstance(value, dict):
        return _object_message(value, depth - 1)
    return None


def _object_code(body: Mapping[str, JsonValue]) -> str | None:
    error = body.get("error")
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    inner = error if isinstance(error, dict) else first if isinstance(first, dict) else {}
    for value in (body.get("code"), error, inner.get("code"), inner.get("type"), body.get("type")):
        if isinstance(value, str) and _CODE.fullmatch(value) and value != "about:blank":
            return value
    return None


def _plain_message(response: Response) -> str | None:
    media_type = response.media_type
    content = response.content.strip()
    if media_type == "text/html" or (not media_type and content.startswith(b"<")):
        import html  # loads a table of 2,231 entities

        title = _TITLE.search(content[:_MAX_READ])
        return None if title is None else html.unescape(title[1].decode(errors="replace")).strip() or None
    if media_type not in {"", "text/plain"} or content.startswith(b"<"):
        return None
    return content[:_MAX_READ].decode(errors="replace").strip() or None
