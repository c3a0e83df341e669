"""Settled members are counted only: a plan is the same, byte for byte, as one that looks at every row and member."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import anyio
import pytest
from hypothesis import given, settings, strategies as st

from orgsdk import OrgClient
from orgsdk.bulk import Policy, Roster, SourceError, UserSpec, plan
from orgsdk.bulk.planning import draft, planner
from orgsdk.bulk.planning.member_store import MemberStore
from orgsdk.bulk.planning.members import Member
from orgsdk.bulk.planning.settled import Settled, settle
from orgsdk.bulk.roster.spec import RejectedRow, RosterProblem
from orgsdk.bulk.stores.rows import RowStore
from orgsdk.domain import Capability
from orgsdk.providers import Memory

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from orgsdk.bulk.roster.keys import Key

# Few values, so that keys are equal, nearly equal, exchanged, or those of several users.
IDS = st.none() | st.sampled_from(["1", "01", "2", "é", "e\u0301"])
NAMES = st.none() | st.sampled_from(["ada", "Ada", "0ada", "bob", "strasse", "straße", " ada"])
EMAILS = st.none() | st.sampled_from(["a@x.example", "A@x.example", "b@x.example", "é@x.example", "c@ü.example", "no"])
WORDS = st.none() | st.sampled_from(["Ada", "Bob", "É", "E\u0301", ""])
ROLES = st.sampled_from([("user",), ("teacher",), ("admin",)])
FIELDS = {
    "external_id": IDS,
    "username": NAMES,
    "email": EMAILS,
    "given_name": WORDS,
    "name": WORDS,
    "phone": st.none() | st.sampled_from(["+1 2", "+12"]),
}
ROWS = st.builds(
    UserSpec,
    **FIELDS,
    roles=st.none() | st.just(()) | st.just(("nobody",)) | ROLES,
    state=st.sampled_from(["active", "active", "active", "suspended", "gone"]),
)
MEMBERS = st.builds(
    Member,
    id=st.sampled_from([f"m{number}" for number in range(30)]),
    **FIELDS,
    roles=ROLES,
    is_suspended=st.sampled_from([None, False, True]),
)
POLICIES = st.sampled_from(
    [
        Policy(),
        Policy(remove="membership", min_matched_share=0, max_removal_share=1),
        Policy(remove="membership", on_error="skip", max_bad_rows=0.9, protect=("ada",), remove_only=("*a*",)),
        Policy(match_by=("username",), roles="add", create="no", on_error="skip", max_bad_rows=0.9),
        Policy(match_by=("email", "username"), update=("given_name",), suspended="suspend", external_ids="keep"),
        Policy(remove="account", roles="leave", external_ids="replace", on_error="skip", max_bad_rows=0.9),
    ]
)
LACKING = st.sampled_from(
    [
        frozenset[Capability](),
        frozenset({Capability.USERS_EXTERNAL_ID, Capability.USERS_USERNAME_CASE, Capability.USERS_PHONE}),
    ]
)


def nothing_settled(rows: RowStore, members: MemberStore, **_: object) -> Settled:
    """Return all rows and members as others, each of which is matched."""
    everyone = list(members)
    return Settled(
        rows=list(rows),
        members=everyone,
        new=frozenset(),
        contested=everyone,
        count=0,
        roles=Counter(),
        row_roles=frozenset(),
        defined=Counter(),
        _store=members,
        _is_other=b"\x01" * len(members),
    )


async def planned(
    rows: Sequence[UserSpec], members: Sequence[Member], policy: Policy, lacking: frozenset[Capability]
) -> bytes | list[str]:
    """Return the plan without its time, or the problems."""
    bad = [RejectedRow(RosterProblem("bad", "bad"), rows[0])] if rows and policy.on_error == "skip" else []
    roster = Roster(users=rows[1:] if bad else rows, name="rows", fingerprint="0", rejected=bad)
    store = MemberStore()
    store.extend(members)

    async def read(_: object) -> MemberStore:
        return store.without_repeated()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planner, "read_member_store", read)
        patch.setattr(Memory, "capabilities", Memory.capabilities - lacking)
        async with OrgClient(Memory()) as client:
            try:
                found = await plan(client.organization(), roster, policy)
            except SourceError as error:
                return list(map(str, error.problems))
    return replace(found, created_at=datetime(2026, 1, 1, tzinfo=UTC)).to_json()


@settings(max_examples=60)
@given(st.lists(ROWS, max_size=8), st.lists(MEMBERS, max_size=8), st.integers(0, 8), POLICIES, LACKING)
def test_a_plan_is_the_same_as_one_that_matches_every_member(
    rows: list[UserSpec], members: list[Member], same: int, policy: Policy, lacking: frozenset[Capability]
) -> None:
    # Rows that are as their members are, between all others.
    rows += [
        UserSpec(**{name: getattr(member, name) for name in FIELDS}, roles=member.roles) for member in members[:same]
    ]
    rows = [replace(row, origin=f"row {number}") for number, row in enumerate(rows)]
    with_settled = anyio.run(partial(planned, rows, members, policy, lacking))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(draft, "settle", nothing_settled)
        assert anyio.run(partial(planned, rows, members, policy, lacking)) == with_settled


def settled_of(
    rows: list[UserSpec],
    members: list[Member],
    *,
    compared: Collection[str] = ("given_name", "email"),
    bad: Sequence[UserSpec] = (),
) -> Settled:
    store = MemberStore()
    store.extend(members)
    kinds: tuple[Key, ...] = ("external_id", "email", "username")
    return settle(
        RowStore(rows),
        store,
        kinds=kinds,
        compared=compared,
        are_same_roles=lambda row, roles: row.roles == roles,
        bad=bad,
    )


ADA = UserSpec(username="ada", email="ada@x.example", given_name="Ada", roles=("user",))
MEMBER = Member(id="m1", username="ada", email="ada@x.example", given_name="Ada", name="Ada B", roles=("user",))


def test_a_member_is_settled_if_its_row_differs_in_nothing_that_is_written() -> None:
    other = Member(id="m2", username="bob", roles=("admin",), is_suspended=False)
    found = settled_of([ADA, UserSpec(username="cy", locale="fr")], [other, MEMBER])
    assert (found.count, found.members, [row.username for row in found.rows]) == (1, [other], ["cy"])
    assert list(found) == [MEMBER]
    assert found.roles == {("user",): 1}
    assert found.row_roles == frozenset({("user",)})
    assert found.roles_of_all == {("user",): 1, ("admin",): 1}
    assert found.defined["given_name"] == 1
    assert found.defined["locale"] == 0
    assert found.contested == []
    assert found.new == {id(found.rows[0])}


@pytest.mark.parametrize(
    "row",
    [
        replace(ADA, given_name="Bea"),
        replace(ADA, roles=("admin",)),
        replace(ADA, roles=()),
        replace(ADA, state="suspended"),
        replace(ADA, state="gone"),
        replace(ADA, email="ADA@x.example"),
        replace(ADA, username="Ada"),
        replace(ADA, external_id="7"),
    ],
)
def test_a_row_that_differs_is_matched(row: UserSpec) -> None:
    found = settled_of([row], [MEMBER], compared={"given_name", "email", "username", "external_id"})
    assert (found.count, found.members, found.contested, found.new) == (0, [MEMBER], [MEMBER], frozenset())


@pytest.mark.parametrize(
    ("rows", "members", "bad"),
    [
        ([ADA, UserSpec(username="0ADA")], [MEMBER], []),
        ([ADA], [MEMBER, Member(id="m2", username="ADA", roles=())], []),
        ([ADA], [MEMBER], [UserSpec(email="Ada@X.example")]),
        ([ADA], [replace(MEMBER, external_id="7")], []),
        ([ADA], [replace(MEMBER, is_suspended=True)], []),
        ([ADA], [MEMBER, replace(MEMBER, id="m2")], []),
        ([replace(ADA, username=None), UserSpec(username="ada")], [MEMBER], []),
        ([UserSpec(email="no", roles=())], [Member(id="m1", email="no", roles=())], []),
    ],
    ids=["row", "member", "bad row", "external id", "suspended", "twins", "other row", "no key"],
)
def test_a_doubt_is_left_to_the_matching(rows: list[UserSpec], members: list[Member], bad: list[UserSpec]) -> None:
    found = settled_of(rows, members, bad=bad)
    assert (found.count, found.members, found.rows) == (0, members, rows)


def test_a_member_of_a_row_that_was_left_out_can_be_found_by_its_keys() -> None:
    found = settled_of([], [MEMBER, Member(id="m2", username="bob", roles=())], bad=[UserSpec(username="ADA")])
    assert found.contested == [MEMBER]


def test_a_member_that_is_listed_twice_is_kept_once_with_its_last_values() -> None:
    members = [Member(id=f"m{number}", name=str(number), roles=()) for number in range(1_200)]
    store = MemberStore()
    store.extend(members)
    assert list(store.without_repeated()) == members
    store.extend([replace(members[7], name="new"), replace(members[3], name="old"), replace(members[3], name="new")])
    expected = members.copy()
    expected[3], expected[7] = replace(members[3], name="new"), replace(members[7], name="new")
    assert list(store.without_repeated()) == expected
    assert list(store.without_repeated().ids()) == [member.id for member in members]
