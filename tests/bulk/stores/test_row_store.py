"""The compact store of rows: it returns the rows that it was given, and finds them by their keys."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings, strategies as st

from orgsdk.bulk import UserSpec
from orgsdk.bulk.roster.keys import Key, key_of
from orgsdk.bulk.stores.key_index import KeyIndex, loose_hash
from orgsdk.bulk.stores.rows import RowStore

# With the control characters that the store uses itself, halves of surrogate pairs, and empty texts.
TEXTS = st.none() | st.sampled_from(["", "\x00", "\x1e", "a\x1fb", "\ud800", "é", "a" * 300]) | st.text(max_size=8)
ROLES = st.none() | st.lists(st.sampled_from(["user", "teacher"]), max_size=2).map(tuple)
ORIGINS = st.sampled_from([None, "", "roster.csv, line 2", "user 007", "user 4294967295", "a b", "x ٣", " 5"]) | TEXTS
ROWS = st.builds(
    UserSpec,
    external_id=TEXTS,
    username=TEXTS,
    email=TEXTS,
    phone=TEXTS,
    name=TEXTS,
    given_name=TEXTS,
    family_name=TEXTS,
    locale=TEXTS,
    roles=ROLES,
    state=st.sampled_from(["active", "suspended", "gone"]),
    word=st.none() | st.sampled_from(["Gone", "left"]),
    origin=ORIGINS,
)


@settings(max_examples=60)
@given(st.lists(ROWS, max_size=3), st.sampled_from([1, 1, 1, 350]))
def test_a_store_has_the_rows_that_it_was_given(rows: list[UserSpec], times: int) -> None:
    rows = rows * times
    store = RowStore(rows)
    assert len(store) == len(rows)
    assert list(store) == rows
    assert store == rows
    assert rows == store
    assert [store[at] for at in range(0, len(rows), 97)] == rows[::97]
    assert store.take(range(len(rows))) == store[:] == rows


def test_rows_can_be_read_while_others_are_added() -> None:
    store = RowStore()
    rows = [UserSpec(username=f"u{number}", origin=f"row {number}") for number in range(1_500)]
    for number, row in enumerate(rows, start=1):
        store.append(row)
        assert number % 499 or store[number - 1] == row
    assert list(store) == rows
    assert store != rows[1:]
    assert store != "rows"


def test_a_store_takes_less_than_100_bytes_for_a_row() -> None:
    def row(number: int) -> UserSpec:
        key = f"user{number:07}"
        return UserSpec(username=key, email=f"{key}@school.example.org", name="Ada", origin=f"r.csv, line {number}")

    tracemalloc.start()
    store = RowStore(map(row, range(10_000)))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 100 * len(store)


VALUES = st.sampled_from(["", " ", "0", "00", "7", "007", "Ada", "ada", " ada", "STRASSE", "straße", "K", "\u212a"])


@given(st.sampled_from(["external_id", "username", "email"]), VALUES, VALUES)
def test_equal_keys_have_equal_hashes(kind: Key, one: str, other: str) -> None:
    if kind == "email":
        one, other = f"{one}@x.example", f"{other}@x.example"
    first, second = (key_of(kind, UserSpec(external_id=it, username=it, email=it)) for it in (one, other))
    if first is None or second is None:
        return
    alike = first.casefold() == second.casefold() or first.lstrip("0") == second.lstrip("0")
    assert not alike or loose_hash(kind, one) == loose_hash(kind, other) != 0


@given(st.lists(st.sampled_from([0, 1, 2, 2**63, 2**64 - 1, *(number << 44 for number in range(1, 9))]), max_size=80))
def test_an_index_finds_every_row_of_a_hash(hashes: list[int]) -> None:
    index = KeyIndex(hashes)
    for wanted in {*hashes, 5 << 44} - {0}:
        expected = {at for at, one in enumerate(hashes) if one == wanted}
        found = index.find(wanted)
        assert expected <= set(found)
        assert len(found) == len(set(found))
    repeated = set(index.repeated())
    assert {at for at, one in enumerate(hashes) if one and hashes.count(one) > 1} <= repeated
    assert index.find(0) == ()


@pytest.mark.parametrize("number", [0, 1, 7, 8, 9, 5_000])
def test_few_rows_share_a_hash(number: int) -> None:
    rows = RowStore(UserSpec(username=f"user{at}") for at in range(number))
    index = rows.key_index("username")
    assert [index.find(loose_hash("username", f"USER{at}")) for at in range(number)] == [[at] for at in range(number)]
    assert list(index.repeated()) == []
    assert list(rows.key_index("email").repeated()) == []
