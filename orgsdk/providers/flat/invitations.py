"""Invitations to the token's organization at Flat, and their adoption after a lost create."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, get_args

from orgsdk.domain import InvitationQuery
from orgsdk.errors import ConflictError, NotFoundError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import InvitationOperations
from orgsdk.providers.flat import models, records, requests
from orgsdk.providers.flat.models.literals import InvitedRole
from orgsdk.providers.flat.organizations import FlatOperations
from orgsdk.providers.flat.users import one_role
from orgsdk.providers.http.invitation_checks import filter_invitations
from orgsdk.providers.http.lists import describe_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.domain import Invitation, InvitationDraft
    from orgsdk.pagination import Listing, Slice

# Largest assumed difference between the local clock and Flat's. An accepted invitation that is older was not created
# by the current call.
_CLOCK_SKEW = timedelta(minutes=10)
# Flat's default for `organizationRole` (official document, OrganizationInvitationCreation).
_DEFAULT_ROLE = "teacher"


class FlatInvitations(FlatOperations, InvitationOperations):
    """The invitations to one organization."""

    def list(self, query: InvitationQuery) -> Listing[Invitation]:
        """Describe `listOrganizationInvitations`; status and email are filtered here, because Flat has no filter."""

        async def fetch(position: str | None, page_size: int) -> Slice[Invitation]:
            request = requests.list_organization_invitations([], position, page_size)
            await self._check_organization()
            reader, paging = records.invitation_reader, requests.PAGING
            return await self._connection.read_page(request, reader, paging, position, page_size)

        return describe_list(
            provider=requests.NAME,
            name="invitations.list",
            scope=(self._organization_id, query.status, query.email),
            max_page_size=requests.MAX_PAGE_SIZE,
            fetch=fetch,
            keep=filter_invitations(query),
        )

    async def get(self, invitation_id: str) -> Invitation:
        """Return one invitation, found in the list: Flat has no request for one invitation."""
        requests.IDS.check(invitation_id, "invitation id")
        async for invitation in Paginator(self._within_timeout().list(InvitationQuery())):
            if invitation.id == invitation_id:
                return invitation
        raise NotFoundError(
            f"the organization has no invitation {invitation_id}.",
            provider=requests.NAME,
            operation="list_organization_invitations",
        )

    def check_create(self, draft: InvitationDraft) -> None:
        """Raise the error that Flat's limits would cause for this draft."""
        _invitation_creation(draft).content()

    async def create(self, draft: InvitationDraft) -> Invitation:
        """Invite by `createOrganizationInvitation`; after a lost response, look it up by its email address.

        If the lookup finds nothing, raise `OutcomeUnknownError` instead of a second attempt, because Flat does not
        refuse a second invitation. If the address is a member's, no invitation is sent and the member gets the role.
        """
        body = _invitation_creation(draft)
        request = requests.create_organization_invitation(body)
        bounded = self._within_timeout()
        await bounded._check_organization()
        started = datetime.now(UTC)

        async def look_up() -> Invitation | None:
            is_match = _matcher_of_lost_create(body.organization_role or _DEFAULT_ROLE, started)
            candidates = Paginator(bounded.list(InvitationQuery(email=draft.email)))
            return max([each async for each in candidates if is_match(each)], key=_creation_time, default=None)

        invitation = await bounded._connection.create_or_adopt(
            request, records.invitation_reader, look_up, unique=False
        )
        # Flat returns an already accepted invitation if it changed a member's role (facts/flat.md, Operations).
        return invitation.model_copy(update={"changed_member": invitation.status == "accepted"})

    async def revoke(self, invitation_id: str) -> Invitation:
        """End a pending invitation by `removeOrganizationInvitation`, which deletes it at Flat."""
        invitation = await self.get(invitation_id)
        if invitation.status != "pending":
            raise ConflictError(
                f"the invitation {invitation_id} is {invitation.status}, not pending: remove deletes it from the list.",
                provider=requests.NAME,
                operation="remove_organization_invitation",
            )
        await self.remove(invitation_id)
        return invitation.model_copy(update={"status": "revoked"})

    async def remove(self, invitation_id: str) -> None:
        """Remove an invitation by `removeOrganizationInvitation`."""
        request = requests.remove_organization_invitation(invitation_id)
        await self._check_organization()
        await self._connection.send(request)


def _invitation_creation(draft: InvitationDraft) -> models.OrganizationInvitationCreation:
    """Return the request body; raise `InvalidArgumentError` for a role that Flat does not invite to."""
    role: InvitedRole | None = None
    if draft.roles:
        name = one_role(draft.roles, "invitations.create")
        role = requests.check_literal(name, get_args(InvitedRole), "invitation role")
    return models.OrganizationInvitationCreation(email=draft.email, organization_role=role)


def _matcher_of_lost_create(role: str, started: datetime) -> Callable[[Invitation], bool]:
    """Return the predicate for invitations that may be adopted after a lost response.

    A pending invitation with the same role matches whatever its age: the address has the invitation that was asked
    for. An accepted one matches only if it is new: then it reports the change of a member's role. If the clocks
    differ, the role is set a second time, which is harmless.
    """

    def is_match(invitation: Invitation) -> bool:
        created = invitation.created_at
        is_new = created is not None and created >= started - _CLOCK_SKEW
        return invitation.roles == (role,) and (invitation.status == "pending" or is_new)

    return is_match


def _creation_time(invitation: Invitation) -> datetime:
    return invitation.created_at or datetime.min.replace(tzinfo=UTC)
