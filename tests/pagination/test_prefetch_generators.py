"""Prefetch in an async generator, which yields inside the block and may be closed by another task: no error."""

from __future__ import annotations

import asyncio
import gc
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import pytest

from tests.pagination.slow_list import SlowList

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


async def directly(numbers: SlowList) -> AsyncIterator[int]:
    async with numbers.paginate().prefetch(3) as ahead:
        async for number in ahead:
            yield number


async def by_an_exit_stack(numbers: SlowList) -> AsyncIterator[int]:
    async with AsyncExitStack() as stack:
        ahead = await stack.enter_async_context(numbers.paginate().prefetch(3))
        async for page in ahead.pages():
            for number in page.items:
                yield number


GENERATORS = [directly, by_an_exit_stack]


def quick() -> SlowList:
    return SlowList(count=8, seconds=lambda page: 0.0)


@pytest.mark.anyio
@pytest.mark.parametrize("generator", GENERATORS)
async def test_every_item_is_yielded(generator: Callable[[SlowList], Any]) -> None:
    assert [number async for number in generator(quick())] == list(range(8))


@pytest.mark.anyio
@pytest.mark.parametrize("generator", GENERATORS)
async def test_it_is_closed_by_another_task(generator: Callable[[SlowList], Any]) -> None:
    items = generator(quick())
    assert await anext(items) == 0
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(items.aclose)
    with anyio.CancelScope():  # the scopes of this task are as they were
        await anyio.lowlevel.checkpoint()


@pytest.mark.anyio
@pytest.mark.parametrize("generator", GENERATORS)
async def test_it_is_left_within_a_scope_of_the_caller(generator: Callable[[SlowList], Any]) -> None:
    with anyio.fail_after(5):
        async with aclosing(generator(quick())) as items:
            async for number in items:
                if number == 3:
                    break


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_generator_that_is_left_logs_no_error(
    generator: Callable[[SlowList], Any], caplog: pytest.LogCaptureFixture
) -> None:
    problems: list[dict[str, Any]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        async for number in generator(quick()):
            if number == 3:
                break
        gc.collect()
        await asyncio.sleep(0.01)

    asyncio.run(main())
    assert problems == []
    assert [record for record in caplog.records if record.name == "asyncio" and record.levelname == "ERROR"] == []


def test_a_fixture_is_set_up_and_torn_down_in_different_tasks() -> None:
    @asynccontextmanager
    async def fixture() -> AsyncIterator[int]:
        async with quick().paginate().prefetch(3) as ahead:
            yield await anext(aiter(ahead))

    with asyncio.Runner() as runner:
        made = fixture()
        assert runner.run(made.__aenter__()) == 0
        runner.run(made.__aexit__(None, None, None))
