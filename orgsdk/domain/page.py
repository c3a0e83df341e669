"""One page of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Hold the items of one page, and the way to the pages beside it.

    `next_cursor` and `previous_cursor` are opaque strings, good in another process, None where there is no such
    page (or no way back is offered). `total` is how many items the whole list has, None where the provider does
    not say. A page may be empty and still have a next one.
    """

    items: list[T]
    next_cursor: str | None = None
    previous_cursor: str | None = None
    total: int | None = None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    if not TYPE_CHECKING:  # who checks types is told by there being no such method

        def __aiter__(self) -> None:
            raise TypeError(
                "A page is at hand: read it with `for`. To walk every page, leave out the `await` before it."
            )

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        # An empty page is still a page: `if page` must not depend on how many rows it holds.
        return True
