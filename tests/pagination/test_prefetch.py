"""Prefetch on virtual time: order, speed, limits, failures, and leaving early."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import pytest
import trio
from hypothesis import HealthCheck, given, settings, strategies as st

from orgsdk.errors import InvalidArgumentError, PaginationError, ServerError
from orgsdk.pagination import prefetch
from tests.pagination.slow_list import SlowList
from tests.reliability.cancel_points import cancelled_at, natively_cancelled_at
from tests.reliability.event_loops import LOOPS, Loop, run_virtually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


def down() -> ServerError:
    return ServerError("down", provider="numbers", operation="list", status_code=503)


def tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return trio.lowlevel.current_statistics().tasks_living


async def seconds_of(work: Callable[[], Awaitable[object]]) -> float:
    started = anyio.current_time()
    await work()
    return anyio.current_time() - started


async def read(numbers: SlowList, pages: int, *, pause: float = 0.0, cursor: str | None = None) -> list[int]:
    found: list[int] = []
    async with numbers.paginate(cursor=cursor).prefetch(pages) as ahead:
        async for page in ahead.pages():
            found += page.items
            await anyio.sleep(pause)
    return found


# Order and speed


@pytest.mark.parametrize("paging", ["numbers", "cursors"])
@pytest.mark.parametrize("pages", [1, 2, 3, 8, 99])
async def test_every_item_is_yielded_once_and_in_order(paging: Any, pages: int) -> None:
    numbers = SlowList(count=21, paging=paging)
    async with numbers.paginate().prefetch(pages) as ahead:
        assert [number async for number in ahead] == list(range(21))
    assert sorted(numbers.requested) == list(range(1, 12))


@pytest.mark.parametrize(("pages", "seconds"), [(1, 20), (2, 11), (4, 6), (8, 4), (19, 2), (99, 2)])
async def test_numbered_pages_are_fetched_concurrently(pages: int, seconds: float) -> None:
    # The first page has the total; then the nineteen others are fetched in windows.
    numbers = SlowList(count=40)
    assert await seconds_of(lambda: read(numbers, pages)) == pytest.approx(seconds)
    assert numbers.most_in_flight == min(pages, 19)


@pytest.mark.parametrize("pages", [1, 4])
@pytest.mark.parametrize("paging", ["numbers", "cursors"])
async def test_without_a_total_one_page_is_fetched_while_another_is_processed(paging: Any, pages: int) -> None:
    numbers = SlowList(count=19, paging=paging, total=lambda _: None)
    # Ten pages of one second each, and one second of work on each: without prefetch this takes 20 s.
    assert await seconds_of(lambda: read(numbers, pages, pause=1)) == pytest.approx(11)
    assert numbers.most_in_flight == 1


async def test_the_first_page_is_requested_when_the_block_is_entered() -> None:
    numbers = SlowList()
    async with numbers.paginate().prefetch() as ahead:
        await anyio.sleep(5)
        assert numbers.responded == [1]
        assert await seconds_of(aiter(ahead).__anext__) == 0


@pytest.mark.parametrize("paging", ["numbers", "cursors"])
async def test_a_page_is_yielded_once_the_next_is_requested(paging: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefetch, "perf_counter", count().__next__)  # a caller that takes a second for a page
    numbers = SlowList(paging=paging)
    async with numbers.paginate().prefetch(3) as ahead:
        number = 0
        async for _ in ahead.pages():
            number += 1
            assert max(numbers.requested) == min(numbers.pages, number + (3 if paging == "numbers" else 1))


async def test_a_fast_caller_does_not_wait_for_requests_to_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    # Waiting takes rounds of the event loop, which would be all that prefetching costs and gains nothing.
    rounds = 0

    async def counted() -> None:
        nonlocal rounds
        rounds += 1
        await anyio.lowlevel.checkpoint()

    monkeypatch.setattr(prefetch, "checkpoint", counted)
    taken: dict[str, int] = {}
    for name, clock in (("fast", count(step=0)), ("slow", count())):
        monkeypatch.setattr(prefetch, "perf_counter", clock.__next__)
        rounds = 0
        numbers = SlowList(count=40)
        assert await seconds_of(lambda numbers=numbers: read(numbers, 4)) == pytest.approx(6)  # type: ignore[misc]  # mypy cannot infer the default's type
        assert sorted(numbers.requested) == list(range(1, 21))
        taken[name] = rounds
    assert taken["fast"] <= 10 < taken["slow"]


async def test_a_waiting_request_does_not_delay_the_previous_page() -> None:
    numbers = SlowList(seconds=lambda page: 3600.0 if page == 2 else 1.0, paging="cursors")  # a rate limit
    async with numbers.paginate().prefetch() as ahead:
        assert await seconds_of(ahead.pages().__anext__) == 1


async def test_items_and_pages_share_one_position() -> None:
    async with SlowList(count=8).paginate().prefetch() as ahead:
        found = [await anext(aiter(ahead)), (await anext(ahead.pages())).items, await anext(aiter(ahead))]
        assert found == [0, [2, 3], 1]
        assert [number async for number in ahead] == [4, 5, 6, 7]
        assert [page async for page in ahead.pages()] == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), loop=st.sampled_from(LOOPS))
def test_no_more_pages_are_in_memory_than_allowed(data: st.DataObject, loop: Loop) -> None:
    window = data.draw(st.integers(1, 6))
    waits = data.draw(st.lists(st.sampled_from([0.0, 0.1, 1.0, 7.0]), min_size=10, max_size=10))
    work = data.draw(st.lists(st.sampled_from([0.0, 0.1, 3.0]), min_size=10, max_size=10))
    fails = data.draw(st.sets(st.integers(1, 10)))
    paging: Any = data.draw(st.sampled_from(["numbers", "cursors"]))
    yielded: list[int] = []
    numbers = SlowList(paging=paging)

    def seconds(page: int) -> float:
        # Pages that were requested and not yet yielded, this one included.
        assert page - len(yielded) - 1 <= window
        assert numbers.in_flight <= window
        return waits[page - 1]

    async def main() -> list[int]:
        numbers.seconds, numbers.failures = seconds, {page: down() for page in fails}
        found: list[int] = []
        async with numbers.paginate().prefetch(window) as ahead:
            pages = ahead.pages()
            while len(yielded) < 10:
                try:
                    page = await anext(pages)
                except ServerError:
                    continue
                yielded.append(len(yielded) + 1)
                found += page.items
                await anyio.sleep(work[len(yielded) - 1])
        return found

    assert run_virtually(main, loop) == list(range(20))
    assert len(numbers.requested) == 10 + len(fails)


# Pages that arrive without a wait


def at_once(**settings: Any) -> SlowList:
    """A list of a server so near that running ahead saves nothing."""
    return SlowList(**{"seconds": lambda _: 0.0, **settings})


@pytest.mark.parametrize("paging", ["numbers", "cursors"])
async def test_pages_that_arrive_at_once_start_no_tasks(paging: Any) -> None:
    # Starting a task for each page takes longer than such a page.
    numbers, before = at_once(paging=paging), tasks()
    async with numbers.paginate().prefetch(4) as ahead:
        number = 0
        async for page in ahead.pages():
            number += 1
            assert page.items == [number * 2 - 2, number * 2 - 1]
            assert (tasks(), max(numbers.requested)) == (before, number)


async def test_requests_run_ahead_from_the_first_page_that_takes_time() -> None:
    numbers = SlowList(count=40, seconds=lambda page: 0.0 if page < 8 else 1.0)
    # Pages 8 and 9 to 20 in windows of 4: the first slow page is one that had no request ahead.
    assert await seconds_of(lambda: read(numbers, 4)) == pytest.approx(4)
    assert sorted(numbers.requested) == list(range(1, 21))


async def test_requests_run_ahead_if_short_waits_add_up() -> None:
    # A thousandth of a second each: eight pages may pass without requests ahead.
    numbers = SlowList(count=400, seconds=lambda _: 0.001)
    assert await seconds_of(lambda: read(numbers, 8)) < 0.04
    assert numbers.most_in_flight == 8


async def test_requests_run_ahead_if_the_caller_takes_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefetch, "perf_counter", count().__next__)  # a caller that takes a second for a page
    numbers = SlowList(count=40, seconds=lambda _: 0.004, total=lambda _: None)
    async with numbers.paginate().prefetch(1) as ahead:
        pages = ahead.pages()
        for _ in range(3):
            await anext(pages)
        assert max(numbers.requested) == 4


async def test_a_step_that_is_cancelled_again_and_again_gets_its_page() -> None:
    # A request of the caller's own task would start anew with each step.
    async with SlowList(seconds=lambda page: 0.0 if page == 1 else 1.0).paginate().prefetch(2) as ahead:
        pages, found = ahead.pages(), list[int]()
        with anyio.fail_after(30):
            while len(found) < 20:
                with anyio.move_on_after(0.3):
                    found += (await anext(pages)).items
    assert found == list(range(20))


@pytest.mark.parametrize("page", [1, 2, 5])
async def test_a_page_that_fails_at_once_raises_in_order_and_can_be_requested_again(page: int) -> None:
    numbers = at_once(failures={page: down()})
    found: list[int] = []
    async with numbers.paginate().prefetch(4) as ahead:
        with pytest.raises(ServerError) as caught:
            found += [number async for number in ahead]
        assert (caught.value.cursor is None) == (page == 1)
        rest = [number async for number in ahead]
    assert rest == list(range((page - 1) * 2, 20))
    assert sorted(numbers.requested) == sorted([page, *range(1, 11)])


async def test_nothing_that_arrives_at_once_is_yielded_after_the_block() -> None:
    numbers = at_once()
    async with numbers.paginate().prefetch(4) as ahead:
        assert await anext(aiter(ahead)) == 0
    requested = len(numbers.requested)
    with pytest.raises(PaginationError, match="iterate inside the block") as caught:
        await anext(ahead.pages())
    assert len(numbers.requested) == requested
    assert (await numbers.paginate(cursor=caught.value.cursor)).items == [2, 3]


# Failures


@pytest.mark.parametrize("paging", ["numbers", "cursors"])
@pytest.mark.parametrize("page", [1, 2, 5, 10])
async def test_a_failed_page_raises_in_order_with_the_cursor_to_resume_from(paging: Any, page: int) -> None:
    error = down()
    numbers = SlowList(paging=paging, failures={page: error})
    found: list[int] = []

    async def walk() -> None:
        async with numbers.paginate().prefetch(4) as ahead:
            async for number in ahead:
                found.append(number)  # noqa: PERF401  # what came before the error is what counts

    with pytest.raises(ServerError) as caught:
        await walk()
    assert caught.value is error, "no group around it"
    assert found == list(range((page - 1) * 2))
    assert (error.cursor is None) == (page == 1)
    assert found + await read(numbers, 4, cursor=error.cursor) == list(range(20))
    assert numbers.in_flight == 0


async def test_only_the_failed_page_is_requested_again() -> None:
    numbers = SlowList(failures={3: down()})
    async with numbers.paginate().prefetch(4) as ahead:
        found = [await anext(aiter(ahead)) for _ in range(4)]
        with pytest.raises(ServerError):
            await anext(aiter(ahead))
        found += [number async for number in ahead]
    assert found == list(range(20))
    assert sorted(numbers.requested) == [1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10]


async def test_other_exceptions_are_raised_unchanged() -> None:
    error = ZeroDivisionError("a hook's")
    with pytest.raises(ZeroDivisionError) as caught:
        await read(SlowList(failures={2: error}), 4)
    assert caught.value is error


class Interrupt(BaseException):
    """Replacement of KeyboardInterrupt, which a test cannot catch on asyncio."""


@pytest.mark.parametrize("page", [1, 3])
async def test_an_interrupt_in_a_task_is_raised_alone(page: int) -> None:
    error = Interrupt()
    with pytest.raises(Interrupt) as caught:
        await read(SlowList(failures={page: error}), 4)
    assert caught.value is error


# Leaving


async def leave_by_break(numbers: SlowList) -> None:
    async with numbers.paginate().prefetch(4) as ahead:
        async for number in ahead:
            if number == 3:
                break


async def leave_by_an_error(numbers: SlowList) -> None:
    error = KeyError("the caller's own")

    async def fail() -> None:
        async with numbers.paginate().prefetch(4) as ahead:
            async for number in ahead:
                if number == 3:
                    raise error

    with pytest.raises(KeyError) as caught:
        await fail()
    assert caught.value is error, "no group around it"


async def leave_by_cancellation(numbers: SlowList) -> None:
    with anyio.move_on_after(2.5) as scope:
        await read(numbers, 4, pause=0.3)
    assert scope.cancelled_caught


async def leave_before_the_first_page(numbers: SlowList) -> None:
    async with numbers.paginate().prefetch(4):
        pass


async def leave_by_return(numbers: SlowList) -> None:
    async def find() -> int | None:
        async with numbers.paginate().prefetch(4) as ahead:
            async for number in ahead:
                if number == 5:
                    return number
        return None

    assert await find() == 5


@pytest.mark.parametrize("paging", ["numbers", "cursors"])
@pytest.mark.parametrize(
    "leave",
    [leave_by_break, leave_by_an_error, leave_by_cancellation, leave_before_the_first_page, leave_by_return],
)
async def test_leaving_early_leaves_no_task(paging: Any, leave: Callable[[SlowList], Awaitable[None]]) -> None:
    numbers, before = SlowList(paging=paging), tasks()
    started = anyio.current_time()
    await leave(numbers)
    assert anyio.current_time() - started < 4, "nothing in flight is waited for"
    assert numbers.in_flight == 0
    await anyio.lowlevel.checkpoint()
    assert tasks() == before
    requested = list(numbers.requested)
    await anyio.sleep(10)
    assert numbers.requested == requested


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    ("loop", "cancel"), [*((loop, cancelled_at) for loop in LOOPS), ("asyncio", natively_cancelled_at)]
)
@pytest.mark.parametrize("paging", ["numbers", "cursors"])
def test_cancellation_at_any_await_point_leaves_no_task(
    paging: Any, loop: Loop, cancel: Callable[..., Awaitable[tuple[bool, int]]], times: int
) -> None:
    async def main() -> int:
        point, ended = 0, False
        while not ended:
            point += 1
            numbers, before = SlowList(count=8, paging=paging), tasks()
            ended, _ = await cancel(lambda numbers=numbers: read(numbers, 3), *range(point, point + times))
            await anyio.lowlevel.checkpoint()
            assert (numbers.in_flight, tasks()) == (0, before), f"cancelled at {point}"
        return point

    assert run_virtually(main, loop) > 10


async def test_a_cancelled_step_loses_no_page() -> None:
    found: list[int] = []
    async with SlowList(seconds=lambda page: 0.7 * (page % 3)).paginate().prefetch(2) as ahead:
        pages = ahead.pages()
        while len(found) < 20:
            with anyio.move_on_after(0.1):
                found += (await anext(pages)).items
    assert found == list(range(20))


@pytest.mark.parametrize("rounds", range(12))
async def test_a_cancelled_wait_for_the_next_request_loses_no_page(rounds: int) -> None:
    async with SlowList().paginate().prefetch(4) as ahead:
        await anyio.sleep(5)
        found: list[int] = []
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:

                async def cancel() -> None:
                    for _ in range(rounds):
                        await anyio.lowlevel.checkpoint()
                    scope.cancel()

                group.start_soon(cancel)
                found += (await anext(ahead.pages())).items
        found += [number async for number in ahead]
        assert found == list(range(20))


async def test_nothing_is_yielded_after_the_block() -> None:
    numbers = SlowList()
    async with numbers.paginate().prefetch(4) as ahead:
        assert await anext(aiter(ahead)) == 0
    requested = len(numbers.requested)
    for iterator in (ahead.pages(), ahead):
        with pytest.raises(PaginationError, match="iterate inside the block") as caught:
            [each async for each in iterator]
        assert (await numbers.paginate(cursor=caught.value.cursor)).items == [2, 3]
    assert len(numbers.requested) == requested + 2


async def test_a_task_that_waits_for_a_page_fails_when_the_block_is_left() -> None:
    errors: list[str] = []

    async def wait(pages: Any) -> None:
        with pytest.raises(PaginationError) as caught:
            await anext(pages)
        errors.append(str(caught.value))

    async with anyio.create_task_group() as group, SlowList().paginate().prefetch() as ahead:
        group.start_soon(wait, ahead.pages())
        await anyio.sleep(0.5)
    assert len(errors) == 1


async def test_two_tasks_cannot_share_an_iterator() -> None:
    iterators: list[Any] = [SlowList().paginate().pages(), aiter(SlowList().paginate())]
    for iterator in iterators:
        async with anyio.create_task_group() as group:
            group.start_soon(iterator.__anext__)
            await anyio.sleep(0.5)
            with pytest.raises(PaginationError, match="use one iterator per task"):
                await anext(iterator)
        assert [each async for each in iterator]  # the first one continues


async def test_a_prefetch_can_be_entered_several_times() -> None:
    prefetch = SlowList(count=6).paginate().prefetch()
    for _ in range(2):
        async with prefetch as ahead, prefetch as other:
            assert [number async for number in other] == [number async for number in ahead] == list(range(6))


async def test_iterating_without_the_block_is_a_type_error() -> None:
    prefetch: Any = SlowList().paginate().prefetch()
    with pytest.raises(TypeError, match="async for"):
        [number async for number in prefetch]


@pytest.mark.parametrize("pages", [0, -1])
async def test_zero_pages_ahead_are_rejected(pages: int) -> None:
    with pytest.raises(InvalidArgumentError, match=f"pages is {pages}: pass 1 or more"):
        SlowList().paginate().prefetch(pages)


# Limits and changing totals


@pytest.mark.parametrize("paging", ["numbers", "cursors"])
@pytest.mark.parametrize("window", [1, 2, 9])
async def test_no_page_beyond_max_pages_is_requested(paging: Any, window: int) -> None:
    numbers = SlowList(paging=paging)
    found: list[int] = []

    async def walk() -> None:
        async with numbers.paginate(max_pages=3).prefetch(window) as ahead:
            async for number in ahead:
                found.append(number)  # noqa: PERF401  # what came before the error is what counts

    with pytest.raises(PaginationError, match="max_pages=3") as caught:
        await walk()
    assert found == list(range(6))
    assert sorted(numbers.requested) == [1, 2, 3]
    assert await read(numbers, 9, cursor=caught.value.cursor) == list(range(6, 20))


async def test_pages_beyond_a_smaller_total_are_dropped() -> None:
    numbers = SlowList(total=lambda page: 20 if page < 3 else 6, seconds=lambda page: 1.0 if page < 4 else 1000.0)
    assert await seconds_of(lambda: read(numbers, 4)) == pytest.approx(2)
    assert numbers.in_flight == 0


async def test_a_growing_total_is_followed() -> None:
    numbers = SlowList(count=6)

    def grow(page: int) -> int:
        numbers.count = max(numbers.count, min(20, 6 + 2 * page))
        return numbers.count

    numbers.total = grow
    assert await read(numbers, 4) == list(range(20))


async def test_an_absurd_total_requests_no_more_than_the_window() -> None:
    numbers = SlowList(count=6, total=lambda _: 10**15)
    async with numbers.paginate().prefetch(4) as ahead:
        found = [await anext(aiter(ahead)) for _ in range(6)]
    assert found == list(range(6))
    assert max(numbers.requested) <= 7
