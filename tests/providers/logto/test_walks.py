"""Lists whose pages shift while they are read: nobody twice, and, where it is asked for, nobody missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from orgsdk import InvalidArgumentError, InvalidCursorError, PaginationError, Paginator
from orgsdk.pagination import Slice
from orgsdk.providers.logto.walks import describe_list
from orgsdk.sandbox import Person
from orgsdk.sandbox.faults import Answer, Close

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
    """Hold rows that are cut into pages by number, as Logto does; a test changes them between two pages."""

    def __init__(self, count: int) -> None:
        self.rows = [Row(f"r{number}") for number in range(count)]
        self.hidden: set[str] = set()
        self.asked: list[tuple[int, int]] = []
        self.between: Callable[[int], None] = lambda _: None
        self.tells_total = True

    async def __call__(self, position: str | None, page_size: int) -> Slice[Row]:
        self.between(len(self.asked))
        number = int(position or 1)
        self.asked.append((number, page_size))
        start = (number - 1) * page_size
        # Who is hidden has another's row in their place, as a sort without a tie-break does it.
        page = [self.rows[0] if row.id in self.hidden else row for row in self.rows[start : start + page_size]]
        more = number * page_size < len(self.rows)
        total = len(self.rows) if self.tells_total else None
        return Slice(page, next=str(number + 1) if more else None, total=total)

    def paginator(self, *, complete: bool, page_size: int = 10) -> Paginator[Row]:
        return Paginator(describe_list(self, name="rows", scope=(), complete=complete), page_size=page_size)


async def ids(paginator: Paginator[Row]) -> list[str]:
    return [row.id async for row in paginator]


@pytest.mark.parametrize("complete", [False, True])
async def test_who_is_pushed_onto_the_next_page_comes_once(*, complete: bool) -> None:
    table = Table(40)
    newcomer = Row("new")

    def insert(page: int) -> None:
        if page == 1:
            table.rows.insert(0, newcomer)

    table.between = insert
    found = await ids(table.paginator(complete=complete))
    assert len(found) == len(set(found))
    # The one who came meanwhile stands on a page that was read already: only another round shows them.
    assert set(found) == {row.id for row in table.rows if complete or row is not newcomer}


async def test_what_came_long_ago_is_forgotten_so_that_memory_stays_flat() -> None:
    table = Table(300)
    table.rows[295] = table.rows[0]  # 30 pages after it came, with 10 remembered
    table.rows[15] = table.rows[0]
    found = await ids(table.paginator(complete=False))
    assert found.count("r0") == 2


async def test_a_page_of_nobody_new_is_empty_and_not_the_last() -> None:
    table = Table(30)
    table.rows[10:20] = table.rows[:10]
    pages = [page async for page in table.paginator(complete=False).pages()]
    assert [len(page) for page in pages] == [10, 0, 10]
    assert pages[1].next_cursor is not None


async def test_walks_do_not_know_of_each_other() -> None:
    table = Table(20)
    paginator = table.paginator(complete=True)
    first, second = paginator.pages(), paginator.pages()
    assert len((await first.__anext__()).items) == len((await second.__anext__()).items) == 10
    assert len(await ids(paginator)) == 20
    assert len(await paginator) == 10


async def test_a_complete_list_goes_round_with_other_boundaries_until_nobody_is_missing() -> None:
    table = Table(200)
    table.hidden = {"r150", "r7"}

    def show(page: int) -> None:
        if page == 21:  # the second page of the second round
            table.hidden.clear()

    table.between = show
    found = await ids(table.paginator(complete=True))
    assert sorted(found) == sorted(row.id for row in table.rows)
    sizes = [size for _, size in table.asked]
    # r7 came to light in the third round's first page: nothing further is asked for.
    assert sizes == [10] * 20 + [97] * 3 + [89]


async def test_a_list_that_is_never_complete_says_so_after_all_rounds() -> None:
    table = Table(200)
    table.hidden = {"r150"}
    seen: list[str] = []

    async def walk() -> None:
        async for row in table.paginator(complete=True):
            seen.append(row.id)  # noqa: PERF401  # what came before the error is what counts

    with pytest.raises(PaginationError, match=r"logto rows: 199 of 200 came in 13 rounds"):
        await walk()
    assert len(seen) == len(set(seen)) == 199


async def test_who_is_gone_is_not_counted_for_one_who_is_missing() -> None:
    table = Table(40)

    def delete(page: int) -> None:
        if page == 2:
            del table.rows[0]  # already seen: the rest moves up, and r20 falls between two pages

    table.between = delete
    assert "r20" not in await ids(table.paginator(complete=False))
    table = Table(40)
    table.between = delete
    found = await ids(table.paginator(complete=True))
    assert sorted(found) == sorted(f"r{number}" for number in range(40))


async def test_without_a_total_nothing_is_proved() -> None:
    table = Table(20)
    table.tells_total = False
    assert len(await ids(table.paginator(complete=False))) == 20
    with pytest.raises(PaginationError, match="no total is told"):
        await ids(table.paginator(complete=True))


async def test_an_empty_list_is_complete() -> None:
    table = Table(0)
    assert await ids(table.paginator(complete=True)) == []
    assert len(table.asked) == 1


# Against the sandbox, which sorts as PostgreSQL does


@pytest.fixture
def twins(sandbox: Sandbox) -> Sandbox:
    """Return a tenant of 2,000 people of one creation time, as a bulk import leaves them."""
    people = [Person(f"S{n}", f"user_{n}", f"u{n}@example.org", "Ada", f"Nr{n}", "student", None) for n in range(2000)]
    sandbox.logto.seed(people, created_at=FOUNDED)
    return sandbox


async def test_a_plain_walk_through_people_of_one_creation_time_misses_48(
    client: OrgClient[Logto], twins: Sandbox
) -> None:
    # facts/logto.md, section 4: 1,952 of 2,000, and one row 49 times, of which all but the first are dropped.
    found = [user.id async for user in client.accounts.list(page_size=20)]
    assert len(found) == len(set(found)) == 1952


@pytest.mark.parametrize("page_size", [20, 100])
async def test_a_complete_walk_gets_all_of_them(client: OrgClient[Logto], twins: Sandbox, page_size: int) -> None:
    twins.requests.clear()
    found = [user.id async for user in client.accounts.list(page_size=page_size, complete=True)]
    assert len(found) == len(set(found)) == 2000
    # The first walk, and one more round of larger pages at most.
    assert len(twins.requests) - 1 <= 2000 / page_size + 21


async def test_organizations_that_are_changed_meanwhile_are_complete(
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
                rows.put(replace(row, description="moved to the heap's end"))
        found.append(organization.id)
    assert len(found) == len(set(found))
    assert set(found) == expected


async def test_a_complete_list_begins_at_its_beginning(client: OrgClient[Logto], sandbox: Sandbox) -> None:
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
    assert len(sandbox.requests) == 10  # the members' order is stable: one round is enough


async def test_a_complete_walk_goes_on_after_an_error(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    pages = client.with_options(max_attempts=1).accounts.list(page_size=100, complete=True).pages()
    found = [user.id for user in await pages.__anext__()]
    sandbox.logto_faults.add(Close(), method="GET", path="/api/users")
    sandbox.logto_faults.add(Answer(502), method="GET", path="/api/users", nth=2)
    for _ in range(2):
        with pytest.raises(Exception, match="logto list_users"):
            await pages.__anext__()
    async for page in pages:
        found += [user.id for user in page]
    assert len(found) == len(set(found)) == 1000
