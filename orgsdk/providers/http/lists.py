"""Description of a list over HTTP: filters, count, duplicates, and the proof that the list is complete."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from orgsdk.pagination import Fetch, Listing
from orgsdk.providers.http.duplicates import DropDuplicates, RowT


def describe_list(
    *,
    provider: str,
    name: str,
    scope: tuple[str | None, ...],
    max_page_size: int,
    fetch: Fetch[RowT],
    keep: Callable[[RowT], bool] | None = None,
    count: Callable[[], Awaitable[int | None]] | None = None,
    has_total: bool = False,
    complete: bool = False,
    stable_order: bool = False,
    drop_duplicates: bool = False,
    round_page_sizes: Sequence[int] = (),
) -> Listing[RowT]:
    """Describe a list of records.

    Args:
        provider: Name of the provider.
        name: Name of the list, such as ``users.list``.
        scope: The organization and every filter. A cursor of another scope is refused.
        max_page_size: The provider's largest page.
        fetch: Returns the page at a position.
        keep: Applies the filters that the provider does not have. Default: all items are kept.
        count: Counts the list with the cheapest request. Default: see `has_total`.
        has_total: A page reports the length of the list. A count then takes a page of one item. Default: all pages are
            counted, until one reports a total.
        complete: Prove that every item comes, once, or raise `PaginationError`. Pass ``query.complete``.
        stable_order: Two items never change places, and the pages are numbered. A complete list is then read once, in
            pages that overlap. Default: it is read in rounds.
        drop_duplicates: Drop items that one of the last ten pages had, because pages shift while the list is read.
        round_page_sizes: Page sizes of the later rounds. Default: the same size in all rounds.

    Returns:
        The list.

    Example:
        ``describe_list(provider="acme", name="users.list", scope=(organization_id,), max_page_size=100, fetch=fetch)``
    """

    async def read_total() -> int | None:
        return (await fetch(None, 1)).total

    listing = Listing(
        provider=provider,
        name=name,
        scope=scope,
        max_page_size=max_page_size,
        fetch=fetch,
        walk=DropDuplicates[RowT] if drop_duplicates else None,
        keep=keep,
        count=read_total if count is None and has_total else count,
    )
    if not complete:
        return listing
    from orgsdk.providers.http.complete import complete_by_overlap, complete_in_rounds  # few lists need a proof

    return complete_by_overlap(listing) if stable_order else complete_in_rounds(listing, round_page_sizes)
