"""The paginator over a list of letters: what it gives, and what it asks for."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from orgsdk.errors import InvalidArgumentError, PaginationError, ServerError
from orgsdk.pagination import Listing, PageNumber, Paginator, Slice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

pytestmark = pytest.mark.anyio

NUMBERS = PageNumber()


@dataclass
class Letters:
    """A provider's list that notes what it is asked for, and fails where told to."""

    letters: str = "abcdefg"
    asked: list[tuple[int, int]] = field(default_factory=list)
    failing: set[int] = field(default_factory=set)
    largest: int = 3

    keep: Callable[[str], bool] | None = None
    count: Callable[[], Awaitable[int | None]] | None = None
    total: bool = True

    def paginate(
        self, *, page_size: int | None = None, cursor: str | None = None, max_pages: int | None = None
    ) -> Paginator[str]:
        listing = Listing("letters", "letters", (), self.largest, self._fetch, keep=self.keep, count=self.count)
        return Paginator(listing, page_size=page_size, cursor=cursor, max_pages=max_pages)

    @property
    def pages(self) -> list[int]:
        return [page for page, _ in self.asked]

    async def _fetch(self, position: str | None, size: int) -> Slice[str]:
        page = NUMBERS.number(position)
        self.asked.append((page, size))
        if page in self.failing:
            self.failing.remove(page)
            raise ServerError("down", provider="letters", operation="list", status_code=503)
        items = [letter for letter in self.letters[(page - 1) * size : page * size] if letter != " "]
        return NUMBERS.slice(items, position, size, total=len(self.letters) if self.total else None, links={})


@pytest.fixture
def letters() -> Letters:
    return Letters()


async def gather(items: AsyncIterator[str] | Paginator[str]) -> str:
    return "".join([item async for item in items])


async def test_nothing_is_requested_before_it_is_wanted(letters: Letters) -> None:
    paginator = letters.paginate()
    paginator.pages()
    aiter(paginator)
    assert letters.asked == []


async def test_iterating_gives_every_item_of_every_page(letters: Letters) -> None:
    assert await gather(letters.paginate()) == "abcdefg"
    assert letters.asked == [(1, 3), (2, 3), (3, 3)]


async def test_awaiting_gives_the_first_page_alone(letters: Letters) -> None:
    page = await letters.paginate()
    assert (page.items, page.total, page.previous_cursor) == (["a", "b", "c"], 7, None)
    assert page.next_cursor
    assert letters.pages == [1]


async def test_pages_come_with_the_cursors_to_resume_from(letters: Letters) -> None:
    pages = [page async for page in letters.paginate().pages()]
    assert [page.items for page in pages] == [["a", "b", "c"], ["d", "e", "f"], ["g"]]
    assert [(page.previous_cursor is None, page.next_cursor is None) for page in pages] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    for page, rest in zip(pages[:-1], ("defg", "g"), strict=True):
        assert await gather(letters.paginate(cursor=page.next_cursor)) == rest
    assert await gather(letters.paginate(cursor=pages[2].previous_cursor)) == "defg"


async def test_resuming_asks_for_nothing_that_was_read(letters: Letters) -> None:
    saved = (await letters.paginate(page_size=2)).next_cursor
    letters.asked.clear()
    resumed = letters.paginate(cursor=saved)
    assert (await resumed).items == ["c", "d"]
    assert await resumed.collect() == list("cdefg")
    assert letters.asked == [(2, 2), (2, 2), (3, 2), (4, 2)]


async def test_going_back_and_forth_ends_where_it_began(letters: Letters) -> None:
    first = await letters.paginate()
    second = await letters.paginate(cursor=first.next_cursor)
    again = await letters.paginate(cursor=second.previous_cursor)
    assert (again.items, again.next_cursor) == (first.items, first.next_cursor)


@pytest.mark.parametrize(
    ("limit", "expected", "asked"),
    [
        (None, "abcdefg", [(1, 3), (2, 3), (3, 3)]),
        (0, "", []),
        (1, "a", [(1, 1)]),
        (2, "ab", [(1, 2)]),
        (3, "abc", [(1, 3)]),
        (4, "abcd", [(1, 3), (2, 3)]),
        (7, "abcdefg", [(1, 3), (2, 3), (3, 3)]),
        (99, "abcdefg", [(1, 3), (2, 3), (3, 3)]),
    ],
)
async def test_collecting_takes_no_more_requests_and_rows_than_it_needs(
    letters: Letters, limit: int | None, expected: str, asked: list[tuple[int, int]]
) -> None:
    assert await letters.paginate().collect(limit=limit) == list(expected)
    assert letters.asked == asked


async def test_collecting_few_of_fewer_is_one_request() -> None:
    letters = Letters("ab", largest=10)
    assert await letters.paginate().collect(limit=5) == ["a", "b"]
    assert letters.asked == [(1, 5)]


