"""Requests about invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from orgsdk.providers.flat.models.words import InvitationRoleFilter
from orgsdk.providers.flat.wire.common import CURSORS, Pairs, deleting, path_of, sending, word
from orgsdk.transport import Request, Safety

if TYPE_CHECKING:
    from orgsdk.providers.flat.models.invitation import OrganizationInvitationCreation

_INVITATIONS = "/organizations/invitations"


def invitation_filters(role: InvitationRoleFilter | None) -> Pairs:
    """Give the parameters that narrow invitations.

    Raises `InvalidArgumentError` for a role by which Flat does not narrow.
    """
    return word("role", role, get_args(InvitationRoleFilter), "invitation role filter")


def list_organization_invitations(parameters: Pairs, position: str | None, page_size: int) -> Request:
    """Ask for a page of the organization's invitations."""
    return Request(
        operation="list_organization_invitations",
        method="GET",
        path=_INVITATIONS,
        query=parameters + CURSORS.parameters(position, page_size),
    )


def create_organization_invitation(invitation: OrganizationInvitationCreation) -> Request:
    """Have an address invited; a second request sends a second mail."""
    return sending("create_organization_invitation", "POST", _INVITATIONS, invitation, Safety.UNSAFE)


def remove_organization_invitation(invitation_id: str) -> Request:
    """Have an invitation removed."""
    path = path_of(f"{_INVITATIONS}/{{invitation_id}}", invitation_id=invitation_id)
    return deleting("remove_organization_invitation", path)
