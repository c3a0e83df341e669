"""After a lost create at WorkOS: what is adopted, what is sent again, and what stays unknown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from orgsdk.errors import ConflictError, OutcomeUnknownError
from tests.providers.workos.conftest import ORG, invitation, listed, membership, organization, role, user

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk import OrgClient
    from orgsdk.providers.workos import WorkOS
    from orgsdk.resources import OrganizationHandle
    from tests.providers.workos.conftest import Server

pytestmark = pytest.mark.anyio

USERS, MEMBERSHIPS = "/user_management/users", "/user_management/organization_memberships"
INVITATIONS = "/user_management/invitations"
FUTURE = "2100-01-01T00:00:00.000Z"
PAST = "2020-01-01T00:00:00.000Z"


def posts(server: Server) -> int:
    return sum(call.startswith("POST") for call in server.calls)


async def test_a_user_of_this_call_is_adopted(
    client: OrgClient[WorkOS], server: Server, lost: Callable[[], Exception]
) -> None:
    server.on(f"POST {USERS}", lost())
    server.on(f"GET {USERS}", listed(user(1, email="U1@example.com", created_at=FUTURE)))
    created = await client.accounts.create(email="u1@example.com", given_name="Ada")
    assert created.adopted
    assert posts(server) == 1


@pytest.mark.parametrize("other", [{"created_at": PAST}, {"created_at": FUTURE, "first_name": "Bob"}])
async def test_a_user_of_another_call_is_a_conflict(
    client: OrgClient[WorkOS], server: Server, lost: Callable[[], Exception], other: dict[str, Any]
) -> None:
    refused = {"code": "user_creation_error", "message": "no", "errors": [{"code": "email_not_available"}]}
    server.on(f"POST {USERS}", lost(), (400, refused))
    server.on(f"GET {USERS}", listed(user(1, **other)))
    with pytest.raises(ConflictError, match="belongs to another user"):
        await client.accounts.create(email="u1@example.com", given_name="Ada")


async def test_a_user_who_is_not_found_is_created_once_more(
    client: OrgClient[WorkOS], server: Server, lost: Callable[[], Exception]
) -> None:
    server.on(f"POST {USERS}", lost(), (201, user(1)))
    server.on(f"GET {USERS}", listed())
    created = await client.accounts.create(email="u1@example.com")
    assert not created.adopted
    assert posts(server) == 2


async def test_a_membership_is_adopted_with_its_role(
    org: OrganizationHandle, server: Server, lost: Callable[[], Exception]
) -> None:
    server.on(f"GET /authorization/organizations/{ORG}/roles", listed(role("teacher")))
    server.on(f"POST {USERS}", (201, user(1)))
    server.on(f"POST {MEMBERSHIPS}", lost())
    server.on(f"GET {MEMBERSHIPS}", listed(membership(1, "teacher")))
    assert (await org.users.create(email="u1@example.com", roles=["teacher"])).roles == ("teacher",)
    assert server.query()["statuses"] == "active,inactive"
    assert posts(server) == 2


def lose_organization(server: Server, *, found: bool) -> None:
    """Lose the create of an organization, and list it with the mark that was sent, if it was created."""

    def create(request: httpx.Request) -> Exception:
        mark = json.loads(request.content)["metadata"]
        other = organization(2, name="School", metadata={"orgsdk_creation": "another"})
        own = [organization(1, name="School", metadata=mark)] if found else []
        server.on("GET /organizations", listed(other, *own))
        return httpx.ReadError("lost", request=request)

    server.on("POST /organizations", create)


async def test_an_organization_is_adopted_by_its_mark(client: OrgClient[WorkOS], server: Server) -> None:
    lose_organization(server, found=True)
    created = await client.organizations.create("School")
    assert (created.id, created.adopted) == ("org_01", True)


async def test_a_second_organization_is_never_created(client: OrgClient[WorkOS], server: Server) -> None:
    lose_organization(server, found=False)
    with pytest.raises(OutcomeUnknownError, match="the lookup found nothing"):
        await client.organizations.create("School")
    assert posts(server) == 1


async def test_an_invitation_of_this_call_is_adopted(
    org: OrganizationHandle, server: Server, lost: Callable[[], Exception]
) -> None:
    server.on(f"POST {INVITATIONS}", lost())
    server.on(f"GET {INVITATIONS}", listed(invitation(2, "revoked"), invitation(1, created_at=FUTURE)))
    created = await org.invitations.create("u1@example.com")
    assert (created.id, created.adopted) == ("invitation_01", True)
    assert server.query() == {"organization_id": ORG, "email": "u1@example.com", "order": "desc", "limit": "100"}


@pytest.mark.parametrize(
    "other",
    [{"created_at": PAST}, {"created_at": FUTURE, "state": "revoked"}, {"created_at": FUTURE, "inviter_user_id": "x"}],
)
async def test_a_second_invitation_is_never_sent(
    org: OrganizationHandle, server: Server, lost: Callable[[], Exception], other: dict[str, Any]
) -> None:
    server.on(f"POST {INVITATIONS}", lost())
    server.on(f"GET {INVITATIONS}", listed(invitation(1, **other)))
    with pytest.raises(OutcomeUnknownError):
        await org.invitations.create("u1@example.com")
    assert posts(server) == 1


async def test_a_role_is_adopted_by_its_slug(
    client: OrgClient[WorkOS], server: Server, lost: Callable[[], Exception]
) -> None:
    server.on("POST /authorization/roles", lost())
    server.on("GET /authorization/roles/teacher", role("teacher", description="teaches"))
    created = await client.roles.create("teacher", description="teaches")
    assert created.adopted
    server.on("POST /authorization/roles", lost(), (409, {"code": "role_slug_conflict", "message": "Taken."}))
    with pytest.raises(ConflictError):
        await client.roles.create("teacher", description="another")


async def test_a_lost_message_is_not_sent_again(
    org: OrganizationHandle, server: Server, lost: Callable[[], Exception]
) -> None:
    server.on(f"GET {INVITATIONS}/invitation_01", invitation(1))
    server.on(f"POST {INVITATIONS}/invitation_01/resend", lost())
    with pytest.raises(Exception, match="resend_invitation") as caught:
        await org.invitations.resend("invitation_01")
    assert getattr(caught.value, "may_have_happened", False)
    assert posts(server) == 1


async def test_a_native_create_is_unknown(
    client: OrgClient[WorkOS], server: Server, lost: Callable[[], Exception]
) -> None:
    server.on(f"POST {USERS}", lost())
    with pytest.raises(OutcomeUnknownError):
        await client.native.create_user(email="u1@example.com")
    assert posts(server) == 1
