"""Lists of servers that differ: fewer rows, repeated rows, shifted rows, wrong totals, and no end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from hypothesis import given, settings, strategies as st

from orgsdk import OrgClient
from orgsdk.errors import InvalidCursorError, PaginationError
from orgsdk.providers import SCIM
from orgsdk.providers.scim import SCIMServer
from tests.mock_http import mock_client
from tests.providers.scim.servers import CURSORS, URL, Peer

if TYPE_CHECKING:
    from orgsdk.domain import User


@dataclass
class Server:
    """A server of users without groups, whose pages a test makes wrong."""

    ids: list[str]
    cap: int = 100  # the largest page, whatever is asked for
    total: str = "right"  # or "page", or "none"
    behind: str = "empty"  # or "first": what an index behind the end returns
    repeats: bool = False  # each page starts with the last row of the one before
    changes: list[tuple[int, str]] = field(default_factory=list)  # after a request: remove that row, add this id
    requests: int = 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        start, count = (int(request.url.params[name]) for name in ("startIndex", "count"))
        first = max(0, start - 1 - (self.repeats and start > 1))
        rows = self.ids[first : first + min(count, self.cap)]
        if not rows and self.behind == "first":
            rows = self.ids[: min(count, self.cap)]
        body: dict[str, Any] = {"startIndex": start, "Resources": [{"id": row, "userName": row} for row in rows]}
        totals = {"right": len(self.ids), "page": len(rows)}
        body |= {"totalResults": totals[self.total]} if self.total in totals else {}
        if self.changes:
            index, new = self.changes.pop(0)
            if self.ids:
                del self.ids[index % len(self.ids)]
            self.ids.append(new)
        return httpx.Response(200, json=body, headers={"Content-Type": "application/scim+json"})


NO_GROUPS = SCIMServer(capabilities=frozenset(each for each in SCIM.capabilities if "role" not in each.value))


async def collect(server: Server, page_size: int, *, complete: bool) -> list[User]:
    provider = SCIM(URL, token="t", server=NO_GROUPS, http_client=mock_client(server.handle))
    async with OrgClient(provider) as client:
        return await client.organization().users.list(page_size=page_size, complete=complete).collect()


@given(
    rows=st.integers(0, 25),
    cap=st.integers(1, 10),
    page_size=st.integers(1, 10),
    total=st.sampled_from(["right", "page", "none"]),
    behind=st.sampled_from(["empty", "first"]),
    repeats=st.booleans(),
    changes=st.lists(st.integers(0, 30), max_size=4),
)
@settings(max_examples=40, deadline=None)
def test_a_complete_list_is_complete_or_raises(
    rows: int, cap: int, page_size: int, total: str, behind: str, repeats: bool, changes: list[int]
) -> None:
    before = [f"u{number}" for number in range(rows)]
    new = [(index, f"new{number}") for number, index in enumerate(changes)]
    # A page of one row that repeats the row before it looks like the first page again, which other servers answer.
    repeats = repeats and min(cap, page_size) > 1
    server = Server([*before], cap, total, behind, repeats=repeats, changes=[*new])
    try:
        found = anyio.run(lambda: collect(server, page_size, complete=True))
    except PaginationError:
        return
    ids = [user.id for user in found]
    assert len(set(ids)) == len(ids)
    assert set(ids) >= {*before} & {*server.ids}


@given(rows=st.integers(0, 25), cap=st.integers(1, 10), page_size=st.integers(1, 10), repeats=st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_list_has_every_user_once_although_pages_are_short(
    rows: int, cap: int, page_size: int, repeats: bool
) -> None:
    server = Server([f"u{number}" for number in range(rows)], cap, repeats=repeats and cap > 1 and page_size > 1)
    found = anyio.run(lambda: collect(server, page_size, complete=False))
    assert len({user.id for user in found}) == len(found)
    if not server.repeats:
        assert [user.id for user in found] == server.ids


@pytest.mark.anyio
@pytest.mark.parametrize(("rows", "requests"), [(0, 1), (7, 2), (25, 7)])
async def test_a_complete_list_takes_the_documented_requests(rows: int, requests: int) -> None:
    server = Server([f"u{number}" for number in range(rows)])
    assert len(await collect(server, 10, complete=True)) == rows
    assert server.requests == requests


@pytest.mark.anyio
async def test_a_server_that_ignores_the_page_size_is_an_error() -> None:
    server = Server([f"u{number}" for number in range(9)])
    original = server.handle

    def all_rows(request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_merge_params({"count": "100"})
        return original(request)

    server.handle = all_rows  # type: ignore[method-assign]  # of this object
    with pytest.raises(Exception, match="9 items, and 5 were requested"):
        await collect(server, 5, complete=False)


@pytest.mark.anyio
async def test_a_cursor_that_the_server_does_not_know_any_more_is_named() -> None:
    peer = Peer(CURSORS)
    async with peer.client() as client:
        users = client.organization().users
        for name in ("ada", "bob", "cleo"):
            await users.create(username=name)
        page = await users.list(page_size=2)
        rest = await users.list(cursor=page.next_cursor)
        assert {user.username for user in (*page, *rest)} == {"ada", "bob", "cleo"}
        error = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "scimType": "expiredCursor"}
        peer.before = lambda _: httpx.Response(400, json=error, headers={"Content-Type": "application/scim+json"})
        with pytest.raises(InvalidCursorError, match="read the list from its start"):
            await users.list(cursor=page.next_cursor)


@pytest.mark.anyio
async def test_a_cursor_that_was_not_asked_for_is_followed() -> None:
    asked: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(dict(request.url.params))
        number = int(request.url.params.get("cursor") or 0)
        more = {"nextCursor": str(number + 1)} if number < 2 else {}
        body = {"Resources": [{"id": f"u{number}", "userName": f"u{number}"}], "totalResults": 3, **more}
        return httpx.Response(200, json=body)

    provider = SCIM(URL, token="t", server=NO_GROUPS, http_client=mock_client(answer))
    async with OrgClient(provider) as client:
        found = await client.organization().users.list(page_size=1).collect()
    assert [user.id for user in found] == ["u0", "u1", "u2"]
    assert asked == [{"startIndex": "1", "count": "1"}, {"count": "1", "cursor": "1"}, {"count": "1", "cursor": "2"}]
