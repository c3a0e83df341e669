"""Assertions of the checks: expected errors, complete lists, pages."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol, TypeVar

from orgsdk.testing.conformance.check import expect, fail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from orgsdk.domain import Page
    from orgsdk.pagination import Paginator


class Identified(Protocol):
    """What has an id."""

    @property
    def id(self) -> str:
        """Give the id."""
        ...


ItemT = TypeVar("ItemT", bound=Identified)

# With pages of a fifth of the list; what is more is a list that goes round.
_SMALL_PAGE_COUNT = 5
_MAX_PAGES = 40


def ids(items: Iterable[Identified]) -> list[str]:
    """Give the ids, in order."""
    return [item.id for item in items]


async def collect_pages(paginator: Paginator[ItemT], most: int = _MAX_PAGES) -> list[Page[ItemT]]:
    """Give every page. Fails where they do not end."""
    pages: list[Page[ItemT]] = []
    async for page in paginator.pages():
        pages.append(page)
        if len(pages) > most:
            different = len({item.id for each in pages for item in each})
            fail(f"after {most} pages the list still goes on, and has given {different} items")
    return pages


async def small_pages(listed: Callable[[int | None], Paginator[ItemT]]) -> tuple[list[ItemT], list[Page[ItemT]], int]:
    """Give the list as its largest pages give it, its pages when they are small, and their size."""
    whole = [item for page in await collect_pages(listed(None), most=2_000) for item in page]
    size = max(1, -(-len(whole) // _SMALL_PAGE_COUNT))
    return whole, await collect_pages(listed(size)), size


def expect_once(found: Iterable[Identified], expected: Iterable[str], what: str) -> None:
    """Fail unless each of the expected came, once, and nothing else."""
    counted, wanted = Counter(ids(found)), set(expected)
    repeated = sorted(each for each, times in counted.items() if times > 1)
    expect(not repeated, f"{what}: came more than once: {repeated[:3]}")
    lost = sorted(wanted - set(counted))
    expect(not lost, f"{what}: did not come: {lost[:3]}")
    strange = sorted(set(counted) - wanted)
    expect(not strange, f"{what}: came though they should not: {strange[:3]}")