async def test_a_page_shorter_than_asked_for_does_not_make_for_many_small_ones() -> None:
    # facts/flat.md, Pagination: fewer rows than `limit`, and still a next page.
    letters = Letters(" a b c d e f g", largest=10)
    assert await letters.paginate().collect(limit=4) == list("abcd")
    assert letters.asked == [(1, 4), (1, 10)]


async def test_collecting_from_a_cursor_keeps_to_its_page_size(letters: Letters) -> None:
    saved = (await letters.paginate()).next_cursor
    letters.asked.clear()
    assert await letters.paginate(cursor=saved).collect(limit=1) == ["d"]
    assert letters.asked == [(2, 3)]


async def test_a_list_that_is_narrowed_here_is_read_by_large_pages() -> None:
    letters = Letters("abcdefg", keep=lambda letter: letter in "fg")
    assert await letters.paginate().collect(limit=1) == ["f"]
    assert letters.asked == [(1, 3), (2, 3)]
    assert [len(page) async for page in letters.paginate().pages()] == [0, 1, 1]


async def test_the_first_is_one_request_for_a_page_of_one(letters: Letters) -> None:
    assert await letters.paginate().first() == "a"
    assert await Letters("").paginate().first() is None
    assert letters.asked == [(1, 1)]


async def test_the_first_of_a_page_size_or_a_cursor(letters: Letters) -> None:
    saved = (await letters.paginate(page_size=2)).next_cursor
    letters.asked.clear()
    assert await letters.paginate(page_size=2).first() == "a"
    assert await letters.paginate(cursor=saved).first() == "c"
    assert letters.asked == [(1, 1), (2, 2)]


async def test_the_first_is_looked_for_where_pages_are_empty() -> None:
    letters = Letters("    e")
    assert await letters.paginate().first() == "e"
    assert letters.asked == [(1, 1), (1, 3), (2, 3)]


async def test_counting_takes_the_total_of_one_page_wherever_the_cursor_stands(letters: Letters) -> None:
    saved = (await letters.paginate()).next_cursor
    letters.asked.clear()
    assert await letters.paginate(cursor=saved).count() == 7
    assert letters.asked == [(1, 3)]


async def test_counting_asks_the_provider_where_it_can() -> None:
    told: list[int | None] = [70, None]

    async def count() -> int | None:
        return told.pop(0)

    letters = Letters(count=count)
    assert await letters.paginate().count() == 70
    assert letters.asked == []
    assert await letters.paginate().count() == 7


@pytest.mark.parametrize(("keep", "expected"), [(None, 7), (lambda letter: letter in "ag", 2)])
async def test_counting_reads_all_pages_where_nothing_tells(keep: Callable[[str], bool] | None, expected: int) -> None:
    letters = Letters(keep=keep, total=keep is not None)
    assert await letters.paginate(page_size=1).count() == expected
    assert letters.asked == [(1, 3), (2, 3), (3, 3)]
    with pytest.raises(PaginationError, match="max_pages=2"):
        await letters.paginate(max_pages=2).count()


async def test_a_bound_on_pages_is_an_error_that_resumes(letters: Letters) -> None:
    items = aiter(letters.paginate(max_pages=2))
    found = [await anext(items) for _ in range(6)]
    with pytest.raises(PaginationError) as caught:
        await anext(items)
    assert str(caught.value) == (
        "letters letters: the list has more than max_pages=2 pages; resume from the error's cursor."
    )
    assert (found, letters.pages) == (list("abcdef"), [1, 2])
    assert await letters.paginate(cursor=caught.value.cursor).collect() == ["g"]
    with pytest.raises(PaginationError):
        await anext(items)
    assert letters.pages == [1, 2, 3], "not asked for"


@pytest.mark.parametrize("max_pages", [3, 4, None])
async def test_a_bound_that_is_wide_enough_is_not_felt(letters: Letters, max_pages: int | None) -> None:
    assert await letters.paginate(max_pages=max_pages).collect() == list("abcdefg")
    assert (await letters.paginate(max_pages=1)).items == ["a", "b", "c"]
    assert await letters.paginate(max_pages=1).collect(limit=3) == ["a", "b", "c"]


@pytest.mark.parametrize("max_pages", [0, -1])
async def test_a_bound_below_one_is_refused_at_once(letters: Letters, max_pages: int) -> None:
    with pytest.raises(InvalidArgumentError, match=f"max_pages is {max_pages}: pass 1 or more"):
        letters.paginate(max_pages=max_pages)


