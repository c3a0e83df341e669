"""The invitations to a Logto organization in the common domain."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    RateLimitError,
    ServerError,
    UnprocessableError,
)
from orgsdk.sandbox.faults import Answer
from orgsdk.sandbox.logto.seed import role_id, user_id

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers import Logto
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from tests.providers.logto.conftest import Call, Written

pytestmark = pytest.mark.anyio

HARRY = user_id("hwright")
JSON = (("content-type", "application/json"),)


async def test_an_invitation_says_whom_it_is_for_until_when_and_as_what(
    band: OrganizationHandle, sandbox: Sandbox
) -> None:
    ends = datetime(2090, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    made = await band.invitations.create(
        "Bo@example.org", roles=["teacher", role_id("student")], expires_at=ends, inviter_id=HARRY
    )
    assert (made.email, made.status, made.organization_id) == ("Bo@example.org", "pending", band.id)
    assert (set(made.roles), made.inviter_id, made.accepted_user_id) == ({"teacher", "student"}, HARRY, None)
    # Logto counts milliseconds.
    assert made.expires_at == ends.replace(microsecond=678000)
    assert made.url is None
    assert len(sandbox.logto.sent_messages) == 1
    assert await band.invitations.get(made.id) == made


async def test_without_an_expiry_it_ends_in_seven_days(band: OrganizationHandle) -> None:
    made = await band.invitations.create("bo@example.org", send=False)
    assert made.expires_at is not None
    left = made.expires_at - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    shorter = await band.invitations.create("al@example.org", send=False, expires_in=timedelta(minutes=5))
    assert shorter.expires_at is not None
    assert shorter.expires_at < made.expires_at


async def test_an_unsent_invitation_sends_nothing(band: OrganizationHandle, sandbox: Sandbox) -> None:
    made = await band.invitations.create("bo@example.org", send=False)
    assert sandbox.logto.sent_messages == []
    await band.invitations.resend(made.id)
    assert [message.to for message in sandbox.logto.sent_messages] == ["bo@example.org"]


async def test_invitations_are_listed_by_status_and_by_address_in_any_case(
    band: OrganizationHandle, sandbox: Sandbox
) -> None:
    pending = await band.invitations.create("Bo@example.org", send=False)
    revoked = await band.invitations.create("al@example.org", send=False)
    await band.invitations.revoke(revoked.id)
    gone = await band.invitations.create("cy@example.org", send=False, expires_in=timedelta(hours=1))
    sandbox.logto.clock = lambda: time.time() + 7200
    for status, expected in (("pending", pending), ("Revoked", revoked), ("expired", gone)):
        page = await band.invitations.list(status=status)
        assert ([found.id for found in page], page.total) == ([expected.id], 1)
    assert [found.id for found in await band.invitations.list(email="BO@example.org")] == [pending.id]
    everything = await band.invitations.list()
    assert ({found.status for found in everything}, everything.next_cursor) == ({"pending", "revoked", "expired"}, None)
    assert (await band.invitations.list(status="unheard-of")).items == []


async def test_the_invitations_of_a_missing_organization_are_not_found(
    client: OrgClient[Logto], quartet: OrganizationHandle, written: Written
) -> None:
    with pytest.raises(NotFoundError) as caught:
        await client.organization("doesnotexist").invitations.list()
    assert caught.value.operation == "get_organization"
    written.clear()
    assert (await quartet.invitations.list(status="pending")).items == []
    assert written() == ["GET /organization-invitations", f"GET /organizations/{quartet.id}"]


async def test_what_is_another_organizations_is_not_found_here(
    band: OrganizationHandle, quartet: OrganizationHandle, written: Written
) -> None:
    theirs = await band.invitations.create("bo@example.org", send=False)
    written.clear()
    for call in (
        lambda: quartet.invitations.get(theirs.id),
        lambda: quartet.invitations.resend(theirs.id),
        lambda: quartet.invitations.accept(theirs.id, user_id=HARRY),
        lambda: quartet.invitations.revoke(theirs.id),
        lambda: quartet.invitations.remove(theirs.id),
    ):
        with pytest.raises(NotFoundError, match=f"organization {quartet.id} has no invitation {theirs.id}"):
            await call()
    assert written(reads=False) == []
    assert (await band.invitations.get(theirs.id)).status == "pending"


async def test_accepting_makes_a_member_with_the_roles(band: OrganizationHandle, client: OrgClient[Logto]) -> None:
    made = await band.invitations.create("Bo@example.org", roles=["teacher"], send=False)
    bo = await client.users.create(email="bo@EXAMPLE.org")
    accepted = await band.invitations.accept(made.id, user_id=bo.id)
    assert (accepted.status, accepted.accepted_user_id) == ("accepted", bo.id)
    assert (await band.users.get(bo.id)).roles == ("teacher",)
    await band.invitations.remove(made.id)
    assert (await band.users.get(bo.id)).roles == ("teacher",)
    with pytest.raises(NotFoundError):
        await band.invitations.get(made.id)


# The conflicts that Logto all calls `request.invalid_input`, and one that it does not


async def test_a_pending_invitation_is_a_conflict(band: OrganizationHandle) -> None:
    await band.invitations.create("bo@example.org", send=False)
    with pytest.raises(ConflictError, match="has a pending invitation") as caught:
        await band.invitations.create("bo@example.org", send=False)
    assert (caught.value.status_code, caught.value.code) == (422, "entity.unique_integrity_violation")
    # Addresses differ by case here, as in Logto's database (facts/logto.md, section 7).
    assert (await band.invitations.create("BO@example.org", send=False)).status == "pending"


async def test_a_member_who_is_invited_is_a_conflict(band: OrganizationHandle) -> None:
    with pytest.raises(ConflictError, match=f"that of {HARRY}, who is a member") as caught:
        await band.invitations.create("hwright@example.org", send=False)
    assert (caught.value.status_code, caught.value.code) == (422, "request.invalid_input")
    assert caught.value.request_id
    assert "hwright@" not in str(caught.value)


async def test_a_past_expiry_is_a_wrong_argument_by_logtos_clock_as_by_ours(
    band: OrganizationHandle, sandbox: Sandbox, written: Written
) -> None:
    with pytest.raises(InvalidArgumentError, match="not in the future"):
        await band.invitations.create("bo@example.org", expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(InvalidArgumentError, match="time zone"):
        await band.invitations.create("bo@example.org", expires_at=datetime(2090, 1, 1))  # it lacks
    assert written() == []
    sandbox.logto.clock = lambda: time.time() + 3000
    with pytest.raises(InvalidArgumentError, match="not in the future by Logto's clock"):
        await band.invitations.create("bo@example.org", expires_in=timedelta(minutes=5), send=False)


@pytest.mark.parametrize("becomes", ["revoked", "accepted", "expired"])
async def test_an_invitation_that_has_ended_is_a_conflict(
    band: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox, written: Written, becomes: str
) -> None:
    made = await band.invitations.create("bo@example.org", send=False, expires_in=timedelta(hours=1))
    bo = await client.users.create(email="bo@example.org")
    if becomes == "revoked":
        assert (await band.invitations.revoke(made.id)).status == "revoked"
    elif becomes == "accepted":
        await band.invitations.accept(made.id, user_id=bo.id)
    else:
        sandbox.logto.clock = lambda: time.time() + 3700
    written.clear()
    calls: list[Call] = [
        lambda: band.invitations.accept(made.id, user_id=bo.id),
        lambda: band.invitations.revoke(made.id),
    ]
    for call in calls:
        with pytest.raises(ConflictError, match=f"the invitation is {becomes}"):
            await call()
    assert written(reads=False) == []


async def test_an_account_of_another_address_is_a_conflict(band: OrganizationHandle, client: OrgClient[Logto]) -> None:
    made = await band.invitations.create("bo@example.org", send=False)
    al = await client.users.create(email="al@example.org")
    with pytest.raises(ConflictError, match=f"account {al.id} has another address") as caught:
        await band.invitations.accept(made.id, user_id=al.id)
    assert caught.value.code == "request.invalid_input"
    assert (await band.invitations.get(made.id)).status == "pending"
    with pytest.raises(NotFoundError):
        await band.invitations.accept(made.id, user_id="nobodyhere12")


async def test_an_invitation_that_ends_in_the_same_moment_is_a_conflict(
    band: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    made = await band.invitations.create("bo@example.org", send=False)
    bo = await client.users.create(email="bo@example.org")
    # What we look at before is pending; what the change finds is not.
    seen = sandbox.logto.store.invitations[made.id]
    late = Answer(
        200,
        b'{"id": "%b", "invitee": "bo@example.org", "organizationId": "%b", "status": "Pending"}'
        % (made.id.encode(), str(band.id).encode()),
        JSON,
    )
    await band.invitations.revoke(made.id)
    sandbox.logto_faults.add(late, method="GET", path=f"/api/organization-invitations/{made.id}")
    with pytest.raises(ConflictError, match="is revoked") as caught:
        await band.invitations.accept(made.id, user_id=bo.id)
    assert (caught.value.status_code, seen.id) == (422, made.id)


@pytest.mark.parametrize("code", ["request.invalid_input", "entity.db_constraint_violated"])
async def test_a_refusal_that_no_look_up_explains_stays_what_it_is(
    band: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox, code: str
) -> None:
    made = await band.invitations.create("bo@example.org", send=False)
    bo = await client.users.create(email="bo@example.org")
    refusal = Answer(422, b'{"code": "%b", "message": "x"}' % code.encode(), JSON)
    calls: list[tuple[str, Call]] = [
        ("PUT", lambda: band.invitations.accept(made.id, user_id=bo.id)),
        ("PUT", lambda: band.invitations.revoke(made.id)),
        ("POST", lambda: band.invitations.create("al@example.org", send=False)),
    ]
    for method, call in calls:
        sandbox.logto_faults.add(refusal, method=method, path="/api/organization-invitations")
        with pytest.raises(UnprocessableError) as caught:
            await call()
        assert caught.value.code == code


async def test_an_invitation_that_nobody_could_accept_is_not_made(band: OrganizationHandle, written: Written) -> None:
    # Logto takes it, and refuses whoever accepts (facts/logto.md, section 7).
    with pytest.raises(InvalidArgumentError, match="'importer' is for machines"):
        await band.invitations.create("bo@example.org", roles=["importer"])
    with pytest.raises(NotFoundError, match="'nope'"):
        await band.invitations.create("bo@example.org", roles=["nope"])
    assert written(reads=False) == []


async def test_a_tenant_without_e_mail_makes_no_invitation_that_is_to_be_sent(
    band: OrganizationHandle, sandbox: Sandbox
) -> None:
    sandbox.logto.email_service = "no_connector"
    with pytest.raises(ServerError) as caught:
        await band.invitations.create("bo@example.org")
    assert (caught.value.status_code, caught.value.code) == (501, "connector.not_found")
    assert (await band.invitations.list()).items == []


async def test_too_many_messages_to_one_address_are_a_rate_limit_that_holds_up_nobody_else(
    band: OrganizationHandle, client: OrgClient[Logto], written: Written
) -> None:
    made = await band.invitations.create("bo@example.org")
    for _ in range(9):
        await band.invitations.resend(made.id)
    written.clear()
    began = anyio.current_time()
    with pytest.raises(RateLimitError) as caught:
        await band.invitations.resend(made.id)
    error = caught.value
    assert (error.status_code, error.code, error.retry_after) == (429, "request.message_rate_limited", None)
    assert error.operation == "create_organization_invitation_message"
    # It is not repeated, for it holds for ten minutes, and other calls do not wait for it.
    assert len(written(reads=False)) == 1
    await client.organizations.get(str(band.id))
    assert anyio.current_time() - began < 0.9
    other = await client.organizations.create("Other")
    with pytest.raises(RateLimitError):
        await client.organization(other.id).invitations.create("BO@example.org")
    assert (await client.organization(other.id).invitations.list()).items == []
