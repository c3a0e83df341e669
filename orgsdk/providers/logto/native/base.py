"""Base class of Logto's native operations: how Logto's lists are paged."""

from __future__ import annotations

from typing import ClassVar

from orgsdk.providers.http.native import HTTPNativeOperations
from orgsdk.providers.http.paging import Paging
from orgsdk.providers.logto.requests import MAX_PAGE_SIZE, PAGING


class LogtoNativeOperations(HTTPNativeOperations):
    """Base class of the native operations."""

    _paging: ClassVar[Paging] = PAGING
    _max_page_size: ClassVar[int] = MAX_PAGE_SIZE
