"""Adoption: look up a created resource whose response was lost, and use it instead of creating a second one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from orgsdk.errors import DecodeError, OrgError, OutcomeUnknownError
from orgsdk.transport.retry import AttemptOutcome, is_access_failure, is_token_failure, outcome_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


def is_response_lost(error: OrgError) -> bool:
    """Tell whether a write that ended in `error` may have been carried out all the same."""
    if is_token_failure(error):
        return False
    # An answer that cannot be read came from a provider that was done, or from something in between.
    return isinstance(error, DecodeError) or outcome_of(error, left=True) is AttemptOutcome.LOST


async def create_or_adopt(
    create: Callable[[], Awaitable[T]],
    look_up: Callable[[], Awaitable[T | None]] | None,
    *,
    provider: str,
    operation: str,
    unique: bool = True,
) -> tuple[T, bool]:
    """Give what `create` makes, and whether it was found by `look_up` after the answer was lost.

    Where the answer was lost and the look-up finds nothing, it is made once more where the key is `unique`: the
    provider refuses a second thing of the same natural key, so that a late first one does no harm. `look_up` is
    None where there is no key.

    Raises what `create` raises, and `OutcomeUnknownError` where the answer was lost and nothing tells the outcome.
    """
    try:
        return await create(), False
    except OrgError as error:
        if not is_response_lost(error):
            raise
        lost = error
    if look_up is None:
        raise _outcome_unknown(provider, operation, "and has no key to look it up by") from lost
    found = await _look_up(look_up, provider, operation)
    if found is not None:
        return found, True
    if not unique:
        # It may arrive yet, and a second one would be made beside it.
        raise _outcome_unknown(provider, operation, "and it is not to be found") from lost
    try:
        return await create(), False
    except OrgError as error:
        again = error
    # A refusal now may be of the first attempt's own making, because the key is taken: look once more.
    found = await _look_up(look_up, provider, operation)
    if found is not None:
        return found, True
    if outcome_of(again, left=True) is AttemptOutcome.FINAL and _is_provider_refusal(again):
        raise again
    # Lost twice, or lost and then not sent, or turned away at the door: the first may arrive yet.
    raise _outcome_unknown(provider, operation, "and it is not to be found") from again


async def _look_up(look_up: Callable[[], Awaitable[T | None]], provider: str, operation: str) -> T | None:
    try:
        return await look_up()
    except OrgError as error:
        raise _outcome_unknown(provider, operation, "and the look-up failed too") from error


def _is_provider_refusal(error: OrgError) -> bool:
    # Without a status it is this client's own gate's.
    return not is_access_failure(error) and getattr(error, "status_code", None) is not None


def _outcome_unknown(provider: str, operation: str, why: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        f"the answer was lost, {why}: it may or may not have been carried out.", provider=provider, operation=operation
    )
