"""Users: a member of the provider and an entry of the id map as a SCIM user, and a SCIM user as fields of a member."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from pydantic import SecretStr

from orgsdk.domain import USER_FIELDS, User, UserFieldName
from orgsdk.scim.id_map import MapEntry
from orgsdk.scim.tables import is_storable

Payload: TypeAlias = dict[str, Any]
"""A SCIM resource as JSON."""
State: TypeAlias = Literal["creating", "ending", "ended", "removed"]
"""What an entry of the map stands for, if not for a member.

``creating``: a create was started, and has not ended. ``ending``: the end of a membership was started, and has not
ended. ``ended``: an inactive user who is no member any more. ``removed``: a user who was deleted, and whose account was
kept.
"""

STATE: Final = "state"
_VALUES: Final = "user"
_TYPES: Final = {"email": "email_type", "phone": "phone_type"}
_SECONDARY: Final = "secondary"
# What people write between the digits of a telephone number, and providers refuse.
_SEPARATORS: Final = re.compile(r"[\s().\-/\u2010-\u2015\xa0]")
_WORK: Final = "work"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserValues:
    """What a SCIM user states: the fields of a member, and what the provider may not store.

    Attributes:
        user_name: The userName.
        external_id: The identity provider's own id.
        email: The primary address, else the first.
        phone: The primary telephone number, else the first.
        name: The displayName.
        given_name: The given name.
        family_name: The family name.
        locale: The language.
        active: Whether the user is active. None if the request does not state it.
        password: The new password.
        types: The types of the address and the telephone number, such as ``home``, if they are not ``work``.
        secondary: Those of the two that were sent as not primary.
    """

    user_name: str
    external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    locale: str | None = None
    active: bool | None = None
    password: SecretStr | None = None
    types: Mapping[str, str] = field(default_factory=dict[str, str])
    secondary: tuple[str, ...] = ()

    def fields(self, names: Collection[str]) -> dict[str, str | None]:
        """Return the values of some user fields as they were sent, without the username.

        Args:
            names: Names of fields, such as ``phone``.

        Returns:
            The values by name.
        """
        return {name: getattr(self, name) for name in USER_FIELDS if name in names and name != "username"}

    def provider_fields(self, names: Collection[str]) -> dict[str, str | None]:
        """Return the values of some user fields for a provider: a telephone number without spaces and hyphens.

        Args:
            names: Names of fields, such as ``phone``.

        Returns:
            The values by name.
        """
        values = self.fields(names)
        if phone := values.get("phone"):
            values["phone"] = _SEPARATORS.sub("", phone)
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group, as a user shows it.

    Attributes:
        id: The SCIM id.
        name: The displayName.
    """

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedUser:
    """A user as the gateway has read it.

    Attributes:
        id: The SCIM id.
        record: The member at the provider. None if the membership has ended.
        entry: The entry of the map. None if the provider holds all there is.
        groups: The user's groups.
    """

    id: str
    record: User | None
    entry: MapEntry | None
    groups: tuple[Group, ...] = ()

    @property
    def provider_id(self) -> str:
        """The provider's id of the account."""
        return self.entry.provider_id if self.entry is not None else self.id

    @property
    def is_active(self) -> bool:
        """Whether the user is an active member."""
        return self.record is not None and self.record.is_suspended is not True

    @property
    def values(self) -> UserValues:
        """What the user shows."""
        return shown_values(self.record, self.entry)


def state_of(entry: MapEntry | None) -> str | None:
    """Return the state of an entry that is no member. None for a member, and without an entry."""
    return None if entry is None else entry.details.get(STATE)


def is_hidden(entry: MapEntry | None) -> bool:
    """Return whether an entry is no user yet, or no longer."""
    return state_of(entry) in {"creating", "removed"}


