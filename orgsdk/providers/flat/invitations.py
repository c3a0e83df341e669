"""Invitations to the token's organization at Flat."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from orgsdk.domain import InvitationQuery, mark_adopted
from orgsdk.errors import ConflictError, NotFoundError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import InvitationOperations
from orgsdk.providers.flat import records, requests, users
from orgsdk.providers.flat.operations import FlatOperations, describe_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.domain import Invitation, InvitationDraft
    from orgsdk.pagination import Listing, Slice

# How far this machine's clock may be from Flat's. A used invitation that is older is not one that was just made.
_CLOCK_SKEW = timedelta(minutes=10)
# What an invitation without `organizationRole` invites to (official document, OrganizationInvitationCreation).
_DEFAULT_ROLE = "teacher"


class FlatInvitations(FlatOperations, InvitationOperations):
    """The invitations to one organization."""

    def list(self, query: InvitationQuery) -> Listing[Invitation]:
        """Describe `listOrganizationInvitations`; status and address narrow each page here, as Flat cannot."""

        async def fetch(position: str | None, page_size: int) -> Slice[Invitation]:
            request = requests.list_organization_invitations([], position, page_size)
            await self._check_organization()
            return await self._connection.read_page(request, records.invitation_reader.many)

        scope = (self._organization_id, query.status, query.email)
        return describe_list("invitations.list", scope, fetch, keep=_filter_for(query))

    async def get(self, invitation_id: str) -> Invitation:
        """Give one invitation, found in the list: Flat has no request for one."""
        requests.IDS.check(invitation_id, "invitation id")
        async for invitation in Paginator(self.list(InvitationQuery())):
            if invitation.id == invitation_id:
                return invitation
        raise NotFoundError(
            f"the organization has no invitation {invitation_id}.",
            provider=requests.NAME,
            operation="list_organization_invitations",
        )

    def check_create(self, draft: InvitationDraft) -> None:
        """Raise what Flat does not take of the invitation that is to be made."""
        users.invitation_creation(draft).content()

    async def create(self, draft: InvitationDraft) -> Invitation:
        """Invite by `createOrganizationInvitation`; after a lost answer it is looked up by its address.

        One that is not found is not made again but ends in `OutcomeUnknownError`: Flat refuses no second invitation.
        Where the address is a member's, no invitation goes out and the member gets the role.
        """
        wanted = users.invitation_creation(draft)
        request = requests.create_organization_invitation(wanted)
        await self._check_organization()
        began = datetime.now(UTC)

        async def look_up() -> Invitation | None:
            fits = _matcher_of_lost_create(wanted.organization_role or _DEFAULT_ROLE, began)
            found = Paginator(self.list(InvitationQuery(email=draft.email)))
            return max([each async for each in found if fits(each)], key=_creation_time, default=None)

        invitation, adopted = await self._connection.create_or_adopt(
            request, records.invitation_reader.one, look_up=look_up, unique=False
        )
        # A new invitation that is used already is Flat's way of saying so (facts/flat.md, Operations).
        invitation = invitation.model_copy(update={"changed_member": invitation.status == "accepted"})
        if adopted:
            mark_adopted(invitation)
        return invitation

    async def revoke(self, invitation_id: str) -> Invitation:
        """End a pending invitation by `removeOrganizationInvitation`, after which Flat knows it no more."""
        invitation = await self.get(invitation_id)
        if invitation.status != "pending":
            raise ConflictError(
                f"the invitation {invitation_id} is {invitation.status}: remove takes it off the list.",
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


def _filter_for(query: InvitationQuery) -> Callable[[Invitation], bool] | None:
    """Tell which invitations a query asks for; None where it asks for all."""
    status, email = query.status, None if query.email is None else query.email.casefold()
    if status is None and email is None:
        return None

    def is_asked_for(invitation: Invitation) -> bool:
        return status in {None, invitation.status} and email in {None, (invitation.email or "").casefold()}

    return is_asked_for


def _matcher_of_lost_create(role: str, began: datetime) -> Callable[[Invitation], bool]:
    """Tell which invitations can stand for one whose answer was lost.

    A pending one of the same role does, whenever it was made: the address is invited as it should be. A used one
    only where it was just made, for then it is the change of a member's role; where clocks disagree the role is
    set once more, which does no harm.
    """

    def fits(invitation: Invitation) -> bool:
        made = invitation.created_at
        just_made = made is not None and made >= began - _CLOCK_SKEW
        return invitation.roles == (role,) and (invitation.status == "pending" or just_made)

    return fits


def _creation_time(invitation: Invitation) -> datetime:
    return invitation.created_at or datetime.min.replace(tzinfo=UTC)
