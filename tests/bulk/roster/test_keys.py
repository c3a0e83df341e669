"""Normalization of keys."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from orgsdk.bulk import UserSpec
from orgsdk.bulk.roster import keys


@pytest.mark.parametrize(
    ("spelled", "key"),
    [
        ("ada@example.org", "ada@example.org"),
        (" Ada@Example.ORG\t", "ada@example.org"),
        ("Ada@MÜNCHEN.example", "ada@xn--mnchen-3ya.example"),
        ("ada@münchen.example", "ada@xn--mnchen-3ya.example"),
        ("ada@xn--mnchen-3ya.example", "ada@xn--mnchen-3ya.example"),
        ("ada@mu\u0308nchen.example", "ada@xn--mnchen-3ya.example"),
        ("ada@\uff45xample.org", "ada@example.org"),
        ('"a@b"@example.org', '"a@b"@example.org'),
        ("ZOE\u0308@example.org", "zoË@example.org"),
        ("ΣΑΜ@example.org", "ΣΑΜ@example.org"),
    ],
)
def test_spellings_of_an_address_have_one_key(spelled: str, key: str) -> None:
    assert keys.email_key(spelled) == key


def test_only_ascii_letters_of_a_local_part_become_lower_case() -> None:
    # The lower case of İ is two characters, and ẞ and ß are different users at some servers.
    assert keys.email_key("İ@example.org") == "İ@example.org"
    assert keys.email_key("ẞ@example.org") != keys.email_key("ß@example.org")


@pytest.mark.parametrize("wrong", ["", "ada", "@example.org", "ada@", "ada@exa mple.örg", "ada@ö..org", "ä@-"])
def test_error_does_not_repeat_an_invalid_address(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"^it") as caught:
        keys.email_key(wrong)
    assert wrong not in str(caught.value) or not wrong
    assert caught.value.__context__ is None


def test_usernames_and_external_ids_are_composed_trimmed_and_case_sensitive() -> None:
    assert keys.username_key(" Ada\n") == "Ada"
    assert keys.username_key("Zoe\u0308") == "Zoë"
    assert keys.external_id_key("S-01 ") == "S-01"
    assert keys.username_key("ada") != keys.username_key("Ada")


def test_missing_or_invalid_key_is_none() -> None:
    nobody = UserSpec(email="not an address", username=" ", external_id="")
    assert [keys.key_of(kind, nobody) for kind in ("email", "username", "external_id")] == [None, None, None]
    assert keys.label_of(("email", "username", "external_id"), nobody) is None


def test_a_label_is_of_the_first_key_that_there_is() -> None:
    ada = UserSpec(email="Ada@example.org", username="ada", external_id="S1")
    assert keys.label_of(("external_id", "email"), ada) == "external_id:S1"
    assert keys.label_of(("username", "external_id"), ada) == "username:ada"
    assert keys.label_of(("external_id", "email"), UserSpec(email="Ada@example.org")) == "email:ada@example.org"


@given(st.text(max_size=20), st.sampled_from(["example.org", "münchen.example", "EXAMPLE.org"]))
def test_normalizing_an_email_key_again_changes_nothing(local: str, domain: str) -> None:
    try:
        key = keys.email_key(f"{local}@{domain}")
    except ValueError:
        assert not keys.strip_text(local)
        return
    assert keys.email_key(key) == key
    assert keys.email_key(unicodedata.normalize("NFD", key)) == key


@given(st.text(max_size=20))
def test_normalizing_a_text_key_again_changes_nothing(value: str) -> None:
    key = keys.username_key(value)
    assert keys.username_key(key) == key
    assert keys.username_key(f" {value} ") == key
