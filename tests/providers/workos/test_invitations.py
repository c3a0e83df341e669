"""Invitations at WorkOS: filters, conflicts, states, and the token that nothing shows."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orgsdk.errors import ConflictError, NotFoundError, UnsupportedError
from tests.providers.workos.conftest import ORG, invitation, listed, role, user

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.resources import OrganizationHandle
    from tests.providers.workos.conftest import Server

pytestmark = pytest.mark.anyio

INVITATIONS = "/user_management/invitations"
ONE = f"{INVITATIONS}/invitation_01"


async def test_filters_are_applied_here_where_workos_has_none(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {INVITATIONS}", listed(invitation(1), invitation(2, "revoked"), invitation(3)))
    found = await org.invitations.list(status="pending", email="U1@Example.com").collect()
    assert [each.id for each in found] == ["invitation_01"]
    assert server.query() == {"organization_id": ORG, "email": "u1@example.com", "order": "desc", "limit": "100"}


async def test_an_invitation_of_another_organization_is_not_found(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {ONE}", invitation(1, organization_id="org_02"))
    with pytest.raises(NotFoundError, match=f"organization {ORG} has no invitation invitation_01"):
        await org.invitations.get("invitation_01")


async def test_an_invitation_has_a_role_and_an_inviter(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET /authorization/organizations/{ORG}/roles", listed(role("member"), role("teacher")))
    server.on(f"POST {INVITATIONS}", (201, invitation(1, role_slug="teacher", inviter_user_id="user_02")))
    created = await org.invitations.create("u1@example.com", roles=["teacher"], inviter_id="user_02")
    assert server.body() == {
        "email": "u1@example.com",
        "organization_id": ORG,
        "role_slug": "teacher",
        "inviter_user_id": "user_02",
    }
    assert (created.status, created.roles, created.inviter_id) == ("pending", ("teacher",), "user_02")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("user_already_organization_member", "the address belongs to a member of the organization"),
        ("email_already_invited_to_organization", "has a pending invitation to this organization"),
    ],
)
async def test_an_address_that_cannot_be_invited_is_a_conflict(
    org: OrganizationHandle, server: Server, code: str, text: str
) -> None:
    server.on(f"POST {INVITATIONS}", (400, {"code": code, "message": "no"}))
    with pytest.raises(ConflictError, match=text):
        await org.invitations.create("u1@example.com")


async def test_settings_that_workos_lacks_are_refused(org: OrganizationHandle, server: Server) -> None:
    with pytest.raises(UnsupportedError, match="whole days"):
        await org.invitations.create("u1@example.com", expires_in=timedelta(days=2))
    with pytest.raises(UnsupportedError, match="always sends invitations"):
        await org.invitations.create("u1@example.com", send=False)
    with pytest.raises(UnsupportedError, match="A member has one role here"):
        await org.invitations.create("u1@example.com", roles=["a", "b"])
    with pytest.raises(UnsupportedError, match="WorkOS keeps invitations"):
        await org.invitations.remove("invitation_01")
    assert server.calls == []


@pytest.mark.parametrize("state", ["accepted", "expired", "revoked"])
async def test_only_a_pending_invitation_is_changed(org: OrganizationHandle, server: Server, state: str) -> None:
    server.on(f"GET {ONE}", invitation(1, state))
    server.on("GET /user_management/users/user_01", user(1))
    for call in (
        org.invitations.resend("invitation_01"),
        org.invitations.revoke("invitation_01"),
        org.invitations.accept("invitation_01", user_id="user_01"),
    ):
        with pytest.raises(ConflictError, match=f"the invitation is {state}"):
            await call
    assert not any(call.startswith("POST") for call in server.calls)


async def test_resend_revoke_and_accept(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {ONE}", invitation(1))
    server.on(f"POST {ONE}/resend", invitation(1))
    await org.invitations.resend("invitation_01")
    assert server.body() == {}
    server.on(f"POST {ONE}/revoke", invitation(1, "revoked"))
    assert (await org.invitations.revoke("invitation_01")).status == "revoked"
    server.on("GET /user_management/users/user_01", user(1, email="U1@example.com"))
    server.on(f"POST {ONE}/accept", invitation(1, "accepted", accepted_user_id="user_01"))
    accepted = await org.invitations.accept("invitation_01", user_id="user_01")
    assert (accepted.status, accepted.accepted_user_id) == ("accepted", "user_01")


async def test_an_account_with_another_address_cannot_accept(org: OrganizationHandle, server: Server) -> None:
    server.on(f"GET {ONE}", invitation(1))
    server.on("GET /user_management/users/user_02", user(2))
    with pytest.raises(ConflictError, match="the user user_02 has another e-mail address"):
        await org.invitations.accept("invitation_01", user_id="user_02")


@pytest.mark.parametrize("verb", ["accept", "revoke"])
async def test_a_lost_change_is_read_again(
    org: OrganizationHandle, server: Server, lost: Callable[[], Exception], verb: str
) -> None:
    done = {"accept": "accepted", "revoke": "revoked"}[verb]
    server.on("GET /user_management/users/user_01", user(1))
    server.on(f"GET {ONE}", invitation(1), invitation(1, done))
    server.on(f"POST {ONE}/{verb}", lost())
    call = org.invitations.revoke("invitation_01")
    if verb == "accept":
        call.close()
        call = org.invitations.accept("invitation_01", user_id="user_01")
    assert (await call).status == done
    assert sum(each.startswith("POST") for each in server.calls) == 1


async def test_the_token_is_in_no_repr_error_or_log(
    org: OrganizationHandle, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.on(f"GET {ONE}", invitation(1))
    found = await org.invitations.get("invitation_01")
    assert found.url == "https://auth.example.com/?invitation_token=tok-of-the-invitation"
    server.on(f"GET {INVITATIONS}/by_token/tok-of-the-invitation", (404, {"message": "tok-of-the-invitation: none"}))
    native = org.provider.native
    with pytest.raises(NotFoundError) as caught:
        await native.find_invitation_by_token("tok-of-the-invitation")  # type: ignore[attr-defined]  # of WorkOS
    server.on(f"GET {ONE}", invitation(1))
    model = await native.get_invitation("invitation_01")  # type: ignore[attr-defined]  # of WorkOS
    shown = [repr(found), str(found), repr(model), str(caught.value), repr(caught.value), caplog.text]
    assert not any("tok-of-the-invitation" in each for each in shown)
    assert model.token.get_secret_value() == "tok-of-the-invitation"
