"""Assertions of the conformance checks: conditions, expected errors, complete lists."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NoReturn, Protocol, TypeVar

from orgsdk.errors import APIError, OrgError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from orgsdk.domain import Page
    from orgsdk.pagination import Paginator


class ConformanceError(AssertionError):
    """Raised when a provider violates the contract. The message describes the violation."""


class NotApplicableError(Exception):
    """Raised when a check does not apply to a provider. The message states the reason."""


class Identified(Protocol):
    """An object with an id."""

    @property
    def id(self) -> str:
        """Return the id."""
        ...


ItemT = TypeVar("ItemT", bound=Identified)

# A list is also read in small pages, each a fifth of the list, or as large as the provider allows.
_SMALL_PAGE_COUNT = 5
# A list with so many pages more than expected does not end.
_MORE_PAGES = 40
# A list that reports no total may have so many pages.
_MAX_PAGES = 2_000


def expect(condition: object, message: str) -> None:
    """Raise `ConformanceError` with the message unless the condition is true."""
    if not condition:
        raise ConformanceError(message)


def fail(message: str) -> NoReturn:
    """Raise `ConformanceError`."""
    raise ConformanceError(message)


async def expect_error(call: Awaitable[object], *kinds: type[OrgError], what: str) -> OrgError:
    """Return the error of a call that must raise one of `kinds`; `what` describes the call in messages.

    An error response must name the provider.
    """
    names = " or ".join(kind.__name__ for kind in kinds)
    try:
        await call
    except kinds as error:
        if isinstance(error, APIError):
            expect(error.provider, f"the error for {what} has no provider")
        return error
    except OrgError as error:
        fail(f"{what} must raise {names}, and raised {type(error).__name__}: {error}")
    fail(f"{what} must raise {names}, and succeeded")


def ids(items: Iterable[Identified]) -> list[str]:
    """Return the ids, in order."""
    return [item.id for item in items]


def expect_once(found: Iterable[Identified], expected: Iterable[str], what: str) -> None:
    """Fail unless the found ids are the expected ones, each once."""
    counted, wanted = Counter(ids(found)), set(expected)
    duplicates = sorted(each for each, times in counted.items() if times > 1)
    expect(not duplicates, f"{what}: listed more than once: {duplicates[:3]}")
    missing = sorted(wanted - set(counted))
    expect(not missing, f"{what}: missing: {missing[:3]}")
    extra = sorted(set(counted) - wanted)
    expect(not extra, f"{what}: listed by mistake: {extra[:3]}")


async def collect_pages(paginator: Paginator[ItemT], limit: int = _MAX_PAGES) -> list[Page[ItemT]]:
    """Return every page. Fail if there are more than `limit`, unless the list reports that it has more items."""
    pages: list[Page[ItemT]] = []
    items = 0
    async for page in paginator.pages():
        pages.append(page)
        items += len(page)
        if len(pages) > limit and items > (page.total or 0):
            different = len({item.id for each in pages for item in each})
            fail(f"the list does not end: {len(pages)} pages had {different} different items")
    return pages


def small_page_size(items: int, pages: int, largest: int) -> int:
    """Return the page size with which so many items have so many pages, or the provider's largest if that is less."""
    return min(max(1, -(-items // pages)), largest)


async def read_in_small_pages(
    list_with: Callable[[int | None], Paginator[ItemT]],
) -> tuple[list[ItemT], list[Page[ItemT]], int]:
    """Return the items read in the largest pages, the list in small pages, and the small page size."""
    largest = list_with(None)
    items = [item for page in await collect_pages(largest) for item in page]
    size = small_page_size(len(items), _SMALL_PAGE_COUNT, largest.page_size)
    return items, await collect_pages(list_with(size), limit=len(items) // size + _MORE_PAGES), size
