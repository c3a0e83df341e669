"""Matching rows to users by their keys."""

from __future__ import annotations

import pytest

from orgsdk.bulk import UserSpec
from orgsdk.bulk.planning.matched_rows import MatchedRows, rows_without_key
from orgsdk.bulk.planning.matching import match_rows
from orgsdk.bulk.planning.members import Member
from orgsdk.bulk.planning.user_index import UserIndex

KINDS = ("external_id", "email", "username")


def member(
    number: int, *, external_id: str | None = None, email: str | None = None, username: str | None = None
) -> Member:
    return Member(id=f"u{number}", external_id=external_id, username=username, email=email, roles=())


def row(
    number: int, *, external_id: str | None = None, email: str | None = None, username: str | None = None
) -> UserSpec:
    return UserSpec(external_id=external_id, email=email, username=username, origin=f"row {number}")


def found(members: list[Member], *rows: UserSpec, kinds: tuple[str, ...] = KINDS) -> MatchedRows:
    return match_rows(rows, UserIndex(members, kinds, "member"))  # type: ignore[arg-type]  # plain strings, for brevity


def pairs(result: MatchedRows) -> list[tuple[str | None, str]]:
    assert result.problems == []
    return [(one.origin, other.id) for one, other in result.pairs]


def messages(result: MatchedRows) -> list[str]:
    return [str(found.problem) for found in result.problems]


def test_keys_are_tried_in_order() -> None:
    members = [
        member(1, external_id="S1", email="a@x.org", username="ada"),
        member(2, email="b@x.org", username="bob"),
        member(3, username="cy"),
    ]
    rows = [row(1, external_id="S1"), row(2, external_id="S2", email="B@X.org"), row(3, username=" cy ")]
    assert pairs(found(members, *rows)) == [("row 1", "u1"), ("row 2", "u2"), ("row 3", "u3")]
    assert [one.origin for one in found(members, row(4, email="d@x.org", username="dan")).unmatched] == ["row 4"]


def test_user_with_a_new_address_or_username_is_still_matched() -> None:
    members = [member(1, external_id="S1", email="a@x.org", username="ada")]
    assert pairs(found(members, row(1, external_id="S1", email="new@x.org", username="lovelace"))) == [("row 1", "u1")]
    assert pairs(found(members, row(1, email="a@x.org", username="lovelace"))) == [("row 1", "u1")]


def test_keys_outside_the_policy_are_ignored() -> None:
    members = [member(1, email="a@x.org", username="ada")]
    assert found(members, row(1, email="a@x.org", username="ada"), kinds=("external_id",)).pairs == []
    assert pairs(found(members, row(1, email="other@x.org", username="ada"), kinds=("username",))) == [("row 1", "u1")]


def test_key_shared_by_two_members_is_a_problem() -> None:
    members = [member(2, email="Ada@x.org"), member(1, email="ada@X.org")]
    assert messages(found(members, row(1, email="ada@x.org"))) == ["row 1: its email belongs to 2 members: u1, u2"]


def test_two_rows_of_one_member_are_a_problem() -> None:
    members = [member(1, external_id="S1", email="a@x.org")]
    rows = [row(1, external_id="S1"), row(2, email="a@x.org")]
    assert messages(found(members, *rows)) == ["row 2: its email belongs to member u1, named by row 1"]
    members = [member(1, email="a@x.org", username="ada")]
    rows = [row(1, username="ada"), row(2, email="a@x.org")]
    assert messages(found(members, *rows)) == ["row 2: it names member u1, as row 1 does"]
    unnamed = [UserSpec(username="ada"), UserSpec(email="a@x.org")]
    assert messages(found(members, *unnamed)) == ["it names member u1, as another row does"]


def test_row_with_keys_of_two_members_is_a_problem() -> None:
    members = [member(1, external_id="S1", email="a@x.org"), member(2, email="b@x.org", username="bob")]
    assert messages(found(members, row(1, external_id="S1", email="b@x.org"))) == [
        "row 1: its external_id belongs to member u1, its email to u2"
    ]
    assert messages(
        found(members, row(1, external_id="S1", email="b@x.org"), row(2, username="bob", email="b@x.org"))
    ) == ["row 2: the email is the same as in row 1", "row 1: its external_id belongs to member u1, its email to u2"]
    assert messages(found(members, row(1, external_id="S1", email="b@x.org"), row(2, username="bob"))) == [
        "row 1: its external_id belongs to member u1, its email to u2, named by row 2"
    ]


def test_row_may_take_a_key_that_another_row_frees() -> None:
    members = [member(1, external_id="S1", email="a@x.org"), member(2, external_id="S2", email="b@x.org")]
    rows = [row(1, external_id="S1", email="b@x.org"), row(2, external_id="S2", email="new@x.org")]
    assert pairs(found(members, *rows)) == [("row 1", "u1"), ("row 2", "u2")]
    # A row without an address does not free it.
    assert len(found(members, rows[0], row(2, external_id="S2")).problems) == 1


def test_different_external_id_is_a_problem() -> None:
    members = [member(1, external_id="S1", username="jsmith")]
    message = messages(found(members, row(1, external_id="S9", username="jsmith")))
    assert len(message) == 1
    assert message[0].startswith("row 1: its username belongs to member u1")
    # A user without an external id gets the row's.
    assert pairs(found([member(1, username="jsmith")], row(1, external_id="S9", username="jsmith"))) == [
        ("row 1", "u1")
    ]
    assert pairs(found(members, row(1, username="jsmith"))) == [("row 1", "u1")]


@pytest.mark.parametrize("kinds", [("external_id",), ("external_id", "email")])
def test_row_without_a_key_is_a_problem(kinds: tuple[str, ...]) -> None:
    rows = [row(1, username="ada"), row(2, external_id="S2"), row(3, email="nobody", username="x")]
    problems = rows_without_key(rows, kinds)  # type: ignore[arg-type]  # plain strings, for brevity
    assert [found.problem.origin for found in problems] == ["row 1", "row 3"]
    assert problems[0].problem.message.startswith(f"it has no {' or '.join(kinds)}")
