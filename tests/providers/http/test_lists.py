"""`describe_list`: count, filters, duplicates and completeness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from orgsdk import InvalidCursorError, Paginator
from orgsdk.pagination import Slice
from orgsdk.providers.http import describe_list

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Row:
    id: str


class Pages:
    """Pages of two rows by number. They are read in order, whatever the list is meanwhile."""

    def __init__(self, *pages: str, total: int | None = None) -> None:
        self.pages = pages
        self.total = total
        self.requested: list[tuple[str | None, int]] = []

    async def __call__(self, position: str | None, page_size: int) -> Slice[Row]:
        self.requested.append((position, page_size))
        number = int(position or "1")
        has_next = number < len(self.pages)
        return Slice(
            [Row(one) for one in self.pages[number - 1]], str(number + 1) if has_next else None, None, self.total
        )


def paginator(pages: Pages, **settings: Any) -> Paginator[Row]:
    listing = describe_list(provider="acme", name="rows", scope=(), max_page_size=2, fetch=pages, **settings)
    return Paginator(listing)


async def rows(pages: Pages, **settings: Any) -> str:
    return "".join([row.id async for row in paginator(pages, **settings)])


async def test_rows_that_come_twice_are_dropped_on_request() -> None:
    assert await rows(Pages("ab", "bc", "cd")) == "abbccd"
    assert await rows(Pages("ab", "bc", "cd"), drop_duplicates=True) == "abcd"


async def test_a_row_is_remembered_for_ten_pages() -> None:
    between = [f"{letter}{letter.upper()}" for letter in "bcdefghij"]
    assert (await rows(Pages("aA", *between, "ak"), drop_duplicates=True)).count("a") == 1
    assert (await rows(Pages("aA", *between, "lL", "ak"), drop_duplicates=True)).count("a") == 2


async def test_filters_that_the_provider_lacks_are_applied() -> None:
    assert await rows(Pages("ab", "cd"), keep=lambda row: row.id in "bd") == "bd"


async def test_a_list_with_totals_is_counted_by_a_page_of_one() -> None:
    pages = Pages("ab", "cd", total=4)
    assert await paginator(pages, has_total=True).count() == 4
    assert pages.requested == [(None, 1)]


async def test_a_count_of_the_provider_is_used_before_a_total() -> None:
    async def count() -> int:
        return 7

    assert await paginator(Pages("ab", total=4), has_total=True, count=count).count() == 7


async def test_a_list_without_totals_is_counted_by_its_pages() -> None:
    assert await paginator(Pages("ab", "c")).count() == 3


async def fetch_numbered(position: str | None, page_size: int) -> Slice[Row]:
    """Return a page of the rows a to e, whatever its size."""
    number = int(position or "1")
    found = [Row(one) for one in "abcde"[(number - 1) * page_size : number * page_size]]
    return Slice(found, next=str(number + 1) if number * page_size < 5 else None, total=5)


@pytest.mark.parametrize("stable_order", [False, True])
async def test_a_complete_list_cannot_be_resumed(stable_order: bool) -> None:
    listing = describe_list(
        provider="acme",
        name="rows",
        scope=(),
        max_page_size=3,
        fetch=fetch_numbered,
        complete=True,
        stable_order=stable_order,
    )
    assert [row.id for row in await Paginator(listing).collect()] == list("abcde")
    with pytest.raises(InvalidCursorError, match="cannot be resumed"):
        Paginator(listing, cursor="any")


async def test_the_later_rounds_of_a_complete_list_have_other_page_sizes() -> None:
    pages = Pages("ab", "cd", total=4)
    assert await rows(pages, complete=True, round_page_sizes=(3, 2)) == "abcd"
    assert [size for _, size in pages.requested] == [2, 2, 3, 3]
