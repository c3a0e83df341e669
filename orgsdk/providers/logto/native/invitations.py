"""Native operations on organization invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from orgsdk.domain import JsonReader
from orgsdk.providers.http.bodies import build_body
from orgsdk.providers.logto.models import (
    CreateOrganizationInvitation,
    CreateOrganizationInvitationFields,
    MessagePayload,
    MessagePayloadFields,
    OrganizationInvitation,
)
from orgsdk.providers.logto.native.base import LogtoNativeOperations
from orgsdk.providers.logto.requests import invitations as requests

if TYPE_CHECKING:
    from typing import Literal

    from orgsdk.pagination import Paginator

_INVITATIONS = JsonReader(OrganizationInvitation)


class LogtoInvitationsAPI(LogtoNativeOperations):
    """Native operations on organization invitations."""

    def list_organization_invitations(
        self, *, organization_id: str | None = None, inviter_id: str | None = None, invitee: str | None = None
    ) -> Paginator[OrganizationInvitation]:
        """List the tenant's invitations, newest first, as one page of any length.

        Args:
            organization_id: Id of the organization of the invitations.
            inviter_id: Id of the user who invited.
            invitee: Invited e-mail address, in upper or lower case.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: A filter is empty (Logto would ignore it). Raised at once.

        Source: Logto ListOrganizationInvitations.
        """
        request = requests.list_organization_invitations(
            organization_id=organization_id, inviter_id=inviter_id, invitee=invitee
        )
        return self._whole(_INVITATIONS, request)

    async def create_organization_invitation(
        self,
        invitation: CreateOrganizationInvitation | None = None,
        **fields: Unpack[CreateOrganizationInvitationFields],
    ) -> OrganizationInvitation:
        """Create an invitation. If its message cannot be sent, Logto creates nothing.

        Args:
            invitation: The new invitation.
            **fields: Its fields, instead of `invitation`.

        Returns:
            The invitation.

        Raises:
            InvalidArgumentError: A field is invalid.
            OutcomeUnknownError: The response was lost. `invitations.create` looks the invitation up in this case.
            BadRequestError: The expiry is in the past.
            ConflictError: The address has a pending invitation to the organization.
            UnprocessableError: The address belongs to a member, or no such organization, inviter or role.
            RateLimitError: The address received 10 messages within 10 minutes.
            ServerError: The tenant has no e-mail connector.

        Source: Logto CreateOrganizationInvitation.
        """
        body = build_body(CreateOrganizationInvitation, invitation, fields)
        return await self._read_one(requests.create_organization_invitation(body), _INVITATIONS)

    async def get_organization_invitation(self, invitation_id: str) -> OrganizationInvitation:
        """Return one invitation.

        Args:
            invitation_id: Id of the invitation.

        Returns:
            The invitation.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such invitation.

        Source: Logto GetOrganizationInvitation.
        """
        return await self._read_one(requests.get_organization_invitation(invitation_id), _INVITATIONS)

    async def delete_organization_invitation(self, invitation_id: str) -> None:
        """Delete an invitation of any status. If a user accepted it, their membership stays.

        Args:
            invitation_id: Id of the invitation.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such invitation.

        Source: Logto DeleteOrganizationInvitation.
        """
        await self._send(requests.delete_organization_invitation(invitation_id))

    async def update_organization_invitation_status(
        self, invitation_id: str, *, status: Literal["Accepted", "Revoked"], accepted_user_id: str | None = None
    ) -> OrganizationInvitation:
        """Accept a pending invitation for an account, or revoke it.

        Args:
            invitation_id: Id of the invitation.
            status: `"Accepted"` or `"Revoked"`.
            accepted_user_id: Id of the account that becomes a member. Required with `"Accepted"`, and only then.

        Returns:
            The updated invitation.

        Raises:
            InvalidArgumentError: An id is invalid, or `accepted_user_id` does not fit the status.
            NotFoundError: No such invitation, or no such account.
            UnprocessableError: The invitation is not pending, or the account has another e-mail address.

        Source: Logto ReplaceOrganizationInvitationStatus.
        """
        request = requests.replace_organization_invitation_status(invitation_id, status, accepted_user_id)
        return await self._read_one(request, _INVITATIONS)

    async def resend_organization_invitation_message(
        self, invitation_id: str, payload: MessagePayload | None = None, **fields: Unpack[MessagePayloadFields]
    ) -> None:
        """Send the message of an invitation of any status again.

        Args:
            invitation_id: Id of the invitation.
            payload: Values for the template of the message.
            **fields: The values, instead of `payload`.

        Raises:
            InvalidArgumentError: The id or a field is invalid.
            OutcomeUnknownError: The response was lost. A second call may send a second message.
            NotFoundError: No such invitation.
            RateLimitError: The address received 10 messages within 10 minutes.
            ServerError: The tenant has no e-mail connector.

        Source: Logto CreateOrganizationInvitationMessage.
        """
        body = build_body(MessagePayload, payload, fields)
        await self._send(requests.create_organization_invitation_message(invitation_id, body))
