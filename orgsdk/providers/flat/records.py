"""Where the domain's fields stand on Flat's wire (facts/flat.md, Shapes)."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated

from pydantic import AliasChoices, AliasPath, BeforeValidator, Field

from orgsdk.domain import Invitation, Record, RecordReader, Role, User


def _as_roles(role: object) -> tuple[object, ...]:
    return () if role is None else (role,)


# Flat gives each member one role.
OneRole = Annotated[tuple[str, ...], BeforeValidator(_as_roles)]


class FlatUser(User):
    """A user as Flat's lists show them."""

    name: str | None = Field(None, validation_alias=AliasChoices("printableName", "name"))
    given_name: str | None = Field(None, validation_alias="firstname")
    family_name: str | None = Field(None, validation_alias="lastname")
    picture_url: str | None = Field(None, validation_alias="picture")
    roles: OneRole = Field((), validation_alias="organizationRole")
    last_active_at: datetime | None = Field(None, validation_alias="lastActivityDate")


def _as_status(used_by: object) -> str:
    return "accepted" if used_by else "pending"


class FlatInvitation(Invitation):
    """An invitation. Flat knows no status: one is used when `usedBy` is not empty."""

    status: Annotated[str, BeforeValidator(_as_status)] = Field("pending", validation_alias="usedBy")
    roles: OneRole = Field((), validation_alias="organizationRole")
    organization_id: str | None = Field(None, validation_alias="organization")
    inviter_id: str | None = Field(None, validation_alias="invitedBy")
    accepted_user_id: str | None = Field(None, validation_alias=AliasPath("usedBy", 0))
    url: str | None = Field(None, validation_alias="htmlUrl")
    created_at: datetime | None = Field(None, validation_alias="creationDate")


class FlatAccount(Record):
    """The account that the token belongs to, as `GET /me` shows it; of its organization only the id is told."""

    id: str
    organization_id: str | None = Field(None, validation_alias="organization")


user_reader: RecordReader[User] = RecordReader(FlatUser)
invitation_reader: RecordReader[Invitation] = RecordReader(FlatInvitation)
account_reader: RecordReader[FlatAccount] = RecordReader(FlatAccount)


@cache
def all_roles() -> tuple[Role, ...]:
    """Give the four roles that Flat has; they can be neither made nor changed (facts/flat.md, Shapes)."""
    # When asked for: to make the first takes as long as a tenth of importing all of orgsdk.
    return (
        Role(id="user", name="user", description="Student, or another member who administers nothing"),
        Role(id="teacher", name="teacher", description="Teacher"),
        Role(id="admin", name="admin", description="Administrator"),
        Role(id="accountAdmin", name="accountAdmin", description="Administrator of the account"),
    )


def role_named(name: str) -> Role:
    """Give the role of that name: one of the four, or one that this version of orgsdk has never heard of."""
    return next((role for role in all_roles() if role.name == name), Role(id=name, name=name))
