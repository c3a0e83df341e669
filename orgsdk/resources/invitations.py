"""Invitations to one organization."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orgsdk.arguments import check_flag
from orgsdk.domain import Capability, Invitation, InvitationDraft, InvitationQuery, check_email
from orgsdk.pagination import Paginator
from orgsdk.providers.base import Provider
from orgsdk.resources.base import Resource, check_filter
from orgsdk.resources.validation import check_expiry, check_id, check_names

if TYPE_CHECKING:
    from orgsdk.providers.base import InvitationOperations


class Invitations(Resource):
    """The invitations to one organization: list, send, accept and revoke them.

    Args:
        provider: The provider.
        organization_id: The organization's id. None for the organization of the credentials.
    """

    def __init__(self, provider: Provider, organization_id: str | None) -> None:
        super().__init__(provider)
        self._organization_id = organization_id

    def _operations(self) -> InvitationOperations:
        return self._provider.invitations(self._organization_id)

    def list(
        self,
        *,
        status: str | None = None,
        email: str | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
        max_pages: int | None = None,
    ) -> Paginator[Invitation]:
        """List invitations. No request is sent until the paginator is iterated or awaited.

        Args:
            status: Only invitations with this status: ``"pending"``, ``"accepted"``, ``"expired"`` or ``"revoked"``.
            email: Only invitations to this address, compared without regard to case.
            page_size: Items per page, from 1 to the provider's maximum, which is the default.
            cursor: The ``next_cursor`` or ``previous_cursor`` of a page of the same list, to continue there.
            max_pages: Raise `PaginationError` instead of requesting more pages than this.

        Returns:
            The paginator.

        Raises:
            UnsupportedError: The provider does not offer this, or lacks a filter.
            InvalidArgumentError: An argument is invalid.
            InvalidCursorError: The cursor is not one of this list.

        Source: Flat `listOrganizationInvitations`, Logto `ListOrganizationInvitations`.
        """
        self._provider.require(Capability.INVITATIONS_LIST)
        query = InvitationQuery(
            status=check_filter(status, "status"), email=None if email is None else check_email(email)
        )
        listing = self._operations().list(query)
        return self._paginate(listing, page_size=page_size, cursor=cursor, max_pages=max_pages)

    async def get(self, invitation_id: str) -> Invitation:
        """Return one invitation.

        Args:
            invitation_id: The invitation's id.

        Returns:
            The invitation.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such invitation.

        Source: Logto `GetOrganizationInvitation`; at Flat the list is read.
        """
        self._provider.require(Capability.INVITATIONS_GET)
        return await self._operations().get(check_id(invitation_id, "invitation id"))

    async def create(
        self,
        email: str,
        *,
        roles: Iterable[str] = (),
        expires_in: timedelta | None = None,
        expires_at: datetime | None = None,
        inviter_id: str | None = None,
        send: bool = True,
    ) -> Invitation:
        """Invite an address.

        If the address belongs to a member, Flat sends no invitation but gives the member the role; `changed_member` of
        the result is then True.

        Args:
            email: The address.
            roles: Names or ids of the roles that the invited user will have.
            expires_in: How long the invitation is valid. Default: the provider's own time.
            expires_at: When the invitation ends, with a time zone. Pass this or `expires_in`.
            inviter_id: Id of the user who invites.
            send: False to send no message.

        Returns:
            The invitation as the provider stores it.

        Raises:
            UnsupportedError: The provider does not offer this, or lacks a setting.
            InvalidArgumentError: A value is invalid.
            ConflictError: The address has a pending invitation or belongs to a member (Logto).
            OutcomeUnknownError: The response was lost and no invitation was found. A retry could create another (Flat).

        Source: Flat `createOrganizationInvitation`, Logto `CreateOrganizationInvitation`.

        Example: ``await org.invitations.create("bob@example.com", roles=["teacher"], expires_in=timedelta(days=7))``
        """
        self._provider.require(Capability.INVITATIONS_CREATE)
        names = check_names(roles, "roles")
        if len(names) > 1:
            self._provider.require(Capability.USERS_SEVERAL_ROLES)
        ends = check_expiry(expires_in, expires_at)
        if ends is not None:
            self._provider.require(Capability.INVITATIONS_EXPIRY)
        if inviter_id is not None:
            self._provider.require(Capability.INVITATIONS_INVITER)
            check_id(inviter_id, "inviter id")
        check_flag("send", send)
        if not send:
            self._provider.require(Capability.INVITATIONS_UNSENT)
        return await self._operations().create(
            InvitationDraft(email=check_email(email), roles=names, expires_at=ends, inviter_id=inviter_id, send=send)
        )

    async def resend(self, invitation_id: str) -> None:
        """Send the invitation's message again.

        Args:
            invitation_id: The invitation's id.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such invitation.
            RateLimitError: The address received too many messages (Logto: 10 in 10 minutes).

        Source: Logto `CreateOrganizationInvitationMessage`.
        """
        self._provider.require(Capability.INVITATIONS_RESEND)
        await self._operations().resend(check_id(invitation_id, "invitation id"))

    async def accept(self, invitation_id: str, *, user_id: str) -> Invitation:
        """Accept a pending invitation for a user, who becomes a member with the invitation's roles.

        Args:
            invitation_id: The invitation's id.
            user_id: The user's id.

        Returns:
            The invitation after the change.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: An id is invalid.
            NotFoundError: No such invitation or user.
            ConflictError: The invitation has ended, or the user has another address.

        Source: Logto `ReplaceOrganizationInvitationStatus`.
        """
        self._provider.require(Capability.INVITATIONS_ACCEPT)
        return await self._operations().accept(check_id(invitation_id, "invitation id"), check_id(user_id, "user id"))

    async def revoke(self, invitation_id: str) -> Invitation:
        """Revoke a pending invitation, so that it cannot be accepted.

        Args:
            invitation_id: The invitation's id.

        Returns:
            The invitation after the change.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such invitation.
            ConflictError: The invitation has ended.

        Source: Logto `ReplaceOrganizationInvitationStatus`, Flat `removeOrganizationInvitation`.
        """
        self._provider.require(Capability.INVITATIONS_REVOKE)
        return await self._operations().revoke(check_id(invitation_id, "invitation id"))

    async def remove(self, invitation_id: str) -> None:
        """Delete an invitation of any status. A membership that came from it remains.

        Args:
            invitation_id: The invitation's id.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such invitation.

        Source: Flat `removeOrganizationInvitation`, Logto `DeleteOrganizationInvitation`.
        """
        self._provider.require(Capability.INVITATIONS_REMOVE)
        await self._operations().remove(check_id(invitation_id, "invitation id"))
