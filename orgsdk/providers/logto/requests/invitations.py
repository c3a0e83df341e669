"""Requests for organization invitations. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.logto.requests.base import IDS, delete, filter_parameters, get, post, put
from orgsdk.transport import Safety, build_path

if TYPE_CHECKING:
    from pydantic import JsonValue

    from orgsdk.providers.logto.models import CreateOrganizationInvitation, MessagePayload
    from orgsdk.transport import Request

InvitationStatus: TypeAlias = Literal["Accepted", "Revoked"]

_INVITATIONS = "/api/organization-invitations"


def _invitation_path(invitation_id: str, rest: str = "") -> str:
    return build_path(f"{_INVITATIONS}/{{invitation_id}}", IDS, invitation_id=invitation_id) + rest


def list_organization_invitations(
    *,
    organization_id: str | None = None,
    inviter_id: str | None = None,
    invitee: str | None = None,
) -> Request:
    """Build the request that lists the tenant's invitations, with filters."""
    parameters = filter_parameters(organizationId=organization_id, inviterId=inviter_id, invitee=invitee)
    return get("list_organization_invitations", _INVITATIONS, parameters)


def create_organization_invitation(invitation: CreateOrganizationInvitation) -> Request:
    """Build the request that creates an invitation. A retry is refused, or sends a second message."""
    body: dict[str, JsonValue] = {"messagePayload": False, **invitation.to_wire()}
    return post("create_organization_invitation", _INVITATIONS, body, safety=Safety.UNSAFE)


def get_organization_invitation(invitation_id: str) -> Request:
    """Build the request that reads an invitation."""
    return get("get_organization_invitation", _invitation_path(invitation_id))


def delete_organization_invitation(invitation_id: str) -> Request:
    """Build the request that deletes an invitation."""
    return delete("delete_organization_invitation", _invitation_path(invitation_id))


def create_organization_invitation_message(invitation_id: str, payload: MessagePayload) -> Request:
    """Build the request that sends the message again. A retry sends another one."""
    return post(
        "create_organization_invitation_message",
        _invitation_path(invitation_id, "/message"),
        payload.to_wire(),
        safety=Safety.UNSAFE,
        expects_json=False,
    )


def replace_organization_invitation_status(
    invitation_id: str, status: InvitationStatus, accepted_user_id: str | None
) -> Request:
    """Build the request that accepts or revokes an invitation. A retry answers 422 and changes nothing."""
    if status not in get_args(InvitationStatus):
        raise InvalidArgumentError("The status is unknown. Pass 'Accepted' or 'Revoked'.")
    if (status == "Accepted") != (accepted_user_id is not None):
        # Logto refuses a missing id with `request.invalid_input` and ignores a superfluous one.
        raise InvalidArgumentError("accepted_user_id does not fit the status. Pass it only to accept an invitation.")
    body: dict[str, JsonValue] = {"status": status}
    if accepted_user_id is not None:
        body["acceptedUserId"] = IDS.check(accepted_user_id, "accepted user id")
    return put(
        "replace_organization_invitation_status", _invitation_path(invitation_id, "/status"), body, expects_json=True
    )
