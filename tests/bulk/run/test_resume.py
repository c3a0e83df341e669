"""Resuming a run: uncertain writes are looked up, and the rest is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from orgsdk import OrgClient, bulk
from orgsdk.bulk import FileError, JournalEntry, Plan, PlanError, Policy, Report, UserSpec
from orgsdk.bulk.run.files import timestamp
from orgsdk.bulk.run.journal import JournalFile
from orgsdk.errors import OutcomeUnknownError, ServerError
from orgsdk.providers import Memory
from tests.bulk.samples import opened

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from orgsdk.resources import OrganizationHandle

pytestmark = pytest.mark.anyio

ADA = UserSpec(username="ada", email="ada@example.com", given_name="Ada", roles=("student",))


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def interrupted_run(journal: Path, plan: Plan, *entries: JournalEntry, **settings: str) -> None:
    """Write the journal of a run that was killed."""
    file = opened(JournalFile(journal))
    file.start(plan, settings)
    file.put(entries)
    file.close()


def results(report: Report) -> list[tuple[str, str, str | None]]:
    return [(outcome.write.kind, outcome.status, outcome.reason) for outcome in report.outcomes]


async def find(org: OrganizationHandle, username: str) -> Any:
    return await org.users.find(username=username)


@pytest.mark.parametrize("was_created", [True, False])
async def test_uncertain_account_is_looked_up(org: OrganizationHandle, journal: Path, was_created: bool) -> None:
    plan = await bulk.plan(org, [ADA])
    interrupted_run(journal, plan, JournalEntry(0, "started"))
    if was_created:
        await org.users.create(username="ada", email="ada@example.com", given_name="Ada", roles=["student"])
    report = await bulk.resume(journal, org)
    assert results(report) == [("create", "adopted" if was_created else "created", None)]
    assert (await find(org, "ada")).roles == ("student",)


@pytest.mark.parametrize("named", [{"email": "only@example.com"}, {"phone": "+15550100"}])
async def test_account_without_a_username_is_looked_up_by_other_fields(
    org: OrganizationHandle, journal: Path, named: dict[str, str]
) -> None:
    plan = await bulk.plan(org, [UserSpec(username="u", given_name="Only")])
    write = replace(plan.writes[0], fields={"given_name": "Only", **named})
    plan = replace(plan, writes=(write,))
    interrupted_run(journal, plan, JournalEntry(0, "started"))
    await org.users.create(given_name="Only", **named)
    assert results(await bulk.resume(journal, org)) == [("create", "adopted", None)]


async def test_existing_account_with_other_fields_is_a_failure(org: OrganizationHandle, journal: Path) -> None:
    plan = await bulk.plan(org, [ADA])
    interrupted_run(journal, plan, JournalEntry(0, "started"))
    await org.users.create(username="ada", email="another@example.com")
    assert [one[:2] for one in results(await bulk.resume(journal, org))] == [("create", "failed")]


async def test_created_account_becomes_a_member(journal: Path, tmp_path: Path) -> None:
    async with OrgClient(Memory()) as client:
        org = client.organization()
        plan = await bulk.plan(org, [ADA])
        made = await client.accounts.create(username="ada", email="ada@example.com", given_name="Ada")
        entry = JournalEntry(0, "account", "created", made.id, "r1")
        (tmp_path / "p").touch()
        (tmp_path / "a").touch()
        interrupted_run(journal, plan, entry, passwords=str(tmp_path / "p"), audit=str(tmp_path / "a"))
        before = len(client.provider.calls)
        report = await bulk.resume(journal, org)
        assert client.provider.calls[before:] == ["users.add"]
        assert results(report) == [("create", "created", None)]
        assert (await find(org, "ada")).roles == ("student",)
    assert bulk.verify_audit(tmp_path / "a").lines == 1


async def test_settled_writes_are_reported_and_not_sent_again(
    client: OrgClient[Memory], org: OrganizationHandle, journal: Path, tmp_path: Path
) -> None:
    plan = await bulk.plan(org, [ADA, UserSpec(username="bob")])
    at = "2026-01-01T00:00:00.000Z"
    entries = (
        JournalEntry(0, "settled", "created", "id0", "r1", None, at),
        JournalEntry(1, "settled", "failed", None, None, "no", at),
    )
    (tmp_path / "p").touch()
    (tmp_path / "a").touch()
    interrupted_run(journal, plan, *entries, audit=str(tmp_path / "a"), passwords=str(tmp_path / "p"))
    before = len(client.provider.calls)
    run = bulk.resume(journal, org)
    assert [outcome async for outcome in run] == []
    assert client.provider.calls[before:] == []
    assert results(run.report) == [("create", "created", None), ("create", "failed", "no")]
    assert (run.report.planned, run.report.created, run.report.failed) == (2, 1, 1)
    assert bulk.verify_audit(tmp_path / "a").lines == 2


@pytest.mark.parametrize("given", [None, "wrong"])
async def test_a_resumed_run_does_not_start_another_audit_unasked(
    org: OrganizationHandle, journal: Path, tmp_path: Path, given: str | None
) -> None:
    plan = await bulk.plan(org, [ADA])
    interrupted_run(journal, plan, audit=str(tmp_path / "a"))
    audit = tmp_path / (given or "a")
    passed = None if given is None else audit
    for _ in range(2):
        with pytest.raises(FileError, match="to start another audit, create an empty file there") as caught:
            await bulk.resume(journal, org, audit=passed)
        assert caught.value.filename == str(audit)
    assert not audit.exists()
    audit.touch()
    assert (await bulk.resume(journal, org, audit=passed)).created == 1
    assert bulk.verify_audit(audit).lines == 1


async def test_a_resumed_run_may_have_its_first_audit(org: OrganizationHandle, journal: Path, tmp_path: Path) -> None:
    plan = await bulk.plan(org, [ADA])
    interrupted_run(journal, plan)
    await bulk.resume(journal, org, audit=tmp_path / "new")
    assert bulk.verify_audit(tmp_path / "new").lines == 1


@pytest.mark.parametrize("was_sent", [True, False])
async def test_uncertain_invitation_is_looked_up(org: OrganizationHandle, journal: Path, was_sent: bool) -> None:
    plan = await bulk.plan(org, [ADA], Policy(create="invite"))
    interrupted_run(journal, plan, JournalEntry(0, "started"))
    if was_sent:
        await org.invitations.create("ada@example.com", roles=["student"])
    report = await bulk.resume(journal, org)
    assert results(report) == [("invite", "adopted" if was_sent else "invited", None)]
    assert len(await org.invitations.list().collect()) == 1


async def test_invitation_in_flight_is_waited_for(org: OrganizationHandle, journal: Path) -> None:
    plan = await bulk.plan(org, [ADA], Policy(create="invite"))
    interrupted_run(journal, plan, JournalEntry(0, "started", at=timestamp()))
    run = bulk.resume(journal, org)
    started = anyio.current_time()
    async with anyio.create_task_group() as tasks:

        async def arrive() -> None:
            await anyio.sleep(30)
            await org.invitations.create("ada@example.com", roles=["student"])

        tasks.start_soon(arrive)
        await run
    assert results(run.report) == [("invite", "adopted", None)]
    assert anyio.current_time() - started > 50


async def test_invitation_whose_response_was_lost_is_sent_again_only_by_resume(
    client: OrgClient[Memory], org: OrganizationHandle, journal: Path
) -> None:
    plan = await bulk.plan(org, [ADA], Policy(create="invite"))
    error = OutcomeUnknownError("lost", provider="memory", operation="test")
    client.provider.fail("invitations.create", error)
    report = await bulk.apply(plan, org, journal=journal)
    assert [one[:2] for one in results(report)] == [("invite", "unknown")]
    assert await org.invitations.list().collect() == []
    assert results(await bulk.resume(journal, org)) == [("invite", "invited", None)]
    client.provider.lose_response("invitations.create")
    other = await bulk.plan(org, [UserSpec(username="bob", email="bob@example.com")], Policy(create="invite"))
    assert results(await bulk.apply(other, org)) == [("invite", "adopted", None)]


@pytest.mark.parametrize("done", [True, False])
async def test_uncertain_change_is_compared(org: OrganizationHandle, journal: Path, done: bool) -> None:
    someone = await org.users.create(username="ada", given_name="A", roles=["teacher"])
    plan = await bulk.plan(org, [ADA])
    assert [write.kind for write in plan.writes] == ["update", "set_roles"]
    interrupted_run(journal, plan, JournalEntry(0, "started", user_id=someone.id))
    if done:
        await org.users.update(someone.id, given_name="Ada", email="ada@example.com")
    assert results(await bulk.resume(journal, org)) == [("update", "updated", None), ("set_roles", "updated", None)]
    found = await find(org, "ada")
    assert (found.given_name, found.email, found.roles) == ("Ada", "ada@example.com", ("student",))


@pytest.mark.parametrize("done", [True, False])
async def test_uncertain_change_is_detected_after_a_later_one(
    org: OrganizationHandle, journal: Path, done: bool
) -> None:
    someone = await org.users.create(username="ada", given_name="A", email="ada@example.com", roles=["teacher"])
    plan = await bulk.plan(org, [ADA])
    interrupted_run(
        journal, plan, JournalEntry(0, "started", user_id=someone.id), JournalEntry(1, "settled", "updated", someone.id)
    )
    await org.users.set_roles(someone.id, ["student"])
    if done:
        await org.users.update(someone.id, given_name="Ada")
    assert results(await bulk.resume(journal, org)) == [("set_roles", "updated", None), ("update", "updated", None)]
    found = await find(org, "ada")
    assert (found.given_name, found.roles) == ("Ada", ("student",))


@pytest.mark.parametrize("done", [True, False])
async def test_uncertain_removal_is_done(org: OrganizationHandle, journal: Path, done: bool) -> None:
    someone = await org.users.create(username="zoe")
    rest = [UserSpec(username=user.username) async for user in org.users.list() if user.username != "zoe"]
    plan = await bulk.plan(org, rest, Policy(remove="membership", max_removal_share=1.0))
    interrupted_run(journal, plan, JournalEntry(0, "started", user_id=someone.id))
    if done:
        await org.users.remove(someone.id, account="keep")
    assert results(await bulk.resume(journal, org)) == [("remove", "removed", None)]
    assert await find(org, "zoe") is None


async def test_many_added_accounts_are_read_by_the_list(journal: Path) -> None:
    async with OrgClient(Memory(max_page_size=10)) as client:
        org = client.organization()
        for number in range(30):
            await client.accounts.create(username=f"u{number}")
        plan = await bulk.plan(org, [UserSpec(username=f"u{number}") for number in range(30)])
        interrupted_run(journal, plan, JournalEntry(0, "started"))
        before = len(client.provider.calls)
        assert (await bulk.resume(journal, org)).added == 30
        assert set(client.provider.calls[before:]) == {"accounts.list", "users.add"}
        few = await bulk.plan(client.organization(), [UserSpec(username="u1", given_name="One")])
        assert (await bulk.apply(few, org)).updated == 1


async def test_few_added_accounts_are_read_one_by_one() -> None:
    async with OrgClient(Memory(max_page_size=5)) as client:
        org = client.organization()
        accounts = [await client.accounts.create(username=f"u{number}") for number in range(40)]
        plan = await bulk.plan(org, [UserSpec(username="u3"), UserSpec(username="u4")])
        await client.accounts.remove(accounts[4].id, account="delete")
        before = len(client.provider.calls)
        report = await bulk.apply(plan, org, reread_after=timedelta(0))
        assert client.provider.calls[before:] == ["accounts.list", "accounts.get", "accounts.get", "users.add"]
        assert results(report) == [("add", "skipped", "gone"), ("add", "added", None)]


async def test_failed_reading_does_not_change_the_journal(
    client: OrgClient[Memory], org: OrganizationHandle, journal: Path
) -> None:
    someone = await org.users.create(username="ada", given_name="A", roles=["student"])
    plan = await bulk.plan(org, [ADA])
    interrupted_run(journal, plan, JournalEntry(0, "started", user_id=someone.id))
    error = ServerError("down", provider="memory", operation="test", status_code=500)
    for operation in ("users.get", "users.list"):
        client.provider.fail(operation, error, times=9)
    with pytest.raises(ServerError):
        await bulk.resume(journal, org)
    client.provider.clear_faults()
    assert (await bulk.resume(journal, org)).updated == 1


async def test_journal_of_another_organization_is_refused(
    client: OrgClient[Memory], org: OrganizationHandle, journal: Path, tmp_path: Path
) -> None:
    run = bulk.resume(tmp_path / "nowhere", org)
    assert (run.report.planned, run.report.summary()) == (0, "0 planned: nothing to do.")
    with pytest.raises(PlanError, match="There is no journal"):
        await run
    await anyio.Path(journal).touch()
    with pytest.raises(PlanError, match="never started"):
        await bulk.resume(journal, org)
    interrupted_run(journal, await bulk.plan(org, [ADA]))
    other = await client.organizations.create("other")
    with pytest.raises(PlanError, match="organization"):
        await bulk.resume(journal, client.organization(other.id))
    assert (await bulk.resume(journal, org)).created == 1