def shown_values(record: User | None, entry: MapEntry | None) -> UserValues:
    """Return what a user shows: the provider's values, in the spelling in which they were sent.

    Args:
        record: The member at the provider. None if the membership has ended.
        entry: The entry of the map.

    Returns:
        The values.
    """
    details: Mapping[str, str] = {} if entry is None else entry.details
    kept: dict[str, str] = json.loads(details.get(_VALUES, "{}"))
    if record is None:
        values: dict[str, Any] = {name: kept.get(name) for name in USER_FIELDS if name != "username"}
    else:
        values = {name: getattr(record, name) for name in USER_FIELDS if name != "username"}
        for name in ("email", "phone"):
            if _is_same(name, kept.get(name), values[name]):
                values[name] = kept[name]
    name_given = None if entry is None else entry.name
    external_id = None if entry is None else entry.external_id
    username = None if record is None else record.username
    fallback = entry.id if entry is not None else "" if record is None else record.id
    values["external_id"] = external_id or (None if record is None else stored_id(record))
    return UserValues(
        user_name=name_given or username or values["email"] or fallback,
        active=record is not None and record.is_suspended is not True,
        types={name: details[key] for name, key in _TYPES.items() if key in details and values[name] is not None},
        secondary=tuple(details.get(_SECONDARY, "").split()),
        **values,
    )


def stored_id(record: User) -> str | None:
    """Return the external id of a member, if the map can keep it: other clients may have given a longer one."""
    return record.external_id if is_storable(record.external_id) else None


def kept_details(values: UserValues, *, state: State | None = None) -> dict[str, str]:
    """Return what the map keeps of a user: the spelling of values, or all of them if no member has them any more.

    Args:
        values: The user.
        state: What the entry stands for, if not for a member.

    Returns:
        The details of the entry.
    """
    names = set(USER_FIELDS) if state in {"ending", "ended"} else {"email", "phone"}
    kept = {name: value for name, value in values.fields(names).items() if value is not None and name != "external_id"}
    details = {_VALUES: json.dumps(kept)} if kept else {}
    details |= {_TYPES[name]: kind for name, kind in values.types.items()}
    if values.secondary:
        details[_SECONDARY] = " ".join(values.secondary)
    return details if state is None else {**details, STATE: state}


def read_user(payload: Mapping[str, Any]) -> UserValues:
    """Return what a SCIM user states.

    Args:
        payload: The user as JSON.

    Returns:
        The values. Of several addresses or telephone numbers, the primary one counts, else the first.
    """
    name: Mapping[str, Any] = payload.get("name") or {}
    email, phone = _main(payload.get("emails")), _main(payload.get("phoneNumbers"))
    types = {"email": email.get("type"), "phone": phone.get("type")}
    password = payload.get("password")
    return UserValues(
        user_name=payload["userName"],
        # An empty text is no value: some identity providers send one for each field that is not filled in.
        external_id=payload.get("externalId") or None,
        email=email.get("value"),
        phone=phone.get("value"),
        name=payload.get("displayName") or None,
        given_name=name.get("givenName") or None,
        family_name=name.get("familyName") or None,
        locale=payload.get("locale") or None,
        active=payload.get("active"),
        password=SecretStr(password) if password else None,
        types={key: kind for key, kind in types.items() if kind and kind != _WORK},
        secondary=tuple(key for key, entry in (("email", email), ("phone", phone)) if entry.get("primary") is False),
    )


def write_user(user: LoadedUser, stored: Collection[str]) -> Payload:
    """Return a user as JSON, without its version.

    Args:
        user: The user.
        stored: Names of the fields that the provider has.

    Returns:
        The resource.
    """
    values = user.values
    payload: Payload = {"id": user.id, "userName": values.user_name, "active": values.active}
    if values.external_id is not None:
        payload["externalId"] = values.external_id
    name = {"givenName": values.given_name, "familyName": values.family_name}
    if any(name.values()) and {"given_name", "family_name"} & set(stored):
        payload["name"] = {key: value for key, value in name.items() if value is not None}
    if values.name is not None and "name" in stored:
        payload["displayName"] = values.name
    if values.email is not None:
        payload["emails"] = [_entry(values, "email")]
    if values.phone is not None and "phone" in stored:
        payload["phoneNumbers"] = [_entry(values, "phone")]
    if values.locale is not None and "locale" in stored:
        payload["locale"] = values.locale
    if user.groups:
        payload["groups"] = [
            {"value": group.id, "display": group.name, "$ref": f"Groups/{group.id}", "type": "direct"}
            for group in user.groups
        ]
    created = user.entry.created if user.entry is not None else None
    created = created or (user.record.created_at if user.record is not None else None)
    return with_meta(payload, "User", created, user.entry.modified if user.entry is not None else created)


