"""Lists as async iterators: strategies that read where the next page is, cursors, and the `Paginator`.

A provider describes a list as a `Listing`. Its `fetch` takes a position in the provider's own terms and gives a
`Slice`; a walk takes the slices in order, guards against lists that never end, and makes pages with cursors of them.
All of that is pure; the iterators and `Prefetch` alone wait for answers.
"""

from orgsdk.pagination.cursors import decode_cursor, encode_cursor
from orgsdk.pagination.listing import Fetch, LinkCursor, Listing, PageNumber, QueryParameters, SinglePage, Slice, Take
from orgsdk.pagination.paginator import Paginator
from orgsdk.pagination.prefetch import Prefetch, PrefetchIterator

__all__ = [
    "Fetch",
    "LinkCursor",
    "Listing",
    "PageNumber",
    "Paginator",
    "Prefetch",
    "PrefetchIterator",
    "QueryParameters",
    "SinglePage",
    "Slice",
    "Take",
    "decode_cursor",
    "encode_cursor",
]
