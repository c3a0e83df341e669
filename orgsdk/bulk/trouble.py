"""When so much fails that it is no longer about single people."""

from __future__ import annotations

from collections import deque

_LEAST, _LATEST, _SHARE = 50, 250, 0.2


class Trouble:
    """Watch the latest 250 outcomes: over 20 % of failures among at least 50 of them are a wave.

    The latest and not all: after 50,000 that went well, an outage would have to spoil 12,500 before it showed.
    """

    def __init__(self) -> None:
        self._latest: deque[bool] = deque(maxlen=_LATEST)
        self._failed = 0

    def note(self, *, failed: bool) -> None:
        """Take note of one outcome."""
        if len(self._latest) == _LATEST:
            self._failed -= self._latest[0]
        self._latest.append(failed)
        self._failed += failed

    @property
    def is_wave(self) -> bool:
        """Tell whether a wave of failures is on."""
        return len(self._latest) >= _LEAST and self._failed > _SHARE * len(self._latest)

    def __str__(self) -> str:
        return f"{self._failed:,} of the latest {len(self._latest):,} writes failed"
