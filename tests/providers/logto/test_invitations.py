"""Invitations to a Logto organization."""

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
    OrgError,
    RateLimitError,
    ServerError,
    UnprocessableError,
)
from orgsdk.sandbox.faults import CloseConnection, Respond
from orgsdk.sandbox.logto.seed import role_id, user_id

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers import Logto
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from tests.providers.logto.conftest import Call, SentRequests

pytestmark = pytest.mark.anyio

HARRY = user_id("hwright")
JSON = (("content-type", "application/json"),)


async def test_an_invitation_has_address_expiry_and_roles(org: OrganizationHandle, sandbox: Sandbox) -> None:
    ends = datetime(2090, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    made = await org.invitations.create(
        "Bo@example.org", roles=["teacher", role_id("student")], expires_at=ends, inviter_id=HARRY
    )
    assert (made.email, made.status, made.organization_id) == ("Bo@example.org", "pending", org.id)
    assert (set(made.roles), made.inviter_id, made.accepted_user_id) == ({"teacher", "student"}, HARRY, None)
    # Logto stores milliseconds.
    assert made.expires_at == ends.replace(microsecond=678000)
    assert made.url is None
    assert len(sandbox.logto.sent_messages) == 1
    assert await org.invitations.get(made.id) == made


async def test_an_invitation_expires_in_seven_days_by_default(org: OrganizationHandle) -> None:
    made = await org.invitations.create("bo@example.org", send=False)
    assert made.expires_at is not None
    remaining = made.expires_at - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < remaining <= timedelta(days=7)
    shorter = await org.invitations.create("al@example.org", send=False, expires_in=timedelta(minutes=5))
    assert shorter.expires_at is not None
    assert shorter.expires_at < made.expires_at


async def test_an_invitation_with_send_false_sends_no_message(org: OrganizationHandle, sandbox: Sandbox) -> None:
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
    client: OrgClient[Logto], empty_org: OrganizationHandle, sent: SentRequests
) -> None:
    with pytest.raises(NotFoundError) as caught:
        await client.organization("doesnotexist").invitations.list()
    assert caught.value.operation == "get_organization"
    sent.clear()
    assert (await empty_org.invitations.list(status="pending")).items == []
    assert sent() == ["GET /organization-invitations", f"GET /organizations/{empty_org.id}"]


async def test_an_invitation_to_another_organization_is_not_found(
    org: OrganizationHandle, empty_org: OrganizationHandle, sent: SentRequests
) -> None:
    theirs = await org.invitations.create("bo@example.org", send=False)
    sent.clear()
    for call in (
        lambda: empty_org.invitations.get(theirs.id),
        lambda: empty_org.invitations.resend(theirs.id),
        lambda: empty_org.invitations.accept(theirs.id, user_id=HARRY),
        lambda: empty_org.invitations.revoke(theirs.id),
        lambda: empty_org.invitations.remove(theirs.id),
    ):
        with pytest.raises(NotFoundError, match=f"organization {empty_org.id} has no invitation {theirs.id}"):
            await call()
    assert sent(reads=False) == []
    assert (await org.invitations.get(theirs.id)).status == "pending"


async def test_accept_adds_a_member_with_the_roles(org: OrganizationHandle, client: OrgClient[Logto]) -> None:
    made = await org.invitations.create("Bo@example.org", roles=["teacher"], send=False)
    bo = await client.accounts.create(email="bo@EXAMPLE.org")
    accepted = await org.invitations.accept(made.id, user_id=bo.id)
    assert (accepted.status, accepted.accepted_user_id) == ("accepted", bo.id)
    assert (await org.users.get(bo.id)).roles == ("teacher",)
    await org.invitations.remove(made.id)
    assert (await org.users.get(bo.id)).roles == ("teacher",)
    with pytest.raises(NotFoundError):
        await org.invitations.get(made.id)


# Conflicts: all but one have the code `request.invalid_input`


async def test_a_pending_invitation_is_a_conflict(org: OrganizationHandle) -> None:
    await org.invitations.create("bo@example.org", send=False)
    with pytest.raises(ConflictError, match="has a pending invitation") as caught:
        await org.invitations.create("bo@example.org", send=False)
    assert (caught.value.status_code, caught.value.code) == (422, "entity.unique_integrity_violation")
    # Logto's database compares addresses with regard to case (facts/logto.md, section 7).
    assert (await org.invitations.create("BO@example.org", send=False)).status == "pending"


async def test_a_member_who_is_invited_is_a_conflict(org: OrganizationHandle) -> None:
    with pytest.raises(ConflictError, match=f"belongs to {HARRY}, who is already a member") as caught:
        await org.invitations.create("hwright@example.org", send=False)
    assert (caught.value.status_code, caught.value.code) == (422, "request.invalid_input")
    assert caught.value.request_id
    assert "hwright@" not in str(caught.value)


