"""Workers over one iterator: what they give, in what order, and what is left when they are left."""

from __future__ import annotations

import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from orgsdk.bulk.workers import Workers
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


class Work:
    """Take a while for each number, and note how many are worked on at once."""

    def __init__(self, seconds: float = 1.0, *, failing: frozenset[int] = frozenset()) -> None:
        self.seconds = seconds
        self.failing = failing
        self.now = self.most = self.started = 0

    async def __call__(self, number: int) -> int:
        self.started += 1
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await anyio.sleep(self.seconds)
        finally:
            self.now -= 1
        if number in self.failing:
            raise LookupError(number)
        return number


async def test_each_item_is_worked_on_once_and_no_more_at_a_time_than_there_are_workers() -> None:
    work = Work()
    assert sorted([number async for number in Workers(range(100), work, concurrency=7)]) == list(range(100))
    assert (work.most, work.started) == (7, 100)


async def test_results_come_in_the_order_of_completion() -> None:
    async def work(seconds: float) -> float:
        await anyio.sleep(seconds)
        return seconds

    assert [found async for found in Workers([0.3, 0.1, 0.2], work)] == [0.1, 0.2, 0.3]


async def test_between_two_results_nothing_runs_and_a_loop_may_be_left_and_taken_up() -> None:
    work = Work()
    workers = Workers(iter(range(1000)), work, concurrency=2)
    found: list[int] = []
    async for number in workers:
        found.append(number)
        assert work.now == 0
        if len(found) == 3:
            break
    started = work.started
    await anyio.sleep(100)
    assert work.started == started < 100
    found += [number async for number in workers]
    assert sorted(found) == list(range(1000))


async def test_a_turn_ends_after_some_time_or_some_items() -> None:
    assert len(await Workers(range(10_000), Work(0.001), concurrency=4).turn()) == 4 * 32
    # Each of the four begins anew until two seconds are over.
    assert len(await Workers(range(10_000), Work(0.5), concurrency=4).turn()) <= 4 * 5


async def test_no_items_no_results() -> None:
    workers = Workers[int, int]((), Work())
    assert [number async for number in workers] == []
    assert await workers.turn() == []


async def test_items_are_taken_when_a_worker_is_free_and_not_before() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    async for _ in Workers(items(), Work(10), concurrency=3):
        break
    assert taken == [0, 1, 2]


async def test_what_fails_is_raised_after_the_results_and_ends_it() -> None:
    work = Work(failing=frozenset({5}))
    workers = Workers(range(100), work, concurrency=3)
    found: list[int] = []

    async def gather() -> None:
        async for number in workers:
            found.append(number)  # noqa: PERF401  # a list that is whole at the end would not be there

    with pytest.raises(LookupError, match="5"):
        await gather()
    assert 5 not in found
    assert set(range(5)) <= set(found)  # what was in flight is finished, and told
    assert work.now == 0
    assert [number async for number in workers] == []


async def test_an_iterator_that_fails_ends_it_as_well() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("no more")

    workers = Workers(items(), Work())
    assert await workers.turn() == [1]
    with pytest.raises(LookupError, match="no more"):
        await workers.turn()


async def test_cancelled_it_keeps_what_is_done_and_tells_what_was_interrupted() -> None:
    async def work(number: int) -> int:
        await anyio.sleep(1 if number < 2 else 50)
        return number

    workers = Workers(range(6), work, concurrency=4)
    with anyio.move_on_after(10):
        await anext(workers)
    assert sorted(workers.interrupted) == [2, 3, 4, 5]
    assert sorted(await workers.turn()) == [0, 1]
    assert [number async for number in workers] == []


async def test_many_items_cost_little_time_and_memory() -> None:
    async def work(number: int) -> int:
        return number

    began = time.process_time()
    count = 0
    async for _ in Workers(range(20_000), work):
        count += 1
    # The bound is 5 µs, where nothing else runs and no test watches (benchmarks); this one finds a task an item.
    assert (time.process_time() - began) / count < 50e-6
    tracemalloc.start()
    try:
        async for _ in Workers(range(10_000), work):
            pass
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()


def test_no_workers_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="concurrency is 0: pass 1 or more"):
        Workers((), Work(), concurrency=0)