@pytest.mark.parametrize("page", [1, 2, 3])
async def test_an_error_in_mid_walk_carries_the_cursor_to_resume_from(letters: Letters, page: int) -> None:
    letters.failing = {page}
    items = aiter(letters.paginate())
    found = [await anext(items) for _ in range(3 * (page - 1))]
    with pytest.raises(ServerError) as caught:
        await anext(items)
    error = pickle.loads(pickle.dumps(caught.value))
    assert error.cursor == caught.value.cursor
    assert (error.cursor is None) == (page == 1)
    assert str(error) == "letters list [503]: down", "the cursor is for programs"
    assert found + await letters.paginate(cursor=error.cursor).collect() == list("abcdefg")


async def test_an_error_of_a_resumed_list_s_first_page_carries_where_it_began(letters: Letters) -> None:
    saved = (await letters.paginate()).next_cursor
    letters.failing = {2}
    with pytest.raises(ServerError) as caught:
        await letters.paginate(cursor=saved)
    assert caught.value.cursor == saved


async def test_collecting_less_than_nothing_is_refused(letters: Letters) -> None:
    with pytest.raises(InvalidArgumentError, match="limit is -1"):
        await letters.paginate().collect(limit=-1)
    assert letters.asked == []


async def test_iterating_again_starts_again(letters: Letters) -> None:
    paginator = letters.paginate()
    assert await gather(paginator) == await gather(paginator) == "abcdefg"
    assert (await paginator).items == (await paginator).items
    assert letters.pages == [1, 2, 3, 1, 2, 3, 1, 1]


async def test_two_loops_over_one_paginator_do_not_disturb_each_other(letters: Letters) -> None:
    paginator = letters.paginate()
    pairs = [(one, other) async for one in paginator if one in "bg" async for other in paginator if other in "ad"]
    assert pairs == [("b", "a"), ("b", "d"), ("g", "a"), ("g", "d")]


async def test_leaving_early_asks_for_no_further_page(letters: Letters) -> None:
    async for letter in letters.paginate():
        if letter == "c":
            break
    assert letters.pages == [1]


async def test_a_loop_that_was_left_is_taken_up_again_where_it_stood(letters: Letters) -> None:
    items = aiter(letters.paginate())
    async for letter in items:
        if letter == "d":
            break
    assert await gather(items) == "efg"
    assert letters.pages == [1, 2, 3]


async def test_an_iterator_that_has_ended_stays_ended(letters: Letters) -> None:
    pages, items = letters.paginate().pages(), aiter(letters.paginate())
    assert len([page async for page in pages]) == 3
    assert len(await gather(items)) == 7
    letters.asked.clear()
    assert [page async for page in pages] == []
    assert await gather(items) == ""
    assert letters.asked == []


@pytest.mark.parametrize(
    ("letters_there", "expected"), [("ab    g", "abg"), ("      g", "g"), ("       ", ""), ("", "")]
)
async def test_an_empty_page_does_not_end_the_list(letters_there: str, expected: str) -> None:
    letters = Letters(letters_there)
    assert await gather(letters.paginate(page_size=2)) == expected
    assert letters.pages == ([1, 2, 3, 4] if letters_there else [1])


async def test_a_page_that_failed_is_asked_for_again_by_the_same_iterator(letters: Letters) -> None:
    letters.failing = {2}
    items = aiter(letters.paginate())
    read = [await anext(items) for _ in range(3)]
    with pytest.raises(ServerError):
        await anext(items)
    assert "".join(read) + await gather(items) == "abcdefg"
    assert letters.pages == [1, 2, 2, 3]


async def test_a_first_page_that_failed_is_asked_for_again(letters: Letters) -> None:
    letters.failing = {1}
    pages = letters.paginate().pages()
    with pytest.raises(ServerError):
        await anext(pages)
    assert [page.items[0] async for page in pages] == ["a", "d", "g"]


@pytest.mark.parametrize("page_size", [0, -1, 4])
async def test_a_page_size_out_of_bounds_is_refused_at_once(letters: Letters, page_size: int) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"page_size is {page_size}: letters accepts 1 to 3 for letters"):
        letters.paginate(page_size=page_size)


@pytest.mark.parametrize(("page_size", "asked"), [(None, 3), (1, 1), (3, 3)])
async def test_the_largest_page_is_the_default(letters: Letters, page_size: int | None, asked: int) -> None:
    await letters.paginate(page_size=page_size)
    assert letters.asked == [(1, asked)]


async def test_items_are_given_without_a_generator_to_close(letters: Letters) -> None:
    # A class holds nothing open when a loop is left; an async generator would have to be closed (PEP 533).
    make: list[Callable[[], AsyncIterator[object]]] = [letters.paginate().pages, lambda: aiter(letters.paginate())]
    for iterator in (kind() for kind in make):
        assert not hasattr(iterator, "aclose")
        assert aiter(iterator) is iterator
