"""The domain's fields as aliases of SCIM's JSON, and SCIM's attributes of the domain's fields (RFC 7643, section 4)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, cast

from pydantic import AliasPath, Field, model_validator

from orgsdk.domain import UNSET, USER_FIELDS, Role, User
from orgsdk.providers.http import EnvelopeReader, PrimaryOf

if TYPE_CHECKING:
    from pydantic import JsonValue

    from orgsdk.domain import Record, UserChanges, UserDraft

# Attributes with one value, by the names of the domain's fields.
SINGLE = {
    "external_id": "externalId",
    "username": "userName",
    "name": "displayName",
    "given_name": "name.givenName",
    "family_name": "name.familyName",
    "locale": "locale",
}
# Attributes with several values, of which the domain has the primary one.
SEVERAL = {"email": "emails", "phone": "phoneNumbers"}


class SCIMUser(User):
    """A user. Its roles are the groups that the server has in the user, if it has any there."""

    external_id: str | None = Field(None, validation_alias="externalId")
    username: str | None = Field(None, validation_alias="userName")
    email: Annotated[str | None, PrimaryOf()] = Field(None, validation_alias="emails")
    phone: Annotated[str | None, PrimaryOf()] = Field(None, validation_alias="phoneNumbers")
    name: str | None = Field(None, validation_alias="displayName")
    picture_url: Annotated[str | None, PrimaryOf()] = Field(None, validation_alias="photos")
    created_at: datetime | None = Field(None, validation_alias=AliasPath("meta", "created"))

    @model_validator(mode="before")
    @classmethod
    def _rename(cls, data: Any) -> Any:
        """Move the attributes whose names are those of other fields of the domain, or their opposite."""
        if not isinstance(data, dict) or "username" in data:  # a dump of this model
            return cast("object", data)
        data = {**cast("dict[str, Any]", data)}
        name, active = data.pop("name", None), data.pop("active", None)
        names = cast("dict[str, Any]", name if isinstance(name, dict) else {})
        data["given_name"], data["family_name"] = names.get("givenName"), names.get("familyName")
        if active is not None:  # Entra and others write a text (facts/scim.md, section 2)
            data["is_suspended"] = str(active).lower() != "true"
        data.pop("roles", None)
        groups = data.pop("groups", None)
        if isinstance(groups, list):
            entries = [cast("dict[str, Any]", x if isinstance(x, dict) else {}) for x in cast("list[object]", groups)]
            direct = [group.get("display") for group in entries if group.get("type") != "indirect"]
            if all(direct):  # otherwise the names have to be read
                data["roles"] = direct
        return data


class SCIMGroup(Role):
    """A group as a role."""

    name: str = Field(validation_alias="displayName")


user_reader: EnvelopeReader[User] = EnvelopeReader(SCIMUser, "Resources", "totalResults")
group_reader: EnvelopeReader[Role] = EnvelopeReader(SCIMGroup, "Resources", "totalResults")


def entries_of(record: Record, attribute: str) -> list[dict[str, JsonValue]]:
    """Return the entries of an attribute with several values that have one, such as the members of a group."""
    found = record.raw.get(attribute)
    listed = found if isinstance(found, list) else [found]  # some servers write a list of one entry as the entry
    return [dict(entry) for entry in listed if isinstance(entry, dict) and isinstance(entry.get("value"), str)]


def attributes_of(fields: UserDraft | UserChanges, current: User | None = None) -> dict[str, JsonValue]:
    """Return the values of a draft or of changes by their paths. UNSET is left out, and None removes an attribute.

    A new e-mail address or phone number takes the place of the primary one of the current user. The others are kept.
    """
    given = {name: getattr(fields, name) for name in USER_FIELDS if getattr(fields, name) is not UNSET}
    values: dict[str, JsonValue] = {SINGLE[name]: value for name, value in given.items() if name in SINGLE}
    for name, attribute in SEVERAL.items():
        if name in given:
            values[attribute] = None if given[name] is None else _entries(given[name], current, name, attribute)
    if fields.password:
        values["password"] = fields.password.get_secret_value()
    return values


def _entries(value: str, current: User | None, name: str, attribute: str) -> list[JsonValue]:
    present = [] if current is None else entries_of(current, attribute)
    replaced = next((each for each in present if each["value"] == getattr(current, name)), None)
    others: list[JsonValue] = [each for each in present if each is not replaced and each["value"] != value]
    return [{"type": "work", **(replaced or {}), "value": value, "primary": True}, *others]


def members_with(user_id: str, group: Role | None, *, joins: bool) -> dict[str, JsonValue]:
    """Return the members of a group that was read, with a user or without."""
    members = [] if group is None else entries_of(group, "members")
    others: list[JsonValue] = [each for each in members if each["value"] != user_id]
    return {"members": [*others, {"value": user_id}] if joins else others}
