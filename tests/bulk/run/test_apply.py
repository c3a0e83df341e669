"""Carrying plans out: what is done, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import OrgClient, bulk
from orgsdk.bulk import GuardError, Plan, PlanError, Policy, Progress, UserSpec
from orgsdk.domain import Capability
from orgsdk.errors import (
    InvalidArgumentError,
    OrgError,
    ServerError,
)
from orgsdk.providers import Memory
from tests.bulk.memories import TOLD, new, usernames

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from orgsdk.resources import OrganizationHandle

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


async def test_new_people_are_made_with_their_roles_and_told_one_by_one(org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(20))
    run = bulk.apply(plan, org)
    outcomes = [outcome async for outcome in run]
    assert {outcome.status for outcome in outcomes} == {"created"}
    assert {outcome.write.origin for outcome in outcomes} == {f"row {n}" for n in range(20)}
    assert run.report.summary() == "20 planned: 20 created."
    users = {user.username: user async for user in org.users.list(role="student")}
    assert {outcome.user_id for outcome in outcomes} <= {user.id for user in users.values()}
    assert (await bulk.plan(org, new(20))).is_empty


async def test_an_empty_plan_sends_nothing_and_reports_nothing(memory: Memory, org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, [])
    calls = len(memory.calls)
    report = await bulk.apply(plan, org)
    assert (report.planned, report.summary()) == (0, "0 planned: nothing to do.")
    assert len(memory.calls) == calls


async def test_accounts_and_memberships_take_one_request_a_person_and_two_for_five_hundred() -> None:
    async with OrgClient(Memory()) as client:
        org = client.organization()
        plan = await bulk.plan(org, new(600))
        before = len(client.provider.calls)
        report = await bulk.apply(plan, org)
        calls = client.provider.calls[before:]
    assert report.created == 600
    assert (calls.count("accounts.create"), calls.count("users.add")) == (600, 2)
    assert len(calls) == 602


async def test_all_kinds_of_writes_are_done_and_counted(org: OrganizationHandle, client: OrgClient[Memory]) -> None:
    there = [user async for user in org.users.list()]
    wanted = [
        UserSpec(username=there[0].username, given_name="Changed", roles=("teacher",)),
        UserSpec(username=there[1].username),
        *new(2),
    ]
    if Capability.ACCOUNTS_CREATE in client.capabilities:
        await client.accounts.create(username="outsider")
        wanted.append(UserSpec(username="outsider", roles=("teacher",)))
    plan = await bulk.plan(org, wanted, Policy(remove="membership", max_removal_share=1.0, min_matched_share=0.1))
    report = await bulk.apply(plan, org, concurrency=2)
    assert report.failures == []
    assert report.planned == len(plan.writes)
    assert (report.created - report.added, report.removed) == (2, 2)
    assert report.updated == plan.counts["update"] + plan.counts["set_roles"]
    assert await usernames(org) == {row.username for row in wanted}
    assert (await bulk.plan(org, wanted)).is_empty


async def test_people_are_invited(org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(3), Policy(create="invite"))
    report = await bulk.apply(plan, org)
    assert (report.created, report.invited) == (3, 3)
    assert len(await org.invitations.list().collect()) == 3


async def test_progress_is_told_as_it_is_made(org: OrganizationHandle) -> None:
    told: list[Progress] = []
    plan = await bulk.plan(org, new(10))
    await bulk.apply(plan, org, concurrency=2, on_progress=told.append)
    assert [one.planned for one in told] == [10] * len(told)
    assert [one.started for one in told] == sorted(one.started for one in told)
    assert (told[-1].started, told[-1].done, told[-1].counts) == (10, 10, {"created": 10})


async def test_what_on_progress_raises_is_raised_and_ends_the_run(org: OrganizationHandle, tmp_path: Path) -> None:
    def stumble(_: Progress) -> None:
        raise LookupError("mine")

    run = bulk.apply(await bulk.plan(org, new(10)), org, on_progress=stumble, journal=tmp_path / "journal")
    with pytest.raises(LookupError, match="mine"):
        await run
    assert [outcome async for outcome in run] == []
    assert (await bulk.resume(tmp_path / "journal", org)).planned == 10
    assert len(await usernames(org)) == 14


async def test_a_plan_of_another_place_is_refused(org: OrganizationHandle, client: OrgClient[Memory]) -> None:
    plan = await bulk.plan(org, new(3))
    other = await client.organizations.create("other")
    with pytest.raises(PlanError, match="organization"):
        await bulk.apply(plan, client.organization(other.id))


async def test_too_many_removals_are_refused_unless_they_are_named(org: OrganizationHandle, tmp_path: Path) -> None:
    there = await org.users.list().collect()
    plan = await bulk.plan(org, [UserSpec(username=user.username) for user in there[:3]], Policy(remove="membership"))
    with pytest.raises(GuardError, match="removals: 1 would be removed, 0 may be"):
        await bulk.apply(plan, org)
    with pytest.raises(PlanError, match="confirm_removals"):
        await bulk.apply(plan, org, confirm_removals=(2, plan.hash))
    run = bulk.apply(plan, org, confirm_removals=(1, plan.hash), journal=tmp_path / "journal")
    assert (await run).removed == 1
    # Who resumes need not confirm it again.
    assert (await bulk.resume(tmp_path / "journal", org)).removed == 1


async def test_settings_that_cannot_be_are_refused_at_once(org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, [])
    with pytest.raises(InvalidArgumentError, match="concurrency is 0"):
        bulk.apply(plan, org, concurrency=0)
    with pytest.raises(InvalidArgumentError, match="journal= is empty"):
        bulk.apply(plan, org, journal="")
    with pytest.raises(InvalidArgumentError, match="two name the same"):
        bulk.apply(plan, org, journal="a", audit="a")


async def test_a_refused_plan_leaves_nothing_locked_and_no_journal(
    memory: Memory, org: OrganizationHandle, tmp_path: Path
) -> None:
    plan = await bulk.plan(org, [UserSpec(username=user.username, name="N") async for user in org.users.list()])
    memory.fail("users.list", ServerError("down", status_code=500, **TOLD), times=9)
    with pytest.raises(OrgError):
        await bulk.apply(plan, org)
    memory.clear_faults()
    assert (await bulk.apply(plan, org)).updated == 4


async def test_a_run_shows_how_far_it_is(org: OrganizationHandle) -> None:
    plan: Plan = await bulk.plan(org, new(1))
    run = bulk.apply(plan, org)
    assert repr(run) == "Run('1 planned: 1 skipped.')"
    await run
    assert repr(run) == "Run('1 planned: 1 created.')"
