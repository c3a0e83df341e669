"""Errors of the room's own making, and Logto's refusals told apart where its codes do not."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from orgsdk.errors import APIError, ConflictError, NotFoundError, OrgError, UnprocessableError
from orgsdk.providers.logto.wire import NAME

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

# One code for a past expiry (400), a member who is invited, an accepting user who is missing or has another address,
# and an invitation that has ended (422): facts/logto.md, section 3. Its message is translated.
INVALID_INPUT = "request.invalid_input"
_NO_MEMBER = "organization.require_membership"
_NO_ROW = "entity.relation_foreign_key_not_found"
# How many ids one message names.
_SHOWN = 3

ErrorT = TypeVar("ErrorT", bound=APIError)


def not_found(message: str, operation: str) -> NotFoundError:
    """Give the error of a thing that was looked for in a list and is not in it."""
    return NotFoundError(message, provider=NAME, operation=operation)


def conflict(message: str, operation: str) -> ConflictError:
    """Give the error of a write that is not sent, because it is known to be refused."""
    return ConflictError(message, provider=NAME, operation=operation)


def as_kind(kind: type[ErrorT], error: APIError, message: str) -> ErrorT:
    """Give Logto's refusal as another class of error, with words of our own, and Logto's status, code and request."""
    return kind(
        message,
        provider=error.provider,
        operation=error.operation,
        status_code=error.status_code,
        code=error.code,
        request_id=error.request_id,
    )


@contextmanager
def leaving_behind(made: object | None) -> Generator[None]:
    """Have an error of a later step say what the steps before it have done, where they have done anything."""
    try:
        yield
    except OrgError as error:
        if made is not None:
            error.left_behind = made
        raise


@contextmanager
def of_member(organization_id: str, user_id: str) -> Generator[None]:
    """Have Logto's 422 for the roles of one who is no member be `NotFoundError`.

    It is the same for a user and for an organization that do not exist (facts/logto.md, section 6).
    """
    try:
        yield
    except UnprocessableError as error:
        if error.code != _NO_MEMBER:
            raise
        message = f"organization {organization_id} has no member {user_id}."
        raise as_kind(NotFoundError, error, message) from None


@contextmanager
def of_joining(organization_id: str, user_ids: Sequence[str]) -> Generator[None]:
    """Have Logto's 422 for accounts or an organization that do not exist say so; it does not tell which.

    It stays `UnprocessableError`, by which a bulk run knows to look for the one that is missing among many.
    """
    try:
        yield
    except UnprocessableError as error:
        if error.code != _NO_ROW:
            raise
        ids = ", ".join(user_ids[:_SHOWN])
        more = f" and {len(user_ids) - _SHOWN:,} more" if len(user_ids) > _SHOWN else ""
        whom = f"account {ids}" if len(user_ids) == 1 else f"one of the accounts {ids}{more}"
        message = f"{whom} does not exist, or organization {organization_id} does not: nobody was added."
        raise as_kind(UnprocessableError, error, message) from None
