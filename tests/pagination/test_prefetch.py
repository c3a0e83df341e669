"""Reading ahead on virtual time: order, speed, bounds, failures, and leaving."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import trio
from hypothesis import HealthCheck, given, settings, strategies as st

from orgsdk.errors import InvalidArgumentError, PaginationError, ServerError
from tests.pagination.slow_list import Shelf
from tests.reliability.cancel_points import cancelled_at, natively_cancelled_at
from tests.reliability.event_loops import LOOPS, Loop, run_virtually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


def down() -> ServerError:
    return ServerError("down", provider="shelf", operation="list", status_code=503)


def tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return trio.lowlevel.current_statistics().tasks_living


async def seconds_of(work: Callable[[], Awaitable[object]]) -> float:
    began = anyio.current_time()
    await work()
    return anyio.current_time() - began


async def read(shelf: Shelf, pages: int, *, pause: float = 0.0, cursor: str | None = None) -> list[int]:
    found: list[int] = []
    async with shelf.paginate(cursor=cursor).prefetch(pages) as ahead:
        async for page in ahead.pages():
            found += page.items
            await anyio.sleep(pause)
    return found


# What comes, and how fast


@pytest.mark.parametrize("by", ["numbers", "cursors"])
@pytest.mark.parametrize("pages", [1, 2, 3, 8, 99])
async def test_everything_comes_once_and_in_order(by: Any, pages: int) -> None:
    shelf = Shelf(count=21, by=by)
    async with shelf.paginate().prefetch(pages) as ahead:
        assert [number async for number in ahead] == list(range(21))
    assert sorted(shelf.asked) == list(range(1, 12))


@pytest.mark.parametrize(("pages", "seconds"), [(1, 20), (2, 11), (4, 6), (8, 4), (19, 2), (99, 2)])
async def test_numbered_pages_are_fetched_so_many_at_once(pages: int, seconds: float) -> None:
    # The first page tells the total; then come windows of the nineteen others.
    shelf = Shelf(count=40)
    assert await seconds_of(lambda: read(shelf, pages)) == pytest.approx(seconds)
    assert shelf.most_flying == min(pages, 19)


@pytest.mark.parametrize("pages", [1, 4])
@pytest.mark.parametrize("by", ["numbers", "cursors"])
async def test_without_a_total_one_page_is_fetched_while_another_is_worked_on(by: Any, pages: int) -> None:
    shelf = Shelf(count=19, by=by, total=lambda _: None)
    # Ten pages of a second each, and as much work on each: without reading ahead it would take 20 s.
    assert await seconds_of(lambda: read(shelf, pages, pause=1)) == pytest.approx(11)
    assert shelf.most_flying == 1


async def test_the_first_page_is_requested_as_the_block_is_entered() -> None:
    shelf = Shelf()
    async with shelf.paginate().prefetch() as ahead:
        await anyio.sleep(5)
        assert shelf.answered == [1]
        assert await seconds_of(aiter(ahead).__anext__) == 0


@pytest.mark.parametrize("by", ["numbers", "cursors"])
async def test_a_page_is_given_out_when_the_next_is_asked_for(by: Any) -> None:
    shelf = Shelf(by=by)
    async with shelf.paginate().prefetch(3) as ahead:
        number = 0
        async for _ in ahead.pages():
            number += 1
            assert max(shelf.asked) == min(shelf.pages, number + (3 if by == "numbers" else 1))


async def test_a_request_that_waits_does_not_hold_up_the_page_before_it() -> None:
    shelf = Shelf(seconds=lambda page: 3600.0 if page == 2 else 1.0, by="cursors")  # a rate limit
    async with shelf.paginate().prefetch() as ahead:
        assert await seconds_of(ahead.pages().__anext__) == 1


async def test_iterating_by_items_and_by_pages_goes_on_where_the_other_stands() -> None:
    async with Shelf(count=8).paginate().prefetch() as ahead:
        found = [await anext(aiter(ahead)), (await anext(ahead.pages())).items, await anext(aiter(ahead))]
        assert found == [0, [2, 3], 1]
        assert [number async for number in ahead] == [4, 5, 6, 7]
        assert [page async for page in ahead.pages()] == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), loop=st.sampled_from(LOOPS))
def test_no_more_pages_are_held_than_were_wanted_and_their_order_is_kept(data: st.DataObject, loop: Loop) -> None:
    window = data.draw(st.integers(1, 6))
    waits = data.draw(st.lists(st.sampled_from([0.0, 0.1, 1.0, 7.0]), min_size=10, max_size=10))
    work = data.draw(st.lists(st.sampled_from([0.0, 0.1, 3.0]), min_size=10, max_size=10))
    fails = data.draw(st.sets(st.integers(1, 10)))
    by: Any = data.draw(st.sampled_from(["numbers", "cursors"]))
    given_out: list[int] = []
    shelf = Shelf(by=by)

    def seconds(page: int) -> float:
        # This page and those after the one given out: asked for, and not given out as yet.
        assert page - len(given_out) - 1 <= window
        assert shelf.flying <= window
        return waits[page - 1]

    async def main() -> list[int]:
        shelf.seconds, shelf.failing = seconds, {page: down() for page in fails}
        found: list[int] = []
        async with shelf.paginate().prefetch(window) as ahead:
            pages = ahead.pages()
            while len(given_out) < 10:
                try:
                    page = await anext(pages)
                except ServerError:
                    continue
                given_out.append(len(given_out) + 1)
                found += page.items
                await anyio.sleep(work[len(given_out) - 1])
        return found

    assert run_virtually(main, loop) == list(range(20))
    assert len(shelf.asked) == 10 + len(fails)


# Failures


@pytest.mark.parametrize("by", ["numbers", "cursors"])
@pytest.mark.parametrize("page", [1, 2, 5, 10])
async def test_a_page_that_fails_raises_at_its_place_with_the_cursor_to_resume_from(by: Any, page: int) -> None:
    error = down()
    shelf = Shelf(by=by, failing={page: error})
    found: list[int] = []

    async def walk() -> None:
        async with shelf.paginate().prefetch(4) as ahead:
            async for number in ahead:
                found.append(number)  # noqa: PERF401  # what came before the error is what counts

    with pytest.raises(ServerError) as caught:
        await walk()
    assert caught.value is error, "no group around it"
    assert found == list(range((page - 1) * 2))
    assert (error.cursor is None) == (page == 1)
    assert found + await read(shelf, 4, cursor=error.cursor) == list(range(20))
    assert shelf.flying == 0


async def test_a_page_that_failed_is_asked_for_again_and_no_other() -> None:
    shelf = Shelf(failing={3: down()})
    async with shelf.paginate().prefetch(4) as ahead:
        found = [await anext(aiter(ahead)) for _ in range(4)]
        with pytest.raises(ServerError):
            await anext(aiter(ahead))
        found += [number async for number in ahead]
    assert found == list(range(20))
    assert sorted(shelf.asked) == [1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10]


async def test_an_error_that_is_not_ours_comes_as_it_is() -> None:
    error = ZeroDivisionError("a hook's")
    with pytest.raises(ZeroDivisionError) as caught:
        await read(Shelf(failing={2: error}), 4)
    assert caught.value is error


class Interrupt(BaseException):
    """Stand for a KeyboardInterrupt, which asyncio would not let a test catch."""


@pytest.mark.parametrize("page", [1, 3])
async def test_an_interrupt_that_meets_a_task_comes_through_alone(page: int) -> None:
    error = Interrupt()
    with pytest.raises(Interrupt) as caught:
        await read(Shelf(failing={page: error}), 4)
    assert caught.value is error


# Leaving


async def leave_by_break(shelf: Shelf) -> None:
    async with shelf.paginate().prefetch(4) as ahead:
        async for number in ahead:
            if number == 3:
                break


async def leave_by_an_error(shelf: Shelf) -> None:
    error = KeyError("the caller's own")

    async def fail() -> None:
        async with shelf.paginate().prefetch(4) as ahead:
            async for number in ahead:
                if number == 3:
                    raise error

    with pytest.raises(KeyError) as caught:
        await fail()
    assert caught.value is error, "no group around it"


async def leave_by_cancellation(shelf: Shelf) -> None:
    with anyio.move_on_after(2.5) as scope:
        await read(shelf, 4, pause=0.3)
    assert scope.cancelled_caught


async def leave_before_the_first_page(shelf: Shelf) -> None:
    async with shelf.paginate().prefetch(4):
        pass


async def leave_by_return(shelf: Shelf) -> None:
    async def find() -> int | None:
        async with shelf.paginate().prefetch(4) as ahead:
            async for number in ahead:
                if number == 5:
                    return number
        return None

    assert await find() == 5


@pytest.mark.parametrize("by", ["numbers", "cursors"])
@pytest.mark.parametrize(
    "leave",
    [leave_by_break, leave_by_an_error, leave_by_cancellation, leave_before_the_first_page, leave_by_return],
)
async def test_leaving_early_leaves_no_task(by: Any, leave: Callable[[Shelf], Awaitable[None]]) -> None:
    shelf, before = Shelf(by=by), tasks()
    began = anyio.current_time()
    await leave(shelf)
    assert anyio.current_time() - began < 4, "nothing in flight is waited for"
    assert shelf.flying == 0
    await anyio.lowlevel.checkpoint()
    assert tasks() == before
    asked = list(shelf.asked)
    await anyio.sleep(10)
    assert shelf.asked == asked


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    ("loop", "cancel"), [*((loop, cancelled_at) for loop in LOOPS), ("asyncio", natively_cancelled_at)]
)
@pytest.mark.parametrize("by", ["numbers", "cursors"])
def test_reading_ahead_that_is_cancelled_at_any_await_point_leaves_nothing(
    by: Any, loop: Loop, cancel: Callable[..., Awaitable[tuple[bool, int]]], times: int
) -> None:
    async def main() -> int:
        point, ended = 0, False
        while not ended:
            point += 1
            shelf, before = Shelf(count=8, by=by), tasks()
            ended, _ = await cancel(lambda shelf=shelf: read(shelf, 3), *range(point, point + times))
            await anyio.lowlevel.checkpoint()
            assert (shelf.flying, tasks()) == (0, before), f"cancelled at {point}"
        return point

    assert run_virtually(main, loop) > 10


async def test_who_is_cancelled_while_waiting_loses_nothing_and_goes_on() -> None:
    found: list[int] = []
    async with Shelf(seconds=lambda page: 0.7 * (page % 3)).paginate().prefetch(2) as ahead:
        pages = ahead.pages()
        while len(found) < 20:
            with anyio.move_on_after(0.1):
                found += (await anext(pages)).items
    assert found == list(range(20))


@pytest.mark.parametrize("rounds", range(12))
async def test_a_page_that_waits_for_the_next_to_leave_is_not_lost_to_a_cancellation(rounds: int) -> None:
    async with Shelf().paginate().prefetch(4) as ahead:
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


async def test_a_block_that_was_left_gives_no_more() -> None:
    shelf = Shelf()
    async with shelf.paginate().prefetch(4) as ahead:
        assert await anext(aiter(ahead)) == 0
    asked = len(shelf.asked)
    for iterator in (ahead.pages(), ahead):
        with pytest.raises(PaginationError, match="iterate inside the block") as caught:
            [each async for each in iterator]
        assert (await shelf.paginate(cursor=caught.value.cursor)).items == [2, 3]
    assert len(shelf.asked) == asked + 2


async def test_who_waits_for_a_page_in_another_task_is_told_that_the_block_was_left() -> None:
    errors: list[str] = []

    async def wait(pages: Any) -> None:
        with pytest.raises(PaginationError) as caught:
            await anext(pages)
        errors.append(str(caught.value))

    async with anyio.create_task_group() as group, Shelf().paginate().prefetch() as ahead:
        group.start_soon(wait, ahead.pages())
        await anyio.sleep(0.5)
    assert len(errors) == 1


async def test_two_tasks_do_not_share_an_iterator() -> None:
    iterators: list[Any] = [Shelf().paginate().pages(), aiter(Shelf().paginate())]
    for iterator in iterators:
        async with anyio.create_task_group() as group:
            group.start_soon(iterator.__anext__)
            await anyio.sleep(0.5)
            with pytest.raises(PaginationError, match="use one iterator per task"):
                await anext(iterator)
        assert [each async for each in iterator]  # the first goes on as if nothing had been


async def test_a_prefetch_begins_anew_each_time_it_is_entered() -> None:
    prefetch = Shelf(count=6).paginate().prefetch()
    for _ in range(2):
        async with prefetch as ahead, prefetch as other:
            assert [number async for number in other] == [number async for number in ahead] == list(range(6))


async def test_reading_ahead_without_its_block_is_refused_by_python() -> None:
    prefetch: Any = Shelf().paginate().prefetch()
    with pytest.raises(TypeError, match="async for"):
        [number async for number in prefetch]


@pytest.mark.parametrize("pages", [0, -1])
async def test_no_page_ahead_is_refused_at_once(pages: int) -> None:
    with pytest.raises(InvalidArgumentError, match=f"pages is {pages}: pass 1 or more"):
        Shelf().paginate().prefetch(pages)


# Bounds and totals that change


@pytest.mark.parametrize("by", ["numbers", "cursors"])
@pytest.mark.parametrize("window", [1, 2, 9])
async def test_no_page_beyond_the_bound_is_requested(by: Any, window: int) -> None:
    shelf = Shelf(by=by)
    found: list[int] = []

    async def walk() -> None:
        async with shelf.paginate(max_pages=3).prefetch(window) as ahead:
            async for number in ahead:
                found.append(number)  # noqa: PERF401  # what came before the error is what counts

    with pytest.raises(PaginationError, match="max_pages=3") as caught:
        await walk()
    assert found == list(range(6))
    assert sorted(shelf.asked) == [1, 2, 3]
    assert await read(shelf, 9, cursor=caught.value.cursor) == list(range(6, 20))


async def test_pages_beyond_a_total_that_fell_are_let_go() -> None:
    shelf = Shelf(total=lambda page: 20 if page < 3 else 6, seconds=lambda page: 1.0 if page < 4 else 1000.0)
    assert await seconds_of(lambda: read(shelf, 4)) == pytest.approx(2)
    assert shelf.flying == 0


async def test_a_total_that_grows_is_followed() -> None:
    shelf = Shelf(count=6)

    def grow(page: int) -> int:
        shelf.count = max(shelf.count, min(20, 6 + 2 * page))
        return shelf.count

    shelf.total = grow
    assert await read(shelf, 4) == list(range(20))


async def test_a_garbage_total_costs_no_more_than_a_window() -> None:
    shelf = Shelf(count=6, total=lambda _: 10**15)
    async with shelf.paginate().prefetch(4) as ahead:
        found = [await anext(aiter(ahead)) for _ in range(6)]
    assert found == list(range(6))
    assert max(shelf.asked) <= 7
