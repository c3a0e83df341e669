"""Native operations on invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from orgsdk.providers.flat import requests
from orgsdk.providers.flat.models.access import (
    OrganizationInvitation,
    OrganizationInvitationCreation,
    OrganizationInvitationCreationFields,
)
from orgsdk.providers.flat.models.base import reader_of
from orgsdk.providers.flat.native.base import FlatNativeOperations
from orgsdk.providers.http.bodies import build_body

if TYPE_CHECKING:
    from orgsdk.pagination import Paginator
    from orgsdk.providers.flat.models.literals import InvitationRoleFilter


class FlatInvitationsAPI(FlatNativeOperations):
    """List, create and remove invitations."""

    def list_organization_invitations(
        self,
        *,
        role: InvitationRoleFilter | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[OrganizationInvitation]:
        """List invitations. Requests start when the paginator is iterated or awaited.

        Args:
            role: Return only invitations with this role: `"user"`, `"teacher"` or `"admin"`. Flat has no filter for
                `"accountAdmin"`.
            page_size: Invitations per page, 1 to 1,000, Flat's `limit`. Default 1,000.
            cursor: `next_cursor` or `previous_cursor` of a page, Flat's `next` and `previous`.

        Returns:
            A paginator of the invitations.

        Raises:
            InvalidArgumentError: `role` or `page_size` is invalid.
            InvalidCursorError: `cursor` is not from this list.

        Source:
            `listOrganizationInvitations`, GET /organizations/invitations.
        """
        filters = requests.invitation_filters(role)
        return self._paginate(
            reader_of(OrganizationInvitation),
            lambda position, size: requests.list_organization_invitations(filters, position, size),
            page_size=page_size,
            cursor=cursor,
        )

    async def create_organization_invitation(
        self,
        invitation: OrganizationInvitationCreation | None = None,
        **fields: Unpack[OrganizationInvitationCreationFields],
    ) -> OrganizationInvitation:
        """Invite an email address.

        If the address is a member's, Flat sends no mail and gives the member the role, also if that turns an admin
        into a teacher; `used_by` has the member's id.

        Args:
            invitation: The new invitation. Without an `email`, Flat creates one that is not sent.
            **fields: Its fields, instead of `invitation`.

        Returns:
            The invitation.

        Raises:
            InvalidArgumentError: An argument is invalid.
            OutcomeUnknownError: The response was lost. `invitations.create` looks the invitation up in this case.

        Source:
            `createOrganizationInvitation`, POST /organizations/invitations.
        """
        body = build_body(OrganizationInvitationCreation, invitation, fields)
        request = requests.create_organization_invitation(body)
        return await self._read_one(request, reader_of(OrganizationInvitation))

    async def remove_organization_invitation(self, invitation_id: str) -> None:
        """Remove an invitation. Users who joined with it stay members.

        Args:
            invitation_id: Id of the invitation.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such invitation.

        Source:
            `removeOrganizationInvitation`, DELETE /organizations/invitations/{invitation}.
        """
        await self._send(requests.remove_organization_invitation(invitation_id))
