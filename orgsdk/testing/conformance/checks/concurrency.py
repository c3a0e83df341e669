"""Checks of concurrent calls and of cancelled calls."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio

from orgsdk.domain import Capability
from orgsdk.errors import ConflictError
from orgsdk.testing.conformance.assertions import expect_once, ids
from orgsdk.testing.conformance.check import check, expect, fail

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.domain import User
    from orgsdk.testing.conformance.context import CheckContext

_AT_ONCE = 8


async def _at_once(number: int, call: Callable[[int], Awaitable[object]]) -> None:
    async def one(index: int) -> None:
        await call(index)

    async with anyio.create_task_group() as group:
        for index in range(number):
            group.start_soon(one, index)


@check(Capability.USERS_CREATE, Capability.USERS_LIST, users=_AT_ONCE)
async def each_gets_its_own_answer(stage: CheckContext) -> None:
    """Users who are made at once are each given as asked, and all of them are there."""
    names = [stage.text() for _ in range(_AT_ONCE)]
    made: dict[str, str] = {}

    async def make(index: int) -> None:
        user = await stage.user(username=names[index])
        expect(user.username == names[index], "somebody else came than was made")
        made[user.id] = names[index]

    await _at_once(_AT_ONCE, make)
    expect(len(made) == _AT_ONCE, f"{_AT_ONCE} were made and have {len(made)} ids")
    there = [user for user in await stage.users.list().collect() if user.username in set(names)]
    expect_once(there, made, "users who were made at once")


@check(Capability.USERS_CREATE, Capability.USERS_LIST, users=_AT_ONCE)
async def one_of_many_has_the_username(stage: CheckContext) -> None:
    """Of many who want one username at once one gets it, and the others a refusal."""
    name = stage.text()
    made: list[str] = []

    async def want(index: int) -> None:
        try:
            made.append((await stage.user(username=name)).id)
        except ConflictError:
            return

    await _at_once(_AT_ONCE, want)
    there = [user.id for user in await stage.users.list().collect() if user.username == name]
    expect(len(there) == 1, f"{len(there)} have the username")
    expect(made == there, f"{len(made)} were told that they got it")


@check(Capability.USERS_LIST, users=6)
async def lists_at_once_do_not_mix(stage: CheckContext) -> None:
    """Lists that are walked at once, in pages of several sizes, each give everybody once."""
    await stage.members(6)
    expected = ids(await stage.users.list().collect())
    small = max(1, len(expected) // 6)

    async def walk(index: int) -> None:
        found = await stage.users.list(page_size=small * (1 + index % 3)).collect()
        expect_once(found, expected, f"list {index + 1} of {_AT_ONCE} at once")

    await _at_once(_AT_ONCE, walk)


# Seconds after which a call is cut off: at once, and where it may just be under way.
_MOMENTS = (0.0, 0.0005, 0.002, 0.01)


async def _cut_off(call: Callable[[], Awaitable[object]], seconds: float) -> bool:
    """Tell whether the call was cut off before its end."""
    with anyio.move_on_after(seconds) as scope:
        await call()
    return scope.cancelled_caught


@check(Capability.USERS_LIST)
async def a_call_is_a_point_where_it_is_cancelled(stage: CheckContext) -> None:
    """A call in a cancelled scope ends there: a provider awaits what takes its time, and lets others run."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        await stage.users.list(page_size=1)
    expect(scope.cancelled_caught, "the call went through, though it was cancelled before it began")
    expect(await stage.users.list(page_size=1), "no page came afterwards")


@check(Capability.USERS_LIST, users=1)
async def a_list_that_is_cut_off_can_be_read_again(stage: CheckContext) -> None:
    """After a list was cut off, at whatever moment, the next one is whole."""
    await stage.members(1)
    whole = {user.id async for user in stage.users.list()}
    for seconds in _MOMENTS:
        await _cut_off(stage.users.list().collect, seconds)
        expect({user.id async for user in stage.users.list()} == whole, f"cut off after {seconds} s, users are missing")


@check(Capability.USERS_CREATE, Capability.USERS_FIND, users=2 * len(_MOMENTS))
async def a_write_that_is_cut_off_is_done_or_not(stage: CheckContext) -> None:
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


async def _there(stage: CheckContext, username: str) -> User | None:
    found = await stage.users.find(username=username)
    if found is None and stage.can(Capability.ACCOUNTS_FIND):
        # Where a member is made of an account, it may have been cut off between the two.
        found = await stage.client.accounts.find(username=username)
    return found
