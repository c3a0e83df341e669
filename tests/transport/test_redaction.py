"""Secrets are cut out of a server's text, however the server writes them; other words stay."""

from __future__ import annotations

import base64
import html
import json
import math
import time
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings, strategies as st
from pydantic import SecretStr

from orgsdk.options import CallOptions
from orgsdk.transport import Request, redaction
from orgsdk.transport.redaction import CallSecrets, Secrets, _forms, redact
from orgsdk.transport.request import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# With everything that an encoding changes.
SECRET = 'gZ8+/="<é> \\n7%q&kä🔑x'
FORM = "application/x-www-form-urlencoded"

ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "with accents apart": lambda text: unicodedata.normalize("NFD", text),
    "with accents joined": lambda text: unicodedata.normalize("NFC", text),
    "percent": lambda text: quote(text, safe=""),
    "percent, lower case": lambda text: quote(text, safe="").lower(),
    "percent in a path": quote,
    "form": quote_plus,
    "percent, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "JSON": json.dumps,
    "JSON in UTF-8": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "JSON with escaped slashes": lambda text: json.dumps(text).replace("/", "\\/"),
    "HTML": html.escape,
    "HTML with numbers": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "Python": repr,
    "Python in ASCII": ascii,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 of a pair": lambda text: base64.b64encode(f"app-1:{text}".encode()).decode(),
    "base64 of a pair with a longer id": lambda text: base64.b64encode(f"app-12:{text}".encode()).decode(),
    "base64 within a text": lambda text: base64.b64encode(f'{{"p":"{text}"}}'.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "broken over lines": lambda text: "\r\n".join(text),
    "with control characters": lambda text: "\x00".join(text),
}


def leaks(secret: str, text: str) -> list[str]:
    """Return the parts of a secret, eight characters or more, that a text contains in any encoding above."""
    return [
        f"{name}: {form[start : start + 8]}"
        for name, encode in ENCODINGS.items()
        for form, other in [(encode(secret), encode("\x7f" * len(secret)))]
        for start in range(len(form) - 7)
        # What surrounds the secret, such as the id of a pair, is no part of it. The letter between may be.
        if form[: start + 7] != other[: start + 7] and form[start + 1 :] != other[-len(form[start + 1 :]) :]
        if form[start : start + 8] in text
    ]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "secret",
    [
        SECRET,
        "correct horse battery staple",
        "0123456789abcdef",
        "a" * 9,
        "C:\\new\\",
        "\U0001000000000",
        "0000000\u1fd2",
        "p\xe4ssw\xf6rd-\u0131\u0301",
    ],
)
def test_a_secret_is_cut_in_every_encoding(encoding: str, secret: str) -> None:
    shown = redact(f"value {ENCODINGS[encoding](secret)} refused", Secrets([secret]))
    assert leaks(secret, shown) == []
    assert shown.startswith("value ")
    assert shown.endswith(" refused")
    assert "[secret]" in shown


# Without what a reader cannot see, and without what may be half an escape sequence: that is shorter when it is read.
SEEN = st.characters(categories=["L", "N", "S", "P"], exclude_characters="+\\&%")


@settings(deadline=None)  # a busy machine is slower at times
@given(st.text(SEEN, min_size=8, max_size=40), st.sampled_from(sorted(ENCODINGS)), st.text(max_size=20))
def test_any_secret_is_cut(secret: str, encoding: str, before: str) -> None:
    text = ENCODINGS[encoding](secret)
    shown = Secrets([secret]).cut(f"{before} {text} end")
    assert text not in shown
    assert "[secret]" in shown


@pytest.mark.parametrize("length", [8, 12, 20])
def test_a_secret_that_the_server_shortened_is_cut(length: int) -> None:
    secret = "sk-4f9a8b7c6d5e4f3a2b1c"
    for part in (secret[:length], secret[-length:], secret[1 : length + 1]):
        assert redact(f"no such key: {part}…", Secrets([secret])) == "no such key: [secret]…"


def test_a_secret_across_the_end_of_a_shown_text_is_cut() -> None:
    secret = "0123456789abcdefghij"
    for before in range(470, 505):
        shown = redact("x" * before + " " + secret, Secrets([secret]))
        assert len(shown) <= 500
        assert "0123" not in shown


def test_a_secret_across_the_end_of_what_is_read_shows_less_than_eight_characters() -> None:
    secret = "0123456789abcdefghij"
    for before in range(7980, 8001):
        assert "01234567" not in redact(" " * before + secret, Secrets([secret]))


@pytest.mark.parametrize("secret", ["", "a", "ab", "abc", " a b "])
def test_a_secret_of_up_to_three_characters_stays(secret: str) -> None:
    text = "a cab ab abc a b c"
    assert redact(text, Secrets([secret])) == text


