"""A complete list whose cursors name a row: rows are added and removed between its pages."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import pytest

from orgsdk.errors import PaginationError
from orgsdk.pagination import Listing, Paginator, Slice
from orgsdk.providers.http import complete_by_row_cursor

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Row:
    id: str


class Table:
    """Rows, newest first. A cursor whose row is gone leads to the first page, as at WorkOS' emulators."""

    def __init__(self, *ids: str) -> None:
        self.ids = [*ids]
        self.requests = 0
        self.before_page: Callable[[int], None] = lambda _: None

    async def fetch(self, position: str | None, page_size: int) -> Slice[Row]:
        self.requests += 1
        self.before_page(self.requests)
        start = self.ids.index(position) + 1 if position in self.ids else 0
        found = self.ids[start : start + page_size]
        has_more = start + page_size < len(self.ids)
        return Slice([Row(each) for each in found], next=found[-1] if has_more else None)

    def listing(self) -> Listing[Row]:
        return Listing(provider="acme", name="rows.list", scope=(), max_page_size=100, fetch=self.fetch)

    async def read(self, page_size: int) -> list[str]:
        found = complete_by_row_cursor(self.listing())
        return [row.id async for row in Paginator(found, page_size=page_size)]


async def test_an_unchanged_list_is_read_once() -> None:
    table = Table("e", "d", "c", "b", "a")
    assert await table.read(2) == ["e", "d", "c", "b", "a"]
    assert table.requests == 3


async def test_without_it_a_removed_row_of_a_cursor_repeats_the_first_page() -> None:
    table = Table("e", "d", "c", "b", "a")
    table.before_page = lambda number: table.ids.remove("d") if number == 2 else None
    read = [row.id async for row in Paginator(table.listing(), page_size=2)]
    assert read == ["e", "d", "e", "c", "b", "a"]


async def test_a_removed_row_of_a_cursor_costs_one_page_more() -> None:
    table = Table("g", "f", "e", "d", "c", "b", "a")
    table.before_page = lambda number: table.ids.remove("d") if number == 3 else None
    assert await table.read(2) == ["g", "f", "e", "d", "c", "b", "a"]
    assert table.requests == 5  # the first page again, and the page before


async def test_a_new_row_hides_no_first_page() -> None:
    table = Table("d", "c", "b", "a")

    def change(number: int) -> None:
        if number == 2:
            table.ids.remove("d")
            table.ids.insert(0, "new")

    table.before_page = change
    assert sorted(await table.read(1)) == ["a", "b", "c", "d", "new"]


async def test_every_row_that_stays_is_read_once_whatever_changes() -> None:
    random = Random(17)
    for _ in range(300):
        ids = [f"r{number}" for number in range(random.randrange(1, 30))]
        table = Table(*ids)
        stays = set(random.sample(ids, len(ids) * 2 // 3))

        def change(number: int, table: Table = table, stays: set[str] = stays) -> None:
            for each in [each for each in table.ids if each not in stays]:
                if random.random() < 0.3:
                    table.ids.remove(each)
            if random.random() < 0.5 and number < 60:
                table.ids.insert(0, f"n{number}")

        table.before_page = change
        read = await table.read(random.randrange(1, 6))
        assert len(read) == len(set(read))
        assert stays <= set(read)


async def test_a_provider_that_ignores_its_cursors_is_an_error() -> None:
    async def fetch(position: str | None, page_size: int) -> Slice[Row]:
        return Slice([Row("b"), Row("a")], next="a")

    listing = Listing(provider="acme", name="rows.list", scope=(), max_page_size=100, fetch=fetch)
    with pytest.raises(PaginationError, match="announces another"):
        async for _ in Paginator(complete_by_row_cursor(listing)):
            pass


async def test_the_list_cannot_be_resumed() -> None:
    assert complete_by_row_cursor(Table("b", "a").listing()).resumable is False
