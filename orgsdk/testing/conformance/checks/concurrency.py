"""Many calls at once: each gets its own answer, and what is unique stays so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from orgsdk.domain import Capability
from orgsdk.errors import ConflictError
from orgsdk.testing.conformance.check import check, expect
from orgsdk.testing.conformance.walking import expect_once, ids

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.testing.conformance.stage import Stage

_AT_ONCE = 8


async def _at_once(number: int, call: Callable[[int], Awaitable[object]]) -> None:
    async def one(index: int) -> None:
        await call(index)

    async with anyio.create_task_group() as group:
        for index in range(number):
            group.start_soon(one, index)


@check(Capability.USERS_CREATE, Capability.USERS_LIST, users=_AT_ONCE)
async def each_gets_its_own_answer(stage: Stage) -> None:
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
async def one_of_many_has_the_username(stage: Stage) -> None:
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
async def lists_at_once_do_not_mix(stage: Stage) -> None:
    """Lists that are walked at once, in pages of several sizes, each give everybody once."""
    await stage.members(6)
    expected = ids(await stage.users.list().collect())
    small = max(1, len(expected) // 6)

    async def walk(index: int) -> None:
        found = await stage.users.list(page_size=small * (1 + index % 3)).collect()
        expect_once(found, expected, f"list {index + 1} of {_AT_ONCE} at once")

    await _at_once(_AT_ONCE, walk)
