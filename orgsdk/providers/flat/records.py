"""The domain's fields as aliases of Flat's JSON (facts/flat.md, Shapes)."""

from __future__ import annotations

from datetime import datetime
from operator import methodcaller
from typing import Annotated

from pydantic import AliasChoices, AliasPath, BeforeValidator, ConfigDict, Field, GetPydanticSchema, TypeAdapter
from pydantic_core import core_schema

from orgsdk.domain import Invitation, Record, RecordReader, User


def _one_role_schema(_source: object, _handler: object) -> core_schema.CoreSchema:
    """Return the schema that reads a member's one role as a tuple. A record's own dump has a list.

    It runs in C: a Python validator would be called for every user. A text is split zero times, which returns a list
    with the text.
    """
    listed = core_schema.no_info_after_validator_function(methodcaller("split", "\n", 0), core_schema.str_schema())
    role = core_schema.no_info_after_validator_function(tuple, listed)
    nothing = core_schema.no_info_after_validator_function(_no_roles, core_schema.none_schema())
    dumped = core_schema.tuple_variable_schema(core_schema.str_schema())
    as_it_is = core_schema.simple_ser_schema("any")
    return core_schema.union_schema([role, nothing, dumped], mode="left_to_right", serialization=as_it_is)


def _no_roles(_null: None) -> tuple[str, ...]:
    return ()


# A member of an organization at Flat has exactly one role.
OneRole = Annotated[tuple[str, ...], GetPydanticSchema(_one_role_schema)]


class FlatUser(User):
    """A user of an organization, as in Flat's lists of users."""

    name: str | None = Field(None, validation_alias=AliasChoices("printableName", "name"))
    given_name: str | None = Field(None, validation_alias="firstname")
    family_name: str | None = Field(None, validation_alias="lastname")
    picture_url: str | None = Field(None, validation_alias="picture")
    roles: OneRole = Field((), validation_alias="organizationRole")
    last_active_at: datetime | None = Field(None, validation_alias="lastActivityDate")


def _as_status(used_by: object) -> str:
    # Flat sends the ids of users, a record's own dump the status.
    if used_by == "pending":
        return "pending"
    return "accepted" if used_by else "pending"


class FlatInvitation(Invitation):
    """An invitation. Flat has no status: an invitation is accepted if `usedBy` is not empty."""

    status: Annotated[str, BeforeValidator(_as_status)] = Field("pending", validation_alias="usedBy")
    roles: OneRole = Field((), validation_alias="organizationRole")
    organization_id: str | None = Field(None, validation_alias="organization")
    inviter_id: str | None = Field(None, validation_alias="invitedBy")
    accepted_user_id: str | None = Field(None, validation_alias=AliasPath("usedBy", 0))
    url: str | None = Field(None, validation_alias="htmlUrl")
    created_at: datetime | None = Field(None, validation_alias="creationDate")


class FlatAccount(Record):
    """The account that the token belongs to, from `GET /me`, which has only the id of its organization."""

    id: str
    organization_id: str | None = Field(None, validation_alias="organization")


# Built on first use, to keep the import light.
_COUNT: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=0, lt=10**15)], config=ConfigDict(defer_build=True))


def read_count(content: bytes) -> int:
    """Read a count, which is a bare JSON integer (facts/flat.md, Operations)."""
    return _COUNT.validate_json(content, strict=True)


user_reader: RecordReader[User] = RecordReader(FlatUser)
invitation_reader: RecordReader[Invitation] = RecordReader(FlatInvitation)
account_reader: RecordReader[FlatAccount] = RecordReader(FlatAccount)
