"""Which row is whose: by the first key that anybody has, and never by a guess."""

from __future__ import annotations

import pytest

from orgsdk.bulk import UserSpec
from orgsdk.bulk.planning.matching import MatchResult, UserIndex, match_rows, rows_without_key
from orgsdk.bulk.planning.members import Member

KINDS = ("external_id", "email", "username")


def member(
    number: int, *, external_id: str | None = None, email: str | None = None, username: str | None = None
) -> Member:
    return Member(f"u{number}", external_id, username, email, None, None, None, None, ())


def row(
    number: int, *, external_id: str | None = None, email: str | None = None, username: str | None = None
) -> UserSpec:
    return UserSpec(external_id=external_id, email=email, username=username, origin=f"row {number}")


def found(members: list[Member], *rows: UserSpec, kinds: tuple[str, ...] = KINDS) -> MatchResult:
    return match_rows(rows, UserIndex(members, kinds, "member"))  # type: ignore[arg-type]  # plain texts, for brevity


def pairs(matched: MatchResult) -> list[tuple[str | None, str]]:
    assert matched.problems == []
    return [(one.origin, other.id) for one, other in matched.pairs]


def told(matched: MatchResult) -> list[str]:
    return [str(problem) for problem in matched.problems]


def test_the_keys_are_asked_in_their_order() -> None:
    members = [
        member(1, external_id="S1", email="a@x.org", username="ada"),
        member(2, email="b@x.org", username="bob"),
        member(3, username="cy"),
    ]
    rows = [row(1, external_id="S1"), row(2, external_id="S2", email="B@X.org"), row(3, username=" cy ")]
    assert pairs(found(members, *rows)) == [("row 1", "u1"), ("row 2", "u2"), ("row 3", "u3")]
    assert [one.origin for one in found(members, row(4, email="d@x.org", username="dan")).unmatched] == ["row 4"]


def test_a_new_address_or_username_is_no_new_person() -> None:
    members = [member(1, external_id="S1", email="a@x.org", username="ada")]
    assert pairs(found(members, row(1, external_id="S1", email="new@x.org", username="lovelace"))) == [("row 1", "u1")]
    assert pairs(found(members, row(1, email="a@x.org", username="lovelace"))) == [("row 1", "u1")]


def test_a_key_that_is_not_asked_matches_nobody() -> None:
    members = [member(1, email="a@x.org", username="ada")]
    assert found(members, row(1, email="a@x.org", username="ada"), kinds=("external_id",)).pairs == []
    assert pairs(found(members, row(1, email="other@x.org", username="ada"), kinds=("username",))) == [("row 1", "u1")]


def test_two_members_of_one_key_are_named() -> None:
    members = [member(2, email="Ada@x.org"), member(1, email="ada@X.org")]
    assert told(found(members, row(1, email="ada@x.org"))) == ["row 1: its email is that of 2 members: u1, u2"]


def test_two_rows_of_one_member_are_both_named() -> None:
    members = [member(1, external_id="S1", email="a@x.org")]
    rows = [row(1, external_id="S1"), row(2, email="a@x.org")]
    assert told(found(members, *rows)) == ["row 2: it names member u1, whom row 1 names too"]
    unnamed = [UserSpec(external_id="S1"), UserSpec(email="a@x.org")]
    assert told(found(members, *unnamed)) == ["it names member u1, whom another row names too"]


def test_keys_of_two_members_are_no_match() -> None:
    members = [member(1, external_id="S1", email="a@x.org"), member(2, email="b@x.org", username="bob")]
    assert told(found(members, row(1, external_id="S1", email="b@x.org"))) == [
        "row 1: its external_id is that of member u1, its email that of u2"
    ]
    assert told(found(members, row(1, external_id="S1", email="b@x.org"), row(2, username="bob", email="b@x.org"))) == [
        "row 1: its external_id is that of member u1, its email that of u2, whom row 2 names"
    ]


def test_who_takes_over_what_another_gives_up_is_matched() -> None:
    members = [member(1, external_id="S1", email="a@x.org"), member(2, external_id="S2", email="b@x.org")]
    rows = [row(1, external_id="S1", email="b@x.org"), row(2, external_id="S2", email="new@x.org")]
    assert pairs(found(members, *rows)) == [("row 1", "u1"), ("row 2", "u2")]
    # One whose row says nothing of the address keeps it.
    assert len(found(members, rows[0], row(2, external_id="S2")).problems) == 1


def test_another_external_id_is_another_person() -> None:
    members = [member(1, external_id="S1", username="jsmith")]
    message = told(found(members, row(1, external_id="S9", username="jsmith")))
    assert len(message) == 1
    assert message[0].startswith("row 1: its username is that of member u1, who has another external_id")
    # Who has none yet is given the row's.
    assert pairs(found([member(1, username="jsmith")], row(1, external_id="S9", username="jsmith"))) == [
        ("row 1", "u1")
    ]
    assert pairs(found(members, row(1, username="jsmith"))) == [("row 1", "u1")]


@pytest.mark.parametrize("kinds", [("external_id",), ("external_id", "email")])
def test_a_row_without_a_key_is_named(kinds: tuple[str, ...]) -> None:
    rows = [row(1, username="ada"), row(2, external_id="S2"), row(3, email="nobody", username="x")]
    problems = rows_without_key(rows, kinds)  # type: ignore[arg-type]  # plain texts, for brevity
    assert [problem.origin for problem in problems] == ["row 1", "row 3"]
    assert problems[0].message.startswith(f"it has none of {', '.join(kinds)}")
