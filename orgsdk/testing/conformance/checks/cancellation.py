"""A call that is cancelled ends, and leaves neither half of itself nor a provider that cannot go on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio

from orgsdk.domain import Capability
from orgsdk.errors import ConflictError
from orgsdk.testing.conformance.check import check, expect, fail

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.domain import User
    from orgsdk.testing.conformance.stage import Stage

# Seconds after which a call is cut off: at once, and where it may just be under way.
_MOMENTS = (0.0, 0.0005, 0.002, 0.01)


async def _cut_off(call: Callable[[], Awaitable[object]], seconds: float) -> bool:
    """Tell whether the call was cut off before its end."""
    with anyio.move_on_after(seconds) as scope:
        await call()
    return scope.cancelled_caught


@check(Capability.USERS_LIST)
async def a_call_is_a_point_where_it_is_cancelled(stage: Stage) -> None:
    """A call in a cancelled scope ends there: a provider awaits what takes its time, and lets others run."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        await stage.users.list(page_size=1)
    expect(scope.cancelled_caught, "the call went through, though it was cancelled before it began")
    expect(await stage.users.list(page_size=1), "no page came afterwards")


@check(Capability.USERS_LIST, users=1)
async def a_list_that_is_cut_off_can_be_read_again(stage: Stage) -> None:
    """After a list was cut off, at whatever moment, the next one is whole."""
    await stage.members(1)
    whole = {user.id async for user in stage.users.list()}
    for seconds in _MOMENTS:
        await _cut_off(stage.users.list().collect, seconds)
        expect({user.id async for user in stage.users.list()} == whole, f"cut off after {seconds} s, users are missing")


@check(Capability.USERS_CREATE, Capability.USERS_FIND, users=2 * len(_MOMENTS))
async def a_write_that_is_cut_off_is_done_or_not(stage: Stage) -> None:
    """After a creation was cut off, the user is there whole or not at all, and then the username can be used."""
    for seconds in _MOMENTS:
        text = stage.text()
        make = partial(stage.user, username=text, email=f"{text}@example.com")
        await _cut_off(make, seconds)
        found = await _there(stage, text)
        if found is None:
            try:
                found = await make()
            except ConflictError:
                # What was cut off was under way to the provider, and has arrived since.
                found = await _there(stage, text)
        if found is None:
            fail("the username is taken, and nobody has it")
        stage.undo(partial(stage.remove, found.id))
        expect((found.username, found.email) == (text, f"{text}@example.com"), "half a user is there")


async def _there(stage: Stage, username: str) -> User | None:
    found = await stage.users.find(username=username)
    if found is None and stage.can(Capability.ACCOUNTS_FIND):
        # Where a member is made of an account, it may have been cut off between the two.
        found = await stage.client.users.find(username=username)
    return found
