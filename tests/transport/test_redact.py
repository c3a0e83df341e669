"""Redaction of a provider's text before it is used in an error."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from orgsdk.transport.errors import redact

AROUND = st.text("xyz019 \t\n'\"<>(),;:=@[]{}%.", max_size=40)
LOCAL = st.text("bcxyz019.'=+-_%!#$&*/?^`{|}~", max_size=12)


@given(before=AROUND, more=LOCAL, at=st.sampled_from(["@", "%40", "\uff20"]), after=AROUND)
def test_no_email_address_is_left(before: str, more: str, at: str, after: str) -> None:
    assert "ada" not in redact(f"{before}ada{more}{at}example.org{after}")


@given(before=AROUND, address=st.emails(domains=st.just("mail.example.org")), after=AROUND)
def test_no_address_of_the_rfc_is_left(before: str, address: str, after: str) -> None:
    assert address not in redact(f"{before}{address}{after}")


@given(st.text())
def test_the_result_is_short_and_on_one_line(text: str) -> None:
    found = redact(text * 30)
    assert len(found) <= 500
    assert len(found.splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The user does not exist.", "The user does not exist."),
        ("ada@example.org is taken", "[address] is taken"),
        ("taken: ada@example.org, bob@example.org.", "taken: [address], [address]"),
        ("<ada@example.org>", "<[address]>"),
        ("'ada@example.org' is taken", "'[address]' is taken"),
        ('{"email":"ada@example.org"}', '{"email":"[address]"}'),
        ("Key (primary_email)=(ada@example.org) already exists.", "Key (primary_email)=([address]) already exists."),
        ("o'brien@example.org", "[address]"),
        ('"ada lovelace"@example.org is taken', "[address] is taken"),
        ("GET /users?q=ada%40example.org", "GET [address]"),
        ("ada@[192.0.2.1]", "[address]"),
        ("ada\uff20example.org", "[address]"),
        ("'@example.org", "[address]"),
        ("ada(work)@example.org", "ada(work[address]"),
        ("one @ a time", "one @ a time"),
        ("token eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJ4In0.c2ln is bad", "token [token] is bad"),
        ("sent bearer abc.def", "sent [token]"),
        ("Authorization: Bearer abc", "Authorization: [token]"),
        ("Eyjafjallajökull erupts", "Eyjafjallajökull erupts"),
        ("two\n  lines\t", "two lines"),
        ("", ""),
    ],
)
def test_only_addresses_and_tokens_are_removed(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_a_long_text_is_cut() -> None:
    assert redact("x" * 500) == "x" * 500
    assert redact("x" * 501) == "x" * 499 + "…"


@pytest.mark.parametrize("piece", ["x", "x'", '"', "@", "%4", "x ", "eyJ", "Bearer "])
def test_a_text_of_megabytes_is_processed_quickly(piece: str) -> None:
    assert len(redact(piece * 1_000_000)) <= 500