def with_meta(
    payload: Payload, kind: str, created: datetime | None, modified: datetime | None, *, is_whole: bool = True
) -> Payload:
    """Return a resource with its ``meta``.

    Its version is a hash of the content, so that a change by another client changes it, at the provider too.

    Args:
        payload: The resource.
        kind: ``User`` or ``Group``.
        created: Time of the creation.
        modified: Time of the last change.
        is_whole: Whether everything was read. Otherwise the version is not known.

    Returns:
        The resource with ``meta``.
    """
    meta: dict[str, Any] = {"resourceType": kind}
    if is_whole:
        content = json.dumps(payload, sort_keys=True).encode("utf-8", "surrogatepass")
        meta["version"] = f'W/"{hashlib.sha256(content).hexdigest()[:20]}"'
    if created is not None:
        meta["created"] = created
    if modified is not None:
        meta["lastModified"] = modified
    return {**payload, "meta": meta}


def changed_fields(before: UserValues, after: UserValues, names: Collection[str]) -> dict[str, str | None]:
    """Return the fields of a member that an update changes, without the username.

    Args:
        before: What the user shows.
        after: What the user shall show.
        names: Names of the fields that the provider stores.

    Returns:
        The new values by name; None clears a field.
    """
    old, new, written = before.fields(names), after.fields(names), after.provider_fields(names)
    return {name: written[name] for name in old if new[name] != old[name]}


def without_secrets(values: UserValues) -> UserValues:
    """Return the values without the password, to be stored."""
    return replace(values, password=None)


def has_values(record: User, wanted: Mapping[str, str | None]) -> bool:
    """Return whether a member has the values of a create, as one whose response was lost.

    Args:
        record: The member.
        wanted: The values of the create by field. None is no value.

    Returns:
        True if no value differs. Case does not count in an address, nor punctuation in a telephone number.
    """
    return all(
        value is None or value == getattr(record, name) or _is_same(name, value, getattr(record, name))
        for name, value in wanted.items()
    )


def field_names(names: Iterable[str]) -> tuple[UserFieldName, ...]:
    """Return those names that are user fields, in their order."""
    wanted = set(names)
    return tuple(declared.name for declared in USER_FIELDS.values() if declared.name in wanted)


def _main(entries: Sequence[Mapping[str, Any]] | None) -> Mapping[str, Any]:
    listed = [entry for entry in entries or () if entry.get("value")]
    return next((entry for entry in listed if entry.get("primary")), listed[0] if listed else {})


def _entry(values: UserValues, name: str) -> Payload:
    return {
        "value": getattr(values, name),
        "type": values.types.get(name, _WORK),
        "primary": name not in values.secondary,
    }


def _is_same(name: str, given: str | None, stored: str | None) -> bool:
    """Return whether two values are spellings of one."""
    if given is None or stored is None:
        return False
    if USER_FIELDS[name].comparison == "email":
        return given.casefold() == stored.casefold()
    if USER_FIELDS[name].comparison == "phone":
        return _digits(given) == _digits(stored)
    return given == stored


def _digits(phone: str) -> str:
    return "".join(character for character in phone if character.isdigit())


assert {"user_name", "active", "password", "types", "secondary", *USER_FIELDS} - {"username"} == {  # noqa: S101  # a new field belongs here too
    each.name for each in fields(UserValues)
}
