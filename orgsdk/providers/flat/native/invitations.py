"""Invitations to the organization, by Flat's own operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.flat import requests
from orgsdk.providers.flat.models.users import OrganizationInvitation, OrganizationInvitationCreation
from orgsdk.providers.flat.native.base import FlatNativeOperations, array_decoder, object_decoder

if TYPE_CHECKING:
    from orgsdk.pagination import Paginator
    from orgsdk.providers.flat.models.literals import InvitationRoleFilter, InvitedRole


class FlatInvitationsAPI(FlatNativeOperations):
    """List, make and remove invitations."""

    def list_organization_invitations(
        self,
        *,
        role: InvitationRoleFilter | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[OrganizationInvitation]:
        """List invitations; nothing is requested until the paginator is iterated or awaited.

        `role` narrows to `"user"`, `"teacher"` or `"admin"`: by `"accountAdmin"` Flat does not narrow, though it
        invites to it. `page_size`, their `limit`, is 1 to 1,000, which is the default. `cursor` is a page's
        `next_cursor` or `previous_cursor`: their `next` and `previous`.

        Raises `InvalidArgumentError` and `InvalidCursorError`, at once.

        Source: `listOrganizationInvitations`, GET /organizations/invitations.
        """
        return self._paginate(
            "list_organization_invitations",
            requests.invitation_filters(role),
            requests.list_organization_invitations,
            array_decoder(OrganizationInvitation),
            page_size=page_size,
            cursor=cursor,
        )

    async def create_organization_invitation(
        self, *, email: str | None = None, organization_role: InvitedRole | None = None
    ) -> OrganizationInvitation:
        """Invite an address and give the invitation.

        `organization_role` is `"teacher"` (Flat's default), `"admin"` or `"accountAdmin"`. Where the address is a
        member's, no mail is sent: the member gets the role, an admin too becomes a teacher, and `used_by` names
        them. Flat takes an invitation without an address as well, which is sent to nobody.

        Raises `InvalidArgumentError`, and `OutcomeUnknownError` where the answer was lost (`invitations.create`
        looks up what became of it).

        Source: `createOrganizationInvitation`, POST /organizations/invitations.
        """
        invitation = OrganizationInvitationCreation(email=email, organization_role=organization_role)
        return await self._create(
            requests.create_organization_invitation(invitation), object_decoder(OrganizationInvitation)
        )

    async def remove_organization_invitation(self, invitation_id: str) -> None:
        """Remove an invitation; whoever joined by it stays.

        Raises `InvalidArgumentError`, and `NotFoundError` where there is no such invitation.

        Source: `removeOrganizationInvitation`, DELETE /organizations/invitations/{invitation}.
        """
        await self._connection.send(requests.remove_organization_invitation(invitation_id))
