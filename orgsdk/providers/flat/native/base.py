"""Base class of Flat's native operations: how Flat's lists are paged."""

from __future__ import annotations

from typing import ClassVar

from orgsdk.providers.flat.requests import MAX_PAGE_SIZE, PAGING
from orgsdk.providers.http.native import HTTPNativeOperations
from orgsdk.providers.http.paging import Paging


class FlatNativeOperations(HTTPNativeOperations):
    """Base class of the native operations."""

    _paging: ClassVar[Paging] = PAGING
    _max_page_size: ClassVar[int] = MAX_PAGE_SIZE
