"""The paginator over a list of letters: its results, and the requests it sends."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from orgsdk.errors import InvalidArgumentError, PaginationError, ServerError
from orgsdk.pagination import Listing, Paginator, Slice, Take
from orgsdk.providers.http import PageNumber

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

pytestmark = pytest.mark.anyio

NUMBERS = PageNumber()


@dataclass
class Letters:
    """A provider's list that records the requests, and fails for the pages in `failing`."""

    letters: str = "abcdefg"
    requested: list[tuple[int, int]] = field(default_factory=list)
    failing: set[int] = field(default_factory=set)
    largest: int = 3

    keep: Callable[[str], bool] | None = None
    count: Callable[[], Awaitable[int | None]] | None = None
    walk: Callable[[], Take[str]] | None = None
    total: bool = True

    def paginate(
        self, *, page_size: int | None = None, cursor: str | None = None, max_pages: int | None = None
    ) -> Paginator[str]:
        listing = Listing(
            "letters", "letters", (), self.largest, self._fetch, walk=self.walk, keep=self.keep, count=self.count
        )
        return Paginator(listing, page_size=page_size, cursor=cursor, max_pages=max_pages)

    @property
    def pages(self) -> list[int]:
        return [page for page, _ in self.requested]

    async def _fetch(self, position: str | None, size: int) -> Slice[str]:
        page = NUMBERS.number(position)
        self.requested.append((page, size))
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


async def test_creating_a_paginator_sends_no_request(letters: Letters) -> None:
    paginator = letters.paginate()
    paginator.pages()
    aiter(paginator)
    assert letters.requested == []


async def test_iterating_yields_every_item_of_every_page(letters: Letters) -> None:
    assert await gather(letters.paginate()) == "abcdefg"
    assert letters.requested == [(1, 3), (2, 3), (3, 3)]


async def test_awaiting_returns_only_the_first_page(letters: Letters) -> None:
    page = await letters.paginate()
    assert (page.items, page.total, page.previous_cursor) == (["a", "b", "c"], 7, None)
    assert page.next_cursor
    assert letters.pages == [1]


async def test_pages_have_cursors_to_resume_from(letters: Letters) -> None:
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


async def test_resuming_requests_only_unread_pages(letters: Letters) -> None:
    saved = (await letters.paginate(page_size=2)).next_cursor
    letters.requested.clear()
    resumed = letters.paginate(cursor=saved)
    assert (await resumed).items == ["c", "d"]
    assert await resumed.collect() == list("cdefg")
    assert letters.requested == [(2, 2), (2, 2), (3, 2), (4, 2)]


async def test_previous_and_next_cursors_are_inverse(letters: Letters) -> None:
    first = await letters.paginate()
    second = await letters.paginate(cursor=first.next_cursor)
    again = await letters.paginate(cursor=second.previous_cursor)
    assert (again.items, again.next_cursor) == (first.items, first.next_cursor)


