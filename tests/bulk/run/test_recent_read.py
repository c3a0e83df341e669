"""A run that follows its plan at once does not read the members again, and reads them whenever that is not certain."""

from __future__ import annotations

import copy
import os
import pickle
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import OrgClient, bulk
from orgsdk.bulk import Plan, Policy, UserSpec
from orgsdk.errors import InvalidArgumentError
from orgsdk.providers import Memory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orgsdk.resources import OrganizationHandle

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _no_earlier_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orgsdk.bulk.planning.recent._last_runs", {})


READING = {"users.list", "users.get", "accounts.list", "accounts.get"}


async def plan_of_new_names(org: OrganizationHandle, given_name: str = "Planned") -> Plan:
    return await bulk.plan(org, [UserSpec(username=f"user{n}", given_name=given_name) for n in range(1, 5)])


async def reads(memory: Memory, run: bulk.Run) -> bool:
    """Return whether a run reads users before it changes them."""
    before = len(memory.calls)
    report = await run
    assert (report.failed, report.skipped) == (0, 0)
    return bool(READING.intersection(memory.calls[before:]))


async def test_a_run_that_follows_its_plan_reads_nothing(memory: Memory, org: OrganizationHandle) -> None:
    plan = await plan_of_new_names(org)
    assert not await reads(memory, bulk.apply(plan, org))
    assert {user.given_name async for user in org.users.list()} == {"Planned"}


async def test_added_accounts_are_not_read_again() -> None:
    async with OrgClient(Memory()) as client:
        for number in range(3):
            await client.accounts.create(username=f"u{number}")
        org = client.organization()
        plan = await bulk.plan(org, [UserSpec(username=f"u{number}", given_name="Planned") for number in range(3)])
        assert {write.kind for write in plan.writes} == {"add", "update"}
        assert not await reads(client.provider, bulk.apply(plan, org))


@pytest.mark.parametrize(
    "changed",
    [
        lambda plan: Plan.from_json(plan.to_json()),
        copy.copy,
        copy.deepcopy,
        lambda plan: pickle.loads(pickle.dumps(plan)),
        lambda plan: replace(plan, notes=("another",)),
    ],
    ids=["loaded", "copied", "deep copy", "pickled", "replaced"],
)
async def test_only_the_plan_itself_has_its_members(
    memory: Memory, org: OrganizationHandle, changed: Callable[[Plan], Plan]
) -> None:
    plan = await plan_of_new_names(org)
    assert await reads(memory, bulk.apply(changed(plan), org))


@pytest.mark.parametrize(("age", "reread_after", "expected"), [(9.0, 10, False), (11.0, 10, True), (59, 60, False)])
async def test_an_older_plan_is_compared_with_the_members_again(
    memory: Memory,
    org: OrganizationHandle,
    monkeypatch: pytest.MonkeyPatch,
    age: float,
    reread_after: float,
    expected: bool,
) -> None:
    plan = await plan_of_new_names(org)
    started = time.monotonic()
    monkeypatch.setattr("orgsdk.bulk.planning.recent.time.monotonic", lambda: started + age)
    assert await reads(memory, bulk.apply(plan, org, reread_after=timedelta(seconds=reread_after))) == expected


async def test_reading_again_can_be_demanded(memory: Memory, org: OrganizationHandle) -> None:
    plan = await plan_of_new_names(org)
    assert await reads(memory, bulk.apply(plan, org, reread_after=timedelta(0)))
    for value in (timedelta(seconds=-1), 10, None):
        wrong: Any = value
        with pytest.raises(InvalidArgumentError, match="reread_after"):
            bulk.apply(plan, org, reread_after=wrong)


async def test_another_process_reads_the_members(
    memory: Memory, org: OrganizationHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await plan_of_new_names(org)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert await reads(memory, bulk.apply(plan, org))


async def test_a_plan_is_trusted_once(memory: Memory, org: OrganizationHandle, tmp_path: Path) -> None:
    plan = await plan_of_new_names(org)
    await bulk.apply(plan, org, journal=tmp_path / "journal")
    report = await bulk.apply(plan, org)
    assert {outcome.reason for outcome in report.outcomes} == {"drifted"}


async def test_another_run_of_the_organization_makes_a_plan_be_compared_again(
    memory: Memory, org: OrganizationHandle
) -> None:
    first, second = await plan_of_new_names(org, "First"), await plan_of_new_names(org, "Second")
    await bulk.apply(first, org)
    report = await bulk.apply(second, org)
    assert {(outcome.status, outcome.reason) for outcome in report.outcomes} == {("skipped", "drifted")}


async def test_a_plan_that_was_made_during_another_run_is_compared_again(org: OrganizationHandle) -> None:
    run = bulk.apply(await plan_of_new_names(org, "First"), org, concurrency=1)
    async with run:
        await anext(run)
        second = await plan_of_new_names(org, "Second")
        await run
    report = await bulk.apply(second, org)
    assert not report.failed
    assert {user.given_name async for user in org.users.list()} <= {"First", "Second"}


async def test_a_run_of_another_organization_does_not_matter(memory: Memory) -> None:
    async with OrgClient(memory) as client:
        org = client.organization()
        other = client.organization((await client.organizations.create("Other")).id)
        plan = await plan_of_new_names(org)
        await bulk.apply(await bulk.plan(other, [UserSpec(username="new")]), other)
        assert not await reads(memory, bulk.apply(plan, org))


async def test_a_resumed_run_reads_the_members(memory: Memory, org: OrganizationHandle, tmp_path: Path) -> None:
    plan = await plan_of_new_names(org)
    async with bulk.apply(plan, org, journal=tmp_path / "journal", concurrency=1) as run:
        await anext(run)
    left = run.report.not_reached
    assert await reads(memory, bulk.resume(tmp_path / "journal", org)) == bool(left)


async def test_protections_hold_without_reading_again(memory: Memory, org: OrganizationHandle) -> None:
    async for user in org.users.list():
        await org.users.set_roles(user.id, ["student"])
    boss = await org.users.create(username="boss", roles=["admin"])
    policy = Policy(remove="membership", max_removal_share=1.0, admin_roles=())
    rows = [UserSpec(username=f"user{n}", roles=("admin" if n == 1 else "student",)) for n in range(1, 5)]
    plan = await bulk.plan(org, rows, policy)
    assert [(write.kind, write.user_id == boss.id) for write in plan.writes] == [("set_roles", False), ("remove", True)]
    before = len(memory.calls)
    object.__setattr__(plan, "policy", Policy(remove="membership"))  # it has admin roles
    report = await bulk.apply(plan, org)
    assert [outcome.reason for outcome in report.outcomes] == [None, "last_admin"]
    assert not READING.intersection(memory.calls[before:])


async def test_a_large_organization_is_not_kept_in_memory(
    memory: Memory, org: OrganizationHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orgsdk.bulk.planning.recent._MAX_MEMBERS", 3)
    assert await reads(memory, bulk.apply(await plan_of_new_names(org), org))
