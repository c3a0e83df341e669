"""Invitations in memory. No message is sent; `raw` contains the number of messages that would have been sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from orgsdk.errors import UnprocessableError
from orgsdk.providers.base import InvitationOperations
from orgsdk.providers.memory import rows
from orgsdk.providers.memory.operations import MemoryConnection, MemoryOperations, read_row
from orgsdk.providers.memory.rows import InvitationRow
from orgsdk.providers.memory.store import IDS, NAME, conflict

if TYPE_CHECKING:
    from orgsdk.domain import Invitation, InvitationDraft, InvitationQuery
    from orgsdk.pagination import Listing
    from orgsdk.providers.memory.rows import OrganizationRow, Wire

DEFAULT_EXPIRY = timedelta(days=7)
_PENDING = "pending"


class MemoryInvitations(MemoryOperations, InvitationOperations):
    """Operations on the invitations to an organization in memory."""

    def __init__(self, connection: MemoryConnection, organization_id: str | None) -> None:
        super().__init__(connection)
        self._organization_id = organization_id

    def list(self, query: InvitationQuery) -> Listing[Invitation]:
        """Describe the list of the invitations with this status and address, oldest first."""
        scope = (self._organization_id, query.status, query.email)

        def found() -> list[InvitationRow]:
            now = self._store.clock()
            return [
                row
                for row in self._organization("invitations.list").invitations.values()
                if query.status in {None, row.status(now)}
                and (query.email is None or row.email.casefold() == query.email.casefold())
            ]

        return self._listing("invitations.list", scope, found, self._wire, rows.INVITATION_READER)

    async def get(self, invitation_id: str) -> Invitation:
        """Return one invitation."""
        IDS.check(invitation_id, "invitation id")
        return await self._call("invitations.get", lambda: self._record(self._row(invitation_id, "invitations.get")))

    async def create(self, draft: InvitationDraft) -> Invitation:
        """Invite an address, for 7 days by default.

        Raises `ConflictError` if the address has a pending invitation or belongs to a member.
        """
        operation = "invitations.create"
        if draft.inviter_id is not None:
            IDS.check(draft.inviter_id, "inviter id")

        def work() -> Invitation:
            organization = self._organization(operation)
            now = self._store.clock()
            roles = self._store.roles_of(draft.roles, operation)
            if draft.inviter_id is not None and draft.inviter_id not in self._store.accounts:
                message = f"there is no account {draft.inviter_id} to invite in the name of."
                raise UnprocessableError(message, provider=NAME, operation=operation, code="unknown_account")
            self._refuse_duplicate(organization, draft.email)
            invitation_id, sequence = self._store.new_id("invitation")
            row = InvitationRow(
                id=invitation_id,
                sequence=sequence,
                created_at=now,
                organization_id=organization.id,
                email=draft.email,
                roles=roles,
                expires_at=draft.expires_at or now + DEFAULT_EXPIRY,
                inviter_id=draft.inviter_id,
                messages=int(draft.send),
            )
            organization.invitations[row.id] = row
            return self._record(row)

        return await self._call(operation, work)

    async def resend(self, invitation_id: str) -> None:
        """Count another message of a pending invitation."""
        IDS.check(invitation_id, "invitation id")

        def work() -> None:
            self._pending(invitation_id, "invitations.resend").messages += 1

        await self._call("invitations.resend", work)

    async def accept(self, invitation_id: str, user_id: str) -> Invitation:
        """Make the account with the invitation's address a member."""
        IDS.check(invitation_id, "invitation id")
        IDS.check(user_id, "user id")
        operation = "invitations.accept"

        def work() -> Invitation:
            row = self._pending(invitation_id, operation)
            account = self._store.account(user_id, operation)
            if (account.email or "").casefold() != row.email.casefold():
                raise conflict(f"the account {user_id} has another address than the invitation.", operation)
            self._store.join(self._organization(operation), account, row.roles)
            row.ended, row.accepted_user_id = "accepted", user_id
            return self._record(row)

        return await self._call(operation, work)

    async def revoke(self, invitation_id: str) -> Invitation:
        """Revoke a pending invitation."""
        IDS.check(invitation_id, "invitation id")

        def work() -> Invitation:
            row = self._pending(invitation_id, "invitations.revoke")
            row.ended = "revoked"
            return self._record(row)

        return await self._call("invitations.revoke", work)

    async def remove(self, invitation_id: str) -> None:
        """Delete an invitation."""
        IDS.check(invitation_id, "invitation id")

        def work() -> None:
            row = self._row(invitation_id, "invitations.remove")
            del self._organization("invitations.remove").invitations[row.id]

        await self._call("invitations.remove", work)

    def _organization(self, operation: str) -> OrganizationRow:
        return self._store.organization(self._organization_id, operation)

    def _row(self, invitation_id: str, operation: str) -> InvitationRow:
        return self._store.invitation(self._organization(operation), invitation_id, operation)

    def _pending(self, invitation_id: str, operation: str) -> InvitationRow:
        row = self._row(invitation_id, operation)
        status = row.status(self._store.clock())
        if status != _PENDING:
            raise conflict(f"the invitation is {status}: only a pending one can be changed.", operation)
        return row

    def _refuse_duplicate(self, organization: OrganizationRow, email: str) -> None:
        now, wanted = self._store.clock(), email.casefold()
        for row in organization.invitations.values():
            if row.email.casefold() == wanted and row.status(now) == _PENDING:
                raise conflict("the address has a pending invitation.", "invitations.create", "invited")
        holder = self._store.holder("email", email)
        if holder is not None and holder.id in organization.members:
            raise conflict(f"the address is that of {holder.id}, who is a member.", "invitations.create", "member")

    def _wire(self, row: InvitationRow) -> Wire:
        return row.wire(self._store.clock())

    def _record(self, row: InvitationRow) -> Invitation:
        return read_row(rows.INVITATION_READER, self._wire(row))
