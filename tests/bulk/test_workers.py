"""Workers over one iterator: results, order, errors and cancellation."""

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
    """Sleep for each number, and count how many are in flight."""

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


async def test_each_item_is_processed_once_with_limited_concurrency() -> None:
    work = Work()
    assert sorted([number async for number in Workers(range(100), work, concurrency=7)]) == list(range(100))
    assert (work.most, work.started) == (7, 100)


async def test_results_are_in_the_order_of_completion() -> None:
    async def work(seconds: float) -> float:
        await anyio.sleep(seconds)
        return seconds

    assert [found async for found in Workers([0.3, 0.1, 0.2], work)] == [0.1, 0.2, 0.3]


async def test_nothing_runs_between_two_results() -> None:
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


async def test_turn_ends_after_a_time_or_a_number_of_items() -> None:
    assert len(await Workers(range(10_000), Work(0.001), concurrency=4).turn()) == 4 * 32
    # Each of the four workers takes items until two seconds have passed.
    assert len(await Workers(range(10_000), Work(0.5), concurrency=4).turn()) <= 4 * 5


async def test_without_items_there_are_no_results() -> None:
    workers = Workers[int, int]((), Work())
    assert [number async for number in workers] == []
    assert await workers.turn() == []


async def test_items_are_taken_only_when_a_worker_is_free() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    async for _ in Workers(items(), Work(10), concurrency=3):
        break
    assert taken == [0, 1, 2]


async def test_error_is_raised_after_the_results() -> None:
    work = Work(failing=frozenset({5}))
    workers = Workers(range(100), work, concurrency=3)
    found: list[int] = []

    async def gather() -> None:
        async for number in workers:
            found.append(number)  # noqa: PERF401  # a comprehension would lose the list

    with pytest.raises(LookupError, match="5"):
        await gather()
    assert 5 not in found
    assert set(range(5)) <= set(found)  # items in flight are finished
    assert work.now == 0
    assert [number async for number in workers] == []


async def test_error_of_the_iterator_is_raised_after_the_results() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("no more")

    workers = Workers(items(), Work())
    assert await workers.turn() == [1]
    with pytest.raises(LookupError, match="no more"):
        await workers.turn()


async def test_cancelled_workers_keep_results_and_interrupted_items() -> None:
    async def work(number: int) -> int:
        await anyio.sleep(1 if number < 2 else 50)
        return number

    workers = Workers(range(6), work, concurrency=4)
    with anyio.move_on_after(10):
        await anext(workers)
    assert sorted(workers.interrupted) == [2, 3, 4, 5]
    assert sorted(await workers.turn()) == [0, 1]
    assert [number async for number in workers] == []


async def test_many_items_need_little_time_and_memory() -> None:
    async def work(number: int) -> int:
        return number

    started = time.process_time()
    count = 0
    async for _ in Workers(range(20_000), work):
        count += 1
    # The target is 5 µs on an idle machine (benchmarks); this limit detects one task for each item.
    assert (time.process_time() - started) / count < 50e-6
    tracemalloc.start()
    try:
        async for _ in Workers(range(10_000), work):
            pass
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()


def test_concurrency_below_one_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="concurrency is 0: pass a whole number, 1 or more"):
        Workers((), Work(), concurrency=0)
