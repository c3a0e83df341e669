"""Members whose rows are left out: whatever a bad row may mean, its member is neither removed nor suspended."""

from __future__ import annotations

from typing import Any

import pytest

from orgsdk.bulk import Plan, Policy, RejectedRow, Roster, RosterProblem, UserSpec, plan
from tests.bulk.planning.organizations import LikeFlat, School, row

pytestmark = pytest.mark.anyio


def skipping(**settings: Any) -> Policy:
    values: dict[str, Any] = {"remove": "account", "on_error": "skip", "max_bad_rows": 9, **settings}
    return Policy(max_removal_share=1, min_matched_share=0, **values)


async def with_rejected(school: School, rows: list[UserSpec], rejected: UserSpec, policy: Policy) -> Plan:
    bad = RejectedRow(RosterProblem("line 9", "the row is bad"), rejected)
    return await plan(school.org, Roster(users=rows, name="r", fingerprint="", rejected=(bad,)), policy)


async def of_two(**fields: Any) -> School:
    """Return an organization of bob and of one user with these fields."""
    school = School.of()
    await school.add(fields.pop("username", "ada"), fields.pop("email", "a@x.org"), **fields)
    await school.add("bob", "b@x.org")
    return school


@pytest.mark.parametrize(
    ("fields", "bad"),
    [
        ({"username": "ada"}, {"username": "ADA"}),
        ({"username": "JOSÉ"}, {"username": "jose\u0301"}),
        ({"username": "007"}, {"username": "7"}),
        ({"external_id": "00417"}, {"external_id": "417"}),
        ({"external_id": "417"}, {"external_id": "0417", "username": "new"}),
    ],
)
@pytest.mark.parametrize("is_read", [True, False])
async def test_member_with_nearly_a_key_of_a_bad_row_stays(
    fields: dict[str, Any], bad: dict[str, Any], *, is_read: bool
) -> None:
    school = await of_two(**fields)
    rest, wrong = [row("bob", "b@x.org")], UserSpec(**bad, origin="line 2")
    if is_read:  # the row is bad because of its key
        made = await school.plan([*rest, wrong], skipping())
    else:
        made = await with_rejected(school, rest, wrong, skipping())
    assert made.is_empty
    assert "1 member stays, because rows that were left out name them" in made.notes


@pytest.mark.parametrize(
    ("state", "policy"),
    [
        ("gone", {}),
        ("gone", {"remove": "suspend"}),
        ("suspended", {"suspended": "remove"}),
        ("suspended", {"suspended": "suspend"}),
    ],
)
async def test_member_of_a_bad_row_and_of_a_row_that_is_not_active_stays(state: Any, policy: dict[str, Any]) -> None:
    school = await of_two()
    rows = [row("bob", "b@x.org"), row("ada", state=state)]
    made = await with_rejected(school, rows, UserSpec(email="A@X.org"), skipping(**policy))
    assert made.is_empty
    assert "1 member stays, because rows that were left out name them" in made.notes


async def test_row_that_is_bad_twice_is_counted_once() -> None:
    school = await of_two()
    rows = [row("bob", "b@x.org"), row("ada", state="gone")]
    made = await with_rejected(school, rows, row("ada", "new@x.org"), skipping(max_bad_rows=2))
    assert [problem.origin for problem in made.rejected] == ["line 9", "row of ada"]
    assert made.is_empty


# Rows of users who left, of a roster that no reader has checked


@pytest.mark.parametrize("key", [{"email": "b@x.org"}, {"username": "bob"}])
async def test_user_who_left_already_stops_nobody(key: dict[str, Any]) -> None:
    school = School.of()
    await school.add("bob", "b@x.org", external_id="S2")
    left = UserSpec(**key, external_id="S1", state="gone", origin="line 9")
    for rows in ([row("bob", "b@x.org", external_id="S2"), left], [left], [row("new", "n@x.org"), left]):
        made = await school.plan(rows, Policy())
        assert [write.kind for write in made.writes] == ["create"] * (len(rows) - 1 if rows[0].username == "new" else 0)


async def test_user_who_left_and_whose_family_has_the_address_stops_nobody() -> None:
    school = School.of(LikeFlat)
    await school.add("parent", "family@x.org")
    left = row("child", "family@x.org", state="gone")
    made = await school.plan([row("parent", "family@x.org"), left], Policy(remove="account"))
    assert (made.is_empty, made.unchanged) == (True, 1)


@pytest.mark.parametrize("state", ["gone", "suspended"])
@pytest.mark.parametrize("order", [1, -1])
async def test_rows_of_one_external_id_in_two_states_are_refused_before_the_user_exists(state: Any, order: int) -> None:
    school = School.of()
    rows = [row("ada", external_id="S1"), row("old", external_id="S1", state=state)][::order]
    made = await school.plan([*rows, row("bob")], skipping())
    assert (len(made.rejected), made.counts["create"]) == (2, 1)
