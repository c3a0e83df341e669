"""A number and its noun: one thing is in the singular."""

from __future__ import annotations

import pytest

from orgsdk._messages import count_noun


@pytest.mark.parametrize(("number", "text"), [(0, "0 users"), (1, "1 user"), (2, "2 users"), (1000, "1,000 users")])
def test_one_thing_is_in_the_singular(number: int, text: str) -> None:
    assert count_noun(number, "user") == text
