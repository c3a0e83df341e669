"""Stopping a run: too many failures, failed sign-in, rate limits, closing and cancelling."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from orgsdk import OrgClient, bulk
from orgsdk.bulk import LockedError, PausedError, Progress, StoppedError, UserSpec
from orgsdk.bulk.run.audit import AuditFile
from orgsdk.bulk.run.journal import JournalFile
from orgsdk.errors import (
    AuthenticationError,
    InvalidArgumentError,
    NotSentError,
    PermissionDeniedError,
    RateLimitError,
)
from orgsdk.providers import Memory
from tests.bulk.memories import ERROR_ARGS, create, new, usernames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from orgsdk.bulk import JournalEntry, Outcome
    from orgsdk.resources import OrganizationHandle

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


async def test_too_many_failures_stop_the_run(memory: Memory, org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(300))
    memory.fail(create(memory), PermissionDeniedError("no", status_code=403, **ERROR_ARGS), times=500)
    with pytest.raises(StoppedError, match="Too many failures: 50 of the latest 50 writes failed") as stopped:
        await bulk.apply(plan, org, concurrency=1)
    report = stopped.value.report
    assert (report.failed, report.not_reached, report.skipped, report.planned) == (50, 250, 0, 300)
    assert memory.calls.count(create(memory)) == 50


async def test_a_fifth_of_failures_does_not_stop_the_run(memory: Memory, org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(50))
    memory.fail(create(memory), PermissionDeniedError("no", status_code=403, **ERROR_ARGS), times=10)
    report = await bulk.apply(plan, org)
    assert (report.created, report.failed) == (40, 10)


async def test_outage_stops_the_run_and_resume_does_the_rest(
    memory: Memory, org: OrganizationHandle, tmp_path: Path
) -> None:
    plan = await bulk.plan(org, new(100))
    memory.fail(create(memory), NotSentError("no network", **ERROR_ARGS), times=1000)
    with pytest.raises(StoppedError, match="Too many failures"):
        await bulk.apply(plan, org, journal=tmp_path / "journal", concurrency=4)
    memory.clear_faults()
    report = await bulk.resume(tmp_path / "journal", org)
    assert (report.created, report.failed) == (100, 0)


async def test_failed_sign_in_stops_the_run_at_once(memory: Memory, org: OrganizationHandle, tmp_path: Path) -> None:
    plan = await bulk.plan(org, new(100))
    memory.fail(create(memory), AuthenticationError("expired", status_code=401, **ERROR_ARGS), times=100)
    with pytest.raises(StoppedError, match="The sign-in failed") as stopped:
        await bulk.apply(plan, org, journal=tmp_path / "journal", concurrency=4)
    assert isinstance(stopped.value.__cause__, AuthenticationError)
    assert (stopped.value.report.not_reached, stopped.value.report.failed) == (100, 0)
    assert memory.calls.count(create(memory)) == 4
    memory.clear_faults()
    assert (await bulk.resume(tmp_path / "journal", org)).created == 100


async def test_created_accounts_become_members_when_the_run_is_stopped() -> None:
    async with OrgClient(Memory()) as client:
        org = client.organization()
        plan = await bulk.plan(org, new(100))
        run = bulk.apply(plan, org, concurrency=1)
        error = PermissionDeniedError("no", status_code=403, **ERROR_ARGS)
        done: list[Progress] = []

        def watch(progress: Progress) -> None:
            done.append(progress)
            if progress.started == 40:
                client.provider.fail("accounts.create", error, times=100)

        run = bulk.apply(plan, org, concurrency=1, on_progress=watch)
        with pytest.raises(StoppedError) as stopped:
            await run
        report = stopped.value.report
    assert report.created == 40
    assert report.created + report.failed + report.not_reached == 100


async def test_rate_limit_of_a_write_is_waited_for(memory: Memory, org: OrganizationHandle) -> None:
    waits: list[float] = []
    plan = await bulk.plan(org, new(30))
    memory.fail(create(memory), RateLimitError("slowly", status_code=429, retry_after=600, **ERROR_ARGS), times=3)
    memory.fail(create(memory), RateLimitError("slowly", status_code=429, **ERROR_ARGS))
    started = anyio.current_time()
    run = bulk.apply(plan, org, concurrency=2, on_progress=lambda progress: waits.append(progress.waiting))
    assert (await run).created == 30
    assert 600 <= anyio.current_time() - started < 1900
    assert max(waits) == pytest.approx(600, abs=1)


@pytest.mark.parametrize(
    ("reading", "page_size"), [("users.list", 100), ("users.get", 1), ("accounts.list", 100), ("accounts.get", 2)]
)
async def test_rate_limit_of_the_first_reading_is_waited_for(reading: str, page_size: int) -> None:
    memory = Memory(users=5, max_page_size=page_size)
    async with OrgClient(memory) as client:
        org = client.organization()
        username = "user3"
        if reading.startswith("accounts"):
            username = (await client.accounts.create(username="user9")).username or ""
        plan = await bulk.plan(org, [UserSpec(username=username, given_name="Ada")])
        emitted: list[Progress] = []
        memory.fail(reading, RateLimitError("slowly", status_code=429, retry_after=3600, **ERROR_ARGS), times=2)
        memory.fail(reading, RateLimitError("slowly", status_code=429, **ERROR_ARGS))
        started = anyio.current_time()
        report = await bulk.apply(plan, org, on_progress=emitted.append, reread_after=timedelta(0))
    assert (report.failed, report.skipped, len(report.outcomes)) == (0, 0, report.planned)
    assert 7201 <= anyio.current_time() - started < 7210
    assert (emitted[0].planned, emitted[0].done) == (len(plan.writes), 0)
    assert [round(progress.waiting) for progress in emitted[:3]] == [3600, 3600, 1]


async def test_only_the_page_with_a_rate_limit_is_requested_again() -> None:
    # Otherwise a long list would never end if each page exceeded the rate limit.
    memory = Memory(users=30, max_page_size=10)
    async with OrgClient(memory) as client:
        org = client.organization()
        plan = await bulk.plan(org, [UserSpec(username=f"user{n}", given_name="Ada") for n in range(1, 31)])
        pages = memory.calls.count("users.list")
        for _ in range(3):
            memory.fail("users.list", RateLimitError("slowly", status_code=429, retry_after=60, **ERROR_ARGS), times=1)
        assert (await bulk.apply(plan, org, confirm=plan.hash, reread_after=timedelta(0))).updated == 30
        assert memory.calls.count("users.list") == 2 * pages + 3


async def test_run_that_waits_for_its_first_reading_can_be_cancelled_and_resumed(
    memory: Memory, org: OrganizationHandle, tmp_path: Path
) -> None:
    plan = await bulk.plan(org, [UserSpec(username="user3", given_name="Ada")])
    for reading in ("users.list", "users.get"):
        memory.fail(reading, RateLimitError("slowly", status_code=429, retry_after=3600, **ERROR_ARGS), times=9)
    scope = anyio.CancelScope()
    again = bulk.Plan.from_json(plan.to_json())  # a loaded plan is compared with the members again
    run = bulk.apply(again, org, journal=tmp_path / "journal", on_progress=lambda _: scope.cancel())
    with scope:
        await run
    assert scope.cancelled_caught
    assert (run.report.not_reached, run.report.planned) == (1, 1)
    memory.clear_faults()
    assert (await bulk.resume(tmp_path / "journal", org)).updated == 1


async def test_rate_limit_of_the_organization_id_is_waited_for(
    memory: Memory, org: OrganizationHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await bulk.plan(org, new(3))
    found = await memory.own_organization_id()
    errors = [RateLimitError("slowly", status_code=429, retry_after=3600, **ERROR_ARGS)]

    async def own_organization_id(_: Memory) -> str | None:
        if errors:
            raise errors.pop()
        return found

    monkeypatch.setattr(Memory, "own_organization_id", own_organization_id)
    started = anyio.current_time()
    assert (await bulk.apply(plan, org)).created == 3
    assert 3600 <= anyio.current_time() - started < 3700


async def test_rate_limit_of_memberships_is_waited_for() -> None:
    async with OrgClient(Memory()) as client:
        org = client.organization()
        plan = await bulk.plan(org, new(5))
        client.provider.fail("users.add", RateLimitError("slowly", status_code=429, retry_after=9, **ERROR_ARGS))
        client.provider.lose_response("users.add")
        assert (await bulk.apply(plan, org)).created == 5


SLOWLY = RateLimitError("slowly", status_code=429, retry_after=3600, **ERROR_ARGS)
UNSTATED = RateLimitError("slowly", status_code=429, **ERROR_ARGS)


async def paused(run: bulk.Run) -> PausedError:
    """Return the error of a run that is stopped by a rate limit."""
    with pytest.raises(PausedError, match="rate limit applies until") as caught:
        await run
    assert isinstance(caught.value.__cause__, RateLimitError)
    assert caught.value.report is run.report or caught.value.report == run.report
    return caught.value


def seconds_left(error: PausedError) -> float:
    return (error.until - datetime.now(UTC)).total_seconds()


async def test_a_long_rate_limit_stops_a_run_that_may_not_pause_so_long(
    memory: Memory, org: OrganizationHandle, tmp_path: Path
) -> None:
    plan = await bulk.plan(org, new(30))
    started = anyio.current_time()

    def limit(progress: Progress) -> None:
        if progress.started == 10:
            memory.fail(create(memory), SLOWLY, times=100)

    run = bulk.apply(
        plan,
        org,
        concurrency=1,
        journal=tmp_path / "journal",
        audit=tmp_path / "audit",
        max_pause=timedelta(minutes=5),
        on_progress=limit,
    )
    error = await paused(run)
    assert seconds_left(error) == pytest.approx(3600, abs=5)
    assert anyio.current_time() - started < 60
    assert error.report.created + error.report.in_flight == 10
    assert error.report.not_reached == 20
    assert str(error).endswith("UTC. Resume the run then.")
    again = await paused(bulk.resume(tmp_path / "journal", org, max_pause=timedelta(hours=0.99)))
    assert again.report.planned == 30
    memory.clear_faults()
    report = await bulk.resume(tmp_path / "journal", org, max_pause=timedelta(0))
    assert (report.created, report.stopped, len(await usernames(org))) == (30, None, 34)
    bulk.verify_audit(tmp_path / "audit")


async def test_a_rate_limit_that_is_not_longer_is_waited_for(memory: Memory, org: OrganizationHandle) -> None:
    memory.fail(create(memory), SLOWLY, times=3)
    plan = await bulk.plan(org, new(5))
    report = await bulk.apply(plan, org, concurrency=1, max_pause=timedelta(hours=3, seconds=1))
    assert report.created == 5


async def test_repeated_rate_limits_without_a_request_between_them_are_one_pause(
    memory: Memory, org: OrganizationHandle
) -> None:
    plan = await bulk.plan(org, new(5))
    memory.fail(create(memory), SLOWLY, times=9)
    started = anyio.current_time()
    await paused(bulk.apply(plan, org, concurrency=1, max_pause=timedelta(hours=3, seconds=1)))
    assert anyio.current_time() - started == pytest.approx(3 * 3600, abs=60)


async def test_requests_that_are_accepted_end_a_pause(plain: OrganizationHandle) -> None:
    memory = plain.provider
    assert isinstance(memory, Memory)
    plan = await bulk.plan(plain, new(5))
    started, done = anyio.current_time(), [0]

    def limit(progress: Progress) -> None:
        if progress.done > done[-1]:
            done.append(progress.done)
            memory.fail(create(memory), SLOWLY)

    report = await bulk.apply(plan, plain, concurrency=1, max_pause=timedelta(hours=1.5), on_progress=limit)
    assert report.created == 5
    assert anyio.current_time() - started > 3 * 3600


async def test_a_rate_limit_without_an_end_stops_the_run_too(memory: Memory, org: OrganizationHandle) -> None:
    plan = await bulk.plan(org, new(5))
    memory.fail(create(memory), UNSTATED, times=5_000)
    started = anyio.current_time()
    error = await paused(bulk.apply(plan, org, max_pause=timedelta(minutes=5)))
    assert 290 < anyio.current_time() - started <= 301
    assert seconds_left(error) == pytest.approx(60, abs=5)
    assert str(error).endswith("Plan again then.")  # there is no journal
    started = anyio.current_time()
    await paused(bulk.apply(plan, org, max_pause=timedelta(0)))
    assert anyio.current_time() - started < 10


@pytest.mark.parametrize(
    ("reading", "page_size"), [("users.list", 100), ("users.get", 1), ("accounts.list", 100), ("accounts.get", 2)]
)
async def test_a_long_rate_limit_of_the_first_reading_stops_the_run(
    reading: str, page_size: int, tmp_path: Path
) -> None:
    memory = Memory(users=5, max_page_size=page_size)
    async with OrgClient(memory) as client:
        org = client.organization()
        username = "user3"
        if reading.startswith("accounts"):
            username = (await client.accounts.create(username="user9")).username or ""
        plan = bulk.Plan.from_json((await bulk.plan(org, [UserSpec(username=username, given_name="Ada")])).to_json())
        memory.fail(reading, SLOWLY, times=2)
        for _ in range(2):
            run = bulk.apply(plan, org, journal=tmp_path / "journal", max_pause=timedelta(hours=1) / 2)
            if (tmp_path / "journal").exists():
                run = bulk.resume(tmp_path / "journal", org, max_pause=timedelta(hours=1) / 2)
            error = await paused(run)
            assert (error.report.planned, error.report.not_reached) == (len(plan.writes), len(plan.writes))
        report = await bulk.resume(tmp_path / "journal", org)
        assert (report.failed, report.not_reached) == (0, 0)


async def test_a_long_rate_limit_of_the_organization_id_stops_the_run(
    memory: Memory, org: OrganizationHandle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plan = await bulk.plan(org, new(3))
    found: str | None = await memory.own_organization_id()

    async def refuse(_: Memory) -> str | None:
        raise SLOWLY

    async def answer(_: Memory) -> str | None:
        return found

    monkeypatch.setattr(Memory, "own_organization_id", refuse)
    error = await paused(bulk.apply(plan, org, journal=tmp_path / "journal", max_pause=timedelta(minutes=1)))
    assert error.report.not_reached == 3
    await paused(bulk.resume(tmp_path / "journal", org, max_pause=timedelta(minutes=1)))
    monkeypatch.setattr(Memory, "own_organization_id", answer)
    found = "another"
    with pytest.raises(bulk.PlanError, match="organization"):
        await bulk.resume(tmp_path / "journal", org)
    found = plan.organization
    assert (await bulk.resume(tmp_path / "journal", org)).created == 3


@pytest.mark.parametrize(
    ("value", "message"), [(timedelta(seconds=-1), "max_pause is negative"), (300, "max_pause is 300: pass a datetime")]
)
async def test_a_pause_that_is_none_is_refused(org: OrganizationHandle, value: Any, message: str) -> None:
    plan = await bulk.plan(org, [])
    with pytest.raises(InvalidArgumentError, match=message):
        bulk.apply(plan, org, max_pause=value)
    with pytest.raises(InvalidArgumentError, match=message):
        bulk.resume("journal", org, max_pause=value)


async def test_loop_may_end_and_continue_later(plain: OrganizationHandle) -> None:
    run = bulk.apply(await bulk.plan(plain, new(200)), plain, concurrency=2)
    count = 0
    async for _ in run:
        count += 1
        break
    there = len(await usernames(plain))
    await anyio.sleep(100)
    assert len(await usernames(plain)) == there < 204
    assert count + len([one async for one in run]) == 200


async def test_garbage_collected_run_releases_the_organization(plain: OrganizationHandle) -> None:
    plan = await bulk.plan(plain, new(200))
    async for _ in bulk.apply(plan, plain, concurrency=2):
        break
    again = await bulk.apply(plan, plain)
    assert again.created + again.adopted == 200


async def test_closed_run_has_ended(plain: OrganizationHandle, tmp_path: Path) -> None:
    plan = await bulk.plan(plain, new(100))
    async with bulk.apply(plan, plain, concurrency=1, journal=tmp_path / "journal") as run:
        await anext(run)
    assert 0 < run.report.not_reached < 100 == len(run.report.outcomes)
    left = [outcome async for outcome in run]
    assert len(left) < 100
    report = await bulk.resume(tmp_path / "journal", plain)
    assert (report.planned, report.created) == (100, 100)
    assert len(await usernames(plain)) == 104


async def test_second_run_on_one_organization_is_refused(plain: OrganizationHandle) -> None:
    plan = await bulk.plan(plain, new(100))
    async with bulk.apply(plan, plain, concurrency=1) as run:
        await anext(run)
        with pytest.raises(LockedError, match=r"Another run \(process \d+\) is working on organization"):
            await bulk.apply(plan, plain)
    assert (await bulk.apply(plan, plain)).failed == 0


async def test_cancelled_run_reports_writes_in_flight(memory: Memory, org: OrganizationHandle) -> None:
    scope = anyio.CancelScope()

    def set_deadline(_: Progress) -> None:
        # Not earlier: opening the files in a thread lets the virtual clock jump.
        if scope.deadline == math.inf:
            scope.deadline = anyio.current_time() + 0.5

    run = bulk.apply(await bulk.plan(org, new(50)), org, concurrency=4, on_progress=set_deadline)
    memory.delay(create(memory), 1)
    with scope:
        await run
    assert scope.cancelled_caught
    report = run.report
    reasons = Counter(one.reason for one in report.outcomes if one.status == "in_flight")
    # Accounts whose memberships were not sent are in flight too.
    assert reasons.pop("it had no response yet") == 4
    assert set(reasons) <= {"the account exists, and is not a member yet"}
    assert report.planned == 50 == report.created + report.in_flight + report.not_reached
    assert report.summary().endswith(
        f"{report.in_flight} in flight when stopped (may have been done), {report.not_reached} not reached (not sent)."
    )
    assert [outcome async for outcome in run] == []


async def test_cancelled_run_can_be_resumed(memory: Memory, org: OrganizationHandle, tmp_path: Path) -> None:
    plan = await bulk.plan(org, new(50))
    scope = anyio.CancelScope()

    def cancel(progress: Progress) -> None:
        if progress.started >= 20:  # several writes start between two calls
            scope.cancel()

    journal, audit = tmp_path / "journal", tmp_path / "audit"
    with scope:
        await bulk.apply(plan, org, concurrency=4, on_progress=cancel, journal=journal, audit=audit)
    assert scope.cancelled_caught
    report = await bulk.resume(journal, org)
    assert report.created + report.adopted == 50
    assert len(await usernames(org)) == 54
    bulk.verify_audit(audit)


async def test_resumed_run_that_stops_at_once_calls_started_writes_in_flight(
    memory: Memory, org: OrganizationHandle, tmp_path: Path
) -> None:
    scope = anyio.CancelScope()

    def cancel(progress: Progress) -> None:
        if progress.started >= 20:
            scope.cancel()

    plan = await bulk.plan(org, new(50))
    run = bulk.apply(plan, org, concurrency=4, on_progress=cancel, journal=tmp_path / "journal")
    with scope:
        await run
    assert scope.cancelled_caught
    before = {one.write.number for one in run.report.outcomes if one.status == "in_flight"}
    error = AuthenticationError("the key was revoked", status_code=401, **ERROR_ARGS)
    for call in ("accounts.find", "users.find", create(memory)):
        memory.fail(call, error, times=100)
    with pytest.raises(StoppedError) as stopped:
        await bulk.resume(tmp_path / "journal", org, concurrency=1)
    after = {one.write.number: one.status for one in stopped.value.report.outcomes}
    assert before
    assert {after[number] for number in before} == {"in_flight"}
    assert stopped.value.report.not_reached == 50 - len(after) + list(after.values()).count("not_reached")


async def test_journal_has_each_outcome_before_the_audit(
    org: OrganizationHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # After a kill between the two, the journal has the outcome; in the other order, the audit could get two lines.
    events: list[tuple[str, int]] = []
    put, append = JournalFile.put, AuditFile.append

    def put_and_record(file: JournalFile, entries: Sequence[JournalEntry]) -> None:
        put(file, entries)
        events.extend(("journal", entry.number) for entry in entries if entry.stage == "settled")

    def append_and_record(file: AuditFile, outcomes: Sequence[Outcome]) -> None:
        events.extend(("audit", outcome.write.number) for outcome in outcomes)
        append(file, outcomes)

    monkeypatch.setattr(JournalFile, "put", put_and_record)
    monkeypatch.setattr(AuditFile, "append", append_and_record)
    plan = await bulk.plan(org, new(50))
    await bulk.apply(plan, org, concurrency=4, journal=tmp_path / "journal", audit=tmp_path / "audit")
    assert len(events) == 100
    assert all(events.index(("journal", number)) < events.index(("audit", number)) for number in range(50))
