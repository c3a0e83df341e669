"""Parts of every request to Logto: methods, paging, search parameters, ids and their limits. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from orgsdk.arguments import check_flag, check_instance
from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.http.paging import PageNumber
from orgsdk.transport import IdAlphabet, Request, Safety

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

NAME = "logto"
MAX_PAGE_SIZE = 100
# A longer list of ids blocks the whole server: its single thread needs time in the square of the length
# (facts/logto.md, section 9).
MAX_BATCH = 500
IDS = IdAlphabet("0-9A-Za-z_-", "letters and digits at Logto")
PAGING = PageNumber(number="page", size="page_size", total="total-number")
TOKEN_PATH = "/oidc/token"  # noqa: S105  # a path, not a secret

# The API's body parser accepts 1 MB and answers 404 to more (facts/logto.md, section 3).
_MAX_BODY_BYTES = 1024 * 1024
# One encoder: `json.dumps` would create one for each body.
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_NUL_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_NUL_MESSAGE = "A text contains a NUL character, which makes Logto fail. Remove the character."

Query: TypeAlias = "Sequence[tuple[str, str]]"
# The requests of a relation (`IdRelation`): a page of it, ids that are added or replaced, and one that is removed.
PageRequest: TypeAlias = "Callable[[str, str | None, int], Request]"
IdsRequest: TypeAlias = "Callable[[str, Iterable[str]], Request]"
IdRequest: TypeAlias = "Callable[[str, str], Request]"


def get(operation: str, path: str, query: Query = ()) -> Request:
    """Build a GET request."""
    _check_no_nul(value for _, value in query)
    return Request(operation=operation, method="GET", path=path, query=query)


def get_page(operation: str, path: str, query: Query, position: str | None, page_size: int) -> Request:
    """Build a GET request for one page of a list."""
    return get(operation, path, [*query, *PAGING.parameters(position, page_size)])


def post(
    operation: str, path: str, body: Mapping[str, JsonValue], *, safety: Safety, expects_json: bool = True
) -> Request:
    """Build a POST request. facts/logto.md, section 6, lists the `safety` of each operation."""
    return _write(operation, "POST", path, body, safety=safety, expects_json=expects_json)


def put(operation: str, path: str, body: Mapping[str, JsonValue], *, expects_json: bool = False) -> Request:
    """Build a PUT request, which is idempotent. Most answer 204 without a body."""
    return _write(operation, "PUT", path, body, expects_json=expects_json)


def patch(operation: str, path: str, body: Mapping[str, JsonValue]) -> Request:
    """Build a PATCH request, which is idempotent (facts/logto.md, section 6)."""
    return _write(operation, "PATCH", path, body)


def delete(operation: str, path: str) -> Request:
    """Build a DELETE request, which answers 204. A second one finds nothing and answers 404."""
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
    content = _encode(body)
    # The plain search comes first. The regular expression is slower: it tries every byte.
    if b"\\u0000" in content and _NUL_ESCAPE.search(content):
        raise InvalidArgumentError(_NUL_MESSAGE)
    if len(content) > _MAX_BODY_BYTES:
        raise InvalidArgumentError(f"The request body has {len(content)} bytes. Logto accepts 1 MB at most.")
    return Request(
        operation=operation,
        method=method,
        path=path,
        body=content,
        content_type="application/json",
        safety=safety,
        expects_json=expects_json,
    )


def _encode(body: Mapping[str, JsonValue]) -> bytes:
    try:
        return _JSON.encode(body).encode()
    except UnicodeEncodeError:
        problem = "A text has half a character in it: pass valid Unicode."
    except (TypeError, ValueError, RecursionError):
        problem = "A value cannot be sent as JSON. Pass texts, numbers, lists and dicts."
    # Raised outside the handlers: a chained error would hold the body, with a password in it.
    raise InvalidArgumentError(problem)


def _check_no_nul(values: Iterable[object]) -> None:
    # Logto answers 500 (facts/logto.md, section 8), which looks like an error that a retry can solve.
    if any(isinstance(value, str) and "\0" in value for value in values):
        raise InvalidArgumentError(_NUL_MESSAGE)


def search_parameter(query: str | None) -> list[tuple[str, str]]:
    """Return the parameter of a search for a substring, in which `%` and `_` are wildcards; none for an empty text."""
    return [("q", query)] if query else []


def flag_parameter(name: str, *, on: bool) -> list[tuple[str, str]]:
    """Return the parameter of a switch. Logto accepts `true`; a missing parameter means off."""
    check_flag(f"The filter {name}", on)
    return [(name, "true")] if on else []


def filter_parameters(**values: str | None) -> list[tuple[str, str]]:
    """Return the parameters that have a value. Refuse an empty one: Logto would ignore it and list everything."""
    for name, value in values.items():
        if value is not None and not value:
            raise InvalidArgumentError(f"The filter {name} is empty. Pass a value, or leave it out.")
    return [(name, value) for name, value in values.items() if value is not None]


def checked_ids(values: Iterable[str], name: str, *, minimum: int = 1) -> list[JsonValue]:
    """Return the ids, checked and without duplicates.

    Some operations answer 422 to a duplicate id in one request (facts/logto.md, section 6).
    """
    checked: list[JsonValue] = [IDS.check(value, name) for value in unique_texts(values, name)]
    if len(checked) < minimum:
        raise InvalidArgumentError(f"The list of {name}s is empty. Pass at least one.")
    return checked


def unique_texts(values: Iterable[str], name: str) -> list[str]:
    """Return the texts without duplicates. Refuse a single string, whose letters would be sent, and anything else."""
    if isinstance(values, str):
        raise InvalidArgumentError(f"The {name}s are one string. Pass a list.")
    check_instance(f"The list of {name}s", values, Iterable, "a list of strings")
    texts = list(values)
    for value in texts:
        check_instance(f"A {name}", value, str, "a string")
    return list(dict.fromkeys(texts))


def escape_like(query: str | None) -> str | None:
    r"""Escape `%`, `_` and the backslash, which are special characters in SQL's LIKE; None for an empty text."""
    return re.sub(r"([\\%_])", r"\\\1", query) if query else None


