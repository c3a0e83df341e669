"""Logto's operations on organization invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.logto import requests
from orgsdk.providers.logto.models import ModelReader, OrganizationInvitation
from orgsdk.providers.logto.native.base import NativeOperations

if TYPE_CHECKING:
    from typing import Literal

    from orgsdk.pagination import Paginator
    from orgsdk.providers.logto.models import CreateOrganizationInvitation, MessagePayload

_INVITATIONS = ModelReader(OrganizationInvitation)


class InvitationsAPI(NativeOperations):
    """Work with organization invitations."""

    def list_organization_invitations(
        self, *, organization_id: str | None = None, inviter_id: str | None = None, invitee: str | None = None
    ) -> Paginator[OrganizationInvitation]:
        """List the tenant's invitations, newest first: one page, whatever its length.

        `organization_id`, `inviter_id` and `invitee` (an address, in any case) narrow it.

        Raises `InvalidArgumentError` for an empty filter, which Logto would take for none, at once.

        Source: `ListOrganizationInvitations`.
        """
        return self._unpaged(
            _INVITATIONS,
            lambda position: requests.invitations.list_organization_invitations(
                position, organization_id=organization_id, inviter_id=inviter_id, invitee=invitee
            ),
        )

    async def create_organization_invitation(self, invitation: CreateOrganizationInvitation) -> OrganizationInvitation:
        """Invite an address and give the invitation. Where the message cannot be sent, nothing is made.

        Raises `BadRequestError` for an expiry that is past, `ConflictError` for an address that has a pending
        invitation, `UnprocessableError` for one that is a member's and for an organization, an inviter or a role that
        does not exist, `RateLimitError` after 10 messages to one address in 10 minutes, and `ServerError` where the
        tenant has no e-mail connector.

        Source: `CreateOrganizationInvitation`.
        """
        return await self._connection.read_one(
            _INVITATIONS, requests.invitations.create_organization_invitation(invitation)
        )

    async def get_organization_invitation(self, invitation_id: str) -> OrganizationInvitation:
        """Give one invitation.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `GetOrganizationInvitation`.
        """
        return await self._connection.read_one(
            _INVITATIONS, requests.invitations.get_organization_invitation(invitation_id)
        )

    async def delete_organization_invitation(self, invitation_id: str) -> None:
        """Delete an invitation, whatever its status. A membership that came of it stays.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `DeleteOrganizationInvitation`.
        """
        await self._connection.send(requests.invitations.delete_organization_invitation(invitation_id))

    async def update_organization_invitation_status(
        self, invitation_id: str, *, status: Literal["Accepted", "Revoked"], accepted_user_id: str | None = None
    ) -> OrganizationInvitation:
        """Accept a pending invitation for an account, or revoke it, and give it as it is now.

        `accepted_user_id` is the account that becomes a member; it goes with `"Accepted"` and with nothing else.

        Raises `InvalidArgumentError` where it is missing or too many, `NotFoundError` for an invitation or an
        account that does not exist, and `UnprocessableError` where the invitation has ended or the account's
        address is another.

        Source: `ReplaceOrganizationInvitationStatus`.
        """
        request = requests.invitations.replace_organization_invitation_status(invitation_id, status, accepted_user_id)
        return await self._connection.read_one(_INVITATIONS, request)

    async def resend_organization_invitation_message(
        self, invitation_id: str, *, payload: MessagePayload | None = None
    ) -> None:
        """Send the invitation's message again, whatever its status. One whose answer is lost is not repeated.

        Raises `NotFoundError`, `RateLimitError` after 10 messages to one address in 10 minutes, and `ServerError`
        where the tenant has no e-mail connector.

        Source: `CreateOrganizationInvitationMessage`.
        """
        await self._connection.send(requests.invitations.create_organization_invitation_message(invitation_id, payload))
