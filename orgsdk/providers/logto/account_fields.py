"""Where the domain's drafts and changes of an account stand on Logto's wire. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orgsdk.domain import Unset
from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.logto.models import CreateUser, UserProfile
from orgsdk.providers.logto.records import EXTERNAL_ID

if TYPE_CHECKING:
    from orgsdk.domain import UserChanges, UserDraft
    from orgsdk.providers.logto.models import JsonObject

_USERNAME = re.compile(r"[A-Z_a-z]\w*", re.ASCII)
_LONGEST_USERNAME = 128


def new_user(draft: UserDraft) -> CreateUser:
    """Give the account to be made; what is None is left out, for Logto refuses null here."""
    names = _given(given_name=draft.given_name, family_name=draft.family_name)
    return CreateUser.model_validate(
        _given(
            username=None if draft.username is None else check_username(draft.username),
            primary_email=draft.email,
            primary_phone=None if draft.phone is None else check_phone(draft.phone),
            name=draft.name,
            password=draft.password,
            profile=names or None,
            custom_data=None if draft.external_id is None else {EXTERNAL_ID: draft.external_id},
        )
    )


def changed_fields(changes: UserChanges) -> dict[str, object]:
    """Give what `UpdateUser` is to change, None to clear a field."""
    phone, username = changes.phone, changes.username
    return _set(
        username=check_username(username) if isinstance(username, str) else username,
        primary_email=changes.email,
        primary_phone=check_phone(phone) if isinstance(phone, str) else phone,
        name=changes.name,
    )


def changed_custom_data(changes: UserChanges) -> JsonObject:
    """Give what is to be put into the custom data; a null is kept there, for no key can be taken out by a merge."""
    external_id = changes.external_id
    return {} if isinstance(external_id, Unset) else {EXTERNAL_ID: external_id}


def changed_names(changes: UserChanges) -> dict[str, object]:
    """Give what is to be changed of the profile, None to clear a name."""
    return _set(given_name=changes.given_name, family_name=changes.family_name)


def profile_without(profile: UserProfile | None, names: dict[str, object]) -> UserProfile:
    """Give a whole profile with these names put in, or taken out where they are None."""
    kept = {} if profile is None else profile.model_dump(exclude_unset=True)
    return UserProfile.model_validate({name: value for name, value in (kept | names).items() if value is not None})


def check_username(username: str) -> str:
    """Give a username as Logto takes it (facts/logto.md, section 7)."""
    if len(username) > _LONGEST_USERNAME or not _USERNAME.fullmatch(username):
        raise InvalidArgumentError(
            "Logto does not take this username: letters, digits and underscores, no digit first, 128 at most."
        )
    return username


def check_phone(phone: str) -> str:
    """Give a phone number as Logto takes it, digits alone: a leading plus is dropped, anything else is refused."""
    digits = phone.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise InvalidArgumentError("The phone number is not one: pass digits, the country's first, as in +12025550143.")
    return digits


def _given(**fields: object) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _set(**fields: object) -> dict[str, object]:
    return {name: value for name, value in fields.items() if not isinstance(value, Unset)}
