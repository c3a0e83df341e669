"""Pages, cursors and the Link header."""

import base64
import re
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from httpx import AsyncClient, Response
from hypothesis import given, strategies as st

from orgsdk.sandbox import default_roster
from orgsdk.sandbox.flat.pagination import CursorPosition, cut_page, decode_cursor, encode_cursor
from orgsdk.sandbox.flat.state import FlatState

pytestmark = pytest.mark.anyio

USERS = "/organizations/users"


def links(response: Response) -> dict[str, str]:
    header = response.headers.get("Link", "")
    return {relation: url for url, relation in re.findall(r'<([^>]*)>; rel="([^"]*)"', header)}


def usernames(response: Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [user["username"] for user in response.json()]


async def walk(http: AsyncClient, url: str, relation: str = "next") -> list[list[str]]:
    pages: list[list[str]] = []
    following: str | None = url
    while following is not None:
        response = await http.get(following)
        pages.append(usernames(response))
        following = links(response).get(relation)
    return pages


async def test_the_last_page_has_no_next_and_the_first_no_previous(http: AsyncClient) -> None:
    first = await http.get(f"{USERS}?limit=4")
    second = await http.get(links(first)["next"])
    third = await http.get(links(second)["next"])
    assert [links(page).keys() for page in (first, second, third)] == [
        {"next"},
        {"next", "previous"},
        {"previous"},
    ]
    assert [len(usernames(page)) for page in (first, second, third)] == [4, 4, 2]
    assert len(third.headers.get_list("Link")) == 1


@pytest.mark.parametrize("limit", [10, 11, 1000])
async def test_a_complete_page_has_no_link(http: AsyncClient, limit: int) -> None:
    response = await http.get(f"{USERS}?limit={limit}")
    assert len(usernames(response)) == 10
    assert "Link" not in response.headers


async def test_the_default_page_size_is_25(http: AsyncClient, state: FlatState) -> None:
    state.seed(default_roster()[:30])
    assert [len(page) for page in await walk(http, USERS)] == [25, 5]


@pytest.mark.parametrize("limit", [1, 3, 4])
@pytest.mark.parametrize("order", ["", "&direction=desc", "&sort=lastname", "&sort=lastname&direction=desc"])
async def test_backward_pages_have_the_same_users(http: AsyncClient, limit: int, order: str) -> None:
    forward = await walk(http, f"{USERS}?limit={limit}{order}")
    everything = usernames(await http.get(f"{USERS}?limit=1000{order}"))
    assert [name for page in forward for name in page] == everything
    last = await http.get(f"{USERS}?limit={limit}{order}")
    while "next" in links(last):
        last = await http.get(links(last)["next"])
    back = [name for page in reversed(await walk(http, str(last.url), "previous")) for name in page]
    assert back == everything


async def test_the_link_is_absolute_and_has_the_other_parameters(http: AsyncClient) -> None:
    query = "role=user&role=teacher&limit=2&q=e&other=caf%C3%A9%20%26%20co,;&sort=lastname"
    url = urlsplit(links(await http.get(f"{USERS}?{query}"))["next"])
    assert (url.scheme, url.netloc, url.path) == ("http", "flat.test:8080", "/v2/organizations/users")
    kept = [pair for pair in parse_qsl(url.query) if pair[0] != "next"]
    assert kept == [
        ("role", "user"),
        ("role", "teacher"),
        ("limit", "2"),
        ("q", "e"),
        ("other", "café & co,;"),
        ("sort", "lastname"),
    ]


async def test_the_link_has_one_cursor(http: AsyncClient) -> None:
    second = await http.get(links(await http.get(f"{USERS}?limit=2"))["next"])
    for relation, parameter in (("next", "next"), ("previous", "previous")):
        given_cursors = parse_qs(urlsplit(links(second)[relation]).query)
        assert given_cursors.keys() == {"limit", parameter}
        assert len(given_cursors[parameter]) == 1


async def test_the_backward_relation_can_be_named_prev(http: AsyncClient, state: FlatState) -> None:
    state.back_relation = "prev"
    second = await http.get(links(await http.get(f"{USERS}?limit=2"))["next"])
    assert links(second).keys() == {"next", "prev"}
    assert "previous=" in links(second)["prev"]


async def test_a_cursor_must_be_percent_encoded(http: AsyncClient) -> None:
    url = links(await http.get(f"{USERS}?limit=2"))["next"]
    (cursor,) = parse_qs(urlsplit(url).query)["next"]
    assert set("+/=") <= set(cursor)
    assert (await http.get(USERS, params={"limit": 2, "next": cursor})).status_code == 200
    assert (await http.get(f"{USERS}?limit=2&next={cursor}")).status_code == 400


@pytest.mark.parametrize("parameter", ["next", "previous"])
@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "abc",
        "!!",
        "é",
        "AAAA",
        base64.b64encode(b"\xfb\xff\xbf").decode(),
        encode_cursor("users None desc", ("", 1)),
    ],
)
async def test_a_cursor_that_was_not_issued_is_400(http: AsyncClient, parameter: str, cursor: str) -> None:
    response = await http.get(USERS, params={parameter: cursor})
    assert (response.status_code, response.json()["param"]) == (400, parameter)


