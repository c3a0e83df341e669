"""Making what has no natural key: found again by a mark, or nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from orgsdk.errors import OrgError, OutcomeUnknownError
from orgsdk.providers.logto.wire import NAME
from orgsdk.transport.lost import is_lost

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


async def create_marked(
    create: Callable[[], Awaitable[T]], look_up: Callable[[], Awaitable[T | None]], *, operation: str
) -> tuple[T, bool]:
    """Give what `create` makes, and whether it was found by `look_up` after the answer was lost.

    Unlike `create_once` it never makes a thing twice: nothing would refuse the second.

    Raises what `create` raises, and `OutcomeUnknownError` where the answer was lost and the mark is not found: the
    request may have got nowhere, or still be on its way.
    """
    try:
        return await create(), False
    except OrgError as error:
        if not is_lost(error):
            raise
        lost = error
    try:
        found = await look_up()
    except OrgError as error:
        raise _unknown(operation, "the look-up failed too") from error
    if found is None:
        raise _unknown(operation, "its mark is not to be found") from lost
    return found, True


def _unknown(operation: str, why: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        f"the answer was lost, and {why}: it may or may not have been carried out.", provider=NAME, operation=operation
    )
