"""Members whose rows are left out: whatever a bad row may mean, its member is neither removed nor suspended."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from orgsdk.bulk import Plan, Policy, RejectedRow, Roster, RosterProblem, UserSpec, plan, read_roster
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


async def test_nobody_is_removed_because_of_a_row_with_the_keys_of_another_row() -> None:
    school = await of_two()
    text = "username,given_name\nbob,Bob\nbob,Ada\n"  # the username was copied from the line above
    made = await plan(school.org, read_roster(io.BytesIO(text.encode()), "csv", on_error="skip"), skipping())
    assert made.is_empty
    unreadable = "username,email\nbob,b@x.org\nbob,a..@x.org\n"
    made = await plan(school.org, read_roster(io.BytesIO(unreadable.encode()), "csv", on_error="skip"), skipping())
    assert made.is_empty


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


# Rows whose keys cannot be read: each may be the row of any member

_BOB = {"username": "bob", "email": "b@x.org"}
_BAD = {"username": "new", "email": "at home"}


def csv_of(*rows: dict[str, str]) -> bytes:
    header = list(rows[0])
    return "\n".join([",".join(header), *(",".join(row[name] for name in header) for row in rows), ""]).encode()


def json_of(*rows: dict[str, Any]) -> bytes:
    return json.dumps(rows).encode()


def okta_of(*rows: dict[str, str]) -> bytes:
    users = [{"login": row["username"], "email": row["email"]} for row in rows]
    return json_of(*({"id": row["login"], "status": "ACTIVE", "profile": row} for row in users))


def google_of(*rows: dict[str, str]) -> bytes:
    return csv_of(*({"Email Address [Required]": row["email"], "First Name [Required]": "Bo"} for row in rows))


@pytest.mark.parametrize(
    ("content", "preset"),
    [
        (csv_of(_BOB, _BAD), "csv"),
        (csv_of(_BOB, {**_BAD, "email": "#N/A"}), "csv"),
        (csv_of(_BOB, {**_BAD, "username": "1.23457E+11", "email": "n@x.org"}), "csv"),
        (json_of(_BOB, _BAD), "json"),
        (json_of(_BOB, {**_BAD, "email": ["a@x.org", "b@x.org"]}), "json"),
        (json_of(_BOB, {**_BAD, "email": 7.5}), "json"),
        (okta_of(_BOB, _BAD), "okta"),
        (google_of(_BOB, _BAD), "google"),
    ],
    ids=[*("address", "#N/A", "spreadsheet", "JSON", "list", "number"), "okta", "google"],
)
async def test_row_with_an_unreadable_key_that_names_no_member_removes_nobody(content: bytes, preset: str) -> None:
    school = await of_two()
    roster = read_roster(io.BytesIO(content), preset, on_error="skip", complete=True)
    made = await plan(school.org, roster, skipping())
    assert (made.counts["remove"], made.left, len(made.rejected)) == (0, 1, 1)
    assert any("1 member stays although no row names them: a row that was left out has" in note for note in made.notes)


async def test_row_of_no_reader_with_an_invalid_address_removes_nobody() -> None:
    school = await of_two()
    rest = [row("bob", "b@x.org")]
    bad = UserSpec(username="new", email="at home")
    assert (await with_rejected(school, rest, bad, skipping())).is_empty
    assert (await school.plan([*rest, bad], skipping())).is_empty


async def test_bad_row_of_a_newcomer_stops_no_removal() -> None:
    newcomer = {**_BOB, "username": "new", "email": "n@x.org", "external_id": "7"}
    school = await of_two()
    content = csv_of({**_BOB, "external_id": "1", "roles": ""}, {**newcomer, "roles": "pilot"})
    made = await plan(school.org, read_roster(io.BytesIO(content), on_error="skip"), skipping())
    assert (made.counts["remove"], len(made.rejected)) == (1, 1)
    # The provider stores no external ids, so that this one could name nobody.
    school = School.of(LikeFlat)
    await school.add("ada", "a@x.org")
    await school.add("bob", "b@x.org")
    content = csv_of({**_BOB, "external_id": "1"}, {**newcomer, "external_id": "#N/A"})
    made = await plan(school.org, read_roster(io.BytesIO(content), on_error="skip"), skipping())
    assert (made.counts["remove"], len(made.rejected)) == (1, 1)


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
