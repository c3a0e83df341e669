"""Native operations on invitations to the environment and to organizations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr

from orgsdk.providers.http import build_body
from orgsdk.providers.workos.models.invitations import ResendInvitation, SendInvitation, WorkOSInvitation
from orgsdk.providers.workos.native.base import WorkOSNativeOperations

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from orgsdk.pagination import Paginator
    from orgsdk.providers.workos.models.keywords import ResendInvitationFields, SendInvitationFields
    from orgsdk.providers.workos.native.base import Order


class WorkOSInvitationsAPI(WorkOSNativeOperations):
    """Native operations on invitations."""

    def list_invitations(
        self,
        *,
        organization_id: str | None = None,
        email: str | None = None,
        order: Order = "desc",
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[WorkOSInvitation]:
        """List the invitations of the environment.

        Args:
            organization_id: Only invitations to this organization.
            email: Only invitations to this address.
            order: ``"desc"`` is newest first.
            page_size: Invitations per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: A filter is empty, or the page size is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.

        Source:
            GET /user_management/invitations.
        """
        return self._list(
            WorkOSInvitation,
            "list_invitations",
            ("organization_id", organization_id),
            ("email", email),
            order=order,
            page_size=page_size,
            cursor=cursor,
        )

    async def send_invitation(
        self, invitation: SendInvitation | None = None, /, **fields: Unpack[SendInvitationFields]
    ) -> WorkOSInvitation:
        """Invite an address. WorkOS always sends a message.

        Args:
            invitation: The invitation, as a model.
            **fields: The fields of `SendInvitation`, instead of the model.

        Returns:
            The invitation.

        Raises:
            InvalidArgumentError: A field is invalid, or both the model and fields are passed.
            ConflictError: The address is invited already, or belongs to a member.
            OutcomeUnknownError: The response was lost. `invitations.create` looks the invitation up in this case.

        Source:
            POST /user_management/invitations.

        Example:
            ``await client.native.send_invitation(email="a@example.com", organization_id="org_id", expires_in_days=3)``
        """
        return await self._call(WorkOSInvitation, "send_invitation", build_body(SendInvitation, invitation, fields))

    async def get_invitation(self, invitation_id: str) -> WorkOSInvitation:
        """Return one invitation.

        Args:
            invitation_id: Id of the invitation.

        Returns:
            The invitation.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such invitation.

        Source:
            GET /user_management/invitations/{id}.
        """
        return await self._call(WorkOSInvitation, "get_invitation", invitation_id=invitation_id)

    async def find_invitation_by_token(self, token: str | SecretStr) -> WorkOSInvitation:
        """Return the invitation that a token accepts. No error and no log shows the token.

        Args:
            token: The token of the invitation's link.

        Returns:
            The invitation.

        Raises:
            NotFoundError: No such invitation.

        Source:
            GET /user_management/invitations/by_token/{token}.
        """
        secret = token if isinstance(token, SecretStr) else SecretStr(token)
        return await self._holding(secret)._call(
            WorkOSInvitation, "find_invitation_by_token", token=secret.get_secret_value()
        )

    async def accept_invitation(self, invitation_id: str) -> WorkOSInvitation:
        """Accept an invitation for the user with the invited address, who becomes a member.

        Args:
            invitation_id: Id of the invitation.

        Returns:
            The invitation, which is accepted.

        Raises:
            NotFoundError: No such invitation.
            ConflictError: The invitation is not pending.
            OutcomeUnknownError: The response was lost: read the invitation.

        Source:
            POST /user_management/invitations/{id}/accept.
        """
        return await self._call(WorkOSInvitation, "accept_invitation", invitation_id=invitation_id)

    async def resend_invitation(
        self, invitation_id: str, message: ResendInvitation | None = None, /, **fields: Unpack[ResendInvitationFields]
    ) -> WorkOSInvitation:
        """Send the message of a pending invitation again, with a new token. The old link ends.

        Args:
            invitation_id: Id of the invitation.
            message: The message, as a model.
            **fields: The fields of `ResendInvitation`, instead of the model.

        Returns:
            The invitation, with a new token and a new expiry.

        Raises:
            NotFoundError: No such invitation.
            ConflictError: The invitation is not pending.
            OutcomeUnknownError: The response was lost: the message may have been sent.

        Source:
            POST /user_management/invitations/{id}/resend.
        """
        body = build_body(ResendInvitation, message, fields)
        return await self._call(WorkOSInvitation, "resend_invitation", body, invitation_id=invitation_id)

    async def revoke_invitation(self, invitation_id: str) -> WorkOSInvitation:
        """Revoke a pending invitation.

        Args:
            invitation_id: Id of the invitation.

        Returns:
            The invitation, which is revoked.

        Raises:
            NotFoundError: No such invitation.
            ConflictError: The invitation is not pending.
            OutcomeUnknownError: The response was lost: read the invitation.

        Source:
            POST /user_management/invitations/{id}/revoke.
        """
        return await self._call(WorkOSInvitation, "revoke_invitation", invitation_id=invitation_id)
