"""Where the domain's fields stand on Logto's wire (facts/logto.md, section 5). Times there are epoch milliseconds."""

from __future__ import annotations

import json
from datetime import datetime
from operator import itemgetter
from typing import Annotated, TypeVar

from pydantic import AliasPath, BeforeValidator, Field, GetPydanticSchema, JsonValue
from pydantic_core import core_schema

from orgsdk.domain import Invitation, Organization, Record, RecordReader, Role, User

RecordT = TypeVar("RecordT", bound=Record)


def _names_schema(_source: object, _handler: object) -> core_schema.CoreSchema:
    """Give the schema of what stands as a list of objects on the wire and is the names of these in the domain.

    All of it runs within pydantic's core: a function of Python's own would be called for every user, and would be
    handed every object whole.
    """
    named = core_schema.typed_dict_schema({"name": core_schema.typed_dict_field(core_schema.str_schema())})
    text = core_schema.simple_ser_schema("str")
    name = core_schema.no_info_after_validator_function(itemgetter("name"), named, serialization=text)
    nothing = core_schema.no_info_after_validator_function(_no_names, core_schema.none_schema())
    return core_schema.union_schema([core_schema.tuple_variable_schema(name), nothing], mode="left_to_right")


def _no_names(_null: None) -> tuple[str, ...]:
    return ()


def _lower_case(word: object) -> object:
    return word.lower() if isinstance(word, str) else word


def _text_or_none(value: object) -> str | None:
    # Anybody may have written anything there: it is no reason to refuse a page of users.
    return value if isinstance(value, str) and value else None


# The key in an account's custom data that holds the person's id in another system: Logto has no field for it.
EXTERNAL_ID = "externalId"

Names = Annotated[tuple[str, ...], GetPydanticSchema(_names_schema)]
ExternalId = Annotated[str | None, BeforeValidator(_text_or_none)]


class LogtoUser(User):
    """A user as the lists of an organization show them; one read as an account has no roles."""

    external_id: ExternalId = Field(None, validation_alias=AliasPath("customData", EXTERNAL_ID))
    email: str | None = Field(None, validation_alias="primaryEmail")
    phone: str | None = Field(None, validation_alias="primaryPhone")
    given_name: str | None = Field(None, validation_alias=AliasPath("profile", "givenName"))
    family_name: str | None = Field(None, validation_alias=AliasPath("profile", "familyName"))
    picture_url: str | None = Field(None, validation_alias="avatar")
    roles: Names = Field((), validation_alias="organizationRoles")
    is_suspended: bool | None = Field(None, validation_alias="isSuspended")
    created_at: datetime | None = Field(None, validation_alias="createdAt")
    last_active_at: datetime | None = Field(None, validation_alias="lastSignInAt")


class LogtoOrganization(Organization):
    """An organization of the tenant."""

    created_at: datetime | None = Field(None, validation_alias="createdAt")


class LogtoRole(Role):
    """An organization role of the tenant."""

    kind: str | None = Field(None, validation_alias="type")
    scopes: Names | None = None


class LogtoInvitation(Invitation):
    """An invitation to an organization; its status is Logto's word in lower case."""

    email: str | None = Field(None, validation_alias="invitee")
    status: Annotated[str, BeforeValidator(_lower_case)]
    roles: Names = Field((), validation_alias="organizationRoles")
    organization_id: str | None = Field(None, validation_alias="organizationId")
    inviter_id: str | None = Field(None, validation_alias="inviterId")
    accepted_user_id: str | None = Field(None, validation_alias="acceptedUserId")
    created_at: datetime | None = Field(None, validation_alias="createdAt")
    expires_at: datetime | None = Field(None, validation_alias="expiresAt")


def with_raw(reader: RecordReader[RecordT], record: RecordT, **fields: JsonValue) -> RecordT:
    """Give a record anew, of its own JSON with these fields of it as they are now known to be."""
    return reader.one(json.dumps({**record.raw, **fields}).encode())


users: RecordReader[User] = RecordReader(LogtoUser)
organizations: RecordReader[Organization] = RecordReader(LogtoOrganization)
roles: RecordReader[Role] = RecordReader(LogtoRole)
invitations: RecordReader[Invitation] = RecordReader(LogtoInvitation)