async def test_a_past_expiry_by_either_clock_is_an_invalid_argument(
    org: OrganizationHandle, sandbox: Sandbox, sent: SentRequests
) -> None:
    with pytest.raises(InvalidArgumentError, match="not in the future"):
        await org.invitations.create("bo@example.org", expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(InvalidArgumentError, match="time zone"):
        await org.invitations.create("bo@example.org", expires_at=datetime(2090, 1, 1))  # there is no time zone
    assert sent() == []
    sandbox.logto.clock = lambda: time.time() + 3000
    with pytest.raises(InvalidArgumentError, match="not in the future by Logto's clock"):
        await org.invitations.create("bo@example.org", expires_in=timedelta(minutes=5), send=False)


@pytest.mark.parametrize("becomes", ["revoked", "accepted", "expired"])
async def test_changing_an_invitation_that_is_not_pending_is_a_conflict(
    org: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox, sent: SentRequests, becomes: str
) -> None:
    made = await org.invitations.create("bo@example.org", send=False, expires_in=timedelta(hours=1))
    bo = await client.accounts.create(email="bo@example.org")
    if becomes == "revoked":
        assert (await org.invitations.revoke(made.id)).status == "revoked"
    elif becomes == "accepted":
        await org.invitations.accept(made.id, user_id=bo.id)
    else:
        sandbox.logto.clock = lambda: time.time() + 3700
    sent.clear()
    calls: list[Call] = [
        lambda: org.invitations.accept(made.id, user_id=bo.id),
        lambda: org.invitations.revoke(made.id),
    ]
    for call in calls:
        with pytest.raises(ConflictError, match=f"the invitation is {becomes}"):
            await call()
    assert sent(reads=False) == []


async def test_accepting_with_another_address_is_a_conflict(org: OrganizationHandle, client: OrgClient[Logto]) -> None:
    made = await org.invitations.create("bo@example.org", send=False)
    al = await client.accounts.create(email="al@example.org")
    with pytest.raises(ConflictError, match=f"account {al.id} has another e-mail address") as caught:
        await org.invitations.accept(made.id, user_id=al.id)
    assert caught.value.code == "request.invalid_input"
    assert (await org.invitations.get(made.id)).status == "pending"
    with pytest.raises(NotFoundError):
        await org.invitations.accept(made.id, user_id="nobodyhere12")


@pytest.mark.parametrize("status", [400, 403, 404])
@pytest.mark.undocumented("the responses of a gateway")
async def test_a_lost_acceptance_stays_unknown_if_the_invitation_cannot_be_read(
    org: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox, status: int
) -> None:
    made = await org.invitations.create("bo@example.org", send=False)
    bo = await client.accounts.create(email="bo@example.org")
    sandbox.logto_faults.add(CloseConnection(after_commit=True), method="PUT", path="/api/organization-invitations")
    refused = Respond(status, b"no", (("content-type", "text/plain"),))
    sandbox.logto_faults.add(refused, method="PUT", path="/api/organization-invitations", nth=2, times=None)
    sandbox.logto_faults.add(refused, method="GET", path="/api/organization-invitations", nth=2, times=None)
    with pytest.raises(OrgError) as caught:
        await org.invitations.accept(made.id, user_id=bo.id)
    assert caught.value.may_have_happened
    sandbox.logto_faults.clear()
    assert (await org.invitations.get(made.id)).status == "accepted"


async def test_an_invitation_that_changes_at_the_same_moment_is_a_conflict(
    org: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    made = await org.invitations.create("bo@example.org", send=False)
    bo = await client.accounts.create(email="bo@example.org")
    # The invitation is pending when it is read, and not pending when it is changed.
    seen = sandbox.logto.store.invitations[made.id]
    late = Respond(
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
async def test_an_error_that_no_lookup_explains_is_raised_unchanged(
    org: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox, code: str
) -> None:
    made = await org.invitations.create("bo@example.org", send=False)
    bo = await client.accounts.create(email="bo@example.org")
    failure = Respond(422, b'{"code": "%b", "message": "x"}' % code.encode(), JSON)
    calls: list[tuple[str, Call]] = [
        ("PUT", lambda: org.invitations.accept(made.id, user_id=bo.id)),
        ("PUT", lambda: org.invitations.revoke(made.id)),
        ("POST", lambda: org.invitations.create("al@example.org", send=False)),
    ]
    for method, call in calls:
        sandbox.logto_faults.add(failure, method=method, path="/api/organization-invitations")
        with pytest.raises(UnprocessableError) as caught:
            await call()
        assert caught.value.code == code


async def test_an_invitation_with_a_machine_role_is_refused(org: OrganizationHandle, sent: SentRequests) -> None:
    # Logto accepts the role, and refuses every user who accepts (facts/logto.md, section 7).
    with pytest.raises(InvalidArgumentError, match="'importer' is for machines"):
        await org.invitations.create("bo@example.org", roles=["importer"])
    with pytest.raises(NotFoundError, match="'nope'"):
        await org.invitations.create("bo@example.org", roles=["nope"])
    assert sent(reads=False) == []


async def test_a_tenant_without_e_mail_creates_no_invitation_with_a_message(
    org: OrganizationHandle, sandbox: Sandbox
) -> None:
    sandbox.logto.email_service = "no_connector"
    with pytest.raises(ServerError) as caught:
        await org.invitations.create("bo@example.org")
    assert (caught.value.status_code, caught.value.code) == (501, "connector.not_found")
    assert (await org.invitations.list()).items == []


async def test_too_many_messages_to_one_address_are_a_rate_limit_that_delays_no_other_call(
    org: OrganizationHandle, client: OrgClient[Logto], sent: SentRequests
) -> None:
    made = await org.invitations.create("bo@example.org")
    for _ in range(9):
        await org.invitations.resend(made.id)
    sent.clear()
    began = anyio.current_time()
    with pytest.raises(RateLimitError) as caught:
        await org.invitations.resend(made.id)
    error = caught.value
    assert (error.status_code, error.code, error.retry_after) == (429, "request.message_rate_limited", None)
    assert error.operation == "create_organization_invitation_message"
    # It is not retried, because the limit lasts ten minutes. Other calls do not wait for it.
    assert len(sent(reads=False)) == 1
    await client.organizations.get(str(org.id))
    assert anyio.current_time() - began < 0.9
    other = await client.organizations.create("Other")
    with pytest.raises(RateLimitError):
        await client.organization(other.id).invitations.create("BO@example.org")
    assert (await client.organization(other.id).invitations.list()).items == []
