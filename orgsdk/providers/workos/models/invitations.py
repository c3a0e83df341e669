"""Wire models of invitations."""

from __future__ import annotations

from orgsdk.providers.http.secrets import HiddenSecret
from orgsdk.providers.workos.models.base import UNSENT, Time, WorkOSBody, WorkOSResponseModel


class WorkOSInvitation(WorkOSResponseModel):
    """An invitation to the environment or to an organization. Its token and link are secrets.

    Attributes:
        id: Id.
        email: The invited address.
        state: ``"pending"``, ``"accepted"``, ``"expired"`` or ``"revoked"``.
        accepted_at: When it was accepted.
        revoked_at: When it was revoked.
        expires_at: When it expires.
        organization_id: Id of the organization. None for an invitation to the environment.
        inviter_user_id: Id of the user who invited.
        accepted_user_id: Id of the user who accepted.
        role_slug: Slug of the role that the new member gets.
        created_at: When it was created.
        updated_at: When it was last changed.
        token: The token that accepts the invitation.
        accept_invitation_url: The link with the token.
    """

    id: str
    email: str | None = None
    state: str | None = None
    accepted_at: Time = None
    revoked_at: Time = None
    expires_at: Time = None
    organization_id: str | None = None
    inviter_user_id: str | None = None
    accepted_user_id: str | None = None
    role_slug: str | None = None
    created_at: Time = None
    updated_at: Time = None
    token: HiddenSecret | None = None
    accept_invitation_url: HiddenSecret | None = None


class SendInvitation(WorkOSBody):
    """Request body that invites an address. WorkOS always sends a message.

    Attributes:
        email: The address.
        organization_id: Id of the organization. Without one, the invitation is to the environment.
        role_slug: Slug of the role.
        expires_in_days: Days until it expires, 1 to 30. Default 7.
        inviter_user_id: Id of the user who invites.
        locale: Language of the message.
    """

    email: str
    organization_id: str = UNSENT
    role_slug: str = UNSENT
    expires_in_days: int = UNSENT
    inviter_user_id: str = UNSENT
    locale: str = UNSENT


class ResendInvitation(WorkOSBody):
    """Request body that sends the message of an invitation again.

    Attributes:
        locale: Language of the message.
    """

    locale: str = UNSENT
