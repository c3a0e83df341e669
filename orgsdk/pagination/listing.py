"""What a provider says of one of its lists."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Hold what one answer of a list said: its items, and the positions beside it in the provider's own terms.

    `following` are the positions from `next` on, in order, as far as the answer tells them: their pages may be asked
    for at once. `round` counts how often the list was gone through before, where a walk has to do that.
    """

    items: list[T]
    next: str | None = None
    previous: str | None = None
    total: int | None = None
    following: Iterable[str] = ()
    round: int = 0


Fetch: TypeAlias = "Callable[[str | None, int], Awaitable[Slice[T]]]"
Take: TypeAlias = "Callable[[Slice[T]], Slice[T]]"


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """Describe one list of one provider.

    `provider` and `name` say which, `scope` what narrows it (organization, filters): a cursor of a list narrowed
    otherwise is refused. `fetch` gives the slice at a position (None: the start) of `page_size` items; it remembers
    nothing of other slices, for several may be fetched at once.

    `keep` tells which items are asked for, where the provider cannot narrow the list itself. `walk` makes, for one
    walk, what takes the slices in their order and may remember what came; where nothing but that memory leads on, the
    list is not `resumable` from a cursor. `count` counts the list by the cheapest request there is, and gives None
    where the answer does not tell; without it a page's total is taken, or all pages are counted.
    """

    provider: str
    name: str
    scope: tuple[str | None, ...] = field(repr=False)  # a person's address may be searched for
    max_page_size: int
    fetch: Fetch[T]
    walk: Callable[[], Take[T]] | None = None
    resumable: bool = True
    keep: Callable[[T], bool] | None = None
    count: Callable[[], Awaitable[int | None]] | None = None

    @property
    def fingerprint(self) -> str:
        scope = json.dumps([self.name, *self.scope]).encode()
        return base64.urlsafe_b64encode(hashlib.sha256(scope).digest()[:6]).decode()
