"""Logto's error codes and the exceptions that they become."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from orgsdk.errors import APIError, ConflictError, NotFoundError, OrgError, UnprocessableError
from orgsdk.providers.logto.requests import NAME

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

# One code for a past expiry (400), a member who is invited, an accepting user who is missing or has another address,
# and an invitation that has ended (422): facts/logto.md, section 3. Its message is translated.
INVALID_INPUT_CODE = "request.invalid_input"
_NOT_A_MEMBER_CODE = "organization.require_membership"
_FOREIGN_KEY_CODE = "entity.relation_foreign_key_not_found"
# How many ids one message names.
_MAX_IDS_IN_MESSAGE = 3

ErrorT = TypeVar("ErrorT", bound=APIError)


def not_found_error(message: str, operation: str) -> NotFoundError:
    """Give the error of a thing that was looked for in a list and is not in it."""
    return NotFoundError(message, provider=NAME, operation=operation)


def conflict_error(message: str, operation: str) -> ConflictError:
    """Give the error of a write that is not sent, because it is known to be refused."""
    return ConflictError(message, provider=NAME, operation=operation)


def convert_error(kind: type[ErrorT], error: APIError, message: str) -> ErrorT:
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
def attach_partial_result(made: object | None) -> Generator[None]:
    """Have an error of a later step say what the steps before it have done, where they have done anything."""
    try:
        yield
    except OrgError as error:
        if made is not None:
            error.partial_result = made
        raise


@contextmanager
def convert_not_a_member(organization_id: str, user_id: str) -> Generator[None]:
    """Have Logto's 422 for the roles of one who is no member be `NotFoundError`.

    It is the same for a user and for an organization that do not exist (facts/logto.md, section 6).
    """
    try:
        yield
    except UnprocessableError as error:
        if error.code != _NOT_A_MEMBER_CODE:
            raise
        message = f"organization {organization_id} has no member {user_id}."
        raise convert_error(NotFoundError, error, message) from None


@contextmanager
def convert_unknown_account(organization_id: str, user_ids: Sequence[str]) -> Generator[None]:
    """Have Logto's 422 for accounts or an organization that do not exist say so; it does not tell which.

    It stays `UnprocessableError`, by which a bulk run knows to look for the one that is missing among many.
    """
    try:
        yield
    except UnprocessableError as error:
        if error.code != _FOREIGN_KEY_CODE:
            raise
        ids = ", ".join(user_ids[:_MAX_IDS_IN_MESSAGE])
        more = f" and {len(user_ids) - _MAX_IDS_IN_MESSAGE:,} more" if len(user_ids) > _MAX_IDS_IN_MESSAGE else ""
        whom = f"account {ids}" if len(user_ids) == 1 else f"one of the accounts {ids}{more}"
        message = f"{whom} does not exist, or organization {organization_id} does not: nobody was added."
        raise convert_error(UnprocessableError, error, message) from None
