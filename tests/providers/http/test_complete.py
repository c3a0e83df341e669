"""Complete lists, while items join, leave and change places between two requests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from orgsdk import PaginationError, Paginator
from orgsdk.pagination import Listing, Slice
from orgsdk.providers.http import LinkCursor, PageNumber
from orgsdk.providers.http.complete import (
    MAX_ROUNDS,
    MAX_STEPS_BACK,
    NumberedPage,
    complete_by_overlap,
    complete_in_rounds,
    overlapping_page,
)
from tests.reliability.event_loops import run_virtually

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

NUMBERS = PageNumber()
CURSORS = LinkCursor()


@dataclass(frozen=True)
class Row:
    id: str


@dataclass
class Table:
    """Rows with numbered pages. `change` is called before each request, with its number from 0."""

    rows: list[str]
    change: Callable[[Table, int], None] = lambda _table, _request: None
    has_total: bool = True
    max_page_size: int = 100
    requests: int = 0
    requested: list[tuple[int, int]] = field(default_factory=list)
    present: set[str] = field(init=False)
    """Rows that were there at every request."""

    def __post_init__(self) -> None:
        self.present = set(self.rows)

    async def numbered(self, position: str | None, page_size: int) -> Slice[Row]:
        number = NUMBERS.number(position)
        found = self._page((number - 1) * page_size, page_size)
        self.requested.append((number, page_size))
        total = len(self.rows) if self.has_total else None
        return NUMBERS.slice(found, position, page_size, total=total, links={})

    async def linked(self, position: str | None, page_size: int) -> Slice[Row]:
        """Return a page of a list whose cursors are offsets, and which reports no total."""
        start = int((position or "next:0").partition(":")[2])
        found = self._page(start, page_size)
        end = start + page_size
        return CURSORS.slice(found, {"next": {"next": f"{end}"}} if end < len(self.rows) else {})

    def _page(self, start: int, page_size: int) -> list[Row]:
        self.change(self, self.requests)
        self.present &= set(self.rows)
        self.requests += 1
        return [Row(row) for row in self.rows[start : start + page_size]]

    def by_overlap(self, page_size: int | None = None) -> Paginator[Row]:
        return Paginator(complete_by_overlap(self._listing("numbered")), page_size=page_size)

    def in_rounds(self, page_size: int | None = None) -> Paginator[Row]:
        return Paginator(complete_in_rounds(self._listing("numbered"), (97, 89, 83)), page_size=page_size)

    def in_rounds_of_links(self, page_size: int | None = None) -> Paginator[Row]:
        return Paginator(complete_in_rounds(self._listing("linked")), page_size=page_size)

    def _listing(self, kind: str) -> Listing[Row]:
        fetch = self.numbered if kind == "numbered" else self.linked
        return Listing("acme", "rows", (), self.max_page_size, fetch)


def table(count: int, change: Callable[[Table, int], None] | None = None, *, has_total: bool = True) -> Table:
    rows = [f"{number:06}" for number in range(count)]
    return Table(rows, change or (lambda _table, _request: None), has_total=has_total)


def swap_before(number: int) -> Callable[[Table, int], None]:
    """Remove the first row and add one at the end before a request: the total stays."""

    def change(table: Table, request: int) -> None:
        if request == number:
            del table.rows[0]
            table.rows.append("999999")

    return change


async def ids(paginator: Paginator[Row], window: int | None = None) -> list[str]:
    if window is None:
        return [row.id async for row in paginator]
    async with paginator.prefetch(window) as ahead:
        return [row.id async for row in ahead]


def check_complete(table: Table, found: list[str]) -> None:
    assert len(found) == len(set(found)), "a row came twice"
    assert table.present <= set(found), "a row that was there all the time is missing"


KINDS = [Table.by_overlap, Table.in_rounds, Table.in_rounds_of_links]


@pytest.mark.parametrize("window", [None, 3])
@pytest.mark.parametrize("number", range(1, 8))
@pytest.mark.parametrize("paginate", KINDS)
async def test_rows_that_are_swapped_between_two_pages_hide_no_row(
    paginate: Callable[[Table], Paginator[Row]], number: int, window: int | None
) -> None:
    shifting = table(350, swap_before(number))
    check_complete(shifting, await ids(paginate(shifting), window))


@pytest.mark.parametrize("paginate", KINDS)
async def test_a_list_of_one_page_takes_one_request(paginate: Callable[[Table], Paginator[Row]]) -> None:
    for count in (0, 1, 99):
        short = table(count)
        assert len(await ids(paginate(short))) == count
        assert short.requests == 1


async def test_a_full_single_page_in_a_stable_order_is_followed_by_a_page_that_overlaps() -> None:
    # The total was counted at another moment than the page was read.
    full = table(100)
    assert len(await ids(full.by_overlap())) == 100
    assert full.requested == [(1, 100), (2, 99)]


@pytest.mark.parametrize(
    ("count", "overlap", "rounds", "links"), [(250, 3, 6, 6), (1000, 12, 21, 20), (5000, 57, 102, 100)]
)
async def test_cost_in_requests_of_a_list_that_does_not_change(
    count: int, overlap: int, rounds: int, links: int
) -> None:
    # docs/pagination.md states these numbers.
    tables = [table(count) for _ in KINDS]
    for each, paginate in zip(tables, KINDS, strict=True):
        assert await ids(paginate(each)) == each.rows
    assert [each.requests for each in tables] == [overlap, rounds, links]


@pytest.mark.parametrize("paginate", [Table.by_overlap, Table.in_rounds])
async def test_fewer_rows_than_the_total_are_not_complete(paginate: Callable[[Table], Paginator[Row]]) -> None:
    lying = table(1)
    page = lying.numbered

    async def numbered(position: str | None, page_size: int) -> Slice[Row]:
        return replace(await page(position, page_size), total=60)

    lying.numbered = numbered  # type: ignore[method-assign]  # one response is false
    with pytest.raises(PaginationError):
        await ids(paginate(lying))


@pytest.mark.parametrize("removed", [1, 150])
async def test_pages_without_a_total_can_overlap(removed: int) -> None:
    def change(table: Table, request: int) -> None:
        if request == 2:
            del table.rows[:removed]

    shifting = table(350, change, has_total=False)
    check_complete(shifting, await ids(shifting.by_overlap()))


async def test_the_following_pages_are_known_if_there_is_a_total() -> None:
    numbered = Listing("acme", "rows", ("org",), 100, table(250).numbered)
    overlapping, rounds = complete_by_overlap(numbered), complete_in_rounds(numbered)
    assert overlapping.scope == rounds.scope == ("org", "complete")
    assert list((await overlapping.fetch(None, 100)).following) == ["0:100", "0:198"]
    assert list((await overlapping.fetch("3:100", 100)).following) == ["3:198"]
    assert list((await rounds.fetch(None, 100)).following) == ["0:2", "0:3"]
    assert list((await rounds.fetch("2:2", 100)).following) == ["2:3"]
    unknown = complete_by_overlap(replace(numbered, fetch=table(250, has_total=False).numbered))
    assert list((await unknown.fetch(None, 100)).following) == []


@pytest.mark.parametrize("paginate", [Table.by_overlap, Table.in_rounds])
async def test_each_page_has_the_total(paginate: Callable[[Table], Paginator[Row]]) -> None:
    assert {page.total async for page in paginate(table(250)).pages()} == {250}


@pytest.mark.parametrize("removed", [1, 30, 99, 100, 250, 700])
@pytest.mark.parametrize("window", [None, 4])
async def test_rows_that_are_removed_in_numbers_cost_a_few_requests(removed: int, window: int | None) -> None:
    def change(table: Table, request: int) -> None:
        if request == 8:
            del table.rows[:removed]

    shifting = table(1000, change)
    found = await ids(shifting.by_overlap(), window)
    check_complete(shifting, found)
    assert shifting.requests <= 12 + 6 + (window or 0) * 4


async def test_a_list_that_loses_rows_before_each_page_raises() -> None:
    def change(table: Table, request: int) -> None:
        if request:
            # No page overlaps another one, and the list is as long as before.
            table.rows = [f"{request:03}{number:05}" for number in range(300)]

    shifting = table(300, change)
    with pytest.raises(PaginationError) as caught:
        await ids(shifting.by_overlap())
    assert str(caught.value) == (
        "acme rows: the list cannot be proved complete: items were removed while it was read, "
        f"{MAX_STEPS_BACK} times in a row. Try again later, when fewer items change."
    )


async def test_rounds_that_never_agree_raise() -> None:
    def change(table: Table, request: int) -> None:
        del table.rows[0]
        table.rows.append(f"new{request}")

    shifting = table(350, change)
    with pytest.raises(PaginationError) as caught:
        await ids(shifting.in_rounds())
    came = 350 + shifting.requests - 1  # each request after the first one found a new row
    assert str(caught.value) == (
        f"acme rows: the list cannot be proved complete: {came} items came in {MAX_ROUNDS} rounds, "
        "and no two rounds agree. Try again later, when fewer items change."
    )


@pytest.mark.parametrize("paginate", KINDS)
async def test_a_complete_list_cannot_be_resumed(paginate: Callable[[Table], Paginator[Row]]) -> None:
    def change(table: Table, request: int) -> None:
        if request == 2:
            raise PaginationError("the page failed")

    with pytest.raises(PaginationError) as caught:
        await ids(paginate(table(350, change)))
    assert caught.value.cursor is None


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 100))
def test_pages_overlap_and_progress(end: int, page_size: int) -> None:
    assert overlapping_page(0, page_size, 100) == NumberedPage(1, page_size)
    page = overlapping_page(end, page_size, 100)
    assert page.start < end < page.start + page.size <= end + 100
    assert page.size <= 100


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 10**4), st.integers(1, 100))
def test_no_other_page_that_overlaps_reaches_further(end: int, page_size: int) -> None:
    page = overlapping_page(end, page_size, 100)
    if page.size <= page_size:
        assert page.start + page.size == max((end // size + 1) * size for size in range(2, page_size + 1) if end % size)
    else:
        assert all(end % size == 0 for size in range(2, page.size)), "a smaller page overlaps too"


@pytest.mark.parametrize(("count", "page_size"), [(1000, 100), (250, 100), (200, 7), (9, 2), (5, 1)])
async def test_pages_that_are_requested_ahead_are_those_that_are_read_one_by_one(count: int, page_size: int) -> None:
    for paginate in (Table.by_overlap, Table.in_rounds):
        alone, ahead = table(count), table(count)
        assert await ids(paginate(alone, page_size)) == await ids(paginate(ahead, page_size), 3) == alone.rows
        wanted = dict.fromkeys(alone.requested)
        # Pages of a round that is not needed may be requested, and not the same page twice.
        assert wanted.keys() <= set(ahead.requested)
        assert len(ahead.requested) <= len(alone.requested) + 3


@settings(max_examples=100, deadline=None)
@given(st.integers(0), st.integers(0, 400), st.sampled_from([1, 2, 7, 50, 100]), st.sampled_from(KINDS), st.booleans())
def test_whatever_changes_the_list_is_complete_or_raises(
    seed: int, count: int, page_size: int, paginate: Callable[[Table, int], Paginator[Row]], prefetches: bool
) -> None:
    random = Random(seed)
    rate = random.choice([0.02, 0.1, 0.5])
    # Ids are random, so that rows join anywhere. An id that left does not return.
    rows = sorted(f"{random.getrandbits(48):012x}" for _ in range(count))
    is_ordered = paginate is Table.by_overlap

    def change(table: Table, _request: int) -> None:
        while random.random() < rate:
            for _ in range(random.choice([1, 1, 1, 5, 60])):
                if table.rows and random.random() < 0.9:
                    table.rows.pop(random.randrange(len(table.rows)))
                if random.random() < 0.9:
                    table.rows.insert(random.randint(0, len(table.rows)), f"{random.getrandbits(48):012x}")
        if is_ordered:
            table.rows.sort()

    shifting = Table(rows, change)

    async def main() -> None:
        try:
            found = await ids(paginate(shifting, page_size), 3 if prefetches else None)
        except PaginationError:
            return
        check_complete(shifting, found)

    run_virtually(main, "asyncio")


@settings(max_examples=30, deadline=None)
@given(st.integers(0), st.integers(101, 300))
def test_rows_that_change_positions_all_the_time_are_complete_or_raise(seed: int, count: int) -> None:
    random = Random(seed)
    shifting = table(count, lambda table, _: random.shuffle(table.rows))

    async def main() -> None:
        try:
            check_complete(shifting, await ids(shifting.in_rounds()))
        except PaginationError:
            return

    run_virtually(main, "asyncio")
