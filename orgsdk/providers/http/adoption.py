"""Adoption: look up a created resource whose response was lost, and use it instead of creating a second one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from orgsdk.errors import APIError, DecodeError, OrgError, OutcomeUnknownError, RateLimitError, ServerError

T = TypeVar("T")


async def create_or_adopt(
    create: Callable[[], Awaitable[T]],
    look_up: Callable[[], Awaitable[T | None]] | None,
    *,
    provider: str,
    operation: str,
    unique: bool = True,
) -> tuple[T, bool]:
    """Create a resource. If the response is lost, look the resource up and adopt it.

    If the lookup finds nothing and the key is unique, it is created once more: the provider refuses a second resource
    with the same key, so that a late first request does no harm.

    Args:
        create: Creates the resource.
        look_up: Finds the resource by its natural key, or returns None. None if there is no key.
        provider: Name of the provider, for errors.
        operation: The provider's own name of the operation, for errors.
        unique: Whether the provider refuses a second resource with the same key.

    Returns:
        The resource, and whether it was adopted.

    Raises:
        OutcomeUnknownError: The response was lost and the lookup could not find out whether the resource exists.
        OrgError: What `create` raises.
    """
    try:
        return await create(), False
    except OrgError as error:
        if not is_response_lost(error):
            raise
        lost = error
    if look_up is None:
        raise outcome_unknown_error(provider, operation, "there is no key to look the resource up by", lost) from lost
    found = await _look_up(look_up, provider, operation, lost)
    if found is not None:
        return found, True
    if not unique:
        # The first request may still arrive, and would create a second resource.
        raise outcome_unknown_error(provider, operation, "the lookup found nothing", lost) from lost
    try:
        return await create(), False
    except OrgError as error:
        second = error
    # The first request may have arrived meanwhile, and its resource holds the key: look it up once more.
    found = await _look_up(look_up, provider, operation, lost)
    if found is not None:
        return found, True
    if _is_provider_refusal(second):
        raise second
    # Lost twice, or lost and then not sent, or denied access: the first request may still arrive.
    raise outcome_unknown_error(provider, operation, "the lookup found nothing", lost) from second


def is_response_lost(error: OrgError) -> bool:
    """Return whether the response to a request was lost, so that only a lookup can find out its outcome.

    Args:
        error: The error that the request ended in.

    Returns:
        True if the request may have been carried out.
    """
    return error.may_have_happened and not isinstance(error, OutcomeUnknownError)


async def _look_up(
    look_up: Callable[[], Awaitable[T | None]], provider: str, operation: str, lost: OrgError
) -> T | None:
    try:
        return await look_up()
    except OrgError as error:
        raise outcome_unknown_error(provider, operation, "the lookup failed too", lost) from error


def _is_provider_refusal(error: OrgError) -> bool:
    # Without a status the error is the client's own, and the provider has not answered. A later attempt may succeed
    # after a rate limit, and after most errors of a server. What a gateway refuses, the provider has not seen.
    if not isinstance(error, APIError) or error.status_code is None or isinstance(error, RateLimitError):
        return False
    if not error.is_own:
        return False
    is_final = not isinstance(error, ServerError) or error.status_code in ServerError.DEFINITE_STATUSES
    return is_final and not error.is_access_failure


def outcome_unknown_error(provider: str, operation: str, reason: str, lost: OrgError) -> OutcomeUnknownError:
    """Return the error for a write whose response was lost. Private to orgsdk.

    Args:
        provider: Name of the provider.
        operation: The provider's own name of the operation.
        reason: Why the outcome cannot be determined.
        lost: The error that the request ended in.

    Returns:
        The error, to be raised.
    """
    happened = "the response was lost"
    if isinstance(lost, ServerError) and lost.status_code is not None:
        happened = f"the provider answered {lost.status_code}"
    elif isinstance(lost, DecodeError):
        happened = "the response cannot be read"
    return OutcomeUnknownError(
        f"{happened}, and {reason}: the request may or may not have been carried out.",
        provider=provider,
        operation=operation,
    )
