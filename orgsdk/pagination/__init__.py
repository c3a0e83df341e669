"""Pagination: lists as async iterators, with cursors to resume from and optional prefetch.

The names below are public: authors of providers may rely on them. Everything else in this package is private to orgsdk.

A provider describes a list as a `Listing`. Its `fetch` takes a position in the provider's own terms and returns a
`Slice`. A strategy (`LinkCursor`, `PageNumber`, `SinglePage`) builds the query parameters of a position and reads where
the next page is. The `Paginator` turns the slices into pages with cursors, in order, and stops lists that never end.
"""

from orgsdk.pagination.cursors import decode_cursor, derive_tenant_key, encode_cursor
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
    "derive_tenant_key",
    "encode_cursor",
]
