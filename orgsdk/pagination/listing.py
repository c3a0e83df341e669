"""Description of a provider's list: `Listing`, and the `Slice` that each of its requests returns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")

QueryParameters: TypeAlias = list[tuple[str, str]]


@dataclass(frozen=True)  # no slots: `Slice[T](…)` sets an attribute
class Slice(Generic[T]):
    """One response of a list: its items, and positions in the provider's own terms.

    Args:
        items: The items.
        next: Position of the next page, or None after the last page.
        previous: Position of the previous page, if it is known.
        total: Number of items in the whole list, if it is known.
        following: Positions from `next` on, as far as the response reveals them. Their pages may be fetched
            concurrently.
        round: How often the list, or a part of it, was read before, for a list that is read again to prove it complete.
        overlap: Number of leading items that the previous page has too, because they were requested again.
        unique: Whether no item of the list comes twice. An item that was read before then raises `PaginationError`: the
            provider has returned the first page again, such as for a cursor whose row was removed.
        is_behind_total: Whether the response has items although it starts behind the total that it reports.
    """

    items: list[T]
    next: str | None = None
    previous: str | None = None
    total: int | None = None
    following: Iterable[str] = ()
    round: int = 0
    overlap: int = 0
    unique: bool = False
    is_behind_total: bool = False


Fetch: TypeAlias = Callable[[str | None, int], Awaitable[Slice[T]]]
Take: TypeAlias = Callable[[Slice[T]], Slice[T]]


@dataclass(frozen=True)  # no slots: `Listing[T](…)` sets an attribute
class Listing(Generic[T]):
    """Description of one list of a provider.

    Args:
        provider: Name of the provider.
        name: Name of the list, for error messages.
        scope: What narrows the list: organization and filters. A cursor of another scope is refused.
        max_page_size: The provider's largest page.
        fetch: Returns the slice at a position (None for the start) with a number of items. It must not depend on other
            slices, because several may be fetched concurrently.
        walk: Returns a function that receives the slices of one pass in order, and may remember them. Default: slices
            are used as they are.
        resumable: Whether a cursor can resume the list. False if `walk` needs all earlier slices.
        keep: Filters items that the provider cannot filter itself. Default: all items are kept.
        count: Counts the list with the cheapest request, and returns None if the response has no count. Default: the
            total of a page is used, or all pages are counted.
        tenant_key: Key that signs the cursors, from `derive_tenant_key`. The client sets it from the provider.
    """

    provider: str
    name: str
    scope: tuple[str | None, ...] = field(repr=False)  # may contain an email address that is searched for
    max_page_size: int
    fetch: Fetch[T]
    walk: Callable[[], Take[T]] | None = None
    resumable: bool = True
    keep: Callable[[T], bool] | None = None
    count: Callable[[], Awaitable[int | None]] | None = None
    tenant_key: bytes = field(default=b"", repr=False)
