"""Records: the domain's fields as aliases of Logto's JSON (facts/logto.md, section 5). Times are epoch milliseconds."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import AliasPath, BeforeValidator, ConfigDict, Field, GetPydanticSchema, JsonValue
from pydantic_core import core_schema

from orgsdk.domain import Invitation, Organization, Record, RecordReader, Role, User

if TYPE_CHECKING:
    from collections.abc import Sequence

RecordT = TypeVar("RecordT", bound=Record)


def _names_schema(_source: object, _handler: object) -> core_schema.CoreSchema:
    """Return the schema that reads a list of objects as a tuple of their names. A record's own dump has names.

    It runs in pydantic's core. A Python validator would be called for every user, with whole objects.
    """
    named = core_schema.typed_dict_schema({"name": core_schema.typed_dict_field(core_schema.str_schema())})
    text = core_schema.simple_ser_schema("str")
    name = core_schema.no_info_after_validator_function(itemgetter("name"), named, serialization=text)
    nothing = core_schema.no_info_after_validator_function(_no_names, core_schema.none_schema())
    names = core_schema.no_info_after_validator_function(_shared_in_order, core_schema.tuple_variable_schema(name))
    dumped = core_schema.tuple_variable_schema(core_schema.str_schema())
    return core_schema.union_schema([names, nothing, dumped], mode="left_to_right")


def in_order(names: Sequence[str]) -> tuple[str, ...]:
    """Return names in the one order that all records have. Logto's change places (facts/logto.md, section 0)."""
    return tuple(sorted(names))


# This runs for every user, in C if the names are known. Users of the same roles share one tuple.
_shared_in_order = lru_cache(maxsize=1024)(in_order)


def _no_names(_null: None) -> tuple[str, ...]:
    return ()


def _lower_case(word: object) -> object:
    return word.lower() if isinstance(word, str) else word


def _text_or_none(value: object) -> str | None:
    # Applications write any JSON there. A value of another type must not make the whole page fail.
    return value if isinstance(value, str) and value else None


# Logto has no field for an external id. It is stored under this key in the account's custom data.
EXTERNAL_ID = "externalId"

# pydantic's core reads times: a Python validator would take 8 % of the parsing of a user.
_IN_MILLISECONDS = ConfigDict(val_temporal_unit="milliseconds")

Time = datetime | None
Names = Annotated[tuple[str, ...], GetPydanticSchema(_names_schema)]
ExternalId = Annotated[str | None, BeforeValidator(_text_or_none)]


class LogtoUser(User):
    """A member of an organization, or an account, which has no roles."""

    model_config = _IN_MILLISECONDS

    external_id: ExternalId = Field(None, validation_alias=AliasPath("customData", EXTERNAL_ID))
    email: str | None = Field(None, validation_alias="primaryEmail")
    phone: str | None = Field(None, validation_alias="primaryPhone")
    given_name: str | None = Field(None, validation_alias=AliasPath("profile", "givenName"))
    family_name: str | None = Field(None, validation_alias=AliasPath("profile", "familyName"))
    locale: str | None = Field(None, validation_alias=AliasPath("profile", "locale"))
    picture_url: str | None = Field(None, validation_alias="avatar")
    roles: Names = Field((), validation_alias="organizationRoles")
    is_suspended: bool | None = Field(None, validation_alias="isSuspended")
    created_at: Time = Field(None, validation_alias="createdAt")
    last_active_at: Time = Field(None, validation_alias="lastSignInAt")


class LogtoOrganization(Organization):
    """An organization of the tenant."""

    model_config = _IN_MILLISECONDS

    created_at: Time = Field(None, validation_alias="createdAt")


class LogtoRole(Role):
    """An organization role of the tenant."""

    kind: str | None = Field(None, validation_alias="type")
    scopes: Names | None = None


class LogtoInvitation(Invitation):
    """An invitation to an organization. Its status is Logto's status in lower case."""

    model_config = _IN_MILLISECONDS

    email: str | None = Field(None, validation_alias="invitee")
    status: Annotated[str, BeforeValidator(_lower_case)]
    roles: Names = Field((), validation_alias="organizationRoles")
    organization_id: str | None = Field(None, validation_alias="organizationId")
    inviter_id: str | None = Field(None, validation_alias="inviterId")
    accepted_user_id: str | None = Field(None, validation_alias="acceptedUserId")
    created_at: Time = Field(None, validation_alias="createdAt")
    expires_at: Time = Field(None, validation_alias="expiresAt")


def with_raw(reader: RecordReader[RecordT], record: RecordT, **fields: JsonValue) -> RecordT:
    """Return the record with these fields of its JSON replaced."""
    return reader.one(json.dumps({**record.raw, **fields}).encode())


user_reader: RecordReader[User] = RecordReader(LogtoUser)
organization_reader: RecordReader[Organization] = RecordReader(LogtoOrganization)
role_reader: RecordReader[Role] = RecordReader(LogtoRole)
invitation_reader: RecordReader[Invitation] = RecordReader(LogtoInvitation)