@pytest.mark.parametrize(
    ("limit", "expected", "requested"),
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
async def test_collect_requests_no_more_than_the_limit_needs(
    letters: Letters, limit: int | None, expected: str, requested: list[tuple[int, int]]
) -> None:
    assert await letters.paginate().collect(limit=limit) == list(expected)
    assert letters.requested == requested


async def test_collect_of_a_shorter_list_is_one_request() -> None:
    letters = Letters("ab", largest=10)
    assert await letters.paginate().collect(limit=5) == ["a", "b"]
    assert letters.requested == [(1, 5)]


async def test_a_short_page_does_not_lead_to_many_small_requests() -> None:
    # facts/flat.md, Pagination: fewer rows than `limit`, and still a next page.
    letters = Letters(" a b c d e f g", largest=10)
    assert await letters.paginate().collect(limit=4) == list("abcd")
    assert letters.requested == [(1, 4), (1, 10)]


async def test_collect_from_a_cursor_uses_its_page_size(letters: Letters) -> None:
    saved = (await letters.paginate()).next_cursor
    letters.requested.clear()
    assert await letters.paginate(cursor=saved).collect(limit=1) == ["d"]
    assert letters.requested == [(2, 3)]


async def test_a_list_filtered_by_the_client_is_read_in_large_pages() -> None:
    letters = Letters("abcdefg", keep=lambda letter: letter in "fg")
    assert await letters.paginate().collect(limit=1) == ["f"]
    assert letters.requested == [(1, 3), (2, 3)]
    assert [len(page) async for page in letters.paginate().pages()] == [0, 1, 1]


async def test_each_pass_has_its_own_walk() -> None:
    def walk() -> Take[str]:
        seen: set[str] = set()

        def take(found: Slice[str]) -> Slice[str]:
            items = [letter for letter in found.items if letter not in seen]
            seen.update(items)
            return replace(found, items=items)

        return take

    paginator = Letters("abcabdabe", walk=walk).paginate()
    assert await paginator.collect() == await paginator.collect() == list("abcde")


async def test_first_is_one_request_for_one_item(letters: Letters) -> None:
    assert await letters.paginate().first() == "a"
    assert await Letters("").paginate().first() is None
    assert letters.requested == [(1, 1)]


async def test_first_respects_page_size_and_cursor(letters: Letters) -> None:
    saved = (await letters.paginate(page_size=2)).next_cursor
    letters.requested.clear()
    assert await letters.paginate(page_size=2).first() == "a"
    assert await letters.paginate(cursor=saved).first() == "c"
    assert letters.requested == [(1, 1), (2, 2)]


async def test_first_continues_after_empty_pages() -> None:
    letters = Letters("    e")
    assert await letters.paginate().first() == "e"
    assert letters.requested == [(1, 1), (1, 3), (2, 3)]


async def test_count_uses_the_total_of_one_page_whatever_the_cursor(letters: Letters) -> None:
    saved = (await letters.paginate()).next_cursor
    letters.requested.clear()
    assert await letters.paginate(cursor=saved).count() == 7
    assert letters.requested == [(1, 3)]


async def test_count_uses_the_providers_count() -> None:
    counts: list[int | None] = [70, None]

    async def count() -> int | None:
        return counts.pop(0)

    letters = Letters(count=count)
    assert await letters.paginate().count() == 70
    assert letters.requested == []
    assert await letters.paginate().count() == 7


@pytest.mark.parametrize(("keep", "expected"), [(None, 7), (lambda letter: letter in "ag", 2)])
async def test_count_reads_all_pages_without_a_total(keep: Callable[[str], bool] | None, expected: int) -> None:
    letters = Letters(keep=keep, total=keep is not None)
    assert await letters.paginate(page_size=1).count() == expected
    assert letters.requested == [(1, 3), (2, 3), (3, 3)]
    with pytest.raises(PaginationError, match="max_pages=2"):
        await letters.paginate(max_pages=2).count()


async def test_exceeding_max_pages_is_an_error_with_a_cursor(letters: Letters) -> None:
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
async def test_a_sufficient_max_pages_has_no_effect(letters: Letters, max_pages: int | None) -> None:
    assert await letters.paginate(max_pages=max_pages).collect() == list("abcdefg")
    assert (await letters.paginate(max_pages=1)).items == ["a", "b", "c"]
    assert await letters.paginate(max_pages=1).collect(limit=3) == ["a", "b", "c"]


@pytest.mark.parametrize("max_pages", [0, -1])
async def test_max_pages_below_one_is_rejected(letters: Letters, max_pages: int) -> None:
    with pytest.raises(InvalidArgumentError, match=f"max_pages is {max_pages}: pass 1 or more"):
        letters.paginate(max_pages=max_pages)


@pytest.mark.parametrize("page", [1, 2, 3])
async def test_an_error_between_pages_has_the_cursor_to_resume_from(letters: Letters, page: int) -> None:
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


async def test_an_error_on_a_resumed_lists_first_page_has_its_cursor(letters: Letters) -> None:
    saved = (await letters.paginate()).next_cursor
    letters.failing = {2}
    with pytest.raises(ServerError) as caught:
        await letters.paginate(cursor=saved)
    assert caught.value.cursor == saved


async def test_a_negative_limit_is_rejected(letters: Letters) -> None:
    with pytest.raises(InvalidArgumentError, match="limit is -1"):
        await letters.paginate().collect(limit=-1)
    assert letters.requested == []


async def test_iterating_again_starts_again(letters: Letters) -> None:
    paginator = letters.paginate()
    assert await gather(paginator) == await gather(paginator) == "abcdefg"
    assert (await paginator).items == (await paginator).items
    assert letters.pages == [1, 2, 3, 1, 2, 3, 1, 1]


async def test_two_loops_over_one_paginator_are_independent(letters: Letters) -> None:
    paginator = letters.paginate()
    pairs = [(one, other) async for one in paginator if one in "bg" async for other in paginator if other in "ad"]
    assert pairs == [("b", "a"), ("b", "d"), ("g", "a"), ("g", "d")]


async def test_leaving_early_requests_no_further_page(letters: Letters) -> None:
    async for letter in letters.paginate():
        if letter == "c":
            break
    assert letters.pages == [1]


async def test_an_iterator_continues_after_its_loop_was_left(letters: Letters) -> None:
    items = aiter(letters.paginate())
    async for letter in items:
        if letter == "d":
            break
    assert await gather(items) == "efg"
    assert letters.pages == [1, 2, 3]


async def test_an_exhausted_iterator_stays_exhausted(letters: Letters) -> None:
    pages, items = letters.paginate().pages(), aiter(letters.paginate())
    assert len([page async for page in pages]) == 3
    assert len(await gather(items)) == 7
    letters.requested.clear()
    assert [page async for page in pages] == []
    assert await gather(items) == ""
    assert letters.requested == []


@pytest.mark.parametrize(("has_letters", "expected"), [("ab    g", "abg"), ("      g", "g"), ("       ", ""), ("", "")])
async def test_an_empty_page_does_not_end_the_list(has_letters: str, expected: str) -> None:
    letters = Letters(has_letters)
    assert await gather(letters.paginate(page_size=2)) == expected
    assert letters.pages == ([1, 2, 3, 4] if has_letters else [1])


async def test_a_failed_page_is_requested_again_by_the_same_iterator(letters: Letters) -> None:
    letters.failing = {2}
    items = aiter(letters.paginate())
    read = [await anext(items) for _ in range(3)]
    with pytest.raises(ServerError):
        await anext(items)
    assert "".join(read) + await gather(items) == "abcdefg"
    assert letters.pages == [1, 2, 2, 3]


async def test_a_failed_first_page_is_requested_again(letters: Letters) -> None:
    letters.failing = {1}
    pages = letters.paginate().pages()
    with pytest.raises(ServerError):
        await anext(pages)
    assert [page.items[0] async for page in pages] == ["a", "d", "g"]


@pytest.mark.parametrize("page_size", [0, -1, 4])
async def test_a_page_size_out_of_range_is_rejected(letters: Letters, page_size: int) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"page_size is {page_size}: letters accepts 1 to 3 for letters"):
        letters.paginate(page_size=page_size)


@pytest.mark.parametrize(("page_size", "requested"), [(None, 3), (1, 1), (3, 3)])
async def test_the_maximum_page_size_is_the_default(letters: Letters, page_size: int | None, requested: int) -> None:
    await letters.paginate(page_size=page_size)
    assert letters.requested == [(1, requested)]


async def test_the_iterators_are_not_generators(letters: Letters) -> None:
    # A class has nothing to close when a loop is left; an async generator would have to be closed (PEP 533).
    make: list[Callable[[], AsyncIterator[object]]] = [letters.paginate().pages, lambda: aiter(letters.paginate())]
    for iterator in (kind() for kind in make):
        assert not hasattr(iterator, "aclose")
        assert aiter(iterator) is iterator


def test_page_size_is_the_size_that_will_be_requested(letters: Letters) -> None:
    assert letters.paginate().page_size == 3
    assert letters.paginate(page_size=2).page_size == 2
