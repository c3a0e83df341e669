"""The proxy of an address: from the environment, and none for loopback."""

from __future__ import annotations

import pytest

from orgsdk.transport.backends.base import proxy_for


@pytest.mark.parametrize(
    ("address", "proxy"),
    [
        ("https://api.flat.io/v2", "http://proxy.example:3128"),
        ("http://provider.example", "http://plain.example:3128"),
        ("https://inside.example", None),
        ("https://deep.inside.example", None),
        ("https://localhost:8443", None),
        ("http://127.0.0.1:8000", None),
        ("http://[::1]:8000", None),
    ],
)
def test_the_proxy_of_an_address(address: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://plain.example:3128")
    monkeypatch.setenv("NO_PROXY", "inside.example")
    assert proxy_for(address) == proxy


def test_without_environment_variables_there_is_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert proxy_for("https://api.flat.io/v2") is None
