"""Roles that are kept in another list: correct for each walk, and requests per page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from orgsdk.domain import RecordReader, User
from orgsdk.errors import PaginationError, ServerError
from orgsdk.pagination import Listing, Paginator, Slice
from orgsdk.providers.http import add_member_roles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


@dataclass(frozen=True)
class Row:
    """A membership or a group."""

    id: str
    roles: Mapping[str, Sequence[str]]


def slice_of(items: list[Any], position: str | None, size: int) -> Slice[Any]:
    start = int(position or 0)
    end = start + size
    following = [str(each) for each in range(end, len(items), size)]
    return Slice(items[start:end], next=str(end) if end < len(items) else None, following=following)


@dataclass
class Directory:
    """A provider whose list of users has no roles."""

    users: list[str]
    rows: list[Row]
    one_row_per_user: bool = True
    requests: list[str] = field(default_factory=list)
    failing: int = 0

    async def fetch(self, position: str | None, size: int) -> Slice[User]:
        self.requests.append("users")
        await anyio.sleep(0.05)  # of virtual time
        found = slice_of(self.users, position, size)
        users = [RecordReader(User).one(f'{{"id": "{each}", "extra": 1}}'.encode()) for each in found.items]
        return Slice(users, next=found.next, following=found.following)

    async def fetch_rows(self, position: str | None, size: int) -> Slice[Row]:
        self.requests.append("rows")
        await anyio.sleep(0.05)  # of virtual time
        if self.failing:
            self.failing -= 1
            raise ServerError("down", provider="acme", operation="list_rows", status_code=500)
        found: Slice[Row] = slice_of(self.rows, position, size)
        return found

    def paginate(self, page_size: int = 100) -> Paginator[User]:
        fetch = add_member_roles(
            self.fetch, self.fetch_rows, lambda row: row.roles, page_size=100, one_row_per_user=self.one_row_per_user
        )
        return Paginator(Listing("acme", "users.list", (), 100, fetch), page_size=page_size)


def memberships(count: int) -> Directory:
    users = [f"u{number}" for number in range(count)]
    return Directory(users, [Row(f"m{each}", {each: ("member", each)}) for each in users])


def roles_of(users: list[User]) -> dict[str, tuple[str, ...]]:
    return {user.id: user.roles for user in users}


async def test_a_thousand_users_take_ten_requests_and_ten_for_their_roles() -> None:
    directory = memberships(1_000)
    users = await directory.paginate().collect()
    assert roles_of(users) == {each: ("member", each) for each in directory.users}
    assert (directory.requests.count("users"), directory.requests.count("rows")) == (10, 10)
    assert users[999].raw == {"id": "u999", "extra": 1}


async def test_one_page_takes_one_request_if_the_lists_have_one_order() -> None:
    directory = memberships(1_000)
    page = await directory.paginate()
    assert (len(page.items), directory.requests) == (100, ["users", "rows"])


async def test_in_another_order_no_page_is_read_twice() -> None:
    directory = memberships(1_000)
    directory.rows.reverse()
    users = await directory.paginate(10).collect()
    assert roles_of(users) == {each: ("member", each) for each in directory.users}
    assert directory.requests.count("rows") == 10


async def test_pages_that_are_fetched_concurrently_share_the_requests() -> None:
    directory = memberships(1_000)
    async with directory.paginate().prefetch(5) as ahead:
        users = [user async for user in ahead]
    assert roles_of(users) == {each: ("member", each) for each in directory.users}
    assert directory.requests.count("rows") == 10


async def test_a_user_who_is_not_in_the_other_list_has_no_roles() -> None:
    directory = memberships(3)
    del directory.rows[1]
    users = await directory.paginate().collect()
    assert roles_of(users) == {"u0": ("member", "u0"), "u1": (), "u2": ("member", "u2")}
    assert directory.requests == ["users", "rows"]


async def test_an_empty_list_of_users_takes_no_request_for_roles() -> None:
    directory = memberships(0)
    assert await directory.paginate().collect() == []
    assert directory.requests == ["users"]


async def test_groups_are_read_to_their_end_and_roles_are_joined_once() -> None:
    users = ["u0", "u1", "u2"]
    groups = [Row(f"g{number}", {}) for number in range(150)]
    groups[3] = Row("g3", {"u0": ("teacher",), "u1": ("teacher",)})
    groups[149] = Row("g149", {"u0": ("admin", "teacher"), "stranger": ("admin",)})
    directory = Directory(users, groups, one_row_per_user=False)
    assert roles_of(await directory.paginate().collect()) == {"u0": ("teacher", "admin"), "u1": ("teacher",), "u2": ()}
    assert directory.requests == ["users", "rows", "rows"]


@pytest.mark.parametrize("start", [False, True], ids=["resumed", "from the start"])
async def test_each_walk_reads_the_roles_again(start: bool) -> None:
    directory = memberships(200)
    paginator = directory.paginate()
    if not start:
        cursor = (await paginator).next_cursor
        fetch = add_member_roles(directory.fetch, directory.fetch_rows, lambda row: row.roles, page_size=100)
        paginator = Paginator(Listing("acme", "users.list", (), 100, fetch), cursor=cursor)
    last = (await paginator.collect())[-1]
    directory.rows[199] = Row("m199", {"u199": ("owner",)})
    again = (await paginator.collect())[-1]
    assert (last.roles, again.roles) == (("member", "u199"), ("owner",))


async def test_a_page_whose_roles_fail_is_requested_again() -> None:
    directory = memberships(250)
    pages = directory.paginate().pages()
    await anext(pages)
    directory.failing = 1
    with pytest.raises(ServerError):
        await anext(pages)
    rest = [user async for page in pages for user in page.items]
    assert roles_of(rest) == {each: ("member", each) for each in directory.users[100:]}
    assert directory.requests.count("rows") == 4


async def test_a_list_of_roles_that_never_ends_is_an_error() -> None:
    directory = memberships(2)

    async def endless(position: str | None, size: int) -> Slice[Row]:
        return Slice([Row("m", {"other": ("member",)})], next=f"{len(position or '') * 'x'}x")

    fetch = add_member_roles(directory.fetch, endless, lambda row: row.roles, page_size=1)
    with pytest.raises(PaginationError, match="The list that is joined to the users: the page equals the previous one"):
        await Paginator(Listing("acme", "users.list", (), 100, fetch)).collect()
