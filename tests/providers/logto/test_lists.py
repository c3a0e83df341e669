"""Lists whose pages shift while they are read: no duplicates, and on request no missing rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from orgsdk import InvalidArgumentError, InvalidCursorError, PaginationError, Paginator
from orgsdk.pagination import Slice
from orgsdk.providers.logto.lists import describe_list
from orgsdk.sandbox import Person
from orgsdk.sandbox.faults import CloseConnection, Respond

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk import OrgClient
    from orgsdk.providers import Logto
    from orgsdk.sandbox import Sandbox

pytestmark = pytest.mark.anyio

FOUNDED = 1_767_225_600_000


@dataclass(frozen=True)
class Row:
    id: str


class Table:
    """Rows with numbered pages, as at Logto. A test can change them between two pages."""

    def __init__(self, count: int) -> None:
        self.rows = [Row(f"r{number}") for number in range(count)]
        self.hidden: set[str] = set()
        self.requested: list[tuple[int, int]] = []
        self.between: Callable[[int], None] = lambda _: None
        self.has_total = True

    async def __call__(self, position: str | None, page_size: int) -> Slice[Row]:
        self.between(len(self.requested))
        number = int(position or 1)
        self.requested.append((number, page_size))
        start = (number - 1) * page_size
        # Another row replaces a hidden one, as in a sort without a tie-break.
        page = [self.rows[0] if row.id in self.hidden else row for row in self.rows[start : start + page_size]]
        more = number * page_size < len(self.rows)
        total = len(self.rows) if self.has_total else None
        return Slice(page, next=str(number + 1) if more else None, total=total)

    def paginator(self, *, complete: bool, page_size: int = 10) -> Paginator[Row]:
        return Paginator(describe_list(self, name="rows", scope=(), complete=complete), page_size=page_size)


async def ids(paginator: Paginator[Row]) -> list[str]:
    return [row.id async for row in paginator]


@pytest.mark.parametrize("complete", [False, True])
async def test_a_row_that_moves_to_the_next_page_is_returned_once(*, complete: bool) -> None:
    table = Table(40)
    newcomer = Row("new")

    def insert(page: int) -> None:
        if page == 1:
            table.rows.insert(0, newcomer)

    table.between = insert
    found = await ids(table.paginator(complete=complete))
    assert len(found) == len(set(found))
    # The new row is on a page that was read before. Only another round returns it.
    assert set(found) == {row.id for row in table.rows if complete or row is not newcomer}


async def test_only_the_last_ten_pages_are_compared_for_duplicates() -> None:
    table = Table(300)
    table.rows[295] = table.rows[0]  # 30 pages after the first one; 10 are compared
    table.rows[15] = table.rows[0]
    found = await ids(table.paginator(complete=False))
    assert found.count("r0") == 2


async def test_a_page_of_duplicates_is_empty_and_the_list_continues() -> None:
    table = Table(30)
    table.rows[10:20] = table.rows[:10]
    pages = [page async for page in table.paginator(complete=False).pages()]
    assert [len(page) for page in pages] == [10, 0, 10]
    assert pages[1].next_cursor is not None


async def test_two_walks_of_one_paginator_are_independent() -> None:
    table = Table(20)
    paginator = table.paginator(complete=True)
    first, second = paginator.pages(), paginator.pages()
    assert len((await first.__anext__()).items) == len((await second.__anext__()).items) == 10
    assert len(await ids(paginator)) == 20
    assert len(await paginator) == 10


async def test_a_complete_list_is_read_in_rounds_of_other_page_sizes_until_no_row_is_missing() -> None:
    table = Table(200)
    table.hidden = {"r150", "r7"}

    def show(page: int) -> None:
        if page == 21:  # the second page of the second round
            table.hidden.clear()

    table.between = show
    found = await ids(table.paginator(complete=True))
    assert sorted(found) == sorted(row.id for row in table.rows)
    sizes = [size for _, size in table.requested]
    # r7 comes in the third round for the first time. After the fourth, every row was seen before and after a moment.
    assert sizes == [10] * 20 + [97] * 3 + [89] * 3 + [100] * 2


async def test_a_list_that_stays_incomplete_raises_after_all_rounds() -> None:
    table = Table(200)
    table.hidden = {"r150"}
    seen: list[str] = []

    async def walk() -> None:
        async for row in table.paginator(complete=True):
            seen.append(row.id)  # noqa: PERF401  # the rows before the error are compared

    with pytest.raises(
        PaginationError, match=r"logto rows: the list cannot be proved complete: 199 items came in 13 rounds"
    ):
        await walk()
    assert len(seen) == len(set(seen)) == 199


async def test_a_deleted_row_does_not_replace_a_missing_row() -> None:
    table = Table(40)

    def delete(page: int) -> None:
        if page == 2:
            del table.rows[0]  # it was returned before: the next rows move up, and r20 is skipped

    table.between = delete
    assert "r20" not in await ids(table.paginator(complete=False))
    table = Table(40)
    table.between = delete
    found = await ids(table.paginator(complete=True))
    assert sorted(found) == sorted(f"r{number}" for number in range(40))


async def test_without_a_total_two_rounds_have_to_agree() -> None:
    table = Table(20)
    table.has_total = False
    assert len(await ids(table.paginator(complete=True))) == 20
    assert table.requested == [(1, 10), (2, 10), (1, 97)]
    table = Table(20)
    table.has_total = False
    table.hidden = {"r15"}
    with pytest.raises(PaginationError, match="cannot be proved complete"):
        await ids(table.paginator(complete=True))


async def test_an_empty_list_is_complete() -> None:
    table = Table(0)
    assert await ids(table.paginator(complete=True)) == []
    assert len(table.requested) == 1


# Against the sandbox, which sorts as PostgreSQL does


@pytest.fixture
def twins(sandbox: Sandbox) -> Sandbox:
    """Return a tenant with 2,000 users of one creation time, as after a bulk import."""
    people = [Person(f"S{n}", f"user_{n}", f"u{n}@example.org", "Ada", f"Nr{n}", "student", None) for n in range(2000)]
    sandbox.logto.seed(people, created_at=FOUNDED)
    return sandbox


async def test_a_plain_walk_through_users_of_one_creation_time_misses_48(
    client: OrgClient[Logto], twins: Sandbox
) -> None:
    # facts/logto.md, section 4: 1,952 of 2,000, and one row 49 times. Its duplicates are dropped.
    found = [user.id async for user in client.accounts.list(page_size=20)]
    assert len(found) == len(set(found)) == 1952


@pytest.mark.parametrize("page_size", [20, 100])
async def test_a_complete_walk_returns_all_users_of_one_creation_time(
    client: OrgClient[Logto], twins: Sandbox, page_size: int
) -> None:
    twins.requests.clear()
    found = [user.id async for user in client.accounts.list(page_size=page_size, complete=True)]
    assert len(found) == len(set(found)) == 2000
    # Each round misses some: four rounds, of which the last three have about 22 to 25 pages, prove the list complete.
    assert len(twins.requests) - 1 <= 2000 / page_size + 22 + 24 + 25


async def test_organizations_that_change_during_a_complete_walk_are_all_returned(
    client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    for number in range(30):
        await client.organizations.create(f"O{number}")
    rows = sandbox.logto.store.organizations
    expected = {row.id for row in rows}
    found: list[str] = []
    async for organization in client.organizations.list(page_size=5, complete=True):
        if len(found) in {3, 8, 13}:
            for row in list(rows)[:4]:
                rows.put(replace(row, description="moved to the end of the heap"))
        found.append(organization.id)
    assert len(found) == len(set(found))
    assert set(found) == expected


async def test_a_complete_list_cannot_be_resumed(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    org = client.organization(sandbox.logto.organization_id)
    page = await org.users.list(page_size=10, complete=True)
    assert (len(page), page.total) == (10, 1000)
    assert page.next_cursor is not None
    plain = await org.users.list(page_size=10)
    for cursor in (page.next_cursor, plain.next_cursor):
        with pytest.raises(InvalidCursorError, match=r"complete users\.list cannot be resumed"):
            org.users.list(complete=True, cursor=cursor)
    with pytest.raises(InvalidCursorError, match="another list"):
        org.users.list(cursor=page.next_cursor)
    with pytest.raises(InvalidArgumentError):
        client.organizations.list(complete=True, page_size=0)
    sandbox.requests.clear()
    assert len([user.id async for user in org.users.list(complete=True)]) == 1000
    assert len(sandbox.requests) == 12  # the order of members is stable: pages overlap, and one round is enough


async def test_a_complete_walk_continues_after_an_error(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    pages = client.with_options(max_attempts=1).accounts.list(page_size=100, complete=True).pages()
    found = [user.id for user in await pages.__anext__()]
    sandbox.logto_faults.add(CloseConnection(), method="GET", path="/api/users")
    sandbox.logto_faults.add(Respond(502), method="GET", path="/api/users", nth=2)
    for _ in range(2):
        with pytest.raises(Exception, match="logto list_users"):
            await pages.__anext__()
    async for page in pages:
        found += [user.id for user in page]
    assert len(found) == len(set(found)) == 1000


@pytest.mark.parametrize("boundary", [1, 2, 3])
async def test_a_member_who_leaves_while_another_one_joins_hides_no_member(
    client: OrgClient[Logto], sandbox: Sandbox, boundary: int
) -> None:
    org = client.organization(sandbox.logto.organization_id)
    accounts = [(await client.accounts.create(username=f"swap_{number}")).id for number in range(3)]
    before = {user.id async for user in org.users.list()}
    found: list[str] = []
    pages = 0
    left: str | None = None
    async for page in org.users.list(complete=True).pages():
        found += [user.id for user in page]
        pages += 1
        if pages == boundary:
            left = found[0]
            await org.users.remove(left, account="keep")
            await org.users.add([max(accounts)])  # the total stays the same
    assert len(found) == len(set(found))
    assert before - {left} <= set(found)
