"""The invitations to one Logto organization."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from orgsdk.domain.record import mark_adopted
from orgsdk.errors import APIError, ConflictError, InvalidArgumentError, OrgError, UnprocessableError
from orgsdk.pagination import Listing
from orgsdk.providers.base import InvitationOperations
from orgsdk.providers.logto import records, wire
from orgsdk.providers.logto.models import CreateOrganizationInvitation, MessagePayload
from orgsdk.providers.logto.models.base import to_epoch_ms
from orgsdk.providers.logto.refusals import INVALID_INPUT, as_kind, conflict, not_found
from orgsdk.transport import create_once

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from orgsdk.domain import Invitation, InvitationDraft, InvitationQuery, Role
    from orgsdk.pagination import Slice
    from orgsdk.providers.logto.accounts import LogtoAccounts
    from orgsdk.providers.logto.connection import Connection
    from orgsdk.providers.logto.roles import LogtoRoles
    from orgsdk.providers.logto.users import LogtoUsers

# Logto has no expiry of its own: it has to be told one.
DEFAULT_EXPIRY = timedelta(days=7)
_PENDING = "pending"


class LogtoInvitations(InvitationOperations):
    """Work with the invitations to the organization of `organization_id`; those to others are not found here."""

    def __init__(
        self,
        connection: Connection,
        *,
        roles: LogtoRoles,
        members: LogtoUsers,
        accounts: LogtoAccounts,
        organization_id: str,
    ) -> None:
        self._connection = connection
        self._roles = roles
        self._members = members
        self._accounts = accounts
        self._organization_id = organization_id

    def list(self, query: InvitationQuery) -> Listing[Invitation]:
        """Describe `ListOrganizationInvitations`, which has no pages: all come at once, newest first.

        A status is looked for in what came. Where none came at all, one more request tells whether there is such
        an organization.
        """

        async def fetch(position: str | None, page_size: int) -> Slice[Invitation]:
            request = wire.invitations.list_organization_invitations(
                position, organization_id=self._organization_id, invitee=query.email
            )
            found = await self._connection.whole(records.invitations, request)
            if not found.items:
                await self._connection.send(wire.organizations.get_organization(self._organization_id))
            if query.status is None:
                return found
            wanted = query.status.lower()
            return wire.SINGLE_PAGE.slice([invitation for invitation in found.items if invitation.status == wanted])

        return Listing(
            provider=wire.NAME,
            name="invitations.list",
            scope=(self._organization_id, query.status, query.email),
            max_page_size=wire.MAX_PAGE_SIZE,
            fetch=fetch,
        )

    async def get(self, invitation_id: str) -> Invitation:
        """Give one by `GetOrganizationInvitation`."""
        request = wire.invitations.get_organization_invitation(invitation_id)
        found = await self._connection.one(records.invitations, request)
        if found.organization_id != self._organization_id:
            message = f"organization {self._organization_id} has no invitation {invitation_id}."
            raise not_found(message, request.operation)
        return found

    async def create(self, draft: InvitationDraft) -> Invitation:
        """Invite by `CreateOrganizationInvitation`, for 7 days unless the draft says otherwise.

        One whose answer was lost is found as the pending one of this address, these roles and this expiry.
        """
        roles = await self._roles.for_people(draft.roles)
        body = self._new(draft, roles)
        request = wire.invitations.create_organization_invitation(body)

        async def create() -> Invitation:
            return await self._connection.one(records.invitations, request)

        async def look_up() -> Invitation | None:
            asked = wire.invitations.list_organization_invitations(
                None, organization_id=self._organization_id, invitee=draft.email
            )
            found = await self._connection.whole(records.invitations, asked)
            return next((invitation for invitation in found.items if _is_as_asked(invitation, body, roles)), None)

        try:
            invitation, found = await create_once(create, look_up, provider=wire.NAME, operation=request.operation)
        except APIError as error:
            raise await self._why_not_invited(error, draft) from error
        if found:
            mark_adopted(invitation)
        return invitation

    async def resend(self, invitation_id: str) -> None:
        """Send the message again by `CreateOrganizationInvitationMessage`; one whose answer is lost is not repeated."""
        await self.get(invitation_id)
        await self._connection.send(wire.invitations.create_organization_invitation_message(invitation_id, None))

    async def accept(self, invitation_id: str, user_id: str) -> Invitation:
        """Accept by `ReplaceOrganizationInvitationStatus`; the user's address has to be the invitation's."""
        wire.IDS.check(user_id, "user id")
        return await self._end(invitation_id, "Accepted", user_id)

    async def revoke(self, invitation_id: str) -> Invitation:
        """Revoke by `ReplaceOrganizationInvitationStatus`.

        Where somebody accepts in the same moment both can succeed, and the user be a member (facts/logto.md,
        section 7).
        """
        return await self._end(invitation_id, "Revoked", None)

    async def remove(self, invitation_id: str) -> None:
        """Delete one by `DeleteOrganizationInvitation`."""
        await self.get(invitation_id)
        await self._connection.send(wire.invitations.delete_organization_invitation(invitation_id))

    def _new(self, draft: InvitationDraft, roles: Sequence[Role]) -> CreateOrganizationInvitation:
        fields: dict[str, object] = {
            "invitee": draft.email,
            "organization_id": self._organization_id,
            "expires_at": draft.expires_at or datetime.now(UTC) + DEFAULT_EXPIRY,
            "organization_role_ids": [role.id for role in roles],
            "message_payload": MessagePayload() if draft.send else False,
        }
        if draft.inviter_id is not None:
            fields["inviter_id"] = wire.IDS.check(draft.inviter_id, "inviter id")
        return CreateOrganizationInvitation.model_validate(fields)

    async def _why_not_invited(self, error: APIError, draft: InvitationDraft) -> OrgError:
        if error.code == wire.TAKEN_CODE:
            return as_kind(ConflictError, error, "the address has a pending invitation to this organization.")
        if error.code != INVALID_INPUT:
            return error
        if error.status_code == 400:
            # Of the five this code stands for, only a past expiry is 400, and only it can be wrong of what was sent.
            return InvalidArgumentError("The invitation's expiry is not in the future by Logto's clock.")
        member = await self._members.find(email=draft.email, username=None)
        if member is not None:
            return as_kind(ConflictError, error, f"the address is that of {member.id}, who is a member already.")
        return error

    async def _end(self, invitation_id: str, status: Literal["Accepted", "Revoked"], user_id: str | None) -> Invitation:
        request = wire.invitations.replace_organization_invitation_status(invitation_id, status, user_id)
        before = await self.get(invitation_id)
        if before.status != _PENDING:
            raise conflict(f"the invitation is {before.status}: only a pending one can be changed.", request.operation)
        try:
            return await self._connection.one(records.invitations, request)
        except UnprocessableError as error:
            if error.code not in {INVALID_INPUT, None}:  # None: what it says cannot be read
                raise
            refused = error
        now = await self.get(invitation_id)
        if now.status == status.lower() and now.accepted_user_id == user_id:
            return now  # by an attempt whose answer was lost, or by somebody who asked for the same in this moment
        if now.status != _PENDING:
            message = f"the invitation is {now.status}: only a pending one can be changed."
            raise as_kind(ConflictError, refused, message) from None
        raise await self._why_not_accepted(refused, now, user_id) from None

    async def _why_not_accepted(
        self, refused: UnprocessableError, invitation: Invitation, user_id: str | None
    ) -> APIError:
        if user_id is not None:
            account = await self._accounts.get(user_id)
            if (account.email or "").casefold() != (invitation.email or "").casefold():
                message = f"the account {user_id} has another address than the invitation."
                return as_kind(ConflictError, refused, message)
        return refused


def _is_as_asked(invitation: Invitation, body: CreateOrganizationInvitation, roles: Sequence[Role]) -> bool:
    """Tell whether an invitation is the one that was to be made: no other ends in the same millisecond."""
    return (
        invitation.status == _PENDING
        and invitation.email == body.invitee
        and invitation.inviter_id == body.inviter_id
        and invitation.expires_at is not None
        and to_epoch_ms(invitation.expires_at) == to_epoch_ms(body.expires_at)
        and set(invitation.roles) == {role.name for role in roles}
    )
