"""Writes whose response is lost: done once, adopted, or reported as unknown."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import ConflictError, NotFoundError, OutcomeUnknownError, TransportError
from orgsdk.providers.logto.models import CreateUser
from orgsdk.sandbox.faults import CloseConnection, Hang, Respond
from orgsdk.sandbox.logto.seed import role_id, user_id

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers import Logto
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from tests.providers.logto.conftest import Call

pytestmark = pytest.mark.anyio

HARRY = user_id("hwright")
DONE, UNDONE = CloseConnection(after_commit=True), CloseConnection()
HTML = (("content-type", "text/html"),)
LOST = [DONE, Respond(502, b"", after_commit=True), Respond(200, b"<html>", HTML, after_commit=True)]


# accounts


@pytest.mark.parametrize("loss", LOST)
@pytest.mark.parametrize(
    "key", [{"username": "ada"}, {"email": "Ada@example.org"}, {"phone": "+12025550199"}], ids=["name", "mail", "phone"]
)
async def test_an_account_is_adopted_after_a_lost_create(
    client: OrgClient[Logto], sandbox: Sandbox, loss: CloseConnection | Respond, key: dict[str, str]
) -> None:
    before = await client.accounts.count()
    fault = sandbox.logto_faults.add(loss, method="POST", path="/api/users")
    ada = await client.accounts.create(given_name="Ada", **key)
    assert (ada.given_name, ada.adopted, fault.applied) == ("Ada", True, 1)
    assert await client.accounts.count() == before + 1
    assert (await client.accounts.get(ada.id)).adopted is False


async def test_an_adopted_account_becomes_a_member(empty_org: OrganizationHandle, sandbox: Sandbox) -> None:
    sandbox.logto_faults.add(DONE, method="POST", path="/api/users")
    ada = await empty_org.users.create(username="ada", roles=["teacher"])
    assert (ada.adopted, ada.roles) == (True, ("teacher",))
    assert (await empty_org.users.get(ada.id)).roles == ("teacher",)


async def test_an_account_that_was_not_created_is_created_by_a_second_request(
    client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    fault = sandbox.logto_faults.add(UNDONE, method="POST", path="/api/users")
    ada = await client.accounts.create(username="ada")
    assert (ada.adopted, fault.seen) == (False, 2)


@pytest.mark.parametrize("key", [{"username": "hwright"}, {"email": "hwright@example.org"}])
async def test_an_older_account_is_not_adopted(
    empty_org: OrganizationHandle, sandbox: Sandbox, key: dict[str, str]
) -> None:
    # The lost response is a failure: Harry's account is older than the call and must not get the role.
    sandbox.logto_faults.add(DONE, method="POST", path="/api/users")
    with pytest.raises(ConflictError, match=r"already_in_use"):
        await empty_org.users.create(roles=["admin"], **key)
    assert await empty_org.users.count() == 0


async def test_an_account_with_other_fields_is_not_adopted(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    await client.accounts.create(username="ada", name="Another Ada")
    sandbox.logto_faults.add(DONE, method="POST", path="/api/users")
    with pytest.raises(ConflictError) as caught:
        await client.accounts.create(username="ada", name="Ada")
    assert caught.value.code == "user.username_already_in_use"


async def test_a_lost_create_whose_lookup_fails_is_unknown(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    sandbox.logto_faults.add(DONE, method="POST", path="/api/users")
    sandbox.logto_faults.add(UNDONE, method="GET", path="/api/users", times=None)
    with pytest.raises(OutcomeUnknownError, match="logto create_user"):
        await client.with_options(max_attempts=1).accounts.create(username="ada")


async def test_a_refused_create_is_not_looked_up(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    failure = Respond(400, b'{"code": "guard.invalid_input"}', (("content-type", "application/json"),))
    fault = sandbox.logto_faults.add(failure, method="POST", path="/api/users")
    with pytest.raises(Exception, match=r"guard\.invalid_input"):
        await client.accounts.create(username="ada")
    assert fault.seen == 1


async def test_a_wrong_local_clock_does_not_adopt_an_older_account(
    client: OrgClient[Logto], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both times are from the server's clock: the creation time of the account, and the Date header.
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 86_400)
    sandbox.logto_faults.add(DONE, method="POST", path="/api/users")
    with pytest.raises(ConflictError):
        await client.accounts.create(username="hwright")


# organizations


@pytest.mark.parametrize("loss", LOST)
async def test_an_organization_is_adopted_by_its_mark(
    client: OrgClient[Logto], sandbox: Sandbox, loss: CloseConnection | Respond
) -> None:
    await client.organizations.create("Twins")
    sandbox.logto_faults.add(loss, method="POST", path="/api/organizations")
    made = await client.organizations.create("Twins")
    assert made.adopted is True
    twins = [found async for found in client.organizations.list(query="Twins")]
    assert len(twins) == 2
    assert twins[0].id != twins[1].id
    assert made.id in {twin.id for twin in twins}


async def test_an_organization_that_is_not_found_is_not_created_again(
    client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    # Logto would not refuse a second organization if the first request arrived later.
    fault = sandbox.logto_faults.add(UNDONE, method="POST", path="/api/organizations")
    with pytest.raises(OutcomeUnknownError, match="the lookup found nothing"):
        await client.organizations.create("Twins")
    assert fault.seen == 1


async def test_a_lost_organization_whose_lookup_fails_is_unknown(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    sandbox.logto_faults.add(DONE, method="POST", path="/api/organizations")
    sandbox.logto_faults.add(UNDONE, method="GET", path="/api/organizations", times=None)
    with pytest.raises(OutcomeUnknownError, match="the lookup failed too"):
        await client.with_options(max_attempts=1).organizations.create("Twins")


# roles and invitations


async def test_a_role_is_adopted_by_its_name(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    sandbox.logto_faults.add(DONE, method="POST", path="/api/organization-roles")
    made = await client.roles.create("tuner", description="tunes", scopes=["read:members"])
    assert (made.adopted, made.name, made.scopes) == (True, "tuner", ("read:members",))
    sandbox.logto_faults.add(UNDONE, method="POST", path="/api/organization-roles")
    assert (await client.roles.create("player")).adopted is False


async def test_a_role_with_other_fields_is_not_adopted(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    sandbox.logto_faults.add(DONE, method="POST", path="/api/organization-roles")
    with pytest.raises(ConflictError) as caught:
        await client.roles.create("admin")
    assert caught.value.code == "entity.unique_integrity_violation"


async def test_an_invitation_is_adopted_and_its_message_sent_once(org: OrganizationHandle, sandbox: Sandbox) -> None:
    sandbox.logto_faults.add(DONE, method="POST", path="/api/organization-invitations")
    made = await org.invitations.create("bo@example.org", roles=["teacher"], inviter_id=HARRY)
    assert (made.adopted, made.status, made.roles) == (True, "pending", ("teacher",))
    assert len(await org.invitations.list()) == len(sandbox.logto.sent_messages) == 1


@pytest.mark.parametrize("other", [{}, {"roles": ["teacher"]}, {"inviter_id": HARRY}])
async def test_an_earlier_invitation_is_not_adopted(
    org: OrganizationHandle, sandbox: Sandbox, other: dict[str, Any]
) -> None:
    ends = datetime.now(UTC) + timedelta(days=1)
    await org.invitations.create("bo@example.org", expires_at=ends, send=False)
    sandbox.logto_faults.add(DONE, method="POST", path="/api/organization-invitations")
    ends += timedelta(0 if other else 1)
    with pytest.raises(ConflictError, match="has a pending invitation"):
        await org.invitations.create("bo@example.org", expires_at=ends, send=False, **other)


async def test_a_resend_is_not_retried(org: OrganizationHandle, sandbox: Sandbox) -> None:
    made = await org.invitations.create("bo@example.org", send=False)
    sandbox.logto_faults.add(DONE, method="POST", path=f"/api/organization-invitations/{made.id}/message")
    with pytest.raises(TransportError):
        await org.invitations.resend(made.id)
    assert len(sandbox.logto.sent_messages) == 1


@pytest.mark.parametrize("verb", ["accept", "revoke"])
async def test_a_status_that_a_lost_attempt_changed_is_returned(
    org: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox, verb: str
) -> None:
    made = await org.invitations.create("bo@example.org", send=False)
    bo = await client.accounts.create(email="bo@example.org")
    fault = sandbox.logto_faults.add(DONE, method="PUT", path=f"/api/organization-invitations/{made.id}/status")
    if verb == "accept":
        ended = await org.invitations.accept(made.id, user_id=bo.id)
        assert (ended.status, ended.accepted_user_id) == ("accepted", bo.id)
    else:
        assert (await org.invitations.revoke(made.id)).status == "revoked"
    assert fault.seen == 2


async def test_a_retry_with_an_unreadable_error_is_explained_by_a_lookup(
    org: OrganizationHandle, sandbox: Sandbox
) -> None:
    made = await org.invitations.create("bo@example.org", send=False)
    path = f"/api/organization-invitations/{made.id}/status"
    sandbox.logto_faults.add(DONE, method="PUT", path=path)
    sandbox.logto_faults.add(Respond(422, b'{"code": "requ'), method="PUT", path=path, nth=2)
    assert (await org.invitations.revoke(made.id)).status == "revoked"


# idempotent writes


async def test_a_removal_with_a_lost_response_succeeds(
    client: OrgClient[Logto], org: OrganizationHandle, sandbox: Sandbox
) -> None:
    organization = await client.organizations.create("Quartet")
    role = await client.roles.create("tuner")
    user = await client.accounts.create(username="ada")
    invitation = await org.invitations.create("bo@example.org", send=False)
    sandbox.logto_faults.add(DONE, method="DELETE", nth=1)
    await client.organizations.remove(organization.id)
    removals: list[Call] = [
        lambda: client.roles.remove(role.id),
        lambda: client.accounts.remove(user.id, account="delete"),
        lambda: org.invitations.remove(invitation.id),
        lambda: org.users.remove(HARRY, account="keep"),
    ]
    for remove in removals:
        fault = sandbox.logto_faults.add(Respond(503, b"", after_commit=True), method="DELETE")
        await remove()
        assert fault.applied == 1


async def test_a_removal_of_an_unknown_id_is_not_found(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    with pytest.raises(NotFoundError):
        await client.organizations.remove("doesnotexist")
    # A 503 with Retry-After is not a lost response.
    sandbox.logto_faults.add(Respond(503, b"", (("retry-after", "0"),)), method="DELETE")
    with pytest.raises(NotFoundError):
        await client.organizations.remove("doesnotexist")


async def test_idempotent_writes_are_retried(
    empty_org: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    writes: list[tuple[str, str, Call]] = [
        ("POST", f"/organizations/{empty_org.id}/users", lambda: empty_org.users.add([HARRY])),
        ("POST", f"/organizations/{empty_org.id}/users/roles", lambda: empty_org.users.add([HARRY], roles=["admin"])),
        ("PUT", f"/organizations/{empty_org.id}/users", lambda: empty_org.users.set_roles(HARRY, ["teacher"])),
        ("POST", f"/organizations/{empty_org.id}/users", lambda: empty_org.users.add_roles(HARRY, ["student"])),
        ("PATCH", f"/users/{HARRY}", lambda: client.accounts.update(HARRY, name="H")),
        ("PATCH", f"/users/{HARRY}/is-suspended", lambda: client.accounts.suspend(HARRY)),
        ("PATCH", f"/organizations/{empty_org.id}", lambda: client.organizations.update(str(empty_org.id), name="Q")),
        ("PUT", "/organization-roles", lambda: client.roles.update(role_id("student"), scopes=["read:members"])),
    ]
    for method, path, call in writes:
        fault = sandbox.logto_faults.add(DONE, method=method, path=f"/api{path}")
        await call()
        assert (fault.applied, fault.seen >= 2) == (1, True), (method, path)
    assert set((await empty_org.users.get(HARRY)).roles) == {"teacher", "student"}


async def test_a_native_create_is_neither_retried_nor_looked_up(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    made = sandbox.logto_faults.add(DONE, method="POST", path="/api/users")
    looked_up = sandbox.logto_faults.add(UNDONE, method="GET", path="/api/users")
    with pytest.raises(OutcomeUnknownError, match="a native operation looks nothing up"):
        await client.native.create_user(CreateUser(username="ada"))
    assert (made.seen, looked_up.seen) == (1, 0)


async def test_a_create_that_takes_the_whole_timeout_is_unknown(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    held = sandbox.logto_faults.add(Hang(after_commit=True), method="POST", path="/api/organizations")
    with pytest.raises(OutcomeUnknownError, match="the lookup failed too"):
        await client.with_options(timeout=0.5).organizations.create("Slow")
    held.release()
