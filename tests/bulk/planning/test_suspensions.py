"""Whose suspensions end: those that the job made, as far as the previous plan records them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.bulk import Plan, apply
from tests.bulk.planning.organizations import School, any_policy, row

if TYPE_CHECKING:
    from orgsdk.bulk import UserSpec

pytestmark = pytest.mark.anyio

SUSPEND = any_policy(suspended="suspend")
USERNAMES = ("head", "ada", "bob", "cleo")


@pytest.fixture
async def school() -> School:
    """Return an organization of an admin and three students; a suspension is one of the account."""
    made = School.of()
    for username in USERNAMES:
        await made.add(username, roles=["admin" if username == "head" else "student"])
    return made


def rows(*missing: str, suspended: str | None = None) -> list[UserSpec]:
    return [
        row(username, state="suspended" if username == suspended else "active")
        for username in USERNAMES
        if username not in missing
    ]


async def suspend(school: School, *usernames: str) -> None:
    """Suspend users as an administrator does."""
    ids = await school.usernames()
    for username in usernames:
        await school.org.users.suspend(ids[username])


async def suspended(school: School) -> set[str | None]:
    return {user.username async for user in school.org.users.list() if user.is_suspended}


async def carry_out(school: School, users: list[UserSpec], policy: Any, previous: Plan | None) -> Plan:
    """Plan and apply a night, and return its plan as the next night loads it."""
    made = await school.plan(users, policy, previous=previous)
    assert not (await apply(made, school.org, confirm=made.hash)).failures
    return Plan.from_json(made.to_json())


@pytest.mark.parametrize("policy", [SUSPEND, any_policy(remove="suspend"), replace(SUSPEND, activate="own")])
async def test_only_the_suspension_that_the_job_made_ends(school: School, policy: Any) -> None:
    first = await carry_out(school, rows(), policy, None)
    assert (first.is_empty, first.suspended) == (True, ())
    absent = {"suspended": "ada"} if policy.remove == "no" else {}
    second = await carry_out(school, rows(*([] if absent else ["ada"]), **absent), policy, first)
    await suspend(school, "bob")
    third = await carry_out(school, rows(), policy, second)
    assert await suspended(school) == {"bob"}
    ended, stays = (note for note in third.notes if "suspended" in note)
    assert ended == "1 suspended user whose row is active will be active, because earlier plans suspended them"
    assert stays.startswith("1 user whose row is active will stay suspended, because no earlier plan suspended them")
    assert 'Policy(activate="all") ends these suspensions too' in stays
    assert (await carry_out(school, rows(), policy, third)).suspended == ()
    await carry_out(school, rows(), replace(policy, activate="all"), third)
    assert await suspended(school) == set()


@pytest.mark.parametrize(("activate", "left"), [("auto", set[str]()), ("all", set[str]()), ("own", {"bob", "cleo"})])
async def test_without_a_previous_plan(school: School, activate: Any, left: set[str]) -> None:
    await suspend(school, "bob", "cleo")
    made = await carry_out(school, rows(), replace(SUSPEND, activate=activate), None)
    assert await suspended(school) == left
    note = next(note for note in made.notes if "suspended" in note)
    assert ('Policy(activate="own")' if not left else 'Policy(activate="all")') in note


async def test_the_first_plan_takes_the_suspensions_of_the_time_before_for_its_own(school: School) -> None:
    await suspend(school, "bob")
    first = await carry_out(school, rows(suspended="bob"), SUSPEND, None)
    await carry_out(school, rows(), SUSPEND, first)
    assert await suspended(school) == set()


async def test_a_suspension_that_an_administrator_made_first_stays_their_own(school: School) -> None:
    first = await carry_out(school, rows(), SUSPEND, None)
    await suspend(school, "bob")
    second = await carry_out(school, rows(suspended="bob"), SUSPEND, first)
    assert (second.is_empty, second.suspended) == (True, ())
    assert (await carry_out(school, rows(), SUSPEND, second)).is_empty


async def test_a_suspension_that_an_administrator_ended_is_forgotten(school: School) -> None:
    first = await carry_out(school, rows(suspended="bob"), SUSPEND, None)
    await school.org.users.suspend((await school.usernames())["bob"], suspended=False)
    second = await carry_out(school, rows(), SUSPEND, first)
    await suspend(school, "bob")
    assert (await carry_out(school, rows(), SUSPEND, second)).is_empty


async def test_a_plan_that_was_not_applied_ends_its_suspensions_later(school: School) -> None:
    first = await carry_out(school, rows(suspended="bob"), SUSPEND, None)
    shown_only = await school.plan(rows(), SUSPEND, previous=first)
    assert shown_only.counts["activate"] == 1
    made = await carry_out(school, rows(), SUSPEND, shown_only)
    assert made.counts["activate"] == 1


async def test_a_plan_that_cannot_be_applied_records_nothing(school: School) -> None:
    first = await carry_out(school, rows(), SUSPEND, None)
    refused = await school.plan([], any_policy(suspended="suspend", remove="suspend"), previous=first)
    assert not all(guard.passed or guard.overridable for guard in refused.guards)
    await suspend(school, "bob")
    assert (await carry_out(school, rows(), SUSPEND, refused)).is_empty
    assert (await school.plan([], any_policy(remove="suspend"))).suspended is None


async def test_a_confirmed_plan_records_its_suspensions(school: School) -> None:
    strict = replace(SUSPEND, max_removals=0)
    first = await carry_out(school, rows(), strict, None)
    confirmed = await carry_out(school, rows(suspended="bob"), strict, first)
    assert not all(guard.passed for guard in confirmed.guards)
    assert (await carry_out(school, rows(), strict, confirmed)).counts["activate"] == 1


async def test_a_policy_that_suspends_nobody_keeps_the_record(school: School) -> None:
    first = await carry_out(school, rows(suspended="bob"), SUSPEND, None)
    assert first.suspended == ((await school.usernames())["bob"],)
    between = await carry_out(school, rows(), any_policy(), first)
    assert (between.is_empty, between.suspended) == (True, first.suspended)
    assert (await carry_out(school, rows(), SUSPEND, between)).counts["activate"] == 1
    assert (await school.plan(rows())).suspended is None


@pytest.mark.parametrize("remove", ["membership", "account"])
async def test_an_account_whose_membership_ended_returns(school: School, remove: Any) -> None:
    policy = any_policy(suspended="suspend", remove=remove, grace=timedelta(days=7))
    first = await carry_out(school, rows(), policy, None)
    second = await carry_out(school, rows("bob"), policy, first)
    assert await suspended(school) == {"bob"}
    aged = replace(second, missing={user: since - timedelta(days=7) for user, since in second.missing.items()})
    third = await carry_out(school, rows("bob"), policy, aged)
    assert third.counts["remove"] == 1
    fourth = await carry_out(school, rows("bob"), policy, third)
    assert bool(fourth.suspended) == (remove == "membership")
    last = await carry_out(school, rows(), policy, fourth)
    assert await suspended(school) == set()
    assert (await school.plan(rows(), policy, previous=last)).is_empty
