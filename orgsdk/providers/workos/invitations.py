"""Invitations to one organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from orgsdk.providers.http import AddressInvitations, BodyReader
from orgsdk.providers.workos import models
from orgsdk.providers.workos.base import WorkOSOrganizationScope
from orgsdk.providers.workos.native.routes import REQUESTS
from orgsdk.providers.workos.records import invitation_reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import Invitation, InvitationDraft, User
    from orgsdk.transport import Request


class WorkOSInvitations(WorkOSOrganizationScope, AddressInvitations):
    """Operations on the invitations to an organization. WorkOS finds the user who accepts by the address."""

    _reader: ClassVar[BodyReader[Invitation]] = invitation_reader

    def _list_request(self, position: str | None, page_size: int, *, email: str | None = None) -> Request:
        return self._page("list_invitations", position, page_size, self._own, ("email", email))

    def _get_request(self, invitation_id: str) -> Request:
        return REQUESTS.build("get_invitation", invitation_id=invitation_id)

    def _invite_request(self, draft: InvitationDraft, roles: Sequence[str]) -> Request:
        fields = {
            "email": draft.email,
            "organization_id": self._organization_id,
            "role_slug": roles[0] if roles else None,
            "inviter_user_id": draft.inviter_id,
        }
        return REQUESTS.build("send_invitation", models.SendInvitation.of(fields))

    def _resend_request(self, invitation_id: str) -> Request:
        return REQUESTS.build("resend_invitation", models.ResendInvitation(), invitation_id=invitation_id)

    def _accept_request(self, invitation_id: str, user: User) -> Request:
        return REQUESTS.build("accept_invitation", invitation_id=invitation_id)

    def _revoke_request(self, invitation_id: str) -> Request:
        return REQUESTS.build("revoke_invitation", invitation_id=invitation_id)
