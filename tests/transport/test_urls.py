"""URLs: the check of the base URL, and ids in paths. An invalid id never enters a URL."""

from __future__ import annotations

import re

import httpx
import pytest
from hypothesis import given, strategies as st

from orgsdk.errors import ConfigurationError, InvalidArgumentError
from orgsdk.transport import IdAlphabet, build_path, check_base_url


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
        (f"https://{'a' * 63}.example", f"https://{'a' * 63}.example"),
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
        (f"https://{'a' * 64}.example", "is not an address"),
        (f"https://{'a.' * 127}example", "is not an address"),
        ("https://1.2.3.999", "is not an address"),
        ("https://[1.2.3.4]", "is not an address"),
        ("https://[::1%25eth0]", "is not an address"),
        ("https://[1::2::3]", "is not an address"),
        ("https://xn--.example", "is not an address"),
        ("https://xn--zzzzzzz99999.example", "is not an address"),
        ("https://a.xn--a.example", "is not an address"),
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


HEX = IdAlphabet("0-9A-Fa-f", "hexadecimal digits")
ALPHANUMERIC = IdAlphabet("0-9A-Za-z", "letters and digits")
HOSTILE = {
    "empty": "",
    "dot": ".",
    "parent": "..",
    "parent, encoded": "%2e%2e",
    "slash": "a/b",
    "slash, encoded": "a%2Fb",
    "backslash": "a\\b",
    "query": "a?b=c",
    "fragment": "a#b",
    "parameter": "a;b",
    "space": "a b",
    "newline at the end": "abc\n",
    "newline": "a\nb",
    "carriage return": "a\r\nHost: evil.example",
    "NUL": "a\0",
    "full-width digits": "\uff11\uff12\uff13",
    "Arabic digits": "١٢٣",
    "Cyrillic look-alike": "\u0430bc",
    "full stop look-alike": "\u2024\u2024",
    "combining mark": "a\u0301",
    "zero width": "a\u200bb",
    "right-to-left": "\u202eabc",
    "lone surrogate": "a\ud800",
    "braces": "{user_id}",
    "too long": "a" * 129,
    "much too long": "a" * 100_000,
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("alphabet", [HEX, ALPHANUMERIC], ids=["hex", "alphanumeric"])
def test_an_invalid_id_enters_no_path(alphabet: IdAlphabet, value: str) -> None:
    with pytest.raises(InvalidArgumentError, match="user id") as caught:
        build_path("/organizations/{organization_id}/users/{user_id}", alphabet, organization_id="a1", user_id=value)
    assert len(str(caught.value)) < 200
    assert str(caught.value).isprintable()


def test_digits_are_ascii_digits() -> None:
    digits = IdAlphabet(r"\d", "digits")
    assert digits.check("123", "user id") == "123"
    with pytest.raises(InvalidArgumentError):
        digits.check(HOSTILE["full-width digits"], "user id")


@given(st.text())
def test_a_path_has_exactly_the_segments_of_its_template(value: str) -> None:
    try:
        path = build_path("/users/{user_id}/roles", ALPHANUMERIC, user_id=value)
    except InvalidArgumentError:
        assert not re.fullmatch("[0-9A-Za-z]{1,128}", value)
    else:
        assert path.split("/") == ["", "users", value, "roles"]
        assert value.isascii()


@pytest.mark.parametrize(
    ("template", "ids", "path"),
    [
        ("/users", {}, "/users"),
        ("/users/{user_id}", {"user_id": "a1"}, "/users/a1"),
        ("/{a}/x/{b}", {"a": "1", "b": "2"}, "/1/x/2"),
        ("/{a}/{a}", {"a": "1"}, "/1/1"),
        ("/users/{user_id}", {"user_id": "a" * 128}, "/users/" + "a" * 128),
    ],
)
def test_ids_replace_their_placeholders(template: str, ids: dict[str, str], path: str) -> None:
    assert build_path(template, HEX, **ids) == path


@pytest.mark.parametrize(
    "value", ["ada@example.org", "ada%40example.org", "ada\uff20example.org", "ada(at)example.org", "<ada@example.org>"]
)
def test_an_email_passed_by_mistake_is_not_shown(value: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        HEX.check(value, "user id")
    assert "example" not in str(caught.value)


def test_the_message_names_the_id_and_the_allowed_characters() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        build_path("/users/{user_id}", HEX, user_id="../roles")
    problem = "Invalid user id '../roles': ids consist of hexadecimal digits."
    assert (
        str(caught.value)
        == f"{problem} To look a user up, use find(email=…), or find(username=…) if the provider has usernames."
    )


@pytest.mark.parametrize(("value", "kind"), [(None, "NoneType"), (7, "int"), (b"a1", "bytes"), (["a1"], "list")])
def test_a_value_that_is_not_a_string_is_rejected(value: object, kind: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"The user id is of type {kind}: pass the id as a string"):
        HEX.check(value, "user id")  # type: ignore[arg-type]


def test_the_message_about_an_address_is_whole() -> None:
    form = "pass https://host, with a path if the provider is below one."
    for value, problem in [
        (None, "is not set"),
        (5, "is not an address"),
        ("https://[::1", "is not an address"),
        ("ftp://host.example", "is not an address"),
        ("https://host.example/#a", "contains a user, a query or a fragment"),
        ("https://host.example/é", "contains characters that are invalid in an address"),
    ]:
        with pytest.raises(ConfigurationError) as caught:
            check_base_url(value, "base_url")  # type: ignore[arg-type]
        assert str(caught.value) == f"base_url {problem}: {form}"
    with pytest.raises(ConfigurationError) as caught:
        check_base_url("http://host.example", "base_url")
    assert str(caught.value) == (
        "base_url is plain http, which would send the token unencrypted: use https (http is for loopback)."
    )


@pytest.mark.parametrize(
    ("labels", "accepted"),
    [
        (["a" * 63] * 3 + ["a" * 61], True),  # 253 characters
        (["a" * 63] * 3 + ["a" * 61, ""], True),  # and the dot of the root
        (["a" * 63] * 3 + ["a" * 62], False),
    ],
)
def test_a_host_name_has_at_most_253_characters(labels: list[str], accepted: bool) -> None:
    address = f"https://{'.'.join(labels)}"
    if accepted:
        assert check_base_url(address, "base_url") == address
    else:
        with pytest.raises(ConfigurationError, match="is not an address"):
            check_base_url(address, "base_url")


@pytest.mark.parametrize(
    ("value", "shown"),
    [("a" * 40 + "-", "…"), ("a/" * 20, "a/" * 20), ("a/" * 20 + "b", "…"), ("a b.c\\-", "a b.c\\-"), ("a?b", "…")],
)
def test_an_invalid_id_is_shown_if_it_is_short_and_plain(value: str, shown: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        HEX.check(value, "role id")
    assert str(caught.value) == f"Invalid role id {shown!r}: ids consist of hexadecimal digits."
    assert caught.value.advice is None


@pytest.mark.parametrize(("name", "advised"), [("user id", True), ("organization id", False)])
def test_the_search_by_address_is_advised_for_users_alone(name: str, advised: bool) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        HEX.check("ada@example.org", name)
    assert ("find(email=…)" in str(caught.value)) is advised
    with pytest.raises(InvalidArgumentError) as caught:
        HEX.check("xyz", name)
    assert ("find(username=…)" in str(caught.value)) is advised


def test_an_empty_id_is_named() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        HEX.check("", "user id")
    assert str(caught.value) == "The user id is empty: pass the id that the provider returned."
