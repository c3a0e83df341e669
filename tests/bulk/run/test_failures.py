"""What goes wrong with one person, and what has changed since the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import OrgClient, bulk
from orgsdk.bulk import Policy, UserSpec
from orgsdk.errors import (
    ConflictError,
    NotFoundError,
    NotSentError,
    PermissionDeniedError,
    ServerError,
    UnprocessableError,
)
from orgsdk.providers import Memory
from tests.bulk.memories import TOLD, create, new, usernames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orgsdk.resources import OrganizationHandle

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


async def test_one_failure_stops_nobody_else_and_names_its_row(memory: Memory, org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(10))
    memory.fail(create(memory), PermissionDeniedError("not this one", status_code=403, request_id="r1", **TOLD))
    report = await bulk.apply(plan, org, concurrency=1)
    assert (report.created, report.failed, report.planned) == (9, 1, 10)
    [failure] = report.failures
    assert (failure.write.origin, failure.request_id) == ("row 0", "r1")
    assert isinstance(failure.error, PermissionDeniedError)
    assert "not this one" in str(failure.reason)


async def test_what_fails_for_a_moment_is_done_again(memory: Memory, org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(5))
    memory.fail(create(memory), NotSentError("no network", **TOLD), times=2)
    assert (await bulk.apply(plan, org)).created == 5


async def test_what_fails_twice_is_told_as_it_is(memory: Memory, org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(1))
    memory.fail(create(memory), NotSentError("no network", **TOLD), times=2)
    assert [one.status for one in (await bulk.apply(plan, org)).outcomes] == ["failed"]
    memory.fail(create(memory), ServerError("down", status_code=500, **TOLD), times=2)
    assert [one.status for one in (await bulk.apply(plan, org)).outcomes] == ["unknown"]


async def test_what_was_lost_and_then_turned_away_is_told_as_unknown(memory: Memory, org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(1))
    memory.fail(create(memory), ServerError("down", status_code=500, **TOLD))
    memory.fail(create(memory), PermissionDeniedError("no", status_code=403, **TOLD))
    assert [one.status for one in (await bulk.apply(plan, org)).outcomes] == ["unknown"]


async def test_a_lost_answer_is_looked_up_and_adopted(memory: Memory, org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(5))
    memory.lose_answer(create(memory), times=2)
    report = await bulk.apply(plan, org)
    assert (report.created, report.adopted) == (3, 2)
    assert len(await usernames(org)) == 9


async def test_somebody_else_made_just_the_same_and_it_is_adopted(org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(2))
    await org.users.create(username="new1", email="new1@example.com", roles=["student"])
    outcomes = (await bulk.apply(plan, org)).outcomes
    assert sorted((one.write.origin, one.status, one.reason) for one in outcomes) == [
        ("row 0", "created", None),
        ("row 1", "adopted", "found"),
    ]


async def test_somebody_else_took_the_username_and_it_is_a_failure(org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(2))
    await org.users.create(username="new1", email="another@example.com", roles=["student"])
    report = await bulk.apply(plan, org)
    assert [(one.write.origin, one.status) for one in report.failures] == [("row 1", "failed")]
    assert isinstance(report.failures[0].error, (ConflictError, UnprocessableError))


async def test_one_who_cannot_be_added_keeps_nobody_else_from_it() -> None:
    async with OrgClient(Memory()) as client:
        org = client.organization()
        for n in range(9):
            await client.accounts.create(username=f"new{n}", email=f"new{n}@example.com")
        plan = await bulk.plan(org, new(9))
        client.provider.fail("users.add", UnprocessableError("one of them", status_code=422, **TOLD), times=5)
        report = await bulk.apply(plan, org)
        # All, then half after half of them, until it is one alone: 9, 4 and 5, 2 and 2, then 2 and 3 go well.
        assert (report.planned, report.added, report.failed) == (9, 9, 0)
        client.provider.fail("users.add", PermissionDeniedError("none", status_code=403, **TOLD))
        await client.accounts.create(username="late", email="late@example.com")
        late = await bulk.plan(org, [UserSpec(username="late", given_name="L", roles=("student",))])
        report = await bulk.apply(late, org)
    assert [(one.write.kind, one.status, one.reason) for one in report.outcomes][1:] == [
        ("update", "skipped", "blocked")
    ]


async def test_a_single_one_who_cannot_be_added_is_the_only_failure() -> None:
    async with OrgClient(Memory()) as client:
        org = client.organization()
        accounts = [await client.accounts.create(username=f"new{n}", email=f"new{n}@example.com") for n in range(8)]
        plan = await bulk.plan(org, new(8))
        original = client.provider.users

        class Refusing:
            def __init__(self, room: Any) -> None:
                self._room = room

            def __getattr__(self, name: str) -> Any:
                return getattr(self._room, name)

            async def add(self, user_ids: Sequence[str], roles: Sequence[str]) -> None:
                if accounts[3].id in user_ids:
                    raise UnprocessableError("one of them", status_code=422, **TOLD)
                await self._room.add(user_ids, roles)

        client.provider.users = lambda organization_id: Refusing(original(organization_id))  # type: ignore[method-assign, assignment, return-value]  # a provider that refuses one
        report = await bulk.apply(plan, client.organization())
    assert [one.user_id for one in report.failures] == [accounts[3].id]
    assert (report.added, report.failed) == (7, 1)


async def test_a_user_who_was_changed_since_the_plan_is_left_alone(org: OrganizationHandle) -> None:
    there = [user async for user in org.users.list()]
    wanted = [UserSpec(username=user.username, given_name="Planned") for user in there]
    plan = await bulk.plan(org, wanted)
    await org.users.update(there[0].id, family_name="Meanwhile")
    await org.users.remove(there[1].id, account="delete")
    report = await bulk.apply(plan, org)
    assert {(one.user_id, one.status, one.reason) for one in report.outcomes} == {
        (there[0].id, "skipped", "drifted"),
        (there[1].id, "skipped", "gone"),
        (there[2].id, "updated", None),
        (there[3].id, "updated", None),
    }
    assert (await org.users.get(there[0].id)).given_name != "Planned"


async def test_one_who_goes_between_the_look_and_the_write_is_gone(memory: Memory, org: OrganizationHandle) -> None:
    there = await org.users.list().collect(limit=1)
    plan = await bulk.plan(org, [UserSpec(username=there[0].username, given_name="Planned")])
    memory.fail("users.update", NotFoundError("who?", status_code=404, **TOLD))
    report = await bulk.apply(plan, org)
    assert [(one.status, one.reason) for one in report.outcomes] == [("skipped", "gone")]


async def test_who_became_the_last_admin_is_kept(org: OrganizationHandle) -> None:
    async for user in org.users.list():
        await org.users.set_roles(user.id, ["student"])
    admin = await org.users.create(username="boss", roles=["admin"])
    other = await org.users.create(username="other", roles=["admin"])
    rest = [UserSpec(username=name) for name in await usernames(org) if name != "boss"]
    plan = await bulk.plan(org, rest, Policy(remove="membership", max_removal_share=1.0))
    assert [write.user_id for write in plan.writes] == [admin.id]
    await org.users.set_roles(other.id, ["student"])
    report = await bulk.apply(plan, org)
    assert [(one.status, one.reason) for one in report.outcomes] == [("skipped", "last_admin")]


async def test_few_changes_in_many_people_are_looked_at_one_by_one() -> None:
    async with OrgClient(Memory(users=500, max_page_size=10)) as client:
        org = client.organization()
        [someone] = await org.users.list().collect(limit=1)
        plan = await bulk.plan(org, [UserSpec(username=someone.username, given_name="Planned")])
        before = len(client.provider.calls)
        await bulk.apply(plan, org)
        assert client.provider.calls[before:] == ["users.get", "users.update"]