@pytest.mark.parametrize("secret", ["user", "hunter2", "pässe"])
@pytest.mark.parametrize("encoding", ["as it is", "percent", "JSON", "HTML", "form", "with control characters"])
def test_a_short_secret_is_cut_as_a_word(secret: str, encoding: str) -> None:
    text = ENCODINGS[encoding](secret)
    assert redact(f"({text})", Secrets([secret])).count("[secret]") == 1
    assert redact(f"x {text} y", Secrets([secret])).count("[secret]") == 1
    assert redact(f"p=%22{text}%22", Secrets([secret])).count("[secret]") == 1


def test_a_short_secret_is_not_cut_within_a_word() -> None:
    secrets = Secrets(["user"])
    assert redact("username superuser USERS user1 1user", secrets) == "username superuser USERS user1 1user"
    assert redact("user: user-name User", secrets) == "[secret]: [secret]-name [secret]"


def test_base64_of_a_short_secret_is_cut() -> None:
    assert redact("aHVudGVyMg== aHVudA==", Secrets(["hunter2", "hunt"])) == "[secret]== [secret]=="


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("secret", ["one?two&three>four", "first-secret", "first-secret-", "first-secret--"])
@pytest.mark.parametrize("before", [0, 1, 2, 3, 4, 5])
def test_base64_is_cut_to_the_letter(encode: Callable[[bytes], bytes], secret: str, before: int) -> None:
    text = encode(b"\xff" * before + secret.encode() + b"\xff" * 6).decode()
    # The letters that have bits of nothing but the secret.
    first, end = math.ceil(before * 8 / 6), (before + len(secret)) * 8 // 6
    assert Secrets([secret]).cut(text) == f"{text[:first]}[secret]{text[end:]}"


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("first-secret", "first-secre%74"),
        ("first-secret", "%66irst-secret"),
        ("first-secret", "first-secre\\u0074"),
        ("first-secret", "first-secre\\x74"),
        ("first-secret", "first-secre\\U00000074"),
        ("first-secret", "first-secre&#116;"),
        ("first-secret", "first-secre&#x74;"),
        ("first-secre<", "first-secre&lt;"),
        ("first/secret/", "first\\/secret\\/"),
        ("caf\xe9-se", "caf%E9-se"),  # Latin-1
        ("caf\xe9-se", "caf%C3%A9-se"),
        ("first\nsecret", "first\\nsecret"),
        ("first\tsecret", "first\\tsecret"),
    ],
)
def test_an_encoded_secret_is_cut_to_the_letter(secret: str, text: str) -> None:
    assert Secrets([secret]).cut(f"no {text} here") == "no [secret] here"


def test_several_secrets_and_repeated_ones_are_cut() -> None:
    secrets = Secrets(["first-secret", "second-secret", "1234"])
    shown = secrets.cut("first-secret,second-secret;first-secretfirst-secret 1234 other")
    assert shown == "[secret],[secret];[secret] [secret] other"


def test_a_text_without_a_secret_is_unchanged() -> None:
    text = "The name “Ada” is 100 % taken: try a\\b & c+d."
    assert Secrets(["first-secret", "user"]).cut(text) == text
    assert Secrets().cut(text) == text


def test_a_secret_is_in_no_repr() -> None:
    assert repr(Secrets(["first-secret"])) == "Secrets()"


def test_a_long_text_and_a_long_secret_take_little_time() -> None:
    started = time.process_time()
    secrets = Secrets(["a" * 10_000, "a" * 5])
    for text in ("%41" * 1_000_000, "\\" * 1_000_000, "&amp;" * 1_000_000, "a" * 1_000_000):
        redact(text, secrets)
    assert time.process_time() - started < 2


# The secrets of a call


def secrets_of(
    request: Request | None = None, held: tuple[str, ...] = (), headers: tuple[tuple[str, str], ...] = ()
) -> Secrets:
    call = Call(request or Request("op", "GET", "/"), CallOptions(headers=headers), 0)
    return CallSecrets(lambda: [SecretStr(each) for each in held]).of(call)


@pytest.mark.parametrize(
    ("held", "text"),
    [
        ("Bearer to-ken-to-ken", "to-ken-to-ken"),
        ("Basic " + base64.b64encode(b"app:se%2Fcret-secret").decode(), "se/cret-secret"),
        ("Basic " + base64.b64encode(b"app:se%2Fcret-secret").decode(), "se%2Fcret-secret"),
        ("Basic " + base64.b64encode(b"app:secret-secret").decode(), base64.b64encode(b"app:secret-secret").decode()),
        ("Basic is no header", "Basic is no header"),
        ("Basic %%%%%", "Basic %%%%%"),
        ("a password with spaces", "a password with spaces"),
    ],
)
def test_what_the_client_holds_is_a_secret(held: str, text: str) -> None:
    shown = secrets_of(held=(held,)).cut(f"<{text}>")
    assert "[secret]" in shown
    assert text.rstrip("=") not in shown


def test_the_client_id_is_no_secret() -> None:
    held = "Basic " + base64.b64encode(b"application-1:secret-secret").decode()
    assert secrets_of(held=(held,)).cut("application-1 is unknown") == "application-1 is unknown"


