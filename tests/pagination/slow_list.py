"""A provider's list whose pages take time. It records which pages are requested, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import anyio

from orgsdk.pagination import Listing, Paginator, Slice
from orgsdk.providers.http import PageNumber

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS = PageNumber()


@dataclass
class SlowList:
    """The numbers from 0 to `count`, `size` per page.

    Pages have numbers and a total, or cursors and no total. Page `n` takes `seconds(n)`, and fails once with its error
    in `failures`.
    """

    count: int = 20
    size: int = 2
    paging: Literal["numbers", "cursors"] = "numbers"
    seconds: Callable[[int], float] = lambda _: 1.0
    failures: dict[int, BaseException] = field(default_factory=dict)
    total: Callable[[int], int | None] | None = None
    requested: list[int] = field(default_factory=list)
    responded: list[int] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0

    @property
    def pages(self) -> int:
        return -(-self.count // self.size)

    def paginate(self, *, cursor: str | None = None, max_pages: int | None = None) -> Paginator[int]:
        listing = Listing("shelf", "numbers", (), self.size, self._fetch)
        return Paginator(listing, cursor=cursor, max_pages=max_pages)

    async def _fetch(self, position: str | None, size: int) -> Slice[int]:
        page = NUMBERS.number(position)
        self.requested.append(page)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await anyio.sleep(self.seconds(page))
        finally:
            self.in_flight -= 1
        self.responded.append(page)
        if page in self.failures:
            raise self.failures.pop(page)
        items = list(range((page - 1) * size, min(page * size, self.count)))
        if self.paging == "cursors":
            return Slice(items, next=str(page + 1) if page * size < self.count else None)
        total = self.count if self.total is None else self.total(page)
        return NUMBERS.slice(items, position, size, total=total, links={})
