"""What goes wrong with one person, and what has changed since the plan."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import OrgClient, bulk
from orgsdk.bulk import Policy, UserSpec
from orgsdk.errors import (
    APIError,
    AuthenticationError,
    ConflictError,
    NotFoundError,
    NotSentError,
    PermissionDeniedError,
    ServerError,
    TransportError,
    UnprocessableError,
)
from orgsdk.providers import Memory
from tests.bulk.memories import ERROR_ARGS, create, new, usernames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orgsdk.resources import OrganizationHandle

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


async def test_one_failure_does_not_stop_the_others(memory: Memory, org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(10))
    memory.fail(create(memory), PermissionDeniedError("not this one", status_code=403, request_id="r1", **ERROR_ARGS))
    report = await bulk.apply(plan, org, concurrency=1)
    assert (report.created, report.failed, report.planned) == (9, 1, 10)
    [failure] = report.failures
    assert (failure.write.origin, failure.request_id) == ("row 0", "r1")
    assert isinstance(failure.error, PermissionDeniedError)
    assert "not this one" in str(failure.reason)


async def test_transient_failure_is_retried(memory: Memory, org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(5))
    memory.fail(create(memory), NotSentError("no network", **ERROR_ARGS), times=2)
    assert (await bulk.apply(plan, org)).created == 5


async def test_second_failure_is_final(memory: Memory, org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(1))
    memory.fail(create(memory), NotSentError("no network", **ERROR_ARGS), times=2)
    assert [one.status for one in (await bulk.apply(plan, org)).outcomes] == ["failed"]
    memory.fail(create(memory), ServerError("down", status_code=500, **ERROR_ARGS), times=2)
    assert [one.status for one in (await bulk.apply(plan, org)).outcomes] == ["unknown"]


async def test_lost_response_followed_by_403_is_unknown(memory: Memory, org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(1))
    memory.fail(create(memory), ServerError("down", status_code=500, **ERROR_ARGS))
    memory.fail(create(memory), PermissionDeniedError("no", status_code=403, **ERROR_ARGS))
    assert [one.status for one in (await bulk.apply(plan, org)).outcomes] == ["unknown"]


async def test_lost_response_is_looked_up_and_adopted(memory: Memory, org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(5))
    memory.lose_response(create(memory), times=2)
    report = await bulk.apply(plan, org)
    assert (report.created, report.adopted) == (3, 2)
    assert len(await usernames(org)) == 9


async def test_same_account_of_another_caller_is_adopted(org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(2))
    await org.users.create(username="new1", email="new1@example.com", roles=["student"])
    outcomes = (await bulk.apply(plan, org)).outcomes
    assert sorted((one.write.origin, one.status, one.reason) for one in outcomes) == [
        ("row 0", "created", None),
        ("row 1", "adopted", "found"),
    ]


async def test_username_taken_by_another_user_is_a_failure(org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(2))
    await org.users.create(username="new1", email="another@example.com", roles=["student"])
    report = await bulk.apply(plan, org)
    assert [(one.write.origin, one.status) for one in report.failures] == [("row 1", "failed")]
    assert isinstance(report.failures[0].error, (ConflictError, UnprocessableError))


async def test_failed_batch_is_split_until_every_account_is_added() -> None:
    async with OrgClient(Memory()) as client:
        org = client.organization()
        for n in range(9):
            await client.accounts.create(username=f"new{n}", email=f"new{n}@example.com")
        plan = await bulk.plan(org, new(9))
        client.provider.fail("users.add", UnprocessableError("one of them", status_code=422, **ERROR_ARGS), times=5)
        report = await bulk.apply(plan, org)
        # Batches of 9, 4 and 5, 2 and 2 fail; smaller ones succeed.
        assert (report.planned, report.added, report.failed) == (9, 9, 0)
        client.provider.fail("users.add", PermissionDeniedError("none", status_code=403, **ERROR_ARGS))
        await client.accounts.create(username="late", email="late@example.com")
        late = await bulk.plan(org, [UserSpec(username="late", given_name="L", roles=("student",))])
        report = await bulk.apply(late, org)
    assert [(one.write.kind, one.status, one.reason) for one in report.outcomes][1:] == [
        ("update", "skipped", "blocked")
    ]


@pytest.mark.parametrize(
    ("kind", "one_by_one"),
    [
        (UnprocessableError, False),
        (NotFoundError, False),
        (NotFoundError, True),
        # Without a partial result, a refused permission concerns every account.
        (PermissionDeniedError, True),
    ],
)
async def test_one_account_that_cannot_be_added_is_the_only_failure(kind: type[APIError], one_by_one: bool) -> None:
    async with OrgClient(Memory()) as client:
        org = client.organization()
        accounts = [await client.accounts.create(username=f"new{n}", email=f"new{n}@example.com") for n in range(8)]
        plan = await bulk.plan(org, new(8))
        original = client.provider.users

        class Refusing:
            def __init__(self, operations: Any) -> None:
                self._operations = operations

            def __getattr__(self, name: str) -> Any:
                return getattr(self._operations, name)

            async def add(self, user_ids: Sequence[str], roles: Sequence[str]) -> None:
                done = list(itertools.takewhile(lambda user_id: user_id != accounts[3].id, user_ids))
                if len(done) == len(user_ids):
                    await self._operations.add(user_ids, roles)
                    return
                error = kind("one of them", status_code=422, **ERROR_ARGS)
                if one_by_one and done:
                    await self._operations.add(done, roles)
                    error.partial_result = tuple(done)
                raise error

        client.provider.users = lambda organization_id: Refusing(original(organization_id))  # type: ignore[method-assign, assignment, return-value]  # a provider that refuses one account
        report = await bulk.apply(plan, client.organization())
    assert [one.user_id for one in report.failures] == [accounts[3].id]
    assert (report.added, report.failed) == (7, 1)


async def test_user_changed_after_the_plan_is_skipped(org: OrganizationHandle) -> None:
    there = [user async for user in org.users.list()]
    wanted = [UserSpec(username=user.username, given_name="Planned") for user in there]
    plan = await bulk.plan(org, wanted)
    await org.users.update(there[0].id, family_name="Meanwhile")
    await org.users.remove(there[1].id, account="delete")
    report = await bulk.apply(plan, org, reread_after=timedelta(0))
    assert {(one.user_id, one.status, one.reason) for one in report.outcomes} == {
        (there[0].id, "skipped", "drifted"),
        (there[1].id, "skipped", "gone"),
        (there[2].id, "updated", None),
        (there[3].id, "updated", None),
    }
    assert (await org.users.get(there[0].id)).given_name != "Planned"


async def test_user_removed_after_the_snapshot_is_gone(memory: Memory, org: OrganizationHandle) -> None:
    there = await org.users.list().collect(limit=1)
    plan = await bulk.plan(org, [UserSpec(username=there[0].username, given_name="Planned")])
    memory.fail("users.update", NotFoundError("who?", status_code=404, **ERROR_ARGS))
    report = await bulk.apply(plan, org)
    assert [(one.status, one.reason) for one in report.outcomes] == [("skipped", "gone")]


async def test_user_who_became_the_last_admin_is_protected(org: OrganizationHandle) -> None:
    async for user in org.users.list():
        await org.users.set_roles(user.id, ["student"])
    admin = await org.users.create(username="boss", roles=["admin"])
    other = await org.users.create(username="other", roles=["admin"])
    rest = [UserSpec(username=name) for name in await usernames(org) if name != "boss"]
    plan = await bulk.plan(org, rest, Policy(remove="membership", max_removal_share=1.0))
    assert [write.user_id for write in plan.writes] == [admin.id]
    await org.users.set_roles(other.id, ["student"])
    report = await bulk.apply(plan, org, reread_after=timedelta(0))
    assert [(one.status, one.reason) for one in report.outcomes] == [("skipped", "last_admin")]


async def test_few_changed_members_are_read_one_by_one() -> None:
    async with OrgClient(Memory(users=500, max_page_size=10)) as client:
        org = client.organization()
        [someone] = await org.users.list().collect(limit=1)
        plan = await bulk.plan(org, [UserSpec(username=someone.username, given_name="Planned")])
        before = len(client.provider.calls)
        await bulk.apply(plan, org, reread_after=timedelta(0))
        assert client.provider.calls[before:] == ["users.get", "users.update"]


async def test_a_refusal_after_a_lost_response_is_unknown(memory: Memory, org: OrganizationHandle) -> None:
    (user, *_) = [user async for user in org.users.list()]
    plan = await bulk.plan(org, [UserSpec(username=user.username, given_name="Planned")])
    memory.lose_response("users.update")
    memory.fail("users.update", APIError("a gateway's answer", status_code=404, **ERROR_ARGS))
    (outcome,) = (await bulk.apply(plan, org)).outcomes
    assert (outcome.status, (await org.users.get(user.id)).given_name) == ("unknown", "Planned")


async def test_a_lost_create_whose_repetition_is_refused_with_the_sign_in_is_unknown() -> None:
    async with OrgClient(Memory()) as client:
        org = client.organization()
        plan = await bulk.plan(org, new(3))
        client.provider.lose_response("accounts.create")
        error = AuthenticationError("the key was revoked", status_code=401, **ERROR_ARGS)
        # The run looks the account up before it creates it again.
        client.provider.fail("accounts.find", error, times=10)
        with pytest.raises(bulk.StoppedError) as stopped:
            await bulk.apply(plan, org, concurrency=1)
        made = [account.username async for account in client.accounts.list()]
    report = stopped.value.report
    statuses = {one.write.fields.get("username"): one.status for one in report.outcomes}
    assert statuses[made[0]] == "unknown"
    assert [username for username, status in statuses.items() if status == "not_reached" and username in made] == []


async def test_members_of_a_batch_that_ends_with_the_sign_in_are_unknown() -> None:
    async with OrgClient(Memory()) as client:
        org = client.organization()
        accounts = [await client.accounts.create(username=f"new{n}", email=f"new{n}@example.com") for n in range(3)]
        plan = await bulk.plan(org, new(3))
        error = AuthenticationError("the key was revoked", status_code=401, **ERROR_ARGS)
        error.partial_result = (accounts[0].id,)
        client.provider.fail("users.add", error)
        with pytest.raises(bulk.StoppedError) as stopped:
            await bulk.apply(plan, org)
    found = {one.user_id: one.status for one in stopped.value.report.outcomes}
    assert found == {accounts[0].id: "unknown", None: "not_reached"}
    assert stopped.value.report.not_reached == 2


@pytest.mark.parametrize(("is_own", "status"), [(False, "unknown"), (True, "failed")])
async def test_a_refused_retry_of_a_lost_create_is_final_only_by_the_provider_itself(
    memory: Memory, org: OrganizationHandle, is_own: bool, status: str
) -> None:
    # The account was not found before the second attempt, and the first request may still arrive.
    plan = await bulk.plan(org, new(1))
    refused = APIError("an answer", status_code=404, **ERROR_ARGS)
    refused.is_own = is_own
    for operation in ("users.create", "accounts.create"):
        memory.fail(operation, TransportError("the response was lost", **ERROR_ARGS))
        memory.fail(operation, refused)
    (outcome,) = (await bulk.apply(plan, org)).outcomes
    assert outcome.status == status
