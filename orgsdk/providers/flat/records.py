"""Where the domain's fields stand on Flat's wire (facts/flat.md, Shapes)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field

from orgsdk.domain import Record, RecordReader, Role, User


def _as_roles(role: object) -> tuple[object, ...]:
    return () if role is None else (role,)


class FlatUser(User):
    """A user as Flat's lists show them."""

    name: str | None = Field(None, validation_alias=AliasChoices("printableName", "name"))
    given_name: str | None = Field(None, validation_alias="firstname")
    family_name: str | None = Field(None, validation_alias="lastname")
    picture_url: str | None = Field(None, validation_alias="picture")
    # Flat gives each member one role.
    roles: Annotated[tuple[str, ...], BeforeValidator(_as_roles)] = Field((), validation_alias="organizationRole")
    last_active_at: datetime | None = Field(None, validation_alias="lastActivityDate")


class FlatAccount(Record):
    """The account that the token belongs to, as `GET /me` shows it; of its organization only the id is told."""

    organization_id: str | None = Field(None, validation_alias="organization")


users: RecordReader[User] = RecordReader(FlatUser)
accounts: RecordReader[FlatAccount] = RecordReader(FlatAccount)

# Flat has these four and no others (facts/flat.md, Shapes); they can be neither made nor changed.
ROLES = (
    Role(id="user", name="user", description="Student, or another member who administers nothing"),
    Role(id="teacher", name="teacher", description="Teacher"),
    Role(id="admin", name="admin", description="Administrator"),
    Role(id="accountAdmin", name="accountAdmin", description="Administrator of the account"),
)
