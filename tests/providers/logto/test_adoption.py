"""What the common domain does where the answer to a write is lost: done once, or said that nobody knows."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import ConflictError, NotFoundError, OutcomeUnknownError, TransportError
from orgsdk.providers.logto.models import CreateUser
from orgsdk.sandbox.faults import Answer, Close, Hang
from orgsdk.sandbox.logto.seed import role_id, user_id

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers import Logto
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from tests.providers.logto.conftest import Call

pytestmark = pytest.mark.anyio

HARRY = user_id("hwright")
DONE, UNDONE = Close(after_commit=True), Close()
HTML = (("content-type", "text/html"),)
LOST = [DONE, Answer(502, b"", after_commit=True), Answer(200, b"<html>", HTML, after_commit=True)]


# accounts


@pytest.mark.parametrize("loss", LOST)
@pytest.mark.parametrize(
    "key", [{"username": "ada"}, {"email": "Ada@example.org"}, {"phone": "+12025550199"}], ids=["name", "mail", "phone"]
)
async def test_an_account_whose_making_was_not_answered_is_adopted(
    client: OrgClient[Logto], sandbox: Sandbox, loss: Close | Answer, key: dict[str, str]
) -> None:
    before = await client.accounts.count()
    fault = sandbox.logto_faults.add(loss, method="POST", path="/api/users")
    ada = await client.accounts.create(given_name="Ada", **key)
    assert (ada.given_name, ada.adopted, fault.struck) == ("Ada", True, 1)
    assert await client.accounts.count() == before + 1
    assert (await client.accounts.get(ada.id)).adopted is False


async def test_an_adopted_account_joins_like_any_other(quartet: OrganizationHandle, sandbox: Sandbox) -> None:
    sandbox.logto_faults.add(DONE, method="POST", path="/api/users")
    ada = await quartet.users.create(username="ada", roles=["teacher"])
    assert (ada.adopted, ada.roles) == (True, ("teacher",))
    assert (await quartet.users.get(ada.id)).roles == ("teacher",)


async def test_an_account_that_was_not_made_is_made_once_more(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    fault = sandbox.logto_faults.add(UNDONE, method="POST", path="/api/users")
    ada = await client.accounts.create(username="ada")
    assert (ada.adopted, fault.seen) == (False, 2)


@pytest.mark.parametrize("key", [{"username": "hwright"}, {"email": "hwright@example.org"}])
async def test_somebody_elses_account_is_not_adopted(
    quartet: OrganizationHandle, sandbox: Sandbox, key: dict[str, str]
) -> None:
    # The refusal is what is lost: Harry's account is older than the call, and must not be given the role.
    sandbox.logto_faults.add(DONE, method="POST", path="/api/users")
    with pytest.raises(ConflictError, match=r"already_in_use"):
        await quartet.users.create(roles=["admin"], **key)
    assert await quartet.users.count() == 0


async def test_an_account_that_differs_from_what_was_asked_for_is_not_adopted(
    client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    await client.accounts.create(username="ada", name="Somebody")
    sandbox.logto_faults.add(DONE, method="POST", path="/api/users")
    with pytest.raises(ConflictError) as caught:
        await client.accounts.create(username="ada", name="Ada")
    assert caught.value.code == "user.username_already_in_use"


async def test_where_the_look_up_fails_too_nobody_knows(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    sandbox.logto_faults.add(DONE, method="POST", path="/api/users")
    sandbox.logto_faults.add(UNDONE, method="GET", path="/api/users", times=None)
    with pytest.raises(OutcomeUnknownError, match="logto create_user"):
        await client.with_options(max_attempts=1).accounts.create(username="ada")


async def test_a_making_that_was_never_sent_is_told_as_such(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    refusal = Answer(400, b'{"code": "guard.invalid_input"}', (("content-type", "application/json"),))
    fault = sandbox.logto_faults.add(refusal, method="POST", path="/api/users")
    with pytest.raises(Exception, match=r"guard\.invalid_input"):
        await client.accounts.create(username="ada")
    assert fault.seen == 1


async def test_a_clock_of_ours_that_is_wrong_adopts_nobody_wrongly(
    client: OrgClient[Logto], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The age of an account is told by the server's clock on both sides: its creation time, and its Date header.
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 86_400)
    sandbox.logto_faults.add(DONE, method="POST", path="/api/users")
    with pytest.raises(ConflictError):
        await client.accounts.create(username="hwright")


# organizations


@pytest.mark.parametrize("loss", LOST)
async def test_an_organization_is_found_by_its_mark(
    client: OrgClient[Logto], sandbox: Sandbox, loss: Close | Answer
) -> None:
    await client.organizations.create("Twins")
    sandbox.logto_faults.add(loss, method="POST", path="/api/organizations")
    made = await client.organizations.create("Twins")
    assert made.adopted is True
    twins = [found async for found in client.organizations.list(query="Twins")]
    assert len(twins) == 2
    assert twins[0].id != twins[1].id
    assert made.id in {twin.id for twin in twins}


async def test_an_organization_that_is_not_to_be_found_is_not_made_again(
    client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    # Nothing would refuse a second one, were the first still on its way.
    fault = sandbox.logto_faults.add(UNDONE, method="POST", path="/api/organizations")
    with pytest.raises(OutcomeUnknownError, match="its mark is not to be found"):
        await client.organizations.create("Twins")
    assert fault.seen == 1


async def test_an_organization_whose_look_up_fails_is_unknown(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    sandbox.logto_faults.add(DONE, method="POST", path="/api/organizations")
    sandbox.logto_faults.add(UNDONE, method="GET", path="/api/organizations", times=None)
    with pytest.raises(OutcomeUnknownError, match="the look-up failed too"):
        await client.with_options(max_attempts=1).organizations.create("Twins")


# roles and invitations


async def test_a_role_is_found_by_its_name(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    sandbox.logto_faults.add(DONE, method="POST", path="/api/organization-roles")
    made = await client.roles.create("tuner", description="tunes", scopes=["read:members"])
    assert (made.adopted, made.name, made.scopes) == (True, "tuner", ("read:members",))
    sandbox.logto_faults.add(UNDONE, method="POST", path="/api/organization-roles")
    assert (await client.roles.create("player")).adopted is False


async def test_a_role_of_that_name_that_is_another_is_not_adopted(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    sandbox.logto_faults.add(DONE, method="POST", path="/api/organization-roles")
    with pytest.raises(ConflictError) as caught:
        await client.roles.create("admin")
    assert caught.value.code == "entity.unique_integrity_violation"


async def test_an_invitation_is_found_by_what_it_says_and_mailed_once(
    org: OrganizationHandle, sandbox: Sandbox
) -> None:
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


async def test_a_message_is_never_sent_twice_by_a_repeat(org: OrganizationHandle, sandbox: Sandbox) -> None:
    made = await org.invitations.create("bo@example.org", send=False)
    sandbox.logto_faults.add(DONE, method="POST", path=f"/api/organization-invitations/{made.id}/message")
    with pytest.raises(TransportError):
        await org.invitations.resend(made.id)
    assert len(sandbox.logto.sent_messages) == 1


@pytest.mark.parametrize("verb", ["accept", "revoke"])
async def test_a_status_that_was_changed_by_a_lost_attempt_is_what_is_given(
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


async def test_a_repeat_that_is_refused_unreadably_is_explained_by_a_look_up(
    org: OrganizationHandle, sandbox: Sandbox
) -> None:
    made = await org.invitations.create("bo@example.org", send=False)
    path = f"/api/organization-invitations/{made.id}/status"
    sandbox.logto_faults.add(DONE, method="PUT", path=path)
    sandbox.logto_faults.add(Answer(422, b'{"code": "requ'), method="PUT", path=path, nth=2)
    assert (await org.invitations.revoke(made.id)).status == "revoked"


# what a repeat leaves as it is


async def test_a_removal_whose_answer_was_lost_is_done(
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
        fault = sandbox.logto_faults.add(Answer(503, b"", after_commit=True), method="DELETE")
        await remove()
        assert fault.struck == 1


async def test_a_removal_of_what_was_never_there_is_not_found(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    with pytest.raises(NotFoundError):
        await client.organizations.remove("doesnotexist")
    # A refusal to begin, or a failed sign-in, is no lost answer.
    sandbox.logto_faults.add(Answer(503, b"", (("retry-after", "0"),)), method="DELETE")
    with pytest.raises(NotFoundError):
        await client.organizations.remove("doesnotexist")


async def test_writes_that_a_repeat_leaves_as_they_are_are_repeated(
    quartet: OrganizationHandle, client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    writes: list[tuple[str, str, Call]] = [
        ("POST", f"/organizations/{quartet.id}/users", lambda: quartet.users.add([HARRY])),
        ("POST", f"/organizations/{quartet.id}/users/roles", lambda: quartet.users.add([HARRY], roles=["admin"])),
        ("PUT", f"/organizations/{quartet.id}/users", lambda: quartet.users.set_roles(HARRY, ["teacher"])),
        ("POST", f"/organizations/{quartet.id}/users", lambda: quartet.users.add_roles(HARRY, ["student"])),
        ("PATCH", f"/users/{HARRY}", lambda: client.accounts.update(HARRY, name="H")),
        ("PATCH", f"/users/{HARRY}/is-suspended", lambda: client.accounts.suspend(HARRY)),
        ("PATCH", f"/organizations/{quartet.id}", lambda: client.organizations.update(str(quartet.id), name="Q")),
        ("PUT", "/organization-roles", lambda: client.roles.update(role_id("student"), scopes=["read:members"])),
    ]
    for method, path, call in writes:
        fault = sandbox.logto_faults.add(DONE, method=method, path=f"/api{path}")
        await call()
        assert (fault.struck, fault.seen >= 2) == (1, True), (method, path)
    assert set((await quartet.users.get(HARRY)).roles) == {"teacher", "student"}


async def test_a_native_create_is_neither_repeated_nor_looked_up(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    made = sandbox.logto_faults.add(DONE, method="POST", path="/api/users")
    looked_up = sandbox.logto_faults.add(UNDONE, method="GET", path="/api/users")
    with pytest.raises(TransportError):
        await client.native.create_user(CreateUser(username="ada"))
    assert (made.seen, looked_up.seen) == (1, 0)


async def test_a_making_that_takes_too_long_is_unknown(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    held = sandbox.logto_faults.add(Hang(after_commit=True), method="POST", path="/api/organizations")
    made = await client.with_options(timeout=0.5).organizations.create("Slow")
    assert made.adopted is True
    held.release()
