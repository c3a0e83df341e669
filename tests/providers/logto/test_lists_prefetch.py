"""Prefetch of lists whose pages shift: pages are fetched concurrently and duplicates dropped in page order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from orgsdk import PaginationError, Paginator
from orgsdk.providers.http import PageNumber
from orgsdk.providers.logto.lists import describe_list
from orgsdk.sandbox import Person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk import OrgClient
    from orgsdk.pagination import Slice
    from orgsdk.providers import Logto
    from orgsdk.sandbox import Sandbox

pytestmark = pytest.mark.anyio

NUMBERS = PageNumber()


@dataclass(frozen=True)
class Row:
    id: str


@dataclass
class Table:
    """Rows with numbered pages. Page `n` takes `seconds[n]` seconds, or one second."""

    rows: list[Row]
    hidden: dict[int, Row] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    requested: list[tuple[int, int]] = field(default_factory=list)
    flying: int = 0
    most_flying: int = 0

    async def __call__(self, position: str | None, page_size: int) -> Slice[Row]:
        number = NUMBERS.number(position)
        self.requested.append((number, page_size))
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        try:
            await anyio.sleep(self.seconds.get(number, 1.0))
        finally:
            self.flying -= 1
        start = (number - 1) * page_size
        rows = [
            self.hidden.get(start + position, row) for position, row in enumerate(self.rows[start : start + page_size])
        ]
        return NUMBERS.slice(rows, position, page_size, total=len(self.rows), links={})

    def paginator(
        self, *, complete: bool = False, page_size: int = 10, has_stable_order: bool = False
    ) -> Paginator[Row]:
        listing = describe_list(self, name="rows", scope=(), complete=complete, stable_order=has_stable_order)
        return Paginator(listing, page_size=page_size)


def table(count: int, **options: Any) -> Table:
    return Table([Row(f"r{number}") for number in range(count)], **options)


async def ids(paginator: Paginator[Row], window: int) -> list[str]:
    async with paginator.prefetch(window) as ahead:
        return [row.id async for row in ahead]


class TestOnVirtualTime:
    """Tests in which only time passes."""

    @pytest.fixture
    def anyio_backend(self, virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
        return virtual_time

    @pytest.mark.parametrize(("complete", "seconds", "requests"), [(False, 6, 20), (True, 6 + 2, 20 + 3)])
    async def test_several_pages_are_fetched_at_once(self, *, complete: bool, seconds: int, requests: int) -> None:
        found = table(200)
        began = anyio.current_time()
        assert await ids(found.paginator(complete=complete), 4) == [row.id for row in found.rows]
        # The second round of a complete list has pages of 97. Its first page is fetched alone, for its total.
        assert anyio.current_time() - began == pytest.approx(seconds)
        assert (found.most_flying, len(found.requested)) == (4, requests)

    async def test_overlapping_pages_are_fetched_at_once(self) -> None:
        found = table(200)
        began = anyio.current_time()
        assert await ids(found.paginator(complete=True, has_stable_order=True), 4) == [row.id for row in found.rows]
        assert (found.most_flying, len(found.requested)) == (4, 32)
        assert anyio.current_time() - began == pytest.approx(9)

    async def test_duplicates_are_dropped_in_page_order_not_in_order_of_arrival(self) -> None:
        # r5 is on page 1 and again on pages 3 and 4, which arrive before page 2.
        shifting = table(50, hidden={25: Row("r5"), 35: Row("r5")}, seconds={2: 9.0})
        found = await ids(shifting.paginator(), 4)
        assert found == [row.id for row in shifting.rows if row.id not in {"r25", "r35"}]

    async def test_a_complete_list_is_read_in_rounds(self) -> None:
        shifting = table(200, hidden={150: Row("r0")})
        found: list[str] = []
        async with shifting.paginator(complete=True).prefetch(4) as ahead:
            async for row in ahead:
                found.append(row.id)
                if len(found) == 199:
                    shifting.hidden.clear()
        assert sorted(found) == sorted(row.id for row in shifting.rows)
        assert [size for _, size in shifting.requested][:20] == [10] * 20
        # The first page of a round has the total; then the other pages are fetched concurrently. r150
        # comes in the second round for the first time, so that a third one has to prove the list complete.
        assert [size for _, size in shifting.requested[20:]] == [97] * 3 + [89] * 3

    @pytest.mark.parametrize("page_size", [10, 97])
    async def test_a_list_that_stays_incomplete_raises_after_thirteen_rounds(self, page_size: int) -> None:
        shifting = table(200, hidden={150: Row("r0")})
        found: list[str] = []

        async def walk() -> None:
            async with shifting.paginator(complete=True, page_size=page_size).prefetch(4) as ahead:
                async for row in ahead:
                    found.append(row.id)  # noqa: PERF401  # the rows before the error are compared

        with pytest.raises(
            PaginationError, match=r"logto rows: the list cannot be proved complete: 199 items came in 13 rounds"
        ) as caught:
            await walk()
        assert len(found) == len(set(found)) == 199
        assert caught.value.cursor is None, "a complete list starts at its first page"
        assert len({size for _, size in shifting.requested}) == 13


async def test_users_of_one_creation_time_are_the_same_with_and_without_prefetch(
    client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    people = [Person(f"S{n}", f"user_{n}", f"u{n}@example.org", "Ada", f"Nr{n}", "student", None) for n in range(300)]
    sandbox.logto.seed(people, created_at=1_767_225_600_000)
    plain = [user.id async for user in client.accounts.list(page_size=20)]
    async with client.accounts.list(page_size=20).prefetch(4) as ahead:
        assert [user.id async for user in ahead] == plain
    assert len(plain) < 300, "or the sandbox sorts otherwise than PostgreSQL"
    async with client.accounts.list(page_size=20, complete=True).prefetch(4) as ahead:
        assert len({user.id async for user in ahead}) == 300
