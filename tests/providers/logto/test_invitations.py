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
    org: OrganizationHandle, sandbox: Sandbox
) -> None:
    ends = datetime(2090, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    made = await org.invitations.create(
        "Bo@example.org", roles=["teacher", role_id("student")], expires_at=ends, inviter_id=HARRY
    )
    assert (made.email, made.status, made.organization_id) == ("Bo@example.org", "pending", org.id)
    assert (set(made.roles), made.inviter_id, made.accepted_user_id) == ({"teacher", "student"}, HARRY, None)
    # Logto counts milliseconds.
    assert made.expires_at == ends.replace(microsecond=678000)
    assert made.url is None
    assert len(sandbox.logto.sent_messages) == 1
    assert await org.invitations.get(made.id) == made


async def test_without_an_expiry_it_ends_in_seven_days(org: OrganizationHandle) -> None:
    made = await org.invitations.create("bo@example.org", send=False)
    assert made.expires_at is not None
    left = made.expires_at - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    shorter = await org.invitations.create("al@example.org", send=False, expires_in=timedelta(minutes=5))
    assert shorter.expires_at is not None
    assert shorter.expires_at < made.expires_at


async def test_an_unsent_invitation_sends_nothing(org: OrganizationHandle, sandbox: Sandbox) -> None:
    made = await org.invitations.create("bo@example.org", send=False)
    assert sandbox.logto.sent_messages == []
    await org.invitations.resend(made.id)
    assert [message.to for message in sandbox.logto.sent_messages] == ["bo@example.org"]


async def test_invitations_are_listed_by_status_and_by_address_in_any_case(
    org: OrganizationHandle, sandbox: Sandbox
) -> None:
    pending = await org.invitations.create("Bo@example.org", send=False)
    revoked = await org.invitations.create("al@example.org", send=False)
    await org.invitations.revoke(revoked.id)
    gone = await org.invitations.create("cy@example.org", send=False, expires_in=timedelta(hours=1))
    sandbox.logto.clock = lambda: time.time() + 7200
    for status, expected in (("pending", pending), ("Revoked", revoked), ("expired", gone)):
        page = await org.invitations.list(status=status)
        assert ([found.id for found in page], page.total) == ([expected.id], 1)
    assert [found.id for found in await org.invitations.list(email="BO@example.org")] == [pending.id]
    everything = await org.invitations.list()
    assert ({found.status for found in everything}, everything.next_cursor) == ({"pending", "revoked", "expired"}, None)
    assert (await org.invitations.list(status="unheard-of")).items == []


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
    org: OrganizationHandle, quartet: OrganizationHandle, written: Written
) -> None:
    theirs = await org.invitations.create("bo@example.org", send=False)
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
    assert (await org.invitations.get(theirs.id)).status == "pending"


async def test_accepting_makes_a_member_with_the_roles(org: OrganizationHandle, client: OrgClient[Logto]) -> None:
    made = await org.invitations.create("Bo@example.org", roles=["teacher"], send=False)
    bo = await client.accounts.create(email="bo@EXAMPLE.org")
    accepted = await org.invitations.accept(made.id, user_id=bo.id)
    assert (accepted.status, accepted.accepted_user_id) == ("accepted", bo.id)
    assert (await org.users.get(bo.id)).roles == ("teacher",)
    await org.invitations.remove(made.id)
    assert (await org.users.get(bo.id)).roles == ("teacher",)
    with pytest.raises(NotFoundError):
        await org.invitations.get(made.id)


# The conflicts that Logto all calls `request.invalid_input`, and one that it does not


async def test_a_pending_invitation_is_a_conflict(org: OrganizationHandle) -> None:
    await org.invitations.create("bo@example.org", send=False)
    with pytest.raises(ConflictError, match="has a pending invitation") as caught:
        await org.invitations.create("bo@example.org", send=False)
    assert (caught.value.status_code, caught.value.code) == (422, "entity.unique_integrity_violation")
    # Addresses differ by case here, as in Logto's database (facts/logto.md, section 7).
    assert (await org.invitations.create("BO@example.org", send=False)).status == "pending"


async def test_a_member_who_is_invited_is_a_conflict(org: OrganizationHandle) -> None:
    with pytest.raises(ConflictError, match=f"that of {HARRY}, who is a member") as caught:
        await org.invitations.create("hwright@example.org", send=False)
    assert (caught.value.status_code, caught.value.code) == (422, "request.invalid_input")
    assert caught.value.request_id
    assert "hwright@" not in str(caught.value)


