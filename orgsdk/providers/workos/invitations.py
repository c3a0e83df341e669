"""Invitations to one organization, and their adoption after a lost create."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from orgsdk.domain import Capability
from orgsdk.errors import ConflictError, NotFoundError, OrgError, UnsupportedError
from orgsdk.providers.base import InvitationOperations
from orgsdk.providers.http import has_values, is_response_lost
from orgsdk.providers.workos.capabilities import ADVICE
from orgsdk.providers.workos.models import ResendInvitation, SendInvitation
from orgsdk.providers.workos.native.routes import IDS, MAX_PAGE_SIZE, NAME, build, build_page
from orgsdk.providers.workos.records import invitation_reader
from orgsdk.providers.workos.roles import OrganizationScope

if TYPE_CHECKING:
    from orgsdk.domain import Invitation, InvitationDraft, InvitationQuery
    from orgsdk.pagination import Listing


class WorkOSInvitations(OrganizationScope, InvitationOperations):
    """Operations on the invitations to the organization `organization_id`. Other invitations are not found."""

    def list(self, query: InvitationQuery) -> Listing[Invitation]:
        """Describe the list of the invitations. A state is filtered here, and the address once more."""
        email = None if query.email is None else query.email.casefold()
        status = None if query.status is None else query.status.lower()
        fetch = self._checked(
            self._fetcher(invitation_reader, "list_invitations", self._in_organization, ("email", email))
        )
        return self._listing(
            "invitations.list",
            (self._organization_id, query.status, query.email),
            fetch,
            keep=lambda each: status in {None, each.status} and email in {None, (each.email or "").casefold()},
        )

    async def get(self, invitation_id: str) -> Invitation:
        """Return one invitation to this organization."""
        found = await self._one(invitation_reader, "get_invitation", invitation_id=invitation_id)
        if found.organization_id != self._organization_id:
            message = f"organization {self._organization_id} has no invitation {invitation_id}."
            raise NotFoundError(message, provider=NAME, operation="get_invitation")
        return found

    def check_create(self, draft: InvitationDraft) -> None:
        """Check that WorkOS has the settings, without a request. `create` looks up the role."""
        for is_set, capability in (
            (draft.expires_at is not None, Capability.INVITATIONS_EXPIRY),
            (not draft.send, Capability.INVITATIONS_UNSENT),
        ):
            if is_set:
                raise UnsupportedError(NAME, capability, ADVICE[capability])

    async def create(self, draft: InvitationDraft) -> Invitation:
        """Invite an address, or adopt the invitation after a lost response. A second one is never sent.

        The pending invitation with this address, role and inviter that was created by this call is adopted.
        """
        self.check_create(draft)
        slug = await self._roles.only_slug_of(draft.roles, "invitations.create")
        body = SendInvitation.of(
            {
                "email": draft.email,
                "organization_id": self._organization_id,
                "role_slug": slug,
                "inviter_user_id": draft.inviter_id,
            }
        )
        filters = (self._in_organization, ("email", draft.email))
        wanted = {"status": "pending", "email": draft.email, "inviter_id": draft.inviter_id}
        bounded, started = self._within_timeout(), anyio.current_time()

        async def look_up() -> Invitation | None:
            search = build_page("list_invitations", None, MAX_PAGE_SIZE, *filters)
            found = await bounded._read_created(search, invitation_reader, started)
            matching = (each for each in found if has_values(each, wanted, ignore_case=("email",)))
            return next((each for each in matching if slug in {None, *each.roles}), None)

        async with self._roles.explain_refusal(slug):
            request = build("send_invitation", body)
            return await bounded._connection.create_or_adopt(request, invitation_reader, look_up, unique=False)

    async def resend(self, invitation_id: str) -> None:
        """Send the message of a pending invitation again. A lost response is not retried."""
        await self._get_pending(invitation_id)
        await self._send("resend_invitation", ResendInvitation(), invitation_id=invitation_id)

    async def accept(self, invitation_id: str, user_id: str) -> Invitation:
        """Accept for the user with the invited address. WorkOS finds the user by the address."""
        IDS.check(invitation_id, "invitation id")  # before the first request
        account = await self._accounts.get(user_id)
        invitation = await self._get_pending(invitation_id)
        if (account.email or "").casefold() != (invitation.email or "").casefold():
            message = f"the user {user_id} has another e-mail address than the invitation."
            raise ConflictError(message, provider=NAME, operation="accept_invitation")
        return await self._end("accept_invitation", invitation_id, "accepted")

    async def revoke(self, invitation_id: str) -> Invitation:
        """Revoke a pending invitation."""
        await self._get_pending(invitation_id)
        return await self._end("revoke_invitation", invitation_id, "revoked")

    async def _get_pending(self, invitation_id: str) -> Invitation:
        found = await self.get(invitation_id)
        if found.status != "pending":
            message = f"the invitation is {found.status}. Only a pending invitation can be changed."
            raise ConflictError(message, provider=NAME, operation="get_invitation")
        return found

    async def _end(self, operation: str, invitation_id: str, status: str) -> Invitation:
        try:
            return await self._one(invitation_reader, operation, invitation_id=invitation_id)
        except OrgError as error:
            if not is_response_lost(error):
                raise
            lost = error
        try:
            found = await self.get(invitation_id)
        except OrgError as unreadable:
            raise lost from unreadable
        if found.status != status:
            raise lost  # not carried out so far: it may still arrive
        return found
