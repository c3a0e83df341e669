"""The common verbs for invitations at Flat."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import ConflictError, InvalidArgumentError, InvalidCursorError, NotFoundError, OrgError, UnsupportedError
from orgsdk.providers.flat import records

if TYPE_CHECKING:
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from orgsdk.sandbox.flat.state import FlatState

pytestmark = pytest.mark.anyio

UNKNOWN = "f" * 24


async def test_an_address_is_invited(org: OrganizationHandle, state: FlatState) -> None:
    bob = await org.invitations.create("bob@example.org", roles=["admin"])
    assert (bob.email, bob.roles, bob.status) == ("bob@example.org", ("admin",), "pending")
    assert (bob.organization_id, bob.inviter_id) == (state.organization_id, state.own_account.id)
    assert (bob.accepted_user_id, bob.expires_at, bob.changed_member, bob.adopted) == (None, None, False, False)
    assert bob.created_at is not None
    assert abs(bob.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert bob.url == bob.raw["htmlUrl"]
    assert [mail.address for mail in state.mails] == ["bob@example.org"]
    eve = await org.invitations.create("eve@example.org")
    assert [await org.invitations.get(each.id) for each in (bob, eve)] == [bob, eve]


async def test_without_a_role_flats_default_applies(org: OrganizationHandle, sandbox: Sandbox) -> None:
    assert (await org.invitations.create("bob@example.org")).roles == ("teacher",)
    assert sandbox.requests[0].body == b'{"email":"bob@example.org"}'


async def test_inviting_a_member_changes_the_role_and_sets_changed_member(
    org: OrganizationHandle, state: FlatState
) -> None:
    student = next(user for user in state.users.values() if user.role == "user" and user.email)
    assert student.email is not None
    invitation = await org.invitations.create(student.email.upper(), roles=["admin"])
    assert (invitation.changed_member, invitation.status, invitation.accepted_user_id) == (True, "accepted", student.id)
    assert (state.users[student.id].role, state.mails) == ("admin", [])
    assert invitation.raw["usedBy"] == [student.id]


@pytest.mark.parametrize(
    ("fields", "kind", "message"),
    [
        ({"roles": ["user"]}, InvalidArgumentError, r"Unknown invitation role 'user'\. Allowed: admin"),
        ({"roles": ["boss"]}, NotFoundError, "unknown role 'boss'"),
        ({"roles": ["admin", "teacher"]}, UnsupportedError, "exactly one role"),
        ({"expires_in": timedelta(days=7)}, UnsupportedError, "do not expire"),
        ({"inviter_id": UNKNOWN}, UnsupportedError, "leave inviter_id out"),
        ({"send": False}, UnsupportedError, "always sends"),
    ],
)
async def test_an_unsupported_invitation_is_rejected_before_a_request(
    org: OrganizationHandle, sandbox: Sandbox, fields: dict[str, Any], kind: type[OrgError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        await org.invitations.create("bob@example.org", **fields)
    assert len(sandbox.requests) == 0


async def test_each_page_is_filtered(org: OrganizationHandle, state: FlatState) -> None:
    created = [await org.invitations.create(f"guest{number % 3}@example.org") for number in range(7)]
    used = created[4].id
    state.invitations[used] = replace(state.invitations[used], used_by=(UNKNOWN,))
    accepted = await org.invitations.list(status="accepted", page_size=2).collect()
    assert [(each.id, each.accepted_user_id) for each in accepted] == [(used, UNKNOWN)]
    pending = await org.invitations.list(status="pending", email="GUEST1@example.org", page_size=2).collect()
    assert [each.id for each in pending] == [created[1].id]
    assert await org.invitations.list(status="expired").collect() == []
    pages = [page async for page in org.invitations.list(status="accepted", page_size=2).pages()]
    assert [len(page) for page in pages] == [0, 0, 1, 0]
    back = await org.invitations.list(status="accepted", cursor=pages[3].previous_cursor)
    assert [each.id for each in back] == [used]
    with pytest.raises(InvalidCursorError):
        org.invitations.list(status="pending", cursor=pages[3].previous_cursor)


async def test_a_pending_invitation_is_revoked(org: OrganizationHandle, state: FlatState) -> None:
    bob = await org.invitations.create("bob@example.org")
    revoked = await org.invitations.revoke(bob.id)
    assert (revoked.id, revoked.status, revoked.email) == (bob.id, "revoked", "bob@example.org")
    assert state.invitations == {}
    with pytest.raises(NotFoundError, match="no invitation"):
        await org.invitations.revoke(bob.id)


async def test_an_accepted_invitation_can_be_removed_but_not_revoked(org: OrganizationHandle, state: FlatState) -> None:
    bob = await org.invitations.create("bob@example.org")
    state.invitations[bob.id] = replace(state.invitations[bob.id], used_by=(UNKNOWN,))
    with pytest.raises(ConflictError, match="is accepted, not pending: remove deletes it"):
        await org.invitations.revoke(bob.id)
    await org.invitations.remove(bob.id)
    assert state.invitations == {}
    with pytest.raises(NotFoundError):
        await org.invitations.remove(bob.id)


@pytest.mark.parametrize("hostile", ["..", "a/b", "bob@example.org"])
async def test_an_invalid_id_is_rejected_before_a_request(
    org: OrganizationHandle, sandbox: Sandbox, hostile: str
) -> None:
    for verb in (org.invitations.get, org.invitations.revoke, org.invitations.remove):
        with pytest.raises(InvalidArgumentError, match="invitation id"):
            await verb(hostile)
    assert len(sandbox.requests) == 0


def test_missing_and_unknown_fields_are_accepted() -> None:
    page = (
        b'[{"id": "a"}, {"id": "b", "usedBy": null, "email": null, "organizationRole": null, "customCode": null},'
        b' {"id": "c", "usedBy": [], "organizationRole": "conductor", "novelty": 1}]'
    )
    bare, null, new = records.invitation_reader.many(page)
    assert (bare.status, bare.roles, bare.email, bare.accepted_user_id) == ("pending", (), None, None)
    assert (null.status, null.roles) == ("pending", ())
    assert (new.status, new.roles, new.raw["novelty"]) == ("pending", ("conductor",), 1)
