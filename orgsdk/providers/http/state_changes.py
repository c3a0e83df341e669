"""Changes of a record's state, such as the acceptance of an invitation: after a lost response, the state decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from orgsdk.errors import OrgError
from orgsdk.providers.http.adoption import is_response_lost

T = TypeVar("T")


async def change_or_reread(
    change: Callable[[], Awaitable[T]], read: Callable[[], Awaitable[T]], is_done: Callable[[T], bool]
) -> T:
    """Change the state of a record. If the response is lost, read the record: its state shows whether it was changed.

    For changes that a provider refuses the second time, so that they cannot be sent again.

    Args:
        change: Sends the change, and returns the changed record.
        read: Reads the record.
        is_done: Whether a record has the new state.

    Returns:
        The changed record.

    Raises:
        OrgError: What `change` raises. A lost change that has not happened so far raises the error of its loss: it may
            still arrive.

    Example:
        ``await change_or_reread(accept, read, lambda invitation: invitation.status == "accepted")``
    """
    try:
        return await change()
    except OrgError as error:
        if not is_response_lost(error):
            raise
        lost = error
    try:
        found = await read()
    except OrgError as unreadable:
        raise lost from unreadable
    if not is_done(found):
        raise lost
    return found