async def test_a_cursor_belongs_to_its_order(http: AsyncClient) -> None:
    url = links(await http.get(f"{USERS}?limit=2&sort=lastname"))["next"]
    response = await http.get(url.replace("sort=lastname", "sort=firstname"))
    assert (response.status_code, response.json()["param"]) == (400, "next")


async def test_two_cursors_exclude_each_other(http: AsyncClient) -> None:
    url = links(await http.get(f"{USERS}?limit=2"))["next"]
    response = await http.get(f"{url}&previous=x")
    assert (response.status_code, response.json()["param"]) == (400, "previous")


async def test_added_and_removed_users_do_not_repeat_or_hide_others(http: AsyncClient, state: FlatState) -> None:
    first = await http.get(f"{USERS}?limit=4")
    gone = [user["id"] for user in first.json()]
    for user_id in gone:
        del state.users[user_id]
    rest = [name for page in await walk(http, links(first)["next"]) for name in page]
    assert rest == [user.username for user in state.users.values()]


async def test_a_page_can_be_smaller_than_the_limit(http: AsyncClient, state: FlatState) -> None:
    state.page_cap = 3
    assert [len(page) for page in await walk(http, f"{USERS}?limit=5")] == [3, 3, 3, 1]


async def test_an_empty_page_can_have_a_next_one(http: AsyncClient, state: FlatState) -> None:
    state.filter_after_paging = True
    pages = await walk(http, f"{USERS}?limit=3&role=user")
    assert [len(page) for page in pages] == [0, 3, 3, 1]


@given(
    st.lists(st.text(max_size=2)),
    st.integers(1, 4),
    st.booleans(),
    st.text(max_size=2),
    st.integers(-1, 9),
    st.booleans(),
)
def test_a_page_can_start_at_any_sort_key(
    values: list[str], size: int, descending: bool, value: str, sequence: int, forward: bool
) -> None:
    positions = sorted((text, number) for number, text in enumerate(values))
    reading = positions[::-1] if descending else positions
    position = (value, sequence)

    def is_after(other: tuple[str, int]) -> bool:
        return other < position if descending else other > position

    page = cut_page(positions, lambda row: row, CursorPosition(position, forward), size, descending=descending)
    if forward:
        assert page.rows == [row for row in reading if is_after(row)][:size]
    else:
        assert page.rows == [row for row in reading if not is_after(row) and row != position][-size:]
    if page.rows:
        assert (page.next_start is None) == (page.rows[-1] == reading[-1])
        assert (page.previous_start is None) == (page.rows[0] == reading[0])


@given(st.text(), st.text(), st.integers())
def test_a_cursor_decodes_to_its_sort_key_and_needs_encoding(order: str, value: str, sequence: int) -> None:
    cursor = encode_cursor(order, (value, sequence))
    assert decode_cursor(order, cursor) == (value, sequence)
    assert decode_cursor(order + "x", cursor) is None
    assert set("+/=") <= set(cursor)
