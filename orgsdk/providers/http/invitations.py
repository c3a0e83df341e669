"""Invitations of addresses to an organization: whole operations, and adoption after a lost create."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from orgsdk.domain import Invitation, InvitationDraft, InvitationQuery, User
from orgsdk.pagination import Listing
from orgsdk.providers.http.connection import BodyReader
from orgsdk.providers.http.creation import create_or_adopt_new
from orgsdk.providers.http.invitation_checks import (
    PENDING,
    check_organization_of,
    check_pending,
    check_recipient,
    filter_invitations,
)
from orgsdk.providers.http.list_checks import check_if_empty
from orgsdk.providers.http.matching import has_values
from orgsdk.providers.http.scope import OrganizationScope
from orgsdk.providers.http.state_changes import change_or_reread
from orgsdk.providers.operations import InvitationOperations, not_implemented
from orgsdk.transport import Request


class AddressInvitations(OrganizationScope, InvitationOperations):
    """Operations on invitations, each of an address, with a state that is ``pending`` until it ends.

    A subclass has `_routes` and `_reader`, and builds the requests: `_list_request`, `_get_request`, `_invite_request`,
    and for the capabilities ``invitations.resend``, ``accept`` and ``revoke`` those of the same names.
    The rest is here:

    - An invitation whose create was lost is adopted if it is pending, has the address, roles and inviter, and was
      created by this call. A second one is never sent.
    - Only a pending invitation is changed. After a lost response, the state decides.

    Args:
        connection: Sends the requests.
        organization_id: The checked id of the organization.
        accounts: The operations on users, whatever organization they belong to.
        roles: The names of the roles that members can have.

    Example:
        ``class AcmeInvitations(AddressInvitations): ...``
    """

    _reader: ClassVar[BodyReader[Invitation]]

    # What a provider writes

    @abstractmethod
    def _list_request(self, position: str | None, page_size: int, *, email: str | None = None) -> Request:
        """Build the request for a page of the invitations to the organization, or to one address."""

    @abstractmethod
    def _get_request(self, invitation_id: str) -> Request:
        """Build the request that reads one invitation."""

    @abstractmethod
    def _invite_request(self, draft: InvitationDraft, roles: Sequence[str]) -> Request:
        """Build the request that invites an address, with these names of roles."""

    def _resend_request(self, invitation_id: str) -> Request:
        """Build the request that sends the message again."""
        not_implemented(self, "invitations.resend")

    def _accept_request(self, invitation_id: str, user: User) -> Request:
        """Build the request that accepts an invitation for the user with the invited address."""
        not_implemented(self, "invitations.accept")

    def _revoke_request(self, invitation_id: str) -> Request:
        """Build the request that revokes an invitation."""
        not_implemented(self, "invitations.revoke")

    # What follows from it

    def list(self, query: InvitationQuery) -> Listing[Invitation]:
        """Describe the list of the invitations. Filters are applied here too: servers ignore those they do not know."""
        email = None if query.email is None else query.email.casefold()
        fetch = self._fetcher(self._reader, partial(self._list_request, email=email))
        return self._listing(
            "invitations.list",
            check_if_empty(fetch, self._check_organization),
            self._organization_id,
            query.status,
            query.email,
            keep=filter_invitations(query),
        )

    async def get(self, invitation_id: str) -> Invitation:
        """Return one invitation to this organization. Others are not found."""
        request = self._get_request(invitation_id)
        found = await self._connection.read_one(request, self._reader)
        provider, operation = self._connection.provider, request.operation
        return check_organization_of(found, self._organization_id, provider=provider, operation=operation)

    async def create(self, draft: InvitationDraft) -> Invitation:
        """Invite an address, or adopt the invitation after a lost response."""
        roles = await self._roles.names_of(draft.roles, "invitations.create")
        sent = {"status": PENDING, "email": draft.email, "inviter_id": draft.inviter_id}

        def is_as_sent(found: Invitation) -> bool:
            return has_values(found, sent, ignore_case=("email",)) and set(roles) <= set(found.roles)

        async with self._roles.explain_refusal(roles):
            return await create_or_adopt_new(
                self._connection.within_timeout(),
                self._invite_request(draft, roles),
                self._reader,
                self._list_request(None, self._routes.max_page_size, email=draft.email),
                is_as_sent,
                unique=False,
            )

    async def resend(self, invitation_id: str) -> None:
        """Send the message of a pending invitation again. A lost response is not retried."""
        request = self._resend_request(invitation_id)  # before the first request
        await self._get_pending(invitation_id)
        await self._connection.send(request)

    async def accept(self, invitation_id: str, user_id: str) -> Invitation:
        """Accept for the user with the invited address."""
        self._routes.ids.check(invitation_id, "invitation id")  # before the first request
        user = await self._accounts.get(user_id)
        request = self._accept_request(invitation_id, user)
        invitation = await self._get_pending(invitation_id)
        check_recipient(invitation, user, provider=self._connection.provider, operation=request.operation)
        return await self._change(request, invitation_id, "accepted")

    async def revoke(self, invitation_id: str) -> Invitation:
        """Revoke a pending invitation."""
        request = self._revoke_request(invitation_id)
        await self._get_pending(invitation_id)
        return await self._change(request, invitation_id, "revoked")

    async def _get_pending(self, invitation_id: str) -> Invitation:
        found = await self.get(invitation_id)
        return check_pending(found, provider=self._connection.provider, operation="invitations.get")

    async def _change(self, request: Request, invitation_id: str, status: str) -> Invitation:
        return await change_or_reread(
            lambda: self._connection.read_one(request, self._reader),
            lambda: self.get(invitation_id),
            lambda found: found.status == status,
        )
