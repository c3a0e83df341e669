"""Cursors: opaque, valid in another process, and rejected if anything about them was changed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import assume, example, given, strategies as st
from pydantic import SecretStr

from orgsdk.errors import InvalidCursorError
from orgsdk.pagination import Listing, Paginator, Slice, decode_cursor, derive_tenant_key, encode_cursor
from orgsdk.pagination.cursors import CursorWriter, fingerprint_of


async def unreached(position: str | None, page_size: int) -> Slice[str]:
    raise AssertionError("a cursor is checked before anything is requested")


def listing(
    provider: str = "flat", name: str = "users", scope: tuple[str | None, ...] = ("org", None), largest: int = 1000
) -> Listing[str]:
    return Listing(provider, name, scope, largest, unreached)


HERE = listing()
FINGERPRINT = fingerprint_of(HERE)
CURSOR = encode_cursor(HERE, 50, "next:abc")


def forge(payload: object) -> str:
    """Return a cursor with a valid signature around any payload, as an attacker could who knows the key."""
    packed = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return base64.urlsafe_b64encode(packed + hmac.digest(HERE.tenant_key, packed, "sha256")[:9]).decode().rstrip("=")


@given(position=st.text(), page_size=st.integers(1, 1000))
def test_a_cursor_holds_position_and_page_size(position: str, page_size: int) -> None:
    cursor = encode_cursor(HERE, page_size, position)
    assert decode_cursor(listing(), cursor) == (page_size, position)
    assert re.fullmatch(r"[\w-]+", cursor, re.ASCII), "fits a URL as it stands"


def test_a_cursor_may_end_with_any_character() -> None:
    cursors = {encode_cursor(HERE, 50, f"{number}"): (50, f"{number}") for number in range(1000)}
    assert len({cursor[-1] for cursor in cursors}) == 64
    assert {cursor: decode_cursor(HERE, cursor) for cursor in cursors} == cursors


@given(key=st.binary(), position=st.text(max_size=9))
def test_no_cursor_looks_like_an_option_of_a_command(key: bytes, position: str) -> None:
    cursor = encode_cursor(replace(HERE, tenant_key=key), 50, position)
    assert cursor.startswith("W"), "a command line takes an argument that starts with `-` for an option"


@given(st.text())
@example("")
@example("=" * 8)
@example("\ud800")
@example("é")
@example("A" * 10_000)
@example("A")
def test_any_other_text_is_rejected(text: str) -> None:
    assume(text != CURSOR)
    with pytest.raises(InvalidCursorError):
        decode_cursor(HERE, text)


@given(data=st.data(), position=st.text(max_size=20), alphabet=st.sampled_from(["AZaz09-_", "+/=\n .%", "é١\0"]))
def test_any_damage_is_rejected(data: st.DataObject, position: str, alphabet: str) -> None:
    cursor = encode_cursor(HERE, 50, position)
    start = data.draw(st.integers(0, len(cursor)))
    end = data.draw(st.integers(start, min(len(cursor), start + 3)))
    damaged = cursor[:start] + data.draw(st.text(alphabet, max_size=3)) + cursor[end:]
    assume(damaged != cursor)
    with pytest.raises(InvalidCursorError):
        decode_cursor(HERE, damaged)


def test_a_cursor_has_one_encoding() -> None:
    # base64 decodes "-" and "+" alike, and ignores padding and the spare bits of the last character.
    cursor = next(
        found for n in range(9999) if "-" in (found := encode_cursor(HERE, 50, f"{n}")) and len(found) % 4 == 2
    )
    for other in (cursor.replace("-", "+"), cursor + "==", cursor[:-1] + chr(ord(cursor[-1]) + 1)):
        assert base64.b64decode(other.rstrip("=") + "==", b"-_") == base64.b64decode(cursor + "==", b"-_")
        with pytest.raises(InvalidCursorError):
            decode_cursor(HERE, other)


@pytest.mark.parametrize("position", range(len(CURSOR)))
def test_any_changed_character_is_rejected(position: int) -> None:
    for character in "AQgw_-9":
        damaged = CURSOR[:position] + character + CURSOR[position + 1 :]
        if damaged != CURSOR:
            with pytest.raises(InvalidCursorError):
                decode_cursor(HERE, damaged)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[" * 5000, id="too deep"),
        pytest.param(b"1" * 5000, id="too long a number"),
        None,
        7,
        "12345",
        [],
        {"version": 2, "provider": "flat", "fingerprint": FINGERPRINT, "page_size": 1, "position": "2"},
        [1, "flat", FINGERPRINT, 50, "2"],
        ["2", "flat", FINGERPRINT, 50, "2"],
        [2, "flat", FINGERPRINT, 50, "2", "more"],
        [2, ["flat"], FINGERPRINT, 50, "2"],
        [2, None, FINGERPRINT, 50, "2"],
        [2, "flat", [FINGERPRINT], 50, "2"],
        [2, "flat", FINGERPRINT, True, "2"],
        [2, "flat", FINGERPRINT, 50.0, "2"],
        [2, "flat", FINGERPRINT, "50", "2"],
        [2, "flat", FINGERPRINT, float("nan"), "2"],
        [2, "flat", FINGERPRINT, None, "2"],
        [2, "flat", FINGERPRINT, 0, "2"],
        [2, "flat", FINGERPRINT, -1, "2"],
        [2, "flat", FINGERPRINT, 1001, "2"],
        [2, "flat", FINGERPRINT, 50, 2],
        [2, "flat", FINGERPRINT, 50, None],
        pytest.param([2, "flat", FINGERPRINT, 50, "next:\ud800"], id="lone surrogate"),
    ],
)
def test_a_forged_cursor_is_rejected(payload: object) -> None:
    assert decode_cursor(HERE, forge([2, "flat", FINGERPRINT, 50, "2"])) == (50, "2"), "the forgery itself works"
    with pytest.raises(InvalidCursorError):
        decode_cursor(HERE, forge(payload))


@pytest.mark.parametrize("cursor", [b"abcd", CURSOR.encode(), 7, ["a"], object()])
def test_a_value_that_is_not_a_string_is_rejected(cursor: object) -> None:
    with pytest.raises(InvalidCursorError):
        decode_cursor(HERE, cursor)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (listing(provider="logto"), "another provider, and this client uses 'logto'"),
        (listing(name="invitations"), "another list than this invitations"),
        (listing(scope=("choir", None)), "another list"),
        (listing(scope=("org", "teacher")), "another list"),
        (listing(scope=("org",)), "another list"),
        (listing(scope=("org", "")), "another list"),
        (listing(scope=(None, "org")), "another list"),
        (listing(largest=49), "page size of 50"),
    ],
)
def test_a_cursor_of_another_list_is_rejected(other: Listing[str], message: str) -> None:
    with pytest.raises(InvalidCursorError, match=message):
        Paginator(other, cursor=CURSOR)


@pytest.mark.parametrize("key", [b"", derive_tenant_key("flat", "https://b.example"), hashlib.sha256(b"").digest()])
def test_a_cursor_of_another_tenant_is_rejected(key: bytes) -> None:
    own = replace(HERE, tenant_key=derive_tenant_key("flat", "https://a.example"))
    with pytest.raises(InvalidCursorError, match="another tenant or other credentials"):
        decode_cursor(own, encode_cursor(replace(HERE, tenant_key=key), 50, "next:abc"))


def test_the_page_size_of_a_cursor_cannot_be_forged() -> None:
    own = replace(HERE, tenant_key=derive_tenant_key("flat", "https://a.example", "secret"))
    packed = base64.urlsafe_b64decode(encode_cursor(own, 25, "next:abc") + "==")
    payload = packed[:-9].replace(b",25,", b",1000,")
    for signature in (packed[-9:], hashlib.sha256(payload).digest()[:9], hmac.digest(b"", payload, "sha256")[:9]):
        forged = base64.urlsafe_b64encode(payload + signature).decode().rstrip("=")
        with pytest.raises(InvalidCursorError):
            decode_cursor(own, forged)


def test_each_tenant_has_its_own_key() -> None:
    keys = {
        derive_tenant_key(*parts)
        for parts in [("flat",), ("flat", ""), ("flat", "a"), ("flata",), ("flat", "a", "b"), ("flat", "ab")]
    }
    assert len(keys) == 6
    assert derive_tenant_key("flat", SecretStr("token")) == derive_tenant_key("flat", "token")


@given(first=st.lists(st.text() | st.none()), second=st.lists(st.text() | st.none()))
def test_each_scope_has_its_own_fingerprint(first: list[str | None], second: list[str | None]) -> None:
    same = fingerprint_of(listing(scope=tuple(first))) == fingerprint_of(listing(scope=tuple(second)))
    assert same == (first == second)


def test_a_cursor_fixes_the_page_size() -> None:
    Paginator(HERE, page_size=50, cursor=CURSOR)
    with pytest.raises(InvalidCursorError, match="page_size=50"):
        Paginator(HERE, page_size=51, cursor=CURSOR)


def test_a_cursor_does_not_contain_the_search_text() -> None:
    cursor = encode_cursor(listing(scope=("org", "ada@example.org")), 50, "2")
    assert b"ada" not in base64.urlsafe_b64decode(cursor + "==")


def test_a_cursor_of_another_process_is_accepted() -> None:
    program = (
        "from orgsdk.pagination import Listing, encode_cursor\n"
        "print(encode_cursor(Listing('flat', 'users', ('org', None), 1000, None), 50, 'next:abc'))"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        made = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
        assert decode_cursor(HERE, made.stdout.decode().strip()) == (50, "next:abc")


def test_the_cursor_format_is_stable() -> None:
    # Apps store cursors: a cursor from last year must be valid today.
    assert CURSOR == "WzIsImZsYXQiLCJtSF9SMzlhdSIsNTAsIm5leHQ6YWJjIl2iSpgu40d5fBU"
    assert decode_cursor(HERE, "WzIsImZsYXQiLCJtSF9SMzlhdSIsNTAsIm5leHQ6YWJjIl2iSpgu40d5fBU") == (50, "next:abc")


def test_the_key_of_a_tenant_is_stable() -> None:
    # Another key would refuse every stored cursor.
    key = "2d0d8cdb3ecbb0ad872308fbcba5ba820d5c8de8f3dcd9584aed1caa260a6a5d"
    assert derive_tenant_key("flat", "https://a.example", SecretStr("secret")).hex() == key


def test_the_cursor_of_a_numbered_page_is_short() -> None:
    members = listing(provider="logto", name="users.list", scope=("1234567890ab", None, None))
    assert len(encode_cursor(members, 100, "1000")) <= 60


def test_a_page_and_the_one_two_after_it_have_the_same_cursor_signed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # A numbered page has the cursors of both neighbours: signing each twice took a tenth of the work of a page.
    signed: list[object] = []
    digest = hmac.digest

    def note(key: bytes, content: bytes, name: str) -> bytes:
        signed.append(content)
        return digest(key, content, name)

    monkeypatch.setattr(hmac, "digest", note)
    writer = CursorWriter(HERE, 2)
    pages = [(writer.write(str(page - 1)), writer.write(str(page + 1))) for page in range(2, 100)]
    assert len(signed) <= 102
    assert [before for before, _ in pages[2:]] == [after for _, after in pages[:-2]]
    assert pages[-1] == (encode_cursor(HERE, 2, "98"), encode_cursor(HERE, 2, "100"))
