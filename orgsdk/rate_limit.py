"""What a provider tells of its rate limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Hold a rate limit as the provider last told it.

    `limit` is how many requests there are in all, `remaining` how many are left (some providers count below 0),
    `resets_at` when they are as many again, in UTC; None for what was not told.
    """

    limit: int | None
    remaining: int | None
    resets_at: datetime | None
