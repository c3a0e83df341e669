"""Paging by index and count, and by a cursor in the body: parameters, positions, and servers that start again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st

from orgsdk.errors import InvalidCursorError, PaginationError
from orgsdk.pagination import Listing, Paginator, Slice
from orgsdk.providers.http import BodyCursor, IndexCount
from orgsdk.responses import Headers
from tests.reliability.event_loops import LOOPS, run_virtually

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.reliability.event_loops import Loop

pytestmark = pytest.mark.anyio

SCIM = IndexCount()
SKIP = IndexCount(start="$skip", count="$top", first=0, total="@odata.count")
WORKOS = BodyCursor(next=("list_metadata", "after"), parameter="after", size="limit")
ODATA = BodyCursor(next="@odata.nextLink", parameter="$skiptoken", size="$top", is_link=True)
RFC_9865 = BodyCursor(next="nextCursor", parameter="cursor", size="count", first="", total="totalResults")


@dataclass(frozen=True)
class Row:
    id: str


def rows(*ids: object) -> list[Row]:
    return [Row(f"{each}") for each in ids]


def read(paging: Any, items: list[Row], position: str | None, size: int, metadata: Mapping[str, Any]) -> Slice[Row]:
    found: Slice[Row] = paging.read(items, position, size, headers=Headers(), metadata=metadata)
    return found


# Index and count


@pytest.mark.parametrize(
    ("paging", "position", "requested"),
    [
        (SCIM, None, [("startIndex", "1"), ("count", "50")]),
        (SCIM, "101", [("startIndex", "101"), ("count", "50")]),
        (SKIP, None, [("$skip", "0"), ("$top", "50")]),
        (SKIP, "0", [("$skip", "0"), ("$top", "50")]),
    ],
)
def test_the_parameters_of_an_index(paging: IndexCount, position: str | None, requested: list[tuple[str, str]]) -> None:
    assert paging.parameters(position, 50) == requested


@pytest.mark.parametrize("position", ["", "0", "-1", "+1", " 1", "1\n", "1.5", "1e3", "1_0", "٣", "²", "1" * 16, "a:2"])
def test_an_invalid_index_is_refused(position: str) -> None:
    with pytest.raises(InvalidCursorError, match="does not name a page of this list"):
        SCIM.parameters(position, 50)
    with pytest.raises(InvalidCursorError):
        read(SCIM, [], position, 50, {})


@pytest.mark.parametrize(
    ("position", "received", "total", "after", "before", "following"),
    [
        pytest.param(None, 10, 25, "11", None, ["11", "21"], id="first page"),
        pytest.param("11", 10, 25, "21", "1", ["21"], id="middle page"),
        pytest.param("21", 5, 25, None, "11", [], id="last page"),
        pytest.param("16", 10, 25, None, "6", [], id="exactly full"),
        pytest.param("5", 10, 25, "15", "1", ["15", "25"], id="a page that starts anywhere"),
        pytest.param(None, 4, 25, "5", None, [], id="fewer items than requested"),
        pytest.param("21", 0, 25, None, "11", [], id="an empty page ends the list"),
        pytest.param(None, 0, 0, None, None, [], id="an empty list"),
        pytest.param(None, 10, None, "11", None, [], id="no total, a full page"),
        pytest.param(None, 9, None, "10", None, [], id="no total, a short page proves nothing"),
        pytest.param("11", 0, None, None, "1", [], id="no total, an empty page"),
    ],
)
def test_where_the_next_page_starts(
    position: str | None, received: int, total: int | None, after: str | None, before: str | None, following: list[str]
) -> None:
    items = rows(*range(received))
    found = read(SCIM, items, position, 10, {} if total is None else {"totalResults": total})
    assert (found.items, found.next, found.previous, found.total) == (items, after, before, total)
    assert list(found.following) == following


def test_a_list_that_hides_all_of_its_items_is_an_error() -> None:
    with pytest.raises(PaginationError, match="none of the 7 items of the list: the list is incomplete"):
        read(SCIM, [], None, 10, {"totalResults": 7})


@pytest.mark.parametrize("odd", [True, -1, 1.5, "25", None, [], {}, 10**15])
def test_an_odd_total_is_unknown(odd: object) -> None:
    found = read(SCIM, rows(1), None, 1, {"totalResults": odd})
    assert (found.total, found.next) == (None, "2")


def test_an_absurd_total_creates_no_list() -> None:
    found = read(SCIM, rows(*range(10)), None, 10, {"totalResults": 10**15 - 1})
    assert list(islice(found.following, 2)) == ["11", "21"]


@pytest.mark.parametrize("member", ["total", ("page", "total"), ["page", "total"]])
def test_the_total_may_be_within_a_member(member: Any) -> None:
    paging = IndexCount(total=member)
    metadata = {"total": 3} if member == "total" else {"page": {"total": 3}}
    assert read(paging, rows(1), None, 1, metadata).total == 3
    assert read(IndexCount(total=None), rows(1), None, 1, metadata).total is None


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(1, 20), st.integers(1, 20), st.booleans(), st.sampled_from([SCIM, SKIP]))
def test_a_walk_by_index_has_every_item_once(
    length: int, page_size: int, most: int, has_total: bool, paging: IndexCount
) -> None:
    names = [name for name, _ in paging.parameters(None, 1)]

    async def fetch(position: str | None, size: int) -> Slice[Row]:
        sent = dict(paging.parameters(position, size))
        start, count = int(sent[names[0]]) - (paging is SCIM), min(int(sent[names[1]]), most)
        metadata = {"totalResults": length, "@odata.count": length} if has_total else {}
        return read(paging, rows(*range(length))[start : start + count], position, size, metadata)

    async def main() -> None:
        paginator = Paginator(Listing("acme", "rows", (), 100, fetch), page_size=page_size)
        assert await paginator.collect() == rows(*range(length))
        async with paginator.prefetch(3) as ahead:
            assert [row async for row in ahead] == rows(*range(length))

    run_virtually(main, "asyncio")


# A cursor in the body


@pytest.mark.parametrize(
    ("paging", "position", "requested"),
    [
        (WORKOS, None, [("limit", "50")]),
        (WORKOS, "u1:u50", [("limit", "50"), ("after", "u50")]),
        (WORKOS, ":u50", [("limit", "50"), ("after", "u50")]),
        (WORKOS, "a%3Ab:c:d%3A", [("limit", "50"), ("after", "c:d%3A")]),
        (RFC_9865, None, [("count", "50"), ("cursor", "")]),
        (RFC_9865, "u1:x", [("count", "50"), ("cursor", "x")]),
        (ODATA, None, [("$top", "50")]),
        (ODATA, "u1:x", [("$top", "50"), ("$skiptoken", "x")]),
    ],
)
def test_the_parameters_of_a_cursor(paging: BodyCursor, position: str | None, requested: list[tuple[str, str]]) -> None:
    assert paging.parameters(position, 50) == requested


@pytest.mark.parametrize("position", ["", "u50", "u1:", ":"])
def test_a_position_without_a_cursor_is_refused(position: str) -> None:
    with pytest.raises(InvalidCursorError, match="does not name a page of this list"):
        WORKOS.parameters(position, 50)


@pytest.mark.parametrize(
    ("paging", "metadata", "after"),
    [
        (WORKOS, {"list_metadata": {"before": None, "after": "u2"}}, "u1:u2"),
        (WORKOS, {"list_metadata": {"before": None, "after": None}}, None),
        (WORKOS, {"list_metadata": {}}, None),
        (WORKOS, {"list_metadata": None}, None),
        (WORKOS, {}, None),
        (BodyCursor(next="next_cursor"), {"next_cursor": ""}, None),
        (BodyCursor(next="next_cursor"), {"next_cursor": 40}, "u1:40"),
        (BodyCursor(next="next_cursor"), {"next_cursor": 0}, "u1:0"),
        (ODATA, {"@odata.nextLink": "https://evil.example/x?$skiptoken=a%2Fb&$top=9&token=t"}, "u1:a/b"),
        (ODATA, {"@odata.nextLink": "?%24skiptoken=n"}, "u1:n"),
        (ODATA, {}, None),
    ],
)
def test_where_the_cursor_is(paging: BodyCursor, metadata: Mapping[str, Any], after: str | None) -> None:
    found = read(paging, rows("u1", "u2"), None, 2, metadata)
    assert (found.next, found.previous, found.total, list(found.following)) == (after, None, None, [])


@pytest.mark.parametrize(
    ("paging", "metadata"),
    [
        (WORKOS, {"list_metadata": "x"}),
        (WORKOS, {"list_metadata": ["after"]}),
        (WORKOS, {"list_metadata": {"after": {}}}),
        (WORKOS, {"list_metadata": {"after": True}}),
        (WORKOS, {"list_metadata": {"after": 1.5}}),
        (ODATA, {"@odata.nextLink": "https://graph.example/users?$skip=2"}),
        (ODATA, {"@odata.nextLink": "https://graph.example/users?$skiptoken="}),
        (ODATA, {"@odata.nextLink": "http://[x"}),
        (ODATA, {"@odata.nextLink": {"$skiptoken": "x"}}),
    ],
)
def test_a_cursor_that_cannot_be_read_does_not_end_the_list(paging: BodyCursor, metadata: Mapping[str, Any]) -> None:
    with pytest.raises(PaginationError, match="announces a next page without a cursor: the list is incomplete"):
        read(paging, rows("u1"), None, 1, metadata)


def test_a_cursor_may_come_with_a_total() -> None:
    assert read(RFC_9865, rows(1), None, 1, {"totalResults": 7, "nextCursor": "n"}).total == 7


@given(first=st.text(max_size=9), cursor=st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_cursor_is_sent_back_unchanged(first: str, cursor: str) -> None:
    page = read(BodyCursor(next="n"), rows(first), None, 1, {"n": cursor})
    again = read(BodyCursor(next="n"), rows("other " + first), page.next, 1, {"n": cursor})
    assert BodyCursor(next="n").parameters(page.next, 1) == [("limit", "1"), ("after", cursor)]
    assert again.next == page.next if first else again.next is not None


@dataclass
class Directory:
    """A list, newest first, whose cursors are ids, as WorkOS' are: for an unknown one it returns the first page."""

    ids: list[str]
    requested: list[str | None] = field(default_factory=list)
    paging: BodyCursor = WORKOS

    async def fetch(self, position: str | None, size: int) -> Slice[Row]:
        after = dict(self.paging.parameters(position, size)).get("after")
        self.requested.append(after)
        start = self.ids.index(after) + 1 if after in self.ids else 0
        page = self.ids[start : start + size]
        more = start + size < len(self.ids)
        metadata = {"list_metadata": {"before": None, "after": page[-1] if more else None}}
        return read(self.paging, rows(*page), position, size, metadata)

    def paginate(self, cursor: str | None = None, size: int | None = 10) -> Paginator[Row]:
        listing = Listing("acme", "users.list", (), 100, self.fetch)
        return Paginator(listing, page_size=None if cursor else size, cursor=cursor)


