"""Usernames: the rule by which a userName becomes one."""

from __future__ import annotations

import re

from hypothesis import given, settings, strategies as st

from orgsdk.scim.id_map import fold
from orgsdk.scim.usernames import choose_username, derive_username


@settings(max_examples=50)
@given(st.text())
def test_a_derived_username_suits_every_provider(name: str) -> None:
    derived = derive_username(name)
    assert re.fullmatch(r"u_[a-z0-9]{0,18}_[0-9a-f]{8}", derived)
    assert len(derived) <= 30
    assert derive_username(fold(name)) == derived


def test_names_that_differ_have_other_usernames() -> None:
    names = ["kim.lee@acme.example", "kimlee@acme.example", "kim-lee@acme.example", "Kim", "kím"]
    assert len({derive_username(name) for name in names}) == len(names)
    assert derive_username("Kim@ACME.example") == derive_username("kim@acme.example")


def test_the_name_itself_comes_first_then_none_then_a_derived_one() -> None:
    def accepts_words(username: str | None) -> bool:
        return username is None or username.isalnum()

    assert choose_username("kim", "kim@acme.example", accepts_words) == "kim"
    assert choose_username("kim@acme.example", "kim@acme.example", accepts_words) is None
    assert choose_username("kim-lee", None, accepts_words) == derive_username("kim-lee")
    # A provider that needs a username gets one beside the address too.
    assert choose_username("kim-lee", "kim@acme.example", lambda name: name is not None and name.isalnum()) == (
        derive_username("kim-lee")
    )
