"""What all requests to Flat have in common: its name, its ids, its cursors, its roles, and bodies of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, get_args

from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import LinkCursor
from orgsdk.providers.flat.models.words import OrganizationRole
from orgsdk.transport import IdAlphabet, Request, Safety, fill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.providers.flat.models.base import Body

WordT = TypeVar("WordT", bound=str)

NAME = "flat"
MAX_PAGE_SIZE = 1000
IDS = IdAlphabet("0-9A-Fa-f", "24 hexadecimal digits at Flat")
CURSORS = LinkCursor(forward="next", backward="previous", size="limit")
Pairs = list[tuple[str, str]]

ROLE_NAMES: tuple[OrganizationRole, ...] = get_args(OrganizationRole)


def path_of(template: str, **ids: str) -> str:
    """Give the path with every `{name}` replaced by a checked id."""
    return fill(template, IDS, **ids)


def deleting(operation: str, path: str, query: Sequence[tuple[str, str]] = ()) -> Request:
    """Give a request that deletes, and is answered without a body."""
    return Request(
        operation=operation,
        method="DELETE",
        path=path,
        query=query,
        safety=Safety.IDEMPOTENT,
        expects_json=False,
    )


def sending(operation: str, method: str, path: str, body: Body, safety: Safety) -> Request:
    """Give a request that carries a body of JSON."""
    return Request(
        operation=operation,
        method=method,
        path=path,
        safety=safety,
        body=body.content(),
        content_type="application/json",
    )


def flag(name: str, *, value: bool | None) -> Pairs:
    """Give the query parameter of a boolean, none where it is left out."""
    return [] if value is None else [(name, "true" if value else "false")]


def word(name: str, value: str | None, allowed: tuple[str, ...], meaning: str) -> Pairs:
    """Give the query parameter of a word that Flat knows, none where it is left out.

    Raises `InvalidArgumentError` for another word; `meaning` says what it is.
    """
    return [] if value is None else [(name, check_word(value, allowed, meaning))]


def check_word(value: str, allowed: tuple[WordT, ...], name: str) -> WordT:
    """Give the word back where it is one that Flat knows; `name` says what it is in the error.

    What is sent is checked before it leaves (DESIGN.md, decision 2). Raises `InvalidArgumentError`.
    """
    for word in allowed:
        if word == value:
            return word
    raise InvalidArgumentError(f"Flat has no {name} {value!r}: its {name}s are {', '.join(allowed)}.")


def check_role(value: str) -> OrganizationRole:
    """Give the role's name back where it is one of the four that Flat has.

    Raises `InvalidArgumentError` for another.
    """
    return check_word(value, ROLE_NAMES, "role")
