"""Waiting for the provider's rate limit: the one place where a run does that."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import anyio

from orgsdk.errors import RateLimitError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

# Where a provider refuses without saying for how long, after its client has waited and come back twice.
_UNTOLD_SECONDS = 1.0


class Pause:
    """Hold a run where its provider refuses more, however long that is; `tell` is called with the seconds to go."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._until: float | None = None

    @property
    def is_on(self) -> bool:
        """Tell whether there is something to wait for."""
        return self._until is not None

    def note(self, refusal: RateLimitError) -> None:
        """Take note of how long the limit holds, or longer where that is known already."""
        again = anyio.current_time() + (refusal.retry_after or _UNTOLD_SECONDS)
        self._until = max(again, self._until or again)

    async def over(self) -> None:
        """Wait until the provider may be asked again."""
        while self._until is not None and (left := self._until - anyio.current_time()) > 0:
            self._tell(left)
            await anyio.sleep(left)
        self._until = None

    async def ask(self, call: Callable[[], Awaitable[T]]) -> T:
        """Give what a call that reads gives, as soon as the limit lets it."""
        while True:
            await self.over()
            try:
                return await call()
            except RateLimitError as refusal:
                self.note(refusal)
