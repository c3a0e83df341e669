"""Logto Cloud's limit at the edge: a token bucket a tenant, 200 requests in 10 s (facts/logto.md).

A self-hosted Logto does not limit. What the edge answers beyond the status was not observed: no core is
behind it, so there is neither a Logto body nor a request id, and no Retry-After either (facts/logto.md
section 9: none anywhere).
"""

from collections.abc import Callable


class TokenBucket:
    """Let `requests` pass at once, and as many more in every `seconds`."""

    __slots__ = ("_clock", "_filled_at", "_left", "requests", "seconds")

    def __init__(self, requests: int, seconds: float, clock: Callable[[], float]) -> None:
        self.requests: int = requests
        self.seconds: float = seconds
        self._clock = clock
        self._left = float(requests)
        self._filled_at = clock()

    def take(self) -> bool:
        """Return whether one more request may pass."""
        now = self._clock()
        gained = (now - self._filled_at) * self.requests / self.seconds
        self._left = min(float(self.requests), self._left + max(0.0, gained))
        self._filled_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
