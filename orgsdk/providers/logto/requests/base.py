"""Parts of every request to Logto: methods, paging, search parameters, ids and their limits."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeAlias

from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import PageNumber, SinglePage
from orgsdk.transport import IdAlphabet, Request, Safety

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import JsonValue

NAME = "logto"
MAX_PAGE_SIZE = 100
# Larger lists of ids hold up the whole server, whose one thread takes time in their square (facts/logto.md, section 9).
MAX_BATCH = 500
IDS = IdAlphabet("0-9A-Za-z_-", "letters and digits at Logto")
NUMBERED_PAGES = PageNumber(number="page", size="page_size")
SINGLE_PAGE = SinglePage()
TOKEN_PATH = "/oidc/token"  # noqa: S105  # a path, not a secret

# The API's body parser takes 1 MB, and answers 404 to more (facts/logto.md, section 3).
_MAX_BODY_BYTES = 1024 * 1024
_JSON = json.JSONEncoder(separators=(",", ":"))  # `json.dumps` would make one for each body
_NUL_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

Query: TypeAlias = "Sequence[tuple[str, str]]"


def get(operation: str, path: str, query: Query = ()) -> Request:
    """Ask for something."""
    _check_no_nul(value for _, value in query)
    return Request(operation=operation, method="GET", path=path, query=query)


def get_page(operation: str, path: str, query: Query, position: str | None, page_size: int) -> Request:
    """Ask for a page of a list."""
    return get(operation, path, [*query, *NUMBERED_PAGES.parameters(position, page_size)])


def get_unpaged(operation: str, path: str, position: str | None, query: Query = ()) -> Request:
    """Ask for a list that has no pages."""
    return get(operation, path, [*query, *SINGLE_PAGE.parameters(position)])


def post(
    operation: str, path: str, body: Mapping[str, JsonValue], *, safety: Safety, expects_json: bool = True
) -> Request:
    """Ask for a POST; `safety` is as facts/logto.md, section 6, has it for each."""
    return _write(operation, "POST", path, body, safety=safety, expects_json=expects_json)


def put(operation: str, path: str, body: Mapping[str, JsonValue], *, expects_json: bool = False) -> Request:
    """Ask for a PUT, which a repeat leaves as it is; most answer 204 without a body."""
    return _write(operation, "PUT", path, body, expects_json=expects_json)


def patch(operation: str, path: str, body: Mapping[str, JsonValue]) -> Request:
    """Ask for a PATCH, which a repeat leaves as it is (facts/logto.md, section 6)."""
    return _write(operation, "PATCH", path, body)


def delete(operation: str, path: str) -> Request:
    """Ask for a DELETE, which answers 204; a repeat finds nothing and is 404."""
    return Request(operation=operation, method="DELETE", path=path, safety=Safety.IDEMPOTENT, expects_json=False)


def _write(
    operation: str,
    method: str,
    path: str,
    body: Mapping[str, JsonValue],
    *,
    safety: Safety = Safety.IDEMPOTENT,
    expects_json: bool = True,
) -> Request:
    content = _JSON.encode(body).encode()
    # The plain search first: the other one tries at every letter, which is most of what checking 100,000 people takes.
    if b"\\u0000" in content and _NUL_ESCAPE.search(content):
        raise InvalidArgumentError(_NUL_MESSAGE)
    if len(content) > _MAX_BODY_BYTES:
        raise InvalidArgumentError(f"What is to be sent takes {len(content)} bytes: Logto takes 1 MB at most.")
    return Request(
        operation=operation,
        method=method,
        path=path,
        body=content,
        content_type="application/json",
        safety=safety,
        expects_json=expects_json,
    )


_NUL_MESSAGE = "A text has a NUL character in it, at which Logto fails: leave it out."


def _check_no_nul(values: Iterable[str]) -> None:
    # Logto answers 500 (facts/logto.md, section 8), which would look as if a repeat could help.
    if any("\0" in value for value in values):
        raise InvalidArgumentError(_NUL_MESSAGE)


def search_parameter(query: str | None) -> list[tuple[str, str]]:
    """Give the parameter of a contains-search, in which `%` and `_` stand for anything; nothing for no text."""
    return [("q", query)] if query else []


def flag_parameter(name: str, *, on: bool) -> list[tuple[str, str]]:
    """Give the parameter of a switch: Logto takes `true`, and its absence for off."""
    return [(name, "true")] if on else []


def filter_parameters(**given: str | None) -> list[tuple[str, str]]:
    """Give the parameters that have a value. An empty one would be taken for none, and list everything."""
    for name, value in given.items():
        if value is not None and not value:
            raise InvalidArgumentError(f"The filter {name} is empty: pass a value, or leave it out.")
    return [(name, value) for name, value in given.items() if value is not None]


def checked_ids(values: Iterable[str], name: str, *, least: int = 1) -> list[JsonValue]:
    """Give ids, checked and each once: repeats in one request are 422 here and there (facts/logto.md, section 6).

    Raises `InvalidArgumentError` for what can be no id, for fewer than `least`, and for one string, whose letters
    would be taken for ids.
    """
    if isinstance(values, str):
        raise InvalidArgumentError(f"The {name}s are one string: pass a list of ids.")
    checked: list[JsonValue] = [IDS.check(value, name) for value in dict.fromkeys(values)]
    if len(checked) < least:
        raise InvalidArgumentError(f"The list of {name}s is empty.")
    return checked


def escape_like(query: str | None) -> str | None:
    """Give a text to look for such that `%`, `_` and the backslash stand for themselves in SQL's LIKE."""
    return re.sub(r"([\\%_])", r"\\\1", query) if query else None


def search_text(name: str) -> str | None:
    """Give a text that finds at least everything called `name`: a search that is narrowed by its caller.

    A backslash would escape what comes after it, so a name that has one is not searched for but listed.
    """
    return None if "\\" in name else name


def in_batches(values: Sequence[str]) -> list[Sequence[str]]:
    """Split a list into requests of at most `MAX_BATCH` ids."""
    return [values[start : start + MAX_BATCH] for start in range(0, len(values), MAX_BATCH)]
