"""The bound on requests in flight, in front of the HTTP client's own pool.

An HTTP library's pool works in the square of its connections and can lose slots on cancellation (DESIGN.md,
decision 9); so ours bounds, and the pool never has to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import CapacityLimiter, WouldBlock
from anyio.lowlevel import checkpoint_if_cancelled

from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from orgsdk.transport.call import Call, Onward
    from orgsdk.transport.request import Response

DEFAULT_CONCURRENCY = 16


class Limiter:
    """Let at most `concurrency` requests be in flight; the others wait their turn.

    Raises `ConfigurationError` where `concurrency` is less than 1.
    """

    def __init__(self, concurrency: int = DEFAULT_CONCURRENCY) -> None:
        if concurrency < 1:
            raise ConfigurationError(f"max_concurrency is {concurrency}: pass 1 or more.")
        self._slots = CapacityLimiter(concurrency)

    @property
    def in_flight(self) -> int:
        """Count the requests in flight."""
        return self._slots.borrowed_tokens

    async def send(self, call: Call, onward: Onward) -> Response:
        """Go onward when there is a slot, and give it back whatever happens."""
        # Borrowed for the call, not for the task: a hook may make a call of its own within this one. A slot that is
        # free is taken without a round of the event loop, which takes longer than all the policies together.
        await checkpoint_if_cancelled()
        try:
            # Asked first: on Trio, anyio before 4.14.2 lets Trio's own WouldBlock through.
            if not self._slots.available_tokens:
                raise WouldBlock
            self._slots.acquire_on_behalf_of_nowait(call)
        except WouldBlock:
            await self._slots.acquire_on_behalf_of(call)
        try:
            return await onward(call)
        finally:
            self._slots.release_on_behalf_of(call)
