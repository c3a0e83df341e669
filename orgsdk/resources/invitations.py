"""The invitations to one organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Capability, InvitationDraft, InvitationQuery, check_email
from orgsdk.pagination import Paginator
from orgsdk.resources.base import Resource
from orgsdk.resources.validation import check_expiry, check_filter, check_id, check_names

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from orgsdk.domain import Invitation
    from orgsdk.providers.base import Provider


class Invitations(Resource):
    """Work with the invitations to one organization."""

    def __init__(self, provider: Provider, organization_id: str | None) -> None:
        self._provider = provider
        self._operations = provider.invitations(organization_id)

    def list(
        self,
        *,
        status: str | None = None,
        email: str | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
        max_pages: int | None = None,
    ) -> Paginator[Invitation]:
        """List invitations; nothing is requested until the paginator is iterated or awaited.

        `status` narrows to `"pending"`, `"accepted"`, `"expired"` or `"revoked"`, `email` to one address without
        regard to case. `page_size`, `cursor` and `max_pages` are as for users.

        Raises `UnsupportedError`, `InvalidArgumentError` and `InvalidCursorError`, at once. Iterating raises
        `PaginationError` where the list cannot be what the provider says.

        Source: Flat `listOrganizationInvitations`, Logto `ListOrganizationInvitations`.
        """
        self._provider.require(Capability.INVITATIONS_LIST)
        query = InvitationQuery(
            status=check_filter(status, "status"), email=None if email is None else check_email(email)
        )
        listing = self._operations.list(query)
        return Paginator(listing, page_size=page_size, cursor=cursor, max_pages=max_pages)

    async def get(self, invitation_id: str) -> Invitation:
        """Give one invitation.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError` where there is none of that id.

        Source: Logto `GetOrganizationInvitation`; at Flat the list is read.
        """
        self._provider.require(Capability.INVITATIONS_GET)
        return await self._operations.get(check_id(invitation_id, "invitation id"))

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
        """Invite an address, with the roles that its owner will hold.

        `expires_in` or `expires_at` (with a time zone) ends the invitation; without either the provider's own
        time holds. `inviter_id` is the user in whose name it goes out. `send` is False to have no message sent.
        At Flat an address that a member has sends no invitation but gives the member the role: the result's
        `changed_member` says so.

        Raises `UnsupportedError`, `InvalidArgumentError`, and `ConflictError` where the address has a pending
        invitation or belongs to a member already (Logto). Where the answer was lost and the invitation is not to be
        found, Flat would make a second one beside a late first: it ends in `OutcomeUnknownError` there.

        Source: Flat `createOrganizationInvitation`, Logto `CreateOrganizationInvitation`.

        Example: `await org.invitations.create("bob@example.com", roles=["teacher"], expires_in=timedelta(days=7))`
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
            check_id(inviter_id, "inviter's id")
        if not send:
            self._provider.require(Capability.INVITATIONS_UNSENT)
        return await self._operations.create(
            InvitationDraft(email=check_email(email), roles=names, expires_at=ends, inviter_id=inviter_id, send=send)
        )

    async def resend(self, invitation_id: str) -> None:
        """Send the invitation's message again.

        Raises `UnsupportedError`, `InvalidArgumentError`, `NotFoundError`, and `RateLimitError` where the address
        had too many messages (Logto: 10 in 10 minutes).

        Source: Logto `CreateOrganizationInvitationMessage`.
        """
        self._provider.require(Capability.INVITATIONS_RESEND)
        await self._operations.resend(check_id(invitation_id, "invitation id"))

    async def accept(self, invitation_id: str, *, user_id: str) -> Invitation:
        """Accept a pending invitation for the account of `user_id`, which becomes a member with its roles.

        Raises `UnsupportedError`, `InvalidArgumentError`, `NotFoundError`, and `ConflictError` where the
        invitation has ended or the account's address is another.

        Source: Logto `ReplaceOrganizationInvitationStatus`.
        """
        self._provider.require(Capability.INVITATIONS_ACCEPT)
        return await self._operations.accept(check_id(invitation_id, "invitation id"), check_id(user_id, "user id"))

    async def revoke(self, invitation_id: str) -> Invitation:
        """End a pending invitation so that nobody can accept it; gives it as it is now.

        Raises `UnsupportedError`, `InvalidArgumentError`, `NotFoundError`, and `ConflictError` where it has ended.

        Source: Logto `ReplaceOrganizationInvitationStatus`, Flat `removeOrganizationInvitation`.
        """
        self._provider.require(Capability.INVITATIONS_REVOKE)
        return await self._operations.revoke(check_id(invitation_id, "invitation id"))

    async def remove(self, invitation_id: str) -> None:
        """Delete an invitation, whatever its status. A membership that came of it stays.

        Raises `UnsupportedError`, `InvalidArgumentError` and `NotFoundError`.

        Source: Flat `removeOrganizationInvitation`, Logto `DeleteOrganizationInvitation`.
        """
        self._provider.require(Capability.INVITATIONS_REMOVE)
        await self._operations.remove(check_id(invitation_id, "invitation id"))
