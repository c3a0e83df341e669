"""The invitation: an address that was asked to join an organization."""

from __future__ import annotations

from datetime import datetime

from orgsdk.domain.record import Record


class Invitation(Record):
    """An invitation as its provider keeps it.

    `status` is `"pending"`, `"accepted"`, `"expired"`, `"revoked"`, or whatever new word the provider has for
    it. `roles` are the names of the roles that the invited person will hold. `expires_at` is None where
    invitations do not expire, `url` where the provider gives no link to pass on. `changed_member` is True where
    no invitation went out, because the address is a member's, who was given the role instead (Flat). Times are in
    UTC.
    """

    id: str
    email: str | None = None
    status: str
    roles: tuple[str, ...] = ()
    organization_id: str | None = None
    inviter_id: str | None = None
    accepted_user_id: str | None = None
    url: str | None = None
    created_at: datetime | None = None
    expires_at: datetime | None = None
    changed_member: bool = False
