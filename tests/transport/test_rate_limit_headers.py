"""The rate limit in the headers of a response."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orgsdk.transport import Headers, Response, read_rate_limit

RESET = ("X-RateLimit-Reset", "1900000000")
RESETS_AT = datetime.fromtimestamp(1_900_000_000, UTC)


@pytest.mark.parametrize(
    ("headers", "limits"),
    [
        ((("X-RateLimit-Limit", "7200"), ("X-RateLimit-Remaining", "-3"), RESET), (7200, -3, RESETS_AT)),
        ((("x-ratelimit-limit", "7200"),), (7200, None, None)),
        ((("x-ratelimit-limit", "many"), ("x-ratelimit-remaining", "1e3")), None),
        ((), None),
    ],
)
def test_the_rate_limit_headers_may_be_incomplete(
    headers: tuple[tuple[str, str], ...], limits: tuple[int | None, ...] | None
) -> None:
    limit = read_rate_limit(Response(200, Headers(headers), b"[]"))
    assert (limit and (limit.limit, limit.remaining, limit.resets_at)) == limits
