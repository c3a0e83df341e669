"""The lists of the common domain: paged, without what came before, or complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.pagination import Listing
from orgsdk.providers.logto import wire
from orgsdk.providers.logto.walks import Complete, Rounds, RowT, WithoutRepeats

if TYPE_CHECKING:
    from orgsdk.providers.logto.walks import Fetch


def walked(fetch: Fetch[RowT], *, name: str, scope: tuple[str | None, ...], complete: bool = False) -> Listing[RowT]:
    """Describe a paged list whose pages may shift while it is read."""

    async def count() -> int | None:
        return (await fetch(None, 1)).total

    if complete:
        return Listing(
            provider=wire.NAME,
            name=name,
            scope=(*scope, "complete"),
            max_page_size=wire.MAX_PAGE_SIZE,
            fetch=Rounds(fetch),
            walk=lambda: Complete[RowT](name),
            resumable=False,
            count=count,
        )
    return Listing(
        provider=wire.NAME,
        name=name,
        scope=scope,
        max_page_size=wire.MAX_PAGE_SIZE,
        fetch=fetch,
        walk=WithoutRepeats[RowT],
        count=count,
    )