@pytest.mark.parametrize(
    "body",
    [
        {"password": "hidden-value"},
        {"user": {"newPassword": "hidden-value", "name": "Ada"}},
        [{"client_secret": "hidden-value"}],
        {"credentials": {"a": ["hidden-value"], "n": 1}},
        {"oneTimeToken": "hidden-value"},
        {"X-API-Key": "hidden-value"},
        {"verificationCode": "hidden-value"},
        {"config": {"auth": {"user": "me", "pass": "hidden-value"}}},
    ],
)
def test_the_secrets_of_a_json_body_are_found(body: object) -> None:
    request = Request("op", "POST", "/", body=json.dumps(body).encode(), content_type="application/json")
    assert secrets_of(request).cut("Ada: hidden-value, me") == "Ada: [secret], me"


def test_the_secrets_of_a_form_and_of_a_query_are_found() -> None:
    form = Request("op", "POST", "/", body=b"scope=all-of-it&refresh_token=hidden%20value", content_type=FORM)
    assert secrets_of(form).cut("all-of-it hidden value") == "all-of-it [secret]"
    query = Request("op", "GET", "/", query=(("token", "hidden-value"), ("q", "ada-lovelace")))
    assert secrets_of(query).cut("hidden-value ada-lovelace") == "[secret] ada-lovelace"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"3"])
def test_a_body_that_is_no_json_has_no_secrets(body: bytes) -> None:
    assert secrets_of(Request("op", "POST", "/", body=body)).cut("hidden-value") == "hidden-value"


# What a server may repeat of a caller's header, and what it then shows.
HEADERS = {
    "X-API-Key": ("gateway-key-1", "gateway-key-1 of ada", "[secret] of ada"),
    "X-Auth": ("Bearer hidden-value", "no hidden-value", "no [secret]"),
    "x-auth-token": ("hunter2", "hunter2", "[secret]"),
    "Cookie": ("session=abcdefgh; a=b", "no session=abcdefgh", "no [secret]"),
    "Proxy-Authorization": ("Basic " + base64.b64encode(b"me:pass-word").decode(), "no pass-word", "no [secret]"),
    "X-Upstream": ("Basic " + base64.b64encode(b"me:pass-word").decode(), "no pass-word", "no [secret]"),
    "X-Tenant": ("organization", "no such organization", "no such organization"),
    "X-Environment": ("organization-7f3a9c2b1d4e", "organization 7f3a9c2b1d4e", "organization [secret]"),
    "User-Agent": ("school-sync/2.0", "of school-sync/2.0", "of school-sync/2.0"),
    "X-Request-Id": ("7f3a9c2b1d4e", "request 7f3a9c2b1d4e", "request 7f3a9c2b1d4e"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_the_callers_credentials_are_cut_and_other_headers_stay(name: str) -> None:
    value, text, shown = HEADERS[name]
    # Some of these names are refused in `headers=`, and another source of headers must not show their values.
    options = CallOptions()
    object.__setattr__(options, "headers", ((name, value),))
    assert CallSecrets(list).of(Call(Request("op", "GET", "/"), options, 0)).cut(text) == shown


def test_the_secrets_of_one_call_are_not_those_of_the_next() -> None:
    secrets = CallSecrets(lambda: [SecretStr("held-secret")])
    body = Request("op", "POST", "/", body=b'{"password": "hidden-value"}')
    for request, text in (
        (Request("op", "GET", "/"), "[secret] hidden-value"),
        (body, "[secret] [secret]"),
        (Request("op", "GET", "/"), "[secret] hidden-value"),
    ):
        assert secrets.of(Call(request, CallOptions(), 0)).cut("held-secret hidden-value") == text
    call = Call(body, CallOptions(headers=(("x-key", "gateway-key"),)), 0, authorization=SecretStr("Bearer new-token"))
    assert secrets.of(call).cut("gateway-key new-token") == "[secret] [secret]"


@pytest.mark.parametrize("changing", ["password", "held", "traceparent", "x-key"])
def test_a_token_is_prepared_once_whatever_changes_from_call_to_call(changing: str) -> None:
    # A hook or the log at level DEBUG shows the request id of every response, and a token of usual length takes 30 ms.
    prepared: list[str] = []
    token = SecretStr(f"Bearer {'to-ken' * 10}")
    secrets = CallSecrets(lambda: [token])

    def call(number: int) -> Call:
        value = f"hidden-value-{number}"
        body = json.dumps({"password": value}).encode() if changing == "password" else None
        headers = () if changing in {"password", "held"} else ((changing, value),)
        held = (SecretStr(value),) if changing == "held" else ()
        options = CallOptions(headers=headers)
        return Call(Request("op", "POST", "/", body=body), options, 0, authorization=token, held_secrets=held)

    def forms(secret: str) -> Iterator[str]:
        prepared.append(secret)
        return _forms(secret)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redaction, "_forms", forms)
        for number in range(3):
            shown = secrets.of(call(number)).cut(f"to-kento-ken hidden-value-{number}")
            assert shown.startswith("[secret] ")
            assert ("hidden" in shown) == (changing == "traceparent")
    assert prepared.count("to-ken" * 10) == 1