def search_text(name: str) -> str | None:
    """Return a search text that finds at least everything with this name; the caller narrows the result.

    A backslash would escape the next character. For a name that contains one, the result is None: read the whole list.
    """
    return None if "\\" in name else name


def in_batches(values: Sequence[str]) -> list[Sequence[str]]:
    """Split a list into requests of at most `MAX_BATCH` ids."""
    return [values[start : start + MAX_BATCH] for start in range(0, len(values), MAX_BATCH)]


@dataclass(frozen=True, slots=True)
class IdRelation:
    """Ids that belong to an object, such as the scopes of a role: the four requests that every such relation has.

    Args:
        name: The relation in the operations' names, in the singular, such as ``organization_role_scope``.
        path: Returns the path of the object with this id, and of what is below it.
        segment: The relation in the path.
        field: The name of the list of ids in a body.
        noun: What the ids are of, for errors, such as ``organization scope id``.
        safety: What a retry of the create may change (facts/logto.md, section 6).
    """

    name: str
    path: Callable[[str, str], str]
    segment: str
    field: str
    noun: str
    safety: Safety

    def list(self, owner_id: str, position: str | None, page_size: int) -> Request:
        """Build the request that lists a page."""
        return get_page(f"list_{self.name}s", self.path(owner_id, self.segment), (), position, page_size)

    def create(self, owner_id: str, ids: Iterable[str]) -> Request:
        """Build the request that adds ids. The response is the word `Created`."""
        body: dict[str, JsonValue] = {self.field: checked_ids(ids, self.noun)}
        path = self.path(owner_id, self.segment)
        return post(f"create_{self.name}", path, body, safety=self.safety, expects_json=False)

    def replace(self, owner_id: str, ids: Iterable[str]) -> Request:
        """Build the request that replaces all ids."""
        body: dict[str, JsonValue] = {self.field: checked_ids(ids, self.noun, minimum=0)}
        return put(f"replace_{self.name}s", self.path(owner_id, self.segment), body)

    def delete(self, owner_id: str, one_id: str) -> Request:
        """Build the request that removes one id."""
        rest = f"{self.segment}/{IDS.check(one_id, self.noun)}"
        return delete(f"delete_{self.name}", self.path(owner_id, rest))