def directory(length: int = 35) -> Directory:
    return Directory([f"u{number:02}" for number in range(length)])


async def test_a_walk_has_every_item_once() -> None:
    users = directory()
    assert await users.paginate().collect() == rows(*users.ids)
    assert users.requested == [None, "u09", "u19", "u29"]


async def test_a_walk_ends_with_an_error_if_the_cursors_row_is_gone() -> None:
    users = directory()
    pages = users.paginate().pages()
    await anext(pages)
    users.ids.remove("u09")
    with pytest.raises(
        PaginationError, match="the first page again: the row that the cursor names was probably removed"
    ):
        await anext(pages)
    assert users.requested == [None, "u09"]


async def test_a_resumed_list_whose_cursors_row_is_gone_is_an_error_in_another_process_too() -> None:
    users = directory()
    page = await users.paginate()
    users.ids.remove("u09")
    with pytest.raises(PaginationError, match="first page again"):
        await users.paginate(page.next_cursor)
    # Users who were added since are before the first item of then.
    users.ids[0:0] = ["new1", "new2"]
    with pytest.raises(PaginationError, match="first page again"):
        await users.paginate(page.next_cursor).collect()


async def test_the_first_page_again_is_seen_though_its_first_row_is_gone() -> None:
    users = directory()
    pages = users.paginate().pages()
    for _ in range(2):
        await anext(pages)
    users.ids = [each for each in users.ids if each not in {"u00", "u19"}]
    with pytest.raises(PaginationError, match=r"acme users\.list: the page has an item that was read before"):
        await anext(pages)


