"""Description of Logto's lists: duplicates are dropped, and a complete list is proved complete.

Logto pages by number, and most of its lists have no full order. A row that is inserted during a walk moves the last row
of a page to the next page, where it comes a second time. Rows of one creation time change places between requests, and
some rows never come. The number of rows equals the total nevertheless (facts/logto.md, section 4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.http import lists
from orgsdk.providers.logto.requests import MAX_PAGE_SIZE, NAME

if TYPE_CHECKING:
    from orgsdk.pagination import Fetch, Listing
    from orgsdk.providers.http.duplicates import RowT

# Each round cuts the list at other places, and so shows other rows. The sizes are close to the maximum, so that a
# round needs few requests. They have few common divisors, so that no two rounds cut at the same places. One size
# is spare, in case a list starts with one of them.
_ROUND_PAGE_SIZES = (97, 89, MAX_PAGE_SIZE, 83, 79, 73, 71, 67, 61, 59, 53, 47, 43)


def describe_list(
    fetch: Fetch[RowT],
    *,
    name: str,
    scope: tuple[str | None, ...],
    complete: bool = False,
    stable_order: bool = False,
) -> Listing[RowT]:
    """Describe a paged list without duplicates; with `complete`, one that is complete or raises.

    `stable_order`: two rows never change places. A complete list is then read once, in pages that overlap.
    """
    return lists.describe_list(
        provider=NAME,
        name=name,
        scope=scope,
        max_page_size=MAX_PAGE_SIZE,
        fetch=fetch,
        has_total=True,
        complete=complete,
        stable_order=stable_order,
        drop_duplicates=True,
        round_page_sizes=_ROUND_PAGE_SIZES,
    )
