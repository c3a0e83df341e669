"""The order of a plan's writes: who waits for whom."""

from __future__ import annotations

from typing import Any

import pytest

from orgsdk.bulk import Write
from orgsdk.bulk.ordering import in_waves


def writes(*said: dict[str, Any]) -> list[Write]:
    return [Write(number=number, key=f"username:{number}", **one) for number, one in enumerate(said)]


def numbers(*said: dict[str, Any]) -> list[list[int]]:
    return [[write.number for write in wave] for wave in in_waves(writes(*said))]


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


def test_people_do_not_wait_for_each_other() -> None:
    assert numbers(create(username="a"), create(username="b"), update("c", name=("C", "D"))) == [[0, 1, 2]]
    assert numbers() == []


def test_one_persons_writes_come_one_after_the_other() -> None:
    add, roles = {"kind": "add", "user_id": "a"}, {"kind": "set_roles", "user_id": "a"}
    assert numbers(add, update("a", name=("A", "B")), roles, create(username="b")) == [[0, 3], [1], [2]]


@pytest.mark.parametrize("name", ["username", "email", "phone", "external_id"])
def test_what_one_gives_up_another_takes_after_that(name: str) -> None:
    assert numbers(create(**{name: "X"}), update("a", **{name: ("x", "y")})) == [[1], [0]]
    assert numbers(update("b", **{name: ("z", "x")}), update("a", **{name: ("x", "y")})) == [[1], [0]]
    assert numbers(create(**{name: "x"}), remove("a", "delete", **{name: "x"})) == [[1], [0]]


def test_names_may_be_shared_and_nobody_waits_for_them() -> None:
    assert numbers(create(name="x"), update("a", name=("x", "y"))) == [[0, 1]]


def test_who_keeps_the_account_gives_nothing_up() -> None:
    assert numbers(create(username="x"), remove("a", "keep", username="x")) == [[0], [1]]


def test_removals_come_last() -> None:
    assert numbers(remove("a"), create(username="b"), update("c", name=("C", "D")), update("c", email=("1", "2"))) == [
        [1, 2],
        [3],
        [0],
    ]


def test_a_long_chain_is_no_matter_of_depth() -> None:
    chain = [update(str(n), username=(f"u{n}", f"u{n + 1}")) for n in range(3000)]
    assert numbers(*chain) == [[n] for n in range(2999, -1, -1)]


def test_those_who_exchange_a_value_are_tried_as_they_stand_and_before_removals() -> None:
    swap = [update("a", username=("x", "y")), update("b", username=("y", "x"))]
    assert numbers(*swap, remove("c"), create(username="d")) == [[3], [0, 1], [2]]


def test_who_changes_the_spelling_of_their_own_waits_for_nobody() -> None:
    assert numbers(update("a", email=("Ada@example.com", "ada@example.com"))) == [[0]]
