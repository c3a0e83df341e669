"""Order of a plan's writes, and cycles of exchanged values."""

from __future__ import annotations

from typing import Any

import pytest

from orgsdk.bulk import Write
from orgsdk.bulk.planning.ordering import find_cycles, in_waves, without_cycles


def writes(*changes: dict[str, Any]) -> list[Write]:
    return [Write(number=number, key=f"username:{number}", **one) for number, one in enumerate(changes)]


def numbers(*changes: dict[str, Any]) -> list[list[int]]:
    return [[write.number for write in wave] for wave in in_waves(writes(*changes))]


def update(user_id: str, **changed: tuple[str | None, str]) -> dict[str, Any]:
    return {
        "kind": "update",
        "user_id": user_id,
        "before": {name: pair[0] for name, pair in changed.items()},
        "fields": {name: pair[1] for name, pair in changed.items()},
    }


def create(**fields: str) -> dict[str, Any]:
    return {"kind": "create", "fields": fields}


def remove(user_id: str, account: str = "keep", **before: str) -> dict[str, Any]:
    return {"kind": "remove", "user_id": user_id, "account": account, "before": before}


def test_independent_writes_are_in_one_wave() -> None:
    assert numbers(create(username="a"), create(username="b"), update("c", name=("C", "D"))) == [[0, 1, 2]]
    assert numbers() == []


def test_writes_of_one_user_are_in_order() -> None:
    add, roles = {"kind": "add", "user_id": "a"}, {"kind": "set_roles", "user_id": "a"}
    assert numbers(add, update("a", name=("A", "B")), roles, create(username="b")) == [[0, 3], [1], [2]]


@pytest.mark.parametrize("name", ["username", "email", "phone", "external_id"])
def test_write_waits_until_a_value_is_freed(name: str) -> None:
    assert numbers(create(**{name: "X"}), update("a", **{name: ("x", "y")})) == [[1], [0]]
    assert numbers(update("b", **{name: ("z", "x")}), update("a", **{name: ("x", "y")})) == [[1], [0]]
    assert numbers(create(**{name: "x"}), remove("a", "delete", **{name: "x"})) == [[1], [0]]


@pytest.mark.parametrize(
    ("name", "freed", "wanted"),
    [
        ("email", "a@xn--bcher-kva.example", "a@b\u00fccher.example"),
        ("email", "a@B\u00dcCHER.example", "A@xn--bcher-kva.example"),
        ("username", "jose\u0301", "jos\u00e9"),
        ("external_id", "e\u0301", "\u00c9"),
        ("phone", "+49 30 1234", "49301234"),
    ],
)
def test_value_is_freed_in_each_spelling(name: str, freed: str, wanted: str) -> None:
    assert numbers(create(**{name: wanted}), remove("a", "delete", **{name: freed})) == [[1], [0]]
    assert numbers(update("b", **{name: ("z", wanted)}), update("a", **{name: (freed, "y")})) == [[1], [0]]


def test_write_waits_for_two_freed_values() -> None:
    giving = (update("a", username=("x", "y")), update("b", email=("1", "2")))
    assert numbers(create(username="x", email="1"), *giving) == [[1, 2], [0]]


def test_names_need_not_be_unique() -> None:
    assert numbers(create(name="x"), update("a", name=("x", "y"))) == [[0, 1]]


def test_ended_membership_frees_no_value() -> None:
    assert numbers(create(username="x"), remove("a", "keep", username="x")) == [[0], [1]]


def test_removals_come_last() -> None:
    assert numbers(remove("a"), create(username="b"), update("c", name=("C", "D")), update("c", email=("1", "2"))) == [
        [1, 2],
        [3],
        [0],
    ]


def test_long_chain_does_not_overflow_the_stack() -> None:
    chain = [update(str(n), username=(f"u{n}", f"u{n + 1}")) for n in range(3000)]
    assert numbers(*chain) == [[n] for n in range(2999, -1, -1)]


def test_cycles_are_tried_before_removals() -> None:
    swap = [update("a", username=("x", "y")), update("b", username=("y", "x"))]
    assert numbers(*swap, remove("c"), create(username="d")) == [[3], [0, 1], [2]]


def test_change_of_spelling_does_not_wait_for_itself() -> None:
    assert numbers(update("a", email=("Ada@example.com", "ada@example.com"))) == [[0]]


# Cycles

SWAP = (update("a", username=("x", "y"), given_name=("A", "B")), update("b", username=("y", "x")))


def test_find_cycles_returns_the_waiting_fields() -> None:
    assert find_cycles(writes(*SWAP, create(username="d"), remove("c"))) == {0: ("username",), 1: ("username",)}
    three = [update(who, email=(f"{who}@x", f"{other}@X")) for who, other in ("ab", "bc", "ca")]
    assert find_cycles(writes(*three)) == dict.fromkeys(range(3), ("email",))
    # Two cycles of one field each, through one user, and new users that need a value of each cycle.
    crossed = [
        update("a", username=("x", "y"), email=("1", "2")),
        update("b", username=("z", "w"), email=("3", "1")),
        update("c", username=("y", "v"), email=("2", "3")),
        create(username="x"),
        create(username="w"),
    ]
    assert find_cycles(writes(*crossed)) == {0: ("username", "email"), 1: ("email",), 2: ("email",), 3: ("username",)}


def test_chains_and_spellings_are_not_cycles() -> None:
    assert find_cycles(writes(create(username="a"))) == {}
    assert find_cycles(writes(update("a", username=("a", "A")))) == {}
    assert find_cycles(writes(update("a", username=("a", "b")), update("b", username=("b", "c")))) == {}


def test_without_cycles_leaves_out_only_the_cyclic_fields() -> None:
    roles = {"kind": "set_roles", "user_id": "a", "roles": ("teacher",)}
    planned = writes({**SWAP[0], "origin": "row 2"}, SWAP[1], roles, create(username="d"))
    left, notes = without_cycles(planned)
    assert [(write.number, write.kind, dict(write.fields), dict(write.before)) for write in left] == [
        (0, "update", {"given_name": "B"}, {"given_name": "A"}),
        (1, "set_roles", {}, {}),
        (2, "create", {"username": "d"}, {}),
    ]
    (note,) = notes
    assert note == (
        "these rows exchange values that must be unique, which no order of writes can do, so the values stay as they "
        "are: row 2 (username); b (username); change one of them to another value first, then plan again"
    )
    assert without_cycles(left) == (left, ())


def test_note_names_the_first_rows_only() -> None:
    many = [update(f"u{n}", username=(f"u{n}", f"u{(n + 1) % 30}")) for n in range(30)]
    left, (note,) = without_cycles(writes(*many))
    assert left == []
    assert "u9 (username); and 20 more; change" in note


def test_account_that_needs_a_cyclic_value_is_left_out() -> None:
    left, (note,) = without_cycles(writes(*SWAP, create(phone="1"), update("c", phone=("1", "2"))))
    assert (len(left), "a row" in note) == (3, False)
    crossed = [
        update("a", username=("x", "y"), email=("1", "2")),
        update("b", username=("y", "z"), email=("3", "1")),
        create(username="x"),
    ]
    left, (note,) = without_cycles(writes(*crossed))
    assert [dict(write.fields) for write in left] == [{"email": "2"}, {"username": "z"}]
    assert "a row (username)" in note
