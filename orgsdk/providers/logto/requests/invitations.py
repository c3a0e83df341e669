"""Requests for organization invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.logto.requests.base import IDS, delete, filter_parameters, get, get_unpaged, post, put
from orgsdk.transport import Safety, build_path

if TYPE_CHECKING:
    from typing import Literal

    from pydantic import JsonValue

    from orgsdk.providers.logto.models import CreateOrganizationInvitation, MessagePayload
    from orgsdk.transport import Request

_INVITATIONS = "/api/organization-invitations"


def _invitation_path(invitation_id: str, rest: str = "") -> str:
    return build_path(f"{_INVITATIONS}/{{invitation_id}}", IDS, invitation_id=invitation_id) + rest


def list_organization_invitations(
    position: str | None,
    *,
    organization_id: str | None = None,
    inviter_id: str | None = None,
    invitee: str | None = None,
) -> Request:
    """Ask for the tenant's invitations, narrowed."""
    asked = filter_parameters(organizationId=organization_id, inviterId=inviter_id, invitee=invitee)
    return get_unpaged("list_organization_invitations", _INVITATIONS, position, asked)


def create_organization_invitation(invitation: CreateOrganizationInvitation) -> Request:
    """Ask for a new invitation: a repeat is refused while the first is pending, or sends a second message."""
    body: dict[str, JsonValue] = {"messagePayload": False, **invitation.to_wire()}
    return post("create_organization_invitation", _INVITATIONS, body, safety=Safety.UNSAFE)


def get_organization_invitation(invitation_id: str) -> Request:
    """Ask for one invitation."""
    return get("get_organization_invitation", _invitation_path(invitation_id))


def delete_organization_invitation(invitation_id: str) -> Request:
    """Ask for the end of an invitation."""
    return delete("delete_organization_invitation", _invitation_path(invitation_id))


def create_organization_invitation_message(invitation_id: str, payload: MessagePayload | None) -> Request:
    """Ask for the message to be sent again; a repeat sends one more."""
    return post(
        "create_organization_invitation_message",
        _invitation_path(invitation_id, "/message"),
        {} if payload is None else payload.to_wire(),
        safety=Safety.UNSAFE,
        expects_json=False,
    )


def replace_organization_invitation_status(
    invitation_id: str, status: Literal["Accepted", "Revoked"], accepted_user_id: str | None
) -> Request:
    """Ask for an invitation to be accepted or revoked; a repeat is 422, and changes nothing."""
    if (status == "Accepted") != (accepted_user_id is not None):
        # Logto would refuse the one by `request.invalid_input`, and ignore the other.
        raise InvalidArgumentError("Pass accepted_user_id to accept an invitation, and only then.")
    body: dict[str, JsonValue] = {"status": status}
    if accepted_user_id is not None:
        body["acceptedUserId"] = IDS.check(accepted_user_id, "accepted user id")
    return put(
        "replace_organization_invitation_status", _invitation_path(invitation_id, "/status"), body, expects_json=True
    )
