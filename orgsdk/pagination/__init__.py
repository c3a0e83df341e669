"""Pagination: lists as async iterators, with cursors to resume from and optional prefetch.

The names below are public: authors of providers may rely on them. Everything else in this package is private to orgsdk.

A provider describes a list as a `Listing`. Its `fetch` takes a position in the provider's own terms and returns a
`Slice`. The `Paginator` turns the slices into pages with cursors, in order, and stops lists that never end. The paging
strategies of HTTP are in `orgsdk.providers.http`.
"""

from orgsdk.pagination.cursors import decode_cursor, derive_tenant_key, encode_cursor
from orgsdk.pagination.listing import Fetch, Listing, QueryParameters, Slice, Take
from orgsdk.pagination.paginator import Paginator
from orgsdk.pagination.prefetch import Prefetch, PrefetchIterator

__all__ = [
    "Fetch",
    "Listing",
    "Paginator",
    "Prefetch",
    "PrefetchIterator",
    "QueryParameters",
    "Slice",
    "Take",
    "decode_cursor",
    "derive_tenant_key",
    "encode_cursor",
]
