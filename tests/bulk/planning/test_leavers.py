"""Users who left: suspension, grace, limits of removals, and accounts of other organizations."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from orgsdk import UnsupportedError
from orgsdk.bulk import GuardError, Plan, Policy, UserSpec, apply
from orgsdk.domain import Capability
from orgsdk.errors import Advice
from orgsdk.providers import Memory
from tests.bulk.memories import Plain
from tests.bulk.planning.organizations import LikeFlat, School, any_policy, row

pytestmark = pytest.mark.anyio


@pytest.fixture
async def school() -> School:
    """Return an organization of an admin, two teachers (t1, t2) and three students (s1 to s3)."""
    made = School.of()
    await made.add("head", "head@staff.x.org", roles=["admin"])
    for role, number in (("teacher", 2), ("student", 3)):
        for n in range(1, number + 1):
            await made.add(f"{role[0]}{n}", f"{role[0]}{n}@{role}s.x.org", roles=[role])
    return made


def rows(*usernames: str, **fields: Any) -> list[UserSpec]:
    return [row(username, **fields) for username in usernames]


EVERYBODY = ("head", "t1", "t2", "s1", "s2", "s3")


def shown(made: Plan) -> list[tuple[str, str]]:
    return [(write.kind, write.key.rpartition(":")[2].partition("@")[0]) for write in made.writes]


async def suspended(school: School) -> set[str | None]:
    return {user.username async for user in school.org.users.list() if user.is_suspended}


# Suspension


@pytest.mark.parametrize("state", [None, "gone"])
async def test_missing_and_gone_members_are_suspended_until_their_row_returns(school: School, state: Any) -> None:
    present = rows("head", "t1", "t2", "s1")
    left = [] if state is None else rows("s2", "s3", state=state, word="LEFT")
    made = await school.run([*present, *left], any_policy(remove="suspend"))
    assert shown(made) == [("suspend", "s2"), ("suspend", "s3")]
    assert [write.word for write in made.writes] == ([None] * 2 if state is None else ["LEFT"] * 2)
    assert await suspended(school) == {"s2", "s3"}
    made = await school.run([*present, *rows("s2", given_name="Ada")], any_policy(remove="suspend"))
    assert shown(made) == [("activate", "s2"), ("update", "s2")]
    assert await suspended(school) == {"s3"}


@pytest.mark.parametrize(
    ("policy", "kinds"),
    [
        ({}, []),
        ({"suspended": "suspend"}, [("suspend", "s1")]),
        ({"suspended": "remove"}, []),
        ({"suspended": "remove", "remove": "membership"}, [("remove", "s1")]),
        ({"suspended": "remove", "remove": "suspend"}, [("suspend", "s1")]),
        ({"suspended": "ignore", "remove": "account"}, []),
        ({"suspended": "suspend", "remove": "account"}, [("suspend", "s1")]),
    ],
)
async def test_suspended_row(school: School, policy: dict[str, Any], kinds: list[tuple[str, str]]) -> None:
    others = rows("head", "t1", "t2", "s2", "s3")
    made = await school.run(
        [row("s1", state="suspended", given_name="X", word="Archived"), *others], any_policy(**policy)
    )
    assert shown(made) == kinds
    if not policy:
        assert "1 member whose row is suspended (Archived 1) stays active" in " ".join(made.notes)
        assert "state in the source" not in made.table()
    if kinds:
        assert "state in the source: Archived" in made.table()


async def test_suspension_by_another_caller_ends_only_if_the_policy_suspends(school: School) -> None:
    user = await school.org.users.find(username="s1")
    assert user is not None
    await school.org.users.suspend(user.id)
    made = await school.run(rows(*EVERYBODY))
    assert made.is_empty
    assert "1 member whose row is active will stay suspended" in " ".join(made.notes)
    assert shown(await school.run(rows(*EVERYBODY), any_policy(suspended="suspend"))) == [("activate", "s1")]


@pytest.mark.parametrize("policy", [Policy(remove="suspend"), Policy(suspended="suspend")])
async def test_provider_without_suspension_is_refused_when_planning(policy: Policy) -> None:
    made = School.of(LikeFlat)
    with pytest.raises(UnsupportedError) as caught:
        await made.plan([], policy)
    assert caught.value.operation == Capability.USERS_SUSPEND.value


async def test_suspensions_are_under_the_removal_guards(school: School) -> None:
    inverted = rows(*EVERYBODY, state="suspended")
    made = await school.plan(inverted, Policy(suspended="suspend"))
    assert [guard.name for guard in made.guards if not guard.passed] == ["removals"]
    assert {member.reason for member in made.protected} == {"last_admin"}
    with pytest.raises(GuardError, match="removals: 5 would be removed or suspended, or lose an admin role, 0 may be"):
        await apply(made, school.org)


async def test_drifted_suspension_is_skipped(school: School) -> None:
    made = await school.plan(rows("head", "t1", "t2", "s1", "s2"), any_policy(remove="suspend"))
    user = await school.org.users.find(username="s3")
    assert user is not None
    await school.org.users.update(user.id, given_name="Changed")
    (outcome,) = (await apply(made, school.org, reread_after=timedelta(0))).outcomes
    assert (outcome.status, outcome.reason) == ("skipped", "drifted")


# Grace


async def test_missing_member_is_removed_after_the_grace_period(school: School) -> None:
    policy = any_policy(remove="account", grace=timedelta(days=30))
    present = rows("head", "t1", "t2", "s1", "s2")
    first = await school.plan(present, policy)
    assert first.is_empty
    assert list(first.missing.values()) == [first.created_at]
    day = (first.created_at + timedelta(days=30)).date()
    assert f"1 member stays without a row until the grace period of 30 days ends, for the first on {day}" in first.notes
    earlier = _aged(Plan.from_json(first.to_json()), days=29)
    second = await school.plan(present, policy, previous=earlier)
    assert (second.is_empty, second.missing) == (True, earlier.missing)
    third = await school.plan(present, policy, previous=_aged(second, days=1))
    assert shown(third) == [("remove", "s3")]
    # A member who returned is missing anew.
    returned = await school.plan(rows(*EVERYBODY), policy, previous=_aged(second, days=9))
    assert returned.missing == {}


def _aged(plan: Plan, *, days: int) -> Plan:
    """Return the plan as if it and the dates in it were older."""
    age = timedelta(days=days)
    missing = {user_id: since - age for user_id, since in plan.missing.items()}
    return replace(plan, created_at=plan.created_at - age, missing=missing)


async def test_member_is_suspended_during_the_grace_period(school: School) -> None:
    policy = any_policy(remove="membership", suspended="suspend", grace=timedelta(days=7))
    present = rows("head", "t1", "t2", "s1", "s2")
    first = await school.run(present, policy)
    assert shown(first) == [("suspend", "s3")]
    last = await school.plan(present, policy, previous=_aged(first, days=7))
    assert shown(last) == [("remove", "s3")]
    back = await school.plan(rows(*EVERYBODY), policy, previous=first)
    assert shown(back) == [("activate", "s3")]


async def test_gone_row_needs_no_grace(school: School) -> None:
    policy = any_policy(remove="membership", grace=timedelta(days=7))
    made = await school.run([*rows("head", "t1", "t2", "s1", "s2"), row("s3", state="gone")], policy)
    assert shown(made) == [("remove", "s3")]
    assert made.missing == {}


async def test_refused_plan_starts_no_grace_period(school: School) -> None:
    policy = any_policy(remove="membership", grace=timedelta(days=7))
    first = await school.plan(rows("head", "t1", "t2", "s1", "s2"), policy)
    wrong = await school.plan(rows("head", "t1", "t2", "s1"), policy, previous=_aged(first, days=6))
    refused = replace(wrong, guards=(replace(first.guards[0], passed=False),))
    assert len(refused.missing) == 2
    after = await school.plan(rows("head", "t1", "t2", "s1"), policy, previous=_aged(refused, days=8))
    assert shown(after) == [("remove", "s3")]
    assert len(after.missing) == 2


# Limits


async def test_file_of_one_role_removes_only_that_role(school: School) -> None:
    students = rows("s1", "s2")
    made = await school.run(students, any_policy(remove="membership"))
    assert shown(made) == [("remove", "s3")]
    assert "3 members stay, because of roles that the source does not name (admin 1, teacher 2)" in " ".join(made.notes)


@pytest.mark.parametrize(
    ("roles", "removed"),
    [
        (("student",), {"s2", "s3"}),
        (("teacher", "student"), {"t1", "t2", "s2", "s3"}),
        (("admin", "teacher", "student"), {"t1", "t2", "s2", "s3"}),
        (("pilot",), set[str]()),
        ((), set[str]()),
    ],
)
async def test_roles_of_the_policy_limit_removals(school: School, roles: tuple[str, ...], removed: set[str]) -> None:
    made = await school.plan(rows("head", "s1"), any_policy(remove="membership", remove_roles=roles))
    assert {key for _, key in shown(made)} == removed


async def test_member_with_another_role_too_stays(school: School) -> None:
    await school.add("both", roles=["student", "teacher"])
    made = await school.run(rows("s1", "s2", "s3"), any_policy(remove="membership"))
    assert made.is_empty


async def test_named_role_without_a_member_is_a_role_of_the_source(school: School) -> None:
    made = await school.plan([*rows("s1", "s2", "s3"), row("new", roles=("teacher",))], any_policy(remove="membership"))
    assert {key for kind, key in shown(made) if kind == "remove"} == {"t1", "t2"}


@pytest.mark.parametrize(
    ("patterns", "removed"),
    [
        (("*@students.x.org",), {"s2", "s3"}),
        (("*@STUDENTS.x.org", "t1"), {"s2", "s3", "t1"}),
        (("s[23]",), {"s2", "s3"}),
        (("nobody",), set[str]()),
    ],
)
async def test_removals_are_limited_to_patterns(school: School, patterns: tuple[str, ...], removed: set[str]) -> None:
    policy = any_policy(remove="membership", remove_only=patterns, remove_roles=("student", "teacher"))
    made = await school.plan([*rows("head", "s1"), row("s2", state="gone"), row("t2", state="gone")], policy)
    assert {key for _, key in shown(made)} == removed


async def test_half_of_a_role_is_guarded() -> None:
    school = School.of()
    for number in range(60):
        await school.add(f"u{number}", roles=["teacher" if number < 8 else "student"])
    made = await school.plan(
        rows(*(f"u{number}" for number in range(4, 60))), Policy(remove="membership", max_removal_share=1)
    )
    assert [guard.name for guard in made.guards if not guard.passed] == ["removed_roles"]
    assert "4 of 8 with the role teacher would be removed" in made.summary()


async def test_delta_removes_the_member_whose_row_is_gone_and_nobody_else(school: School) -> None:
    made = await school.plan([row("s3", state="gone")], Policy(remove="membership"), incomplete=True)
    assert shown(made) == [("remove", "s3")]
    assert {guard.passed for guard in made.guards} == {True}
    assert "5 members stay although no row names them: the source lists only some of the users" in made.notes
    all_gone = await school.plan(rows(*EVERYBODY, state="gone"), Policy(remove="membership"), incomplete=True)
    assert [guard.name for guard in all_gone.guards if not guard.passed] == ["removals"]


async def test_admin_role_that_ended_is_under_the_removal_guards() -> None:
    school = School.of()
    for number in range(30):
        await school.add(f"u{number}", roles=["admin"] if number < 6 else ["student"])
    ended = [row(f"u{number}", roles=() if 0 < number < 6 else None) for number in range(30)]
    made = await school.plan(ended, Policy())
    assert (made.counts["set_roles"], [guard.name for guard in made.guards if not guard.passed]) == (5, ["removals"])
    few = [row(f"u{number}", roles=() if number == 1 else None) for number in range(30)]
    assert {guard.passed for guard in (await school.plan(few, Policy())).guards} == {True}


# Other organizations


async def two_organizations(provider: type[Memory] = Memory) -> tuple[School, School]:
    """Return two organizations of one tenant: u1 and u2 are members of both, u3 of the first."""
    first = School.of(provider)
    second_id = (await first.client.organizations.create("second")).id
    second = School(first.client, first.client.organization(second_id), first.memory)
    users = [await first.add(f"u{number}") for number in range(1, 4)]
    await second.org.users.add([user.id for user in users[:2]])
    await first.add("stays")
    return first, second


async def test_account_of_another_organization_only_leaves_this_one() -> None:
    first, second = await two_organizations()
    made = await first.run([row("stays")], any_policy(remove="account"))
    assert {write.key: write.account for write in made.writes} == {
        "username:u1": "keep",
        "username:u2": "keep",
        "username:u3": "delete",
    }
    assert (
        "of the members to delete, 2 accounts in other organizations too only leave this one: "
        "Policy(remove_elsewhere=True) applies to the accounts"
    ) in made.notes
    assert set(await second.usernames()) == {"u1", "u2"}


async def test_account_of_another_organization_is_deleted_with_its_own_switch() -> None:
    first, second = await two_organizations()
    made = await first.run([row("stays")], any_policy(remove="account", remove_elsewhere=True))
    assert {write.account for write in made.writes} == {"delete"}
    assert "of the members to delete, 2 accounts in other organizations too are deleted" in made.notes
    assert await second.usernames() == {}


async def test_account_of_another_organization_is_not_suspended() -> None:
    first, _ = await two_organizations()
    made = await first.run([row("stays")], any_policy(remove="suspend"))
    assert [(write.kind, write.key) for write in made.writes] == [("suspend", "username:u3")]
    assert any("2 accounts in other organizations too are not suspended" in note for note in made.notes)
    made = await first.run([row("stays")], any_policy(remove="suspend", remove_elsewhere=True))
    assert made.counts["suspend"] == 2


async def test_only_departing_members_are_looked_up() -> None:
    first, _ = await two_organizations()
    first.memory.calls.clear()
    await first.plan([row("stays"), row("u1"), row("u2")], any_policy(remove="account"))
    assert first.memory.calls.count("accounts.list_organizations") == 1
    first.memory.calls.clear()
    await first.plan([row("stays"), row("u1")], any_policy(remove="membership"))
    assert "accounts.list_organizations" not in first.memory.calls


async def test_provider_that_cannot_list_organizations_deletes_no_account() -> None:
    class Silent(Memory):
        capabilities = Memory.capabilities - {Capability.ACCOUNTS_LIST_ORGANIZATIONS}

    first, second = await two_organizations(Silent)
    made = await first.run([row("stays")], any_policy(remove="account"))
    assert {write.account for write in made.writes} == {"keep"}
    assert any("perhaps in other organizations, which cannot be read here," in note for note in made.notes)
    assert set(await second.usernames()) == {"u1", "u2"}


async def test_account_of_one_organization_is_deleted_without_a_lookup() -> None:
    made = School.of(Plain)
    await made.add("u1")
    await made.add("stays")
    planned = await made.run([row("stays")], any_policy(remove="account"))
    assert [write.account for write in planned.writes] == ["delete"]


async def test_account_that_joins_another_organization_after_the_plan_is_skipped() -> None:
    first, second = await two_organizations()
    made = await first.plan([row("stays"), row("u1"), row("u2")], any_policy(remove="account"))
    assert [write.account for write in made.writes] == ["delete"]
    await second.org.users.add([made.writes[0].user_id or ""])
    (outcome,) = (await apply(made, first.org)).outcomes
    assert (outcome.status, outcome.reason) == ("skipped", "elsewhere")
    assert set(await second.usernames()) == {"u1", "u2", "u3"}


@pytest.mark.parametrize(
    ("policy", "advice"),
    [
        ({"remove": "suspend"}, ["Pass --remove membership"]),
        ({"suspended": "suspend", "remove": "account"}, ["Leave --suspended suspend out"]),
        ({"suspended": "suspend", "remove": "suspend"}, ["Pass --remove membership", "Leave --suspended suspend out"]),
    ],
)
async def test_a_provider_without_suspensions_is_refused_with_what_to_pass(policy: Any, advice: list[str]) -> None:
    with pytest.raises(UnsupportedError) as caught:
        await School.of(LikeFlat).plan([], Policy(**policy))
    found = caught.value.advice
    assert isinstance(found, Advice)
    assert [text.partition(",")[0] for text in found.command.split(". ")] == advice


async def test_a_provider_without_suspensions_advises_none_for_a_suspended_row() -> None:
    school = School.of(LikeFlat)
    await school.add("ada")
    (note,) = (await school.plan(rows("ada", state="suspended"))).notes
    assert "stays active, because the provider cannot suspend" in note
    assert 'Policy(suspended="remove")' in note


@pytest.mark.parametrize("remove", ["suspend", "membership", "account"])
async def test_the_table_shows_who_is_removed_or_suspended(remove: Any) -> None:
    school = School.of()
    await school.add("ada", "ada@x.org", external_id="S1", given_name="Ada")
    shown = (await school.plan([UserSpec(external_id="S1", state="gone")], any_policy(remove=remove))).table()
    assert "external_id:S1  username: ada, email: ada@x.org, given_name: Ada" in shown


async def test_the_guard_of_removals_names_suspensions() -> None:
    school = School.of()
    await school.add("ada", "ada@x.org", external_id="S1")
    gone = [UserSpec(external_id="S1", state="gone")]
    made = await school.plan(gone, Policy(remove="suspend", min_matched_share=0))
    assert "1 would be removed or suspended, or lose an admin role, 0 may be" in made.summary()


async def test_row_that_is_gone_does_not_name_its_role(school: School) -> None:
    students = rows("s1", "s2", "s3")
    made = await school.plan([*students, row("t1", state="gone")], any_policy(remove="membership"))
    assert shown(made) == [("remove", "t1")]


async def test_source_of_members_without_roles_removes_only_such() -> None:
    made = School.of()
    for name, roles in (("g1", []), ("g2", []), ("t1", ["teacher"])):
        await made.add(name, roles=roles)
    policy = any_policy(remove="membership")
    assert shown(await made.plan([row("g1")], policy)) == [("remove", "g2")]


async def test_partial_source_keeps_the_dates_of_missing_members(school: School) -> None:
    policy = any_policy(remove="account", grace=timedelta(days=30))
    present = rows("head", "t1", "t2", "s1", "s2")
    first = _aged(await school.plan(present, policy), days=20)
    delta = await school.plan(rows("s1"), policy, previous=first, incomplete=True)
    assert delta.missing == first.missing
    assert shown(await school.plan(present, policy, previous=_aged(delta, days=10))) == [("remove", "s3")]


async def test_suspended_account_that_becomes_a_member_is_activated() -> None:
    made = School.of()
    account = await made.client.accounts.create(username="zoe", email="z@x.org")
    await made.client.accounts.suspend(account.id)
    planned = await made.run([row("zoe", "z@x.org")], any_policy(suspended="suspend"))
    assert [write.kind for write in planned.writes] == ["add", "activate"]


# Invitations to addresses that another user has


@pytest.mark.parametrize(
    ("remove", "kinds"), [("no", []), ("membership", ["remove"]), ("account", ["invite", "remove"])]
)
async def test_address_that_a_leaver_keeps_is_not_invited(remove: Any, kinds: list[str]) -> None:
    made = School.of()
    await made.add("old", "j@x.org", external_id="S1")
    await made.add("other", external_id="S2")
    leaver = row("old", "j@x.org", external_id="S1", state="gone", origin="row 1")
    wanted = [leaver, row("new", "j@x.org", external_id="S9", origin="row 2"), row("other", external_id="S2")]
    planned = await made.plan(wanted, any_policy(create="invite", remove=remove))
    assert [write.kind for write in planned.writes] == kinds
    assert any("row 2 (email of row 1)" in note for note in planned.notes) is (remove != "account")


async def test_addresses_that_do_not_match_are_invited_only_if_they_are_free() -> None:
    made = School.of()
    user = await made.add("ada", "a@x.org")
    policy = any_policy(create="invite", match_by=("username",), on_error="skip", max_bad_rows=9)
    rows_ = [row("new", "A@x.org"), row("one", "n@x.org"), row("two", "N@X.org"), row("three", "t@x.org")]
    planned = await made.plan(rows_, policy)
    assert [write.key for write in planned.writes] == ["username:one", "username:three"]
    assert [problem.message for problem in planned.rejected] == [
        f"its email belongs to member {user.id}, and Policy.match_by does not match by email",
        "its email is that of another row, and each address gets one invitation",
    ]


# Suspensions that an administrator made


@pytest.mark.parametrize(
    "policy", [{"remove": "suspend"}, {"suspended": "suspend"}, {"suspended": "suspend", "remove": "suspend"}]
)
@pytest.mark.parametrize("pattern", ["s1", "S1@*", "*@students.x.org"])
async def test_suspension_of_a_protected_member_stays(school: School, policy: dict[str, Any], pattern: str) -> None:
    usernames = await school.usernames()
    for username in ("t1", "s1"):
        await school.org.users.suspend(usernames[username])
    made = await school.run(rows(*EVERYBODY), any_policy(protect=(pattern,), **policy))
    assert shown(made) == [("activate", "t1")]
    assert await suspended(school) == {"s1"}
    assert "1 protected member will stay suspended: a run never suspended them" in made.notes
    (note,) = [note for note in made.notes if "also those that an administrator suspended" in note]
    assert note.startswith("1 suspended user whose row is active will be active")


async def test_account_that_is_added_stays_suspended_if_it_is_protected() -> None:
    school = School.of(Memory)
    left = await school.client.accounts.create(username="left", email="left@x.org")
    await school.client.accounts.suspend(left.id)
    made = await school.plan(rows("left", roles=("student",)), any_policy(suspended="suspend", protect=("left",)))
    assert shown(made) == [("add", "left")]


async def test_plan_without_activations_has_no_note_of_them(school: School) -> None:
    made = await school.plan(rows(*EVERYBODY), any_policy(suspended="suspend"))
    assert not any("suspended" in note for note in made.notes)
