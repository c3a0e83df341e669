"""A provider's list whose pages take their time: it notes what is asked for, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import anyio

from orgsdk.pagination import Listing, PageNumber, Paginator, Slice

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS = PageNumber()


@dataclass
class Shelf:
    """Hold the numbers from 0 to `count`, `size` a page.

    `by` says how pages are led to: by numbers with a total, or by cursors without one. Page `n` takes `seconds(n)`,
    and fails with what `failing` has for it, once.
    """

    count: int = 20
    size: int = 2
    by: Literal["numbers", "cursors"] = "numbers"
    seconds: Callable[[int], float] = lambda _: 1.0
    failing: dict[int, BaseException] = field(default_factory=dict)
    total: Callable[[int], int | None] | None = None
    asked: list[int] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    flying: int = 0
    most_flying: int = 0

    @property
    def pages(self) -> int:
        return -(-self.count // self.size)

    def paginate(self, *, cursor: str | None = None, max_pages: int | None = None) -> Paginator[int]:
        listing = Listing("shelf", "numbers", (), self.size, self._fetch)
        return Paginator(listing, cursor=cursor, max_pages=max_pages)

    async def _fetch(self, position: str | None, size: int) -> Slice[int]:
        page = NUMBERS.number(position)
        self.asked.append(page)
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        try:
            await anyio.sleep(self.seconds(page))
        finally:
            self.flying -= 1
        self.answered.append(page)
        if page in self.failing:
            raise self.failing.pop(page)
        items = list(range((page - 1) * size, min(page * size, self.count)))
        if self.by == "cursors":
            return Slice(items, next=str(page + 1) if page * size < self.count else None)
        total = self.count if self.total is None else self.total(page)
        return NUMBERS.slice(items, position, size, total=total, links={})
