"""Applying plans: writes, progress and report."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import OrgClient, bulk
from orgsdk.bulk import GuardError, Plan, PlanError, Policy, Progress, UserSpec
from orgsdk.domain import Capability
from orgsdk.errors import (
    InvalidArgumentError,
    OrgError,
    ServerError,
    UnsupportedError,
)
from orgsdk.providers import Memory
from tests.bulk.memories import ERROR_ARGS, new, usernames

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from orgsdk.resources import OrganizationHandle

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


async def test_new_users_are_created_with_roles_and_yielded_one_by_one(org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(20))
    run = bulk.apply(plan, org)
    outcomes = [outcome async for outcome in run]
    assert {outcome.status for outcome in outcomes} == {"created"}
    assert {outcome.write.origin for outcome in outcomes} == {f"row {n}" for n in range(20)}
    assert run.report.summary() == "20 planned: 20 created."
    users = {user.username: user async for user in org.users.list(role="student")}
    assert {outcome.user_id for outcome in outcomes} <= {user.id for user in users.values()}
    assert (await bulk.plan(org, new(20))).is_empty


async def test_empty_plan_sends_nothing(memory: Memory, org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, [])
    calls = len(memory.calls)
    report = await bulk.apply(plan, org)
    assert (report.planned, report.summary()) == (0, "0 planned: nothing to do.")
    assert len(memory.calls) == calls


async def test_six_hundred_accounts_become_members_in_two_requests() -> None:
    async with OrgClient(Memory()) as client:
        org = client.organization()
        plan = await bulk.plan(org, new(600))
        before = len(client.provider.calls)
        report = await bulk.apply(plan, org)
        calls = client.provider.calls[before:]
    assert report.created == 600
    assert (calls.count("accounts.create"), calls.count("users.add")) == (600, 2)
    assert len(calls) == 602


async def test_every_kind_of_write_is_done_and_counted(org: OrganizationHandle, client: OrgClient[Memory]) -> None:
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


async def test_users_are_invited(org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(3), Policy(create="invite"))
    report = await bulk.apply(plan, org)
    assert (report.created, report.invited) == (3, 3)
    assert len(await org.invitations.list().collect()) == 3


async def test_progress_is_emitted(org: OrganizationHandle) -> None:
    emitted: list[Progress] = []
    plan = await bulk.plan(org, new(10))
    await bulk.apply(plan, org, concurrency=2, on_progress=emitted.append)
    assert [one.planned for one in emitted] == [10] * len(emitted)
    assert [one.started for one in emitted] == sorted(one.started for one in emitted)
    assert (emitted[-1].started, emitted[-1].done, emitted[-1].counts) == (10, 10, {"created": 10})


async def test_error_of_on_progress_ends_the_run(org: OrganizationHandle, tmp_path: Path) -> None:
    def stumble(_: Progress) -> None:
        raise LookupError("mine")

    run = bulk.apply(await bulk.plan(org, new(10)), org, on_progress=stumble, journal=tmp_path / "journal")
    with pytest.raises(LookupError, match="mine"):
        await run
    assert [outcome async for outcome in run] == []
    assert (await bulk.resume(tmp_path / "journal", org)).planned == 10
    assert len(await usernames(org)) == 14


async def test_plan_of_another_organization_is_refused(org: OrganizationHandle, client: OrgClient[Memory]) -> None:
    plan = await bulk.plan(org, new(3))
    other = await client.organizations.create("other")
    with pytest.raises(PlanError, match="organization"):
        await bulk.apply(plan, client.organization(other.id))


async def test_removals_above_the_limit_need_a_confirmation(org: OrganizationHandle, tmp_path: Path) -> None:
    there = await org.users.list().collect()
    plan = await bulk.plan(org, [UserSpec(username=user.username) for user in there[:3]], Policy(remove="membership"))
    with pytest.raises(GuardError, match="removals: 1 would be removed, 0 may be"):
        await bulk.apply(plan, org)
    with pytest.raises(PlanError, match="confirm_removals"):
        await bulk.apply(plan, org, confirm_removals=(2, plan.hash))
    run = bulk.apply(plan, org, confirm_removals=(1, plan.hash), journal=tmp_path / "journal")
    assert (await run).removed == 1
    # Resuming needs no second confirmation.
    assert (await bulk.resume(tmp_path / "journal", org)).removed == 1


async def test_invalid_settings_are_refused_at_once(org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, [])
    with pytest.raises(InvalidArgumentError, match="concurrency is 0"):
        bulk.apply(plan, org, concurrency=0)
    with pytest.raises(InvalidArgumentError, match="journal is an empty path"):
        bulk.apply(plan, org, journal="")
    with pytest.raises(InvalidArgumentError, match="is another file of the run too"):
        bulk.apply(plan, org, journal="a", audit="a")


async def test_failed_start_releases_the_lock(memory: Memory, org: OrganizationHandle, tmp_path: Path) -> None:
    plan = await bulk.plan(org, [UserSpec(username=user.username, name="N") async for user in org.users.list()])
    memory.fail("users.list", ServerError("down", status_code=500, **ERROR_ARGS), times=9)
    with pytest.raises(OrgError):
        await bulk.apply(plan, org, reread_after=timedelta(0))
    memory.clear_faults()
    assert (await bulk.apply(plan, org)).updated == 4


async def test_repr_of_a_run_shows_its_progress(org: OrganizationHandle) -> None:
    plan: Plan = await bulk.plan(org, new(1))
    run = bulk.apply(plan, org)
    assert repr(run) == "Run('1 planned: 1 not reached (not sent).')"
    await run
    assert repr(run) == "Run('1 planned: 1 created.')"


async def test_passwords_are_refused_before_the_run_by_a_provider_without_them(
    org: OrganizationHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await bulk.plan(org, new(1))
    without = org.provider.capabilities - {Capability.USERS_PASSWORD}
    monkeypatch.setattr(type(org.provider), "capabilities", without)
    with pytest.raises(UnsupportedError, match="a user's password"):
        bulk.apply(plan, org, passwords=tmp_path / "passwords.csv")
    assert not (tmp_path / "passwords.csv").exists()
