"""The paging strategies, as tables: query parameters, and where the next page is."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given, strategies as st

from orgsdk.errors import InvalidCursorError, PaginationError
from orgsdk.providers.http import LinkCursor, PageNumber, SinglePage
from orgsdk.transport import Headers

LINKS = LinkCursor(forward="next", backward="previous", size="limit")
NUMBERS = PageNumber(number="page", size="page_size")
Links = dict[str, dict[str, str]]


@pytest.mark.parametrize(
    ("position", "requested"),
    [
        (None, [("limit", "50")]),
        ("next:abc", [("limit", "50"), ("next", "abc")]),
        ("previous:abc", [("limit", "50"), ("previous", "abc")]),
        ("next:a:b+/=", [("limit", "50"), ("next", "a:b+/=")]),
    ],
)
def test_link_cursor_builds_the_parameters_of_a_position(
    position: str | None, requested: list[tuple[str, str]]
) -> None:
    assert LINKS.parameters(position, 50) == requested


def test_the_usual_names_of_parameters_are_the_defaults() -> None:
    assert LinkCursor().parameters("next:abc", 50) == [("limit", "50"), ("next", "abc")]
    assert LinkCursor().parameters("previous:abc", 50) == [("limit", "50"), ("previous", "abc")]
    assert PageNumber().parameters("2", 50) == [("page", "2"), ("page_size", "50")]


@pytest.mark.parametrize("position", ["", "next", "next:", ":abc", "prev:abc", "limit:1000", "Next:abc", " next:abc"])
def test_link_cursor_rejects_a_position_of_another_parameter(position: str) -> None:
    with pytest.raises(InvalidCursorError):
        LINKS.parameters(position, 50)


@pytest.mark.parametrize(
    ("links", "after", "before"),
    [
        ({}, None, None),
        ({"next": {"next": "n", "limit": "7"}}, "next:n", None),
        ({"previous": {"previous": "p"}}, None, "previous:p"),
        ({"prev": {"previous": "p"}}, None, "previous:p"),
        ({"prev": {"previous": "p"}, "previous": {"previous": "q"}, "next": {"next": "n"}}, "next:n", "previous:q"),
        ({"first": {"next": "n"}, "last": {"previous": "p"}}, None, None),
    ],
)
def test_link_cursor_reads_the_cursor_of_each_relation(links: Links, after: str | None, before: str | None) -> None:
    found = LINKS.slice(["ada"], links)
    assert (found.items, found.next, found.previous, found.total) == (["ada"], after, before, None)


@pytest.mark.parametrize("links", [{"next": {"limit": "7"}}, {"next": {"next": ""}}, {"next": {}}])
def test_link_cursor_raises_for_a_next_link_without_a_cursor(links: Links) -> None:
    with pytest.raises(PaginationError, match="the list is incomplete"):
        LINKS.slice(["ada"], links)


@given(cursor=st.text(min_size=1), size=st.integers(1, 1000))
def test_link_cursor_sends_the_cursor_unchanged(cursor: str, size: int) -> None:
    position = LINKS.slice([], {"next": {"next": cursor}}).next
    assert LINKS.parameters(position, size) == [("limit", str(size)), ("next", cursor)]


@pytest.mark.parametrize(("position", "page"), [(None, "1"), ("1", "1"), ("2", "2"), ("999999999", "999999999")])
def test_page_number_builds_the_parameters_of_a_position(position: str | None, page: str) -> None:
    assert NUMBERS.parameters(position, 100) == [("page", page), ("page_size", "100")]


@pytest.mark.parametrize(
    "position", ["", "0", "000", "-1", "+1", " 1", "1\n", "1.5", "1e3", "0x2", "1_0", "٣", "²", "1234567890", "next:2"]
)
def test_page_number_rejects_an_invalid_position(position: str) -> None:
    with pytest.raises(InvalidCursorError):
        NUMBERS.parameters(position, 100)


@pytest.mark.parametrize(
    ("position", "rows", "total", "relations", "after", "before"),
    [
        pytest.param(None, 10, 25, ["first", "last", "next"], "2", None, id="first page"),
        pytest.param("2", 10, 25, ["first", "prev", "last", "next"], "3", "1", id="middle page"),
        pytest.param("3", 5, 25, ["first", "prev", "last"], None, "2", id="last page"),
        pytest.param("9", 0, 25, ["first", "prev", "last"], None, "8", id="past the end"),
        pytest.param("9", 0, 25, ["first", "prev", "last", "next"], None, "8", id="past the end, with a next page"),
        pytest.param("2", 0, 25, ["first", "prev", "last", "next"], "3", "1", id="an empty page before the end"),
        pytest.param("2", 0, None, ["prev", "next"], "3", "1", id="an empty page of a list of unknown length"),
        pytest.param(None, 0, 0, ["first", "last"], None, None, id="nothing found"),
        pytest.param(None, 3, 25, ["next"], "2", None, id="a short page may have a next one"),
        pytest.param("2", 10, 20, ["next"], "3", "1", id="links go before the total"),
        pytest.param(None, 10, 25, [], "2", None, id="total alone, more to come"),
        pytest.param("2", 10, 20, [], None, "1", id="total alone, exactly full"),
        pytest.param(None, 10, None, [], "2", None, id="neither, a full page"),
        pytest.param(None, 9, None, [], None, None, id="neither, a short page"),
        pytest.param(None, 0, None, [], None, None, id="neither, an empty page"),
    ],
)
def test_page_number_finds_the_next_and_previous_page(
    position: str | None, rows: int, total: int | None, relations: list[str], after: str | None, before: str | None
) -> None:
    items = list(range(rows))
    found = NUMBERS.slice(items, position, 10, total=total, links={name: {"page": "77"} for name in relations})
    assert (found.items, found.next, found.previous, found.total) == (items, after, before, total)


def test_single_page_has_no_parameters_and_is_complete() -> None:
    assert SinglePage().parameters(None) == []
    found = SinglePage().slice(["ada", "bob"])
    assert (found.items, found.next, found.previous, found.total) == (["ada", "bob"], None, None, 2)


def test_single_page_rejects_a_position() -> None:
    with pytest.raises(InvalidCursorError, match="omit the cursor"):
        SinglePage().parameters("2")


@pytest.mark.parametrize(
    ("position", "total", "following"),
    [
        pytest.param(None, 25, ["2", "3"], id="first page"),
        pytest.param("2", 25, ["3"], id="middle page"),
        pytest.param("3", 25, [], id="last page"),
        pytest.param(None, 10, [], id="the only page"),
        pytest.param(None, None, [], id="no total"),
    ],
)
def test_page_number_returns_the_positions_of_all_following_pages(
    position: str | None, total: int | None, following: list[str]
) -> None:
    rows = list(range(10))
    links: Links = {"next": {}} if following or total is None else {"prev": {}}
    assert list(NUMBERS.slice(rows, position, 10, total=total, links=links).following) == following


def test_page_number_creates_no_list_for_an_absurd_total() -> None:
    following = NUMBERS.slice([1] * 10, None, 10, total=10**15, links={}).following
    assert list(islice(following, 3)) == ["2", "3", "4"]


@pytest.mark.parametrize(
    ("position", "rows", "total", "after"),
    [
        pytest.param(None, 10, 0, "2", id="a full page of none"),
        pytest.param(None, 10, 9, "2", id="a full page of fewer"),
        pytest.param(None, 10, 10, None, id="a full page of just so many"),
        pytest.param(None, 9, 3, None, id="a page that is not full is the last, whatever the total"),
        pytest.param("2", 10, 15, "3", id="a full second page of fewer"),
        pytest.param("9", 0, 25, None, id="past the end nothing is contradicted"),
    ],
)
def test_a_total_that_the_page_contradicts_does_not_end_the_list(
    position: str | None, rows: int, total: int, after: str | None
) -> None:
    assert NUMBERS.slice(list(range(rows)), position, 10, total=total, links={}).next == after


NEXT_LINK = ("Link", '<https://api.example.com/users?next=abc&limit=2>; rel="next"')


def test_link_cursor_reads_the_cursors_of_a_response() -> None:
    found = LINKS.read(["ada", "bob"], None, 2, headers=Headers((NEXT_LINK,)), metadata={})
    assert (found.items, found.next, found.previous) == (["ada", "bob"], "next:abc", None)


def test_page_number_reads_links_and_the_total_of_the_header_that_it_names() -> None:
    headers = Headers((("Link", '<https://api.example.com/users?page=3>; rel="next"'), ("X-Count", "9")))
    found = PageNumber(total="X-Count").read(["ada", "bob"], "2", 2, headers=headers, metadata={})
    assert (found.next, found.previous, found.total) == ("3", "1", 9)
    assert NUMBERS.read(["ada", "bob"], "2", 2, headers=headers, metadata={}).total is None


@pytest.mark.parametrize("total", ["", "many", "-1", "1.5", "1e3", "٣", "9" * 16])
def test_page_number_ignores_an_invalid_total(total: str) -> None:
    found = PageNumber(total="X-Count").read(["ada"], None, 1, headers=Headers((("X-Count", total),)), metadata={})
    assert (found.next, found.total) == ("2", None)


def test_single_page_reads_the_whole_list() -> None:
    found = SinglePage().read(["ada", "bob"], None, 1, headers=Headers((NEXT_LINK,)), metadata={})
    assert (found.items, found.next, found.total) == (["ada", "bob"], None, 2)
