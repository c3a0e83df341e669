"""States of rows by the words of other systems."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import SourceError, State, UserSpec, read_csv, read_jsonl
from orgsdk.errors import OrgError

if TYPE_CHECKING:
    from orgsdk.bulk.roster.states import StateMapping


def states_of(text: str, words: StateMapping, **columns: str) -> list[tuple[State, str | None]]:
    roster = read_csv(io.BytesIO(text.encode()), enabled=words, columns={"username": "login", **columns})
    return [(user.state, user.word) for user in roster.users]


def test_words_of_another_system_are_mapped() -> None:
    words: StateMapping = {"DEPROVISIONED": "gone", "Suspended": False, "LOCKED_OUT": True}
    text = "login,status\na,ACTIVE\nb,deprovisioned\nc,SUSPENDED \nd,locked_out\ne,\n"
    for field in ("enabled", "state"):
        assert states_of(text, words, **{field: "status"}) == [
            ("active", None),
            ("gone", "deprovisioned"),
            ("suspended", "SUSPENDED"),
            ("active", None),
            ("active", None),
        ]


def test_inverted_column_is_mapped() -> None:
    text = "login,blocked\na,true\nb,False\nc,\n"
    assert states_of(text, {"true": False, "false": True}, enabled="blocked") == [
        ("suspended", "true"),
        ("active", None),
        ("active", None),
    ]


def test_usual_words_are_unknown_if_one_of_them_is_inverted() -> None:
    with pytest.raises(SourceError, match=r"unknown word 'no' for enabled \(choices: yes\)"):
        states_of("login,blocked\na,yes\nb,no\n", {"yes": False}, enabled="blocked")


def test_unknown_word_lists_the_known_ones_and_the_argument() -> None:
    with pytest.raises(SourceError) as caught:
        states_of("login,status\na,PENDING\nb,actve\n", {"DEPROVISIONED": "gone"}, state="status")
    first, second = caught.value.problems
    assert first.message.startswith("unknown word 'PENDING' for state (choices: active, enabled, current, suspended")
    assert "deprovisioned" in first.message
    assert second.message == "unknown word 'actve' for state (did you mean 'active'?)"
    assert 'enabled={"WORD": False}' in str(caught.value)


def test_address_in_the_column_is_not_repeated() -> None:
    with pytest.raises(SourceError, match=r"unknown word '\[address\]' for enabled"):
        states_of("login,status\na,ada@example.org\n", {}, enabled="status")


def test_flag_of_json_is_mapped() -> None:
    text = b'{"username": "a", "blocked": true}\n{"username": "b", "blocked": false}\n{"username": "c"}\n'
    roster = read_jsonl(
        io.BytesIO(text),
        columns={"username": "username", "enabled": "blocked"},
        enabled={"true": False, "false": True},
    )
    assert [user.state for user in roster.users] == ["suspended", "active", "active"]


def test_enabled_is_derived_from_the_state() -> None:
    assert [UserSpec(state=state).enabled for state in ("active", "suspended", "gone")] == [True, False, False]
    with pytest.raises(OrgError, match=r'no parameter .enabled.: use state="active", "suspended" or "gone"'):
        UserSpec(enabled=False)  # type: ignore[call-arg]  # the mistake to test
