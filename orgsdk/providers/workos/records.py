"""The domain's fields as aliases of WorkOS' JSON (facts/workos.md, section 7)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, cast

from pydantic import AliasChoices, AliasPath, BeforeValidator, Field

from orgsdk.domain import Invitation, Organization, Role, User
from orgsdk.providers.http import EnvelopeReader

if TYPE_CHECKING:
    from collections.abc import Sequence


def _as_slugs(roles: object) -> list[str]:
    """Return the slugs of one role, or of several, in the one order that all records have."""
    found = cast("Sequence[object]", roles if isinstance(roles, (list, tuple)) else (roles,))
    slugs = [cast("dict[str, object]", role).get("slug") if isinstance(role, dict) else role for role in found]
    return sorted(slug for slug in slugs if isinstance(slug, str))


def _as_suspended(status: object) -> object:
    """Return None for a pending membership, whose user is no member yet."""
    return (None if status == "pending" else status == "inactive") if isinstance(status, str) else status


Slugs = Annotated[tuple[str, ...], BeforeValidator(_as_slugs)]


class WorkOSAccount(User):
    """A user of the environment, who has no roles outside of organizations."""

    given_name: str | None = Field(None, validation_alias="first_name")
    family_name: str | None = Field(None, validation_alias="last_name")
    picture_url: str | None = Field(None, validation_alias="profile_picture_url")
    last_active_at: datetime | None = Field(None, validation_alias="last_sign_in_at")


class WorkOSMember(User):
    """A membership with its user. An inactive one is a suspended member."""

    id: str = Field(validation_alias=AliasChoices(AliasPath("user", "id"), "user_id"))
    external_id: str | None = Field(None, validation_alias=AliasPath("user", "external_id"))
    email: str | None = Field(None, validation_alias=AliasPath("user", "email"))
    name: str | None = Field(None, validation_alias=AliasPath("user", "name"))
    given_name: str | None = Field(None, validation_alias=AliasPath("user", "first_name"))
    family_name: str | None = Field(None, validation_alias=AliasPath("user", "last_name"))
    locale: str | None = Field(None, validation_alias=AliasPath("user", "locale"))
    picture_url: str | None = Field(None, validation_alias=AliasPath("user", "profile_picture_url"))
    # Older servers send `role` alone.
    roles: Slugs = Field((), validation_alias=AliasChoices("roles", "role"))
    is_suspended: Annotated[bool | None, BeforeValidator(_as_suspended)] = Field(None, validation_alias="status")
    created_at: datetime | None = Field(None, validation_alias=AliasPath("user", "created_at"))
    last_active_at: datetime | None = Field(None, validation_alias=AliasPath("user", "last_sign_in_at"))


class WorkOSOrganizationOfUser(Organization):
    """The organization of a membership, with the membership as its JSON."""

    id: str = Field(validation_alias="organization_id")
    name: str | None = Field(None, validation_alias="organization_name")
    created_at: datetime | None = Field(None, validation_alias=AliasPath("organization", "created_at"))


class WorkOSRoleRecord(Role):
    """A role. Its name is the slug, which memberships have and which never changes."""

    name: str = Field(validation_alias="slug")
    kind: str | None = Field(None, validation_alias="type")
    scopes: tuple[str, ...] | None = Field(None, validation_alias="permissions")


class WorkOSInvitationRecord(Invitation):
    """An invitation. Its link is a secret: no repr shows it."""

    status: str = Field(validation_alias="state")
    roles: Slugs = Field((), validation_alias="role_slug")
    inviter_id: str | None = Field(None, validation_alias="inviter_user_id")
    url: str | None = Field(None, validation_alias="accept_invitation_url", repr=False)


account_reader: EnvelopeReader[User] = EnvelopeReader(WorkOSAccount)
member_reader: EnvelopeReader[User] = EnvelopeReader(WorkOSMember)
organization_reader: EnvelopeReader[Organization] = EnvelopeReader(Organization)
organization_of_user_reader: EnvelopeReader[Organization] = EnvelopeReader(WorkOSOrganizationOfUser)
role_reader: EnvelopeReader[Role] = EnvelopeReader(WorkOSRoleRecord)
invitation_reader: EnvelopeReader[Invitation] = EnvelopeReader(WorkOSInvitationRecord)


def with_user(member: User, user: User) -> User:
    """Return a member with the fields of a user, or of another member: older servers leave them out."""
    fields = {**member.raw, "user": user.raw.get("user", user.raw)}
    return member_reader.one(json.dumps(fields).encode())
