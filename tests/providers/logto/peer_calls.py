"""Calls by a generated client of Logto's API, `py-logto` 2.0.0. `test_peer` runs them in its environment.

    python peer_calls.py (calls|defects) BASE_URL TOKEN ORGANIZATION_ID USER_ID

The client has no authentication and no paging, so the token is an argument. The output is one JSON object: the
responses, or the client's error for each defect.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import py_logto as p  # type: ignore[import-not-found]
from py_logto.api.organization_invitations_api import OrganizationInvitationsApi  # type: ignore[import-not-found]
from py_logto.api.organization_roles_api import OrganizationRolesApi  # type: ignore[import-not-found]
from py_logto.api.organizations_api import OrganizationsApi  # type: ignore[import-not-found]
from py_logto.api.users_api import UsersApi  # type: ignore[import-not-found]


class Peer:
    """The operations of the client."""

    def __init__(self, base_url: str, token: str, organization_id: str, user_id: str) -> None:
        client = p.ApiClient(p.Configuration(host=base_url, access_token=token))
        self.organizations = OrganizationsApi(client)
        self.invitations = OrganizationInvitationsApi(client)
        self.roles = OrganizationRolesApi(client)
        self.users = UsersApi(client)
        self.organization_id = organization_id
        self.user_id = user_id


def plain(data: Any) -> Any:
    if isinstance(data, list):
        return [plain(each) for each in data]
    return json.loads(data.to_json()) if hasattr(data, "to_json") else data


def calls(peer: Peer) -> dict[str, Any]:
    """List, create and remove organizations, members and their related objects."""
    organizations, members, user_id = peer.organizations, p.AddOrganizationUsersRequest, peer.user_id
    read: dict[str, Any] = {}
    read["list"] = [
        plain(each) for number in (1, 2) for each in organizations.list_organizations(page=number, page_size=2)
    ]
    made = organizations.create_organization(p.CreateOrganizationRequest(name="peer"))
    read["create"] = plain(made)
    read["get"] = plain(organizations.get_organization(made.id))
    organizations.add_organization_users(made.id, members(userIds=[user_id]))
    role = peer.roles.create_organization_role(
        p.CreateOrganizationRoleRequest(name="peer", organizationScopeIds=[], resourceScopeIds=[])
    )
    organizations.assign_organization_roles_to_users(
        made.id, p.AssignOrganizationRolesToUsersRequest(userIds=[user_id], organizationRoleIds=[role.id])
    )
    read["members"] = plain(organizations.list_organization_users(made.id, page=1, page_size=100))
    read["roles"] = plain(organizations.list_organization_user_roles(made.id, user_id))
    read["invitation"] = plain(
        peer.invitations.create_organization_invitation(
            p.CreateOrganizationInvitationRequest.from_dict(
                {
                    "invitee": "peer@example.org",
                    "organizationId": made.id,
                    "expiresAt": int(time.time() * 1000) + 3_600_000,
                    "messagePayload": False,
                }
            )
        )
    )
    revoked = p.ReplaceOrganizationInvitationStatusRequest(status="Revoked")
    read["revoked"] = plain(peer.invitations.replace_organization_invitation_status(read["invitation"]["id"], revoked))
    peer.invitations.delete_organization_invitation(read["invitation"]["id"])
    organizations.delete_organization_user(made.id, user_id)
    read["left"] = plain(organizations.list_organization_users(made.id))
    peer.roles.delete_organization_role(role.id)
    organizations.delete_organization(made.id)
    return read


def defects(peer: Peer) -> dict[str, str]:
    """Return the client's errors that are its own defects."""

    def result_of(call: Callable[[], object]) -> str:
        try:
            return str(call())
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    organization_id, user_id = peer.organization_id, peer.user_id
    names = p.AssignOrganizationRolesToUserRequest
    headers = peer.organizations.list_organizations_with_http_info(page=2, page_size=1).headers
    return {
        "roles by name": result_of(
            lambda: peer.organizations.assign_organization_roles_to_user(
                organization_id, user_id, names(organizationRoleNames=["admin"])
            )
        ),
        "a search": result_of(lambda: peer.users.list_users(search_params={"search.username": "hwright"})),
        "a new name": result_of(lambda: p.UpdateUserRequest.from_dict({"name": "Bob"})),
        "no name": result_of(lambda: peer.users.update_user(user_id, p.UpdateUserRequest.from_dict({"name": None}))),
        "links": headers["link"],
    }


if __name__ == "__main__":
    work = {"calls": calls, "defects": defects}[sys.argv[1]]
    sys.stdout.write(json.dumps(work(Peer(*sys.argv[2:]))))