async def test_a_past_expiry_is_a_wrong_argument_by_logtos_clock_as_by_ours(
    org: OrganizationHandle, sandbox: Sandbox, written: Written
) -> None:
    with pytest.raises(InvalidArgumentError, match="not in the future"):
        await org.invitations.create("bo@example.org", expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(InvalidArgumentError, match="time zone"):
        await org.invitations.create("bo@example.org", expires_at=datetime(2090, 1, 1))  # it lacks
    assert written() == []
    sandbox.logto.clock = lambda: time.time() + 3000
    with pytest.raises(InvalidArgumentError, match="not in the future by Logto's clock"):
        await org.invitations.create("bo@example.org", expires_in=timedelta(minutes=5), send=False)


@pytest.mark.parametrize("becomes", ["revoked", "accepted", "expired"])
async def test_an_invitation_that_has_ended_is_a_conflict(
    org: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox, written: Written, becomes: str
) -> None:
    made = await org.invitations.create("bo@example.org", send=False, expires_in=timedelta(hours=1))
    bo = await client.accounts.create(email="bo@example.org")
    if becomes == "revoked":
        assert (await org.invitations.revoke(made.id)).status == "revoked"
    elif becomes == "accepted":
        await org.invitations.accept(made.id, user_id=bo.id)
    else:
        sandbox.logto.clock = lambda: time.time() + 3700
    written.clear()
    calls: list[Call] = [
        lambda: org.invitations.accept(made.id, user_id=bo.id),
        lambda: org.invitations.revoke(made.id),
    ]
    for call in calls:
        with pytest.raises(ConflictError, match=f"the invitation is {becomes}"):
            await call()
    assert written(reads=False) == []


async def test_an_account_of_another_address_is_a_conflict(org: OrganizationHandle, client: OrgClient[Logto]) -> None:
    made = await org.invitations.create("bo@example.org", send=False)
    al = await client.accounts.create(email="al@example.org")
    with pytest.raises(ConflictError, match=f"account {al.id} has another address") as caught:
        await org.invitations.accept(made.id, user_id=al.id)
    assert caught.value.code == "request.invalid_input"
    assert (await org.invitations.get(made.id)).status == "pending"
    with pytest.raises(NotFoundError):
        await org.invitations.accept(made.id, user_id="nobodyhere12")


async def test_an_invitation_that_ends_in_the_same_moment_is_a_conflict(
    org: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    made = await org.invitations.create("bo@example.org", send=False)
    bo = await client.accounts.create(email="bo@example.org")
    # What we look at before is pending; what the change finds is not.
    seen = sandbox.logto.store.invitations[made.id]
    late = Answer(
        200,
        b'{"id": "%b", "invitee": "bo@example.org", "organizationId": "%b", "status": "Pending"}'
        % (made.id.encode(), str(org.id).encode()),
        JSON,
    )
    await org.invitations.revoke(made.id)
    sandbox.logto_faults.add(late, method="GET", path=f"/api/organization-invitations/{made.id}")
    with pytest.raises(ConflictError, match="is revoked") as caught:
        await org.invitations.accept(made.id, user_id=bo.id)
    assert (caught.value.status_code, seen.id) == (422, made.id)


@pytest.mark.parametrize("code", ["request.invalid_input", "entity.db_constraint_violated"])
async def test_a_refusal_that_no_look_up_explains_stays_what_it_is(
    org: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox, code: str
) -> None:
    made = await org.invitations.create("bo@example.org", send=False)
    bo = await client.accounts.create(email="bo@example.org")
    refusal = Answer(422, b'{"code": "%b", "message": "x"}' % code.encode(), JSON)
    calls: list[tuple[str, Call]] = [
        ("PUT", lambda: org.invitations.accept(made.id, user_id=bo.id)),
        ("PUT", lambda: org.invitations.revoke(made.id)),
        ("POST", lambda: org.invitations.create("al@example.org", send=False)),
    ]
    for method, call in calls:
        sandbox.logto_faults.add(refusal, method=method, path="/api/organization-invitations")
        with pytest.raises(UnprocessableError) as caught:
            await call()
        assert caught.value.code == code


async def test_an_invitation_that_nobody_could_accept_is_not_made(org: OrganizationHandle, written: Written) -> None:
    # Logto takes it, and refuses whoever accepts (facts/logto.md, section 7).
    with pytest.raises(InvalidArgumentError, match="'importer' is for machines"):
        await org.invitations.create("bo@example.org", roles=["importer"])
    with pytest.raises(NotFoundError, match="'nope'"):
        await org.invitations.create("bo@example.org", roles=["nope"])
    assert written(reads=False) == []


async def test_a_tenant_without_e_mail_makes_no_invitation_that_is_to_be_sent(
    org: OrganizationHandle, sandbox: Sandbox
) -> None:
    sandbox.logto.email_service = "no_connector"
    with pytest.raises(ServerError) as caught:
        await org.invitations.create("bo@example.org")
    assert (caught.value.status_code, caught.value.code) == (501, "connector.not_found")
    assert (await org.invitations.list()).items == []


async def test_too_many_messages_to_one_address_are_a_rate_limit_that_holds_up_nobody_else(
    org: OrganizationHandle, client: OrgClient[Logto], written: Written
) -> None:
    made = await org.invitations.create("bo@example.org")
    for _ in range(9):
        await org.invitations.resend(made.id)
    written.clear()
    began = anyio.current_time()
    with pytest.raises(RateLimitError) as caught:
        await org.invitations.resend(made.id)
    error = caught.value
    assert (error.status_code, error.code, error.retry_after) == (429, "request.message_rate_limited", None)
    assert error.operation == "create_organization_invitation_message"
    # It is not repeated, for it holds for ten minutes, and other calls do not wait for it.
    assert len(written(reads=False)) == 1
    await client.organizations.get(str(org.id))
    assert anyio.current_time() - began < 0.9
    other = await client.organizations.create("Other")
    with pytest.raises(RateLimitError):
        await client.organization(other.id).invitations.create("BO@example.org")
    assert (await client.organization(other.id).invitations.list()).items == []
