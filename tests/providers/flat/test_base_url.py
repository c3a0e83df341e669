"""The base URL of Flat's API."""

from __future__ import annotations

import pytest

from orgsdk.providers.flat.provider import split_base_url


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