async def test_items_of_every_page_are_remembered() -> None:
    users = directory(45)
    pages = users.paginate().pages()
    for _ in range(3):
        await anext(pages)
    users.ids = [each for each in users.ids[20:] if each != "u29"]
    with pytest.raises(PaginationError, match="an item that was read before"):
        await anext(pages)


async def test_the_last_page_is_checked_too() -> None:
    users = directory()
    pages = users.paginate().pages()
    await anext(pages)
    users.ids = ["u03", "u04"]
    with pytest.raises(PaginationError, match="an item that was read before"):
        await anext(pages)


async def test_an_item_may_come_again_if_items_can_move() -> None:
    users = directory()
    users.paging = BodyCursor(next=("list_metadata", "after"), unique=False)
    pages = users.paginate().pages()
    await anext(pages)
    users.ids.remove("u00")
    users.ids.insert(20, "u00")
    assert [row.id async for page in pages for row in page.items].count("u00") == 1


@settings(deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 12),
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["insert", "remove", "cursor"]), st.integers(0, 99))),
    st.sampled_from(LOOPS),
)
def test_a_walk_of_a_list_that_changes_is_whole_or_an_error(
    length: int, page_size: int, changes: list[tuple[int, str, int]], loop: Loop
) -> None:
    users = directory(length)
    stay = set(users.ids)

    async def main() -> None:
        seen: list[str] = []
        pages = users.paginate(size=page_size).pages()
        number = 0
        try:
            async for page in pages:
                seen += [row.id for row in page.items]
                for moment, change, which in changes:
                    if moment != number or not users.ids:
                        continue
                    if change == "insert":
                        users.ids.insert(0, f"new{len(users.requested)}-{which}-{len(seen)}-{len(users.ids)}")
                    else:
                        gone = (
                            page.items[-1].id
                            if change == "cursor" and page.items
                            else users.ids[which % len(users.ids)]
                        )
                        users.ids = [each for each in users.ids if each != gone]
                        stay.discard(gone)
                number += 1
        except PaginationError:
            return
        assert len(seen) == len(set(seen)), "an item twice"
        assert stay <= set(seen), "an item is missing"

    run_virtually(main, loop)


async def test_a_slice_of_unique_items_alone_is_held_to_it() -> None:
    pages = [Slice(rows(1, 2), next="b", unique=True), Slice(rows(3, 1), unique=True)]

    async def fetch(position: str | None, size: int) -> Slice[Row]:
        return pages[position is not None]

    with pytest.raises(PaginationError, match="acme rows: the page has an item that was read before"):
        await Paginator(Listing("acme", "rows", (), 2, fetch)).collect()
    pages = [replace(page, unique=False) for page in pages]
    assert await Paginator(Listing("acme", "rows", (), 2, fetch)).collect() == rows(1, 2, 3, 1)
