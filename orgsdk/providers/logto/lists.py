"""The lists of the common domain: paged, without what came before, or complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.pagination import Listing
from orgsdk.providers.logto import wire
from orgsdk.providers.logto.walks import Complete, RowT, WithoutRepeats

if TYPE_CHECKING:
    from orgsdk.providers.logto.walks import Fetch


def walked(fetch: Fetch[RowT], *, name: str, scope: tuple[str | None, ...], complete: bool = False) -> Listing[RowT]:
    """Describe a paged list whose pages may shift while it is read."""
    if complete:
        return Listing(
            provider=wire.NAME,
            name=name,
            scope=(*scope, "complete"),
            max_page_size=wire.MAX_PAGE_SIZE,
            fetch=fetch,
            walk=lambda: Complete(fetch, name),
            resumable=False,
        )
    return Listing(
        provider=wire.NAME,
        name=name,
        scope=scope,
        max_page_size=wire.MAX_PAGE_SIZE,
        fetch=fetch,
        walk=lambda: WithoutRepeats(fetch),
    )
