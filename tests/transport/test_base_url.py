"""The check of the base URL, before a token is sent to it."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given, strategies as st

from orgsdk.errors import ConfigurationError
from orgsdk.transport import check_base_url


@pytest.mark.parametrize(
    ("given_one", "taken"),
    [
        ("https://api.flat.io/v2", "https://api.flat.io/v2"),
        ("https://t.logto.app/", "https://t.logto.app"),
        ("  https://t.logto.app//\n", "https://t.logto.app"),
        ("HTTPS://T.Logto.App", "HTTPS://T.Logto.App"),
        ("https://logto.internal:3001", "https://logto.internal:3001"),
        ("https://my_host-1.example./a/b", "https://my_host-1.example./a/b"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://10.0.0.7", "https://10.0.0.7"),
        ("https://[2001:db8::1]:8443/v2", "https://[2001:db8::1]:8443/v2"),
        ("http://localhost:3001", "http://localhost:3001"),
        ("http://flat.localhost", "http://flat.localhost"),
        ("http://127.0.0.1:8080/v2/", "http://127.0.0.1:8080/v2"),
        ("http://127.8.8.8", "http://127.8.8.8"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_trailing_slash_is_removed(given_one: str, taken: str) -> None:
    assert check_base_url(given_one, "base_url") == taken


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        (None, "is not set: pass https://host"),
        (b"https://host", "is not an address"),
        ("", "is not an address"),
        ("api.flat.io/v2", "is not an address"),
        ("api.flat.io:443", "is not an address"),
        ("ftp://api.flat.io", "is not an address"),
        ("javascript:alert(1)", "is not an address"),
        ("https://", "is not an address"),
        ("https:///v2", "is not an address"),
        ("https://[::1", "is not an address"),
        ("https://[v1.x]", "is not an address"),
        ("https://a:b:c", "is not an address"),
        ("https://host:99999", "is not an address"),
        ("https://host:http", "is not an address"),
        ("https://good.example\\.evil.example", "is not an address"),
        ("https://a..b", "is not an address"),
        ("https://a%41b", "is not an address"),
        ("https://exa mple", "is not an address"),
        ("https://bücher.example", "is not an address"),
        ("https://good.example。evil.example", "is not an address"),
        ("https://user@host.example", "contains a user"),
        ("https://user:s3cret@host.example", "contains a user"),
        ("https://@host.example", "contains a user"),
        ("https://host.example/?a=1", "a query"),
        ("https://host.example?", "a query"),
        ("https://host.example/#a", "a fragment"),
        ("https://host.example/v2#", "a fragment"),
        ("https://host.example/a b", "characters"),
        ("https://host.example/é", "characters"),
        ("https://host.example/\x7f", "characters"),
        ("ht\ntps://host.example", "characters"),
        ("http://api.flat.io/v2", "plain http"),
        ("http://127.0.0.1.evil.example", "plain http"),
        ("http://localhost.evil.example", "plain http"),
        ("http://notlocalhost", "plain http"),
        ("http://10.0.0.7", "plain http"),
        ("http://0.0.0.0", "plain http"),
        ("http://[2001:db8::1]", "plain http"),
    ],
)
def test_an_unsuitable_address_is_rejected(address: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^Acme's base_url .*{complaint}") as caught:
        check_base_url(address, "Acme's base_url")
    assert "s3cret" not in str(caught.value)


@given(st.builds("{}://{}{}".format, st.sampled_from(["http", "https"]), st.text(max_size=20), st.text(max_size=5)))
def test_an_accepted_address_is_valid_for_the_http_library(address: str) -> None:
    try:
        taken = check_base_url(address, "base_url")
    except ConfigurationError:
        return
    url = httpx.Request("GET", taken + "/users?limit=1").url
    assert url.path.endswith("/users")
    assert url.query == b"limit=1"
