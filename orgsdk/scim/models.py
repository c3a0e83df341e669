"""The schemas that a gateway announces: SCIM's User and Group, cut to what the provider can hold."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, cast

from pydantic import Field
from scim2_models import (
    URN,
    CaseExact,
    ComplexAttribute,
    Mutability,
    Reference,
    Required,
    Resource,
    Returned,
    Uniqueness,
    User,
)
from scim2_models.resources.user import GroupMembership

from orgsdk.domain import Capability, fields_to_create, fields_to_update

USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"


class Name(ComplexAttribute):
    """The parts of a user's name."""

    given_name: str | None = None
    family_name: str | None = None


class Email(ComplexAttribute):
    """An e-mail address. Any text is accepted in filters: a type for addresses would refuse a made-up one there."""

    value: str | None = None
    type: str | None = None
    primary: bool | None = None


class PhoneNumber(ComplexAttribute):
    """A telephone number."""

    value: str | None = None
    type: str | None = None
    primary: bool | None = None


if TYPE_CHECKING:
    UserReference: TypeAlias = Reference[Any]
else:
    # The library's user is generic, and a schema names it without its extension.
    UserReference = Reference[User]


class GroupMember(ComplexAttribute):
    """A member of a group."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[UserReference | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])


class RequiredEmail(Email):
    """An e-mail address where each user has one."""

    value: Annotated[str | None, Required.true] = None


def stored_fields(capabilities: Collection[Capability]) -> frozenset[str]:
    """Return the user fields that a provider accepts in a create, and returns and accepts in an update.

    Args:
        capabilities: The provider's capabilities.

    Returns:
        Names of fields, such as ``phone``.
    """
    return frozenset(fields_to_create(capabilities)) & frozenset(fields_to_update(capabilities))


@lru_cache(maxsize=64)
def build_user_model(capabilities: frozenset[Capability]) -> type[Resource[Any]]:
    """Return the model of a user at a provider. An attribute that it cannot hold is not declared.

    Args:
        capabilities: The provider's capabilities.

    Returns:
        The model.
    """
    stored = stored_fields(capabilities)
    fields: dict[str, object] = {"user_name": Annotated[str | None, Uniqueness.server, Required.true]}
    if {"given_name", "family_name"} & stored:
        fields["name"] = Name | None
    if "name" in stored:
        fields["display_name"] = str | None
    # Without usernames, an account is its address.
    has_usernames = Capability.USERS_USERNAME in capabilities
    fields["emails"] = list[Email] | None if has_usernames else Annotated[list[RequiredEmail] | None, Required.true]
    if "phone" in stored:
        fields["phone_numbers"] = list[PhoneNumber] | None
    if "locale" in stored:
        fields["locale"] = str | None
    fields["active"] = bool | None
    if Capability.USERS_PASSWORD in capabilities:
        fields["password"] = Annotated[str | None, Mutability.write_only, Returned.never]
    fields["groups"] = Annotated[list[GroupMembership] | None, Mutability.read_only]
    return _build_model("User", USER_SCHEMA, "A member of the organization", fields)


@lru_cache(maxsize=1)
def build_group_model() -> type[Resource[Any]]:
    """Return the model of a group, which is a role of the provider."""
    fields: dict[str, object] = {
        "display_name": Annotated[str | None, Uniqueness.server, Required.true],
        "members": list[GroupMember] | None,
    }
    return _build_model("Group", GROUP_SCHEMA, "A role of the organization's members", fields)


def _build_model(name: str, schema: str, description: str, fields: dict[str, object]) -> type[Resource[Any]]:
    namespace: dict[str, object] = {
        "__module__": __name__,
        "__qualname__": name,
        "__doc__": description,
        "__schema__": URN(schema),
        "__annotations__": fields,
        **dict.fromkeys(fields),
    }
    return cast("type[Resource[Any]]", type(name, (Resource[Any],), namespace))
