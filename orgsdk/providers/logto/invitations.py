"""Invitations to one Logto organization, and adoption of an invitation after a lost create."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from orgsdk.errors import APIError, ConflictError, InvalidArgumentError, OrgError, UnprocessableError
from orgsdk.providers.base import InvitationOperations
from orgsdk.providers.http.bodies import build_body
from orgsdk.providers.http.invitation_checks import (
    PENDING,
    check_organization_of,
    check_pending,
    filter_invitations,
    not_pending_message,
)
from orgsdk.providers.http.list_checks import fetch_whole
from orgsdk.providers.http.lists import describe_list
from orgsdk.providers.http.operations import HTTPOperations
from orgsdk.providers.logto import models, requests
from orgsdk.providers.logto.errors import (
    ALREADY_EXISTS_CODE,
    INVALID_INPUT_CODE,
    convert_error,
)
from orgsdk.providers.logto.records import invitation_reader

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from orgsdk.domain import Invitation, InvitationDraft, InvitationQuery, Role
    from orgsdk.pagination import Listing
    from orgsdk.providers.http.connection import HTTPConnection
    from orgsdk.providers.logto.accounts import LogtoAccounts
    from orgsdk.providers.logto.roles import LogtoRoles
    from orgsdk.providers.logto.users import LogtoUsers

# Logto has no default: a request needs an expiry.
DEFAULT_EXPIRY = timedelta(days=7)


class LogtoInvitations(HTTPOperations, InvitationOperations):
    """Operations on the invitations to the organization `organization_id`. Other invitations are not found."""

    def __init__(
        self,
        connection: HTTPConnection,
        *,
        roles: LogtoRoles,
        members: LogtoUsers,
        accounts: LogtoAccounts,
        organization_id: str,
    ) -> None:
        super().__init__(connection)
        self._roles = roles
        self._members = members
        self._accounts = accounts
        self._organization_id = organization_id

    def list(self, query: InvitationQuery) -> Listing[Invitation]:
        """Describe `ListOrganizationInvitations`: one page with all invitations, newest first.

        A status is filtered here. An empty response costs one more request, to check the organization.
        """

        async def read() -> Sequence[Invitation]:
            request = requests.invitations.list_organization_invitations(
                organization_id=self._organization_id, invitee=query.email
            )
            found = await self._connection.read(request, invitation_reader.many)
            if not found:
                await self._connection.send(requests.organizations.get_organization(self._organization_id))
            return found

        return describe_list(
            provider=requests.NAME,
            name="invitations.list",
            scope=(self._organization_id, query.status, query.email),
            max_page_size=requests.MAX_PAGE_SIZE,
            fetch=fetch_whole(read, filter_invitations(replace(query, email=None))),
        )

    async def get(self, invitation_id: str) -> Invitation:
        """Return one invitation by `GetOrganizationInvitation`."""
        request = requests.invitations.get_organization_invitation(invitation_id)
        found = await self._connection.read_one(request, invitation_reader)
        name, operation = requests.NAME, request.operation
        return check_organization_of(found, self._organization_id, provider=name, operation=operation)

    async def create(self, draft: InvitationDraft) -> Invitation:
        """Create an invitation by `CreateOrganizationInvitation`, or adopt it after a lost response.

        The expiry is 7 days if the draft has none. The pending invitation with the same address, roles and expiry is
        adopted.
        """
        connection = self._connection.within_timeout()
        roles = await self._roles.resolve_for_users(draft.roles)
        body = self._creation_body(draft, roles)
        request = requests.invitations.create_organization_invitation(body)

        async def look_up() -> Invitation | None:
            search = requests.invitations.list_organization_invitations(
                organization_id=self._organization_id, invitee=draft.email
            )
            found = await connection.read_whole(search, invitation_reader)
            return next((invitation for invitation in found.items if _is_as_created(invitation, body, roles)), None)

        try:
            return await connection.create_or_adopt(request, invitation_reader, look_up)
        except APIError as error:
            raise await self._explain_refused_create(error, draft) from error

    async def resend(self, invitation_id: str) -> None:
        """Send the message again by `CreateOrganizationInvitationMessage`. A lost response is not retried."""
        await self.get(invitation_id)
        await self._connection.send(
            requests.invitations.create_organization_invitation_message(invitation_id, models.MessagePayload())
        )

    async def accept(self, invitation_id: str, user_id: str) -> Invitation:
        """Accept by `ReplaceOrganizationInvitationStatus`, for a user with the invited e-mail address."""
        requests.IDS.check(user_id, "user id")
        return await self._set_status(invitation_id, "Accepted", user_id)

    async def revoke(self, invitation_id: str) -> Invitation:
        """Revoke by `ReplaceOrganizationInvitationStatus`.

        If a user accepts at the same moment, both can succeed, and the user is a member (facts/logto.md, section 7).
        """
        return await self._set_status(invitation_id, "Revoked", None)

    async def remove(self, invitation_id: str) -> None:
        """Delete an invitation by `DeleteOrganizationInvitation`."""
        await self.get(invitation_id)
        await self._connection.send(requests.invitations.delete_organization_invitation(invitation_id))

    def _creation_body(self, draft: InvitationDraft, roles: Sequence[Role]) -> models.CreateOrganizationInvitation:
        fields: dict[str, object] = {
            "invitee": draft.email,
            "organization_id": self._organization_id,
            "expires_at": draft.expires_at or datetime.now(UTC) + DEFAULT_EXPIRY,
            "organization_role_ids": [role.id for role in roles],
            "message_payload": models.MessagePayload() if draft.send else False,
        }
        if draft.inviter_id is not None:
            fields["inviter_id"] = requests.IDS.check(draft.inviter_id, "inviter id")
        return build_body(models.CreateOrganizationInvitation, None, fields)

    async def _explain_refused_create(self, error: APIError, draft: InvitationDraft) -> OrgError:
        if error.code == ALREADY_EXISTS_CODE:
            message = "the address has a pending invitation to this organization. Resend or revoke that one."
            return convert_error(ConflictError, error, message)
        if error.code != INVALID_INPUT_CODE:
            return error
        if error.status_code == 400:
            # Of the five errors with this code only a past expiry is 400.
            return InvalidArgumentError(
                "The invitation's expiry is not in the future by Logto's clock. Pass a later one."
            )
        member = await self._members.find(email=draft.email, username=None)
        if member is not None:
            return convert_error(ConflictError, error, f"the address belongs to {member.id}, who is already a member.")
        return error

    async def _set_status(
        self, invitation_id: str, status: Literal["Accepted", "Revoked"], user_id: str | None
    ) -> Invitation:
        request = requests.invitations.replace_organization_invitation_status(invitation_id, status, user_id)
        check_pending(await self.get(invitation_id), provider=requests.NAME, operation=request.operation)
        try:
            return await self._connection.read_one(request, invitation_reader)
        except OrgError as error:
            # None: the body of the error cannot be read.
            is_refused = isinstance(error, UnprocessableError) and error.code in {INVALID_INPUT_CODE, None}
            if not is_refused and not error.may_have_happened:
                raise
            failed = error
        try:
            after = await self.get(invitation_id)
        except OrgError as unreadable:
            raise failed from unreadable
        if after.status == status.lower() and after.accepted_user_id == user_id:
            return after  # changed by an attempt whose response was lost, or by another caller at the same moment
        if not isinstance(failed, UnprocessableError):
            raise failed  # lost, and not carried out so far: it may still arrive
        if after.status != PENDING:
            raise convert_error(ConflictError, failed, not_pending_message(after)) from None
        raise await self._explain_refused_accept(failed, after, user_id) from None

    async def _explain_refused_accept(
        self, refused: UnprocessableError, invitation: Invitation, user_id: str | None
    ) -> APIError:
        if user_id is not None:
            account = await self._accounts.get(user_id)
            if (account.email or "").casefold() != (invitation.email or "").casefold():
                message = f"the account {user_id} has another e-mail address than the invitation."
                return convert_error(ConflictError, refused, message)
        return refused


def _is_as_created(invitation: Invitation, body: models.CreateOrganizationInvitation, roles: Sequence[Role]) -> bool:
    """Return whether an invitation is the one of this body: it expires in the same millisecond."""
    from orgsdk.providers.logto.models.base import to_epoch_ms  # loaded with the body

    return (
        invitation.status == PENDING
        and invitation.email == body.invitee
        and invitation.inviter_id == body.inviter_id
        and invitation.expires_at is not None
        and to_epoch_ms(invitation.expires_at) == to_epoch_ms(body.expires_at)
        and set(invitation.roles) == {role.name for role in roles}
    )
