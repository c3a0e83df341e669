"""The connection to Flat: its base URL, and the rate limit in the headers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orgsdk.providers.flat.connection import read_rate_limit, split_base_url
from orgsdk.transport import Headers, Response

RESET = ("X-RateLimit-Reset", "1900000000")
RESETS_AT = datetime.fromtimestamp(1_900_000_000, UTC)


@pytest.mark.parametrize(
    ("base_url", "origin", "root"),
    [
        ("https://api.flat.io/v2", "https://api.flat.io", "/v2"),
        ("http://127.0.0.1:8080/v2", "http://127.0.0.1:8080", "/v2"),
        ("https://proxy.test/flat/v3", "https://proxy.test", "/flat/v3"),
        ("http://[::1]:8080", "http://[::1]:8080", ""),
    ],
)
def test_a_base_url_is_split_into_origin_and_path(base_url: str, origin: str, root: str) -> None:
    assert split_base_url(base_url) == (origin, root)


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
