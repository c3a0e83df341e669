"""Where the domain's drafts and changes of an account stand on Logto's wire. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Unset
from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.logto.models import CreateUser, UserProfile

if TYPE_CHECKING:
    from orgsdk.domain import UserChanges, UserDraft


def new_user(draft: UserDraft) -> CreateUser:
    """Give the account to be made; what is None is left out, for Logto refuses null here."""
    names = _given(given_name=draft.given_name, family_name=draft.family_name)
    return CreateUser.model_validate(
        _given(
            username=draft.username,
            primary_email=draft.email,
            primary_phone=None if draft.phone is None else check_phone(draft.phone),
            name=draft.name,
            password=draft.password,
            profile=UserProfile.model_validate(names) if names else None,
        )
    )


def changed_fields(changes: UserChanges) -> dict[str, object]:
    """Give what `UpdateUser` is to change, None to clear a field."""
    phone = changes.phone
    return _set(
        username=changes.username,
        primary_email=changes.email,
        primary_phone=check_phone(phone) if isinstance(phone, str) else phone,
        name=changes.name,
    )


def changed_names(changes: UserChanges) -> dict[str, object]:
    """Give what is to be changed of the profile, None to clear a name."""
    return _set(given_name=changes.given_name, family_name=changes.family_name)


def profile_without(profile: UserProfile | None, names: dict[str, object]) -> UserProfile:
    """Give a whole profile with these names put in, or taken out where they are None."""
    kept = {} if profile is None else profile.model_dump(exclude_unset=True)
    return UserProfile.model_validate({name: value for name, value in (kept | names).items() if value is not None})


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
