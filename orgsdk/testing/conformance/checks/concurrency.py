"""Checks of concurrent calls and of cancelled calls."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio

from orgsdk.domain import Capability
from orgsdk.errors import ConflictError
from orgsdk.testing.conformance.assertions import expect, expect_once, fail, ids, small_page_size
from orgsdk.testing.conformance.check import UserScope, check

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from orgsdk.domain import User, UserFields
    from orgsdk.testing.conformance.context import CheckContext

_TASKS = 8
_PAGE_SIZES = 3
# Seconds after which a call is cancelled: immediately, and while it is probably running.
_DELAYS = (0.0, 0.0005, 0.002, 0.01)


# Concurrent calls


async def _run_in_parallel(number: int, call: Callable[[int], Coroutine[None, None, None]]) -> None:
    async with anyio.create_task_group() as group:
        for index in range(number):
            group.start_soon(call, index)


@check(Capability.USERS_CREATE, Capability.USERS_LIST, users=_TASKS)
async def parallel_creates_are_independent(context: CheckContext) -> None:
    """Users who are created in parallel are each returned as requested, and all of them exist."""
    names = [context.key_value(context.unique_text()) for _ in range(_TASKS)]
    created: dict[str, str] = {}

    async def create(index: int) -> None:
        user = await context.create_user(**_with_key(context, names[index]))
        expect(context.key_of(user) == names[index], "create returned another user")
        created[user.id] = names[index]

    await _run_in_parallel(_TASKS, create)
    expect(len(created) == _TASKS, f"{_TASKS} users were created, with {len(created)} different ids")
    listed = [user for user in await context.users.list().collect() if context.key_of(user) in set(names)]
    expect_once(listed, created, "users who were created in parallel")


@check(Capability.USERS_CREATE, Capability.USERS_LIST, users=_TASKS)
async def parallel_creates_respect_uniqueness(context: CheckContext) -> None:
    """Of several parallel creates with one username, or address, one succeeds and the others raise ConflictError."""
    name = context.key_value(context.unique_text())
    created: list[str] = []

    async def create(index: int) -> None:
        try:
            created.append((await context.create_user(**_with_key(context, name))).id)
        except ConflictError:
            return

    await _run_in_parallel(_TASKS, create)
    listed = [user.id for user in await context.users.list().collect() if context.key_of(user) == name]
    expect(len(listed) == 1, f"{len(listed)} users have the {context.key}")
    expect(created == listed, f"{len(created)} creates succeeded")


@check(Capability.USERS_LIST, users=6)
async def parallel_lists_are_independent(context: CheckContext) -> None:
    """Lists that are read in parallel, with different page sizes, each have every user once."""
    await context.get_members(6)
    listing = context.users.list()
    expected = ids(await listing.collect())
    largest = listing.page_size
    small = small_page_size(len(expected), 6, max(1, largest // _PAGE_SIZES))

    async def read(index: int) -> None:
        size = min(small * (1 + index % _PAGE_SIZES), largest)
        found = await context.users.list(page_size=size).collect()
        expect_once(found, expected, f"list {index + 1} of {_TASKS} parallel ones")

    await _run_in_parallel(_TASKS, read)


# Cancelled calls


async def _run_and_cancel(call: Callable[[], Awaitable[object]], seconds: float) -> bool:
    with anyio.move_on_after(seconds) as scope:
        await call()
    return scope.cancelled_caught


@check(Capability.USERS_LIST)
async def cancelled_scope_cancels_the_call(context: CheckContext) -> None:
    """A call in a cancelled scope is cancelled: a provider uses await for everything that takes time."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        await context.users.list(page_size=1)
    expect(scope.cancelled_caught, "the call succeeded, although it was cancelled before it started")
    expect(await context.users.list(page_size=1), "the next page is empty")


@check(Capability.USERS_LIST, users=1)
async def list_works_after_cancellation(context: CheckContext) -> None:
    """After a list was cancelled, at any time, the next list is complete."""
    await context.get_members(1)
    expected = {user.id async for user in context.users.list()}
    for seconds in _DELAYS:
        await _run_and_cancel(context.users.list().collect, seconds)
        found = {user.id async for user in context.users.list()}
        expect(found == expected, f"after a cancellation at {seconds} s, users are missing")


@check(Capability.USERS_CREATE, Capability.USERS_FIND, users=2 * len(_DELAYS))
async def cancelled_create_is_atomic(context: CheckContext) -> None:
    """After a create was cancelled, the user exists completely, or not at all and the name or address is free."""
    for seconds in _DELAYS:
        text = context.unique_text()
        keys = context.keys(text)
        create = partial(context.create_user, **keys)
        await _run_and_cancel(create, seconds)
        found = await _find(context, text)
        if found is None:
            try:
                found = await create()
            except ConflictError:
                # The cancelled request was in flight, and has reached the provider since.
                found = await _find(context, text)
        if found is None:
            fail(f"the {context.key} is taken, but no user has it")
        context.add_cleanup(partial(context.delete_account, found.id))
        complete = all(getattr(found, name) == value for name, value in keys.items())
        expect(complete, "the user is incomplete")


def _with_key(context: CheckContext, value: str) -> UserFields[str | None]:
    return {"username": value} if context.key == "username" else {"email": value}


async def _find(context: CheckContext, text: str) -> User | None:
    found = await UserScope(context, "users").find(text)
    if found is None and context.supports(Capability.ACCOUNTS_FIND):
        # If a member is created in two steps, it may have been cancelled between the account and the membership.
        found = await UserScope(context, "accounts").find(text)
    return found
