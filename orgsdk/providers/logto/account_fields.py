"""Account fields: request bodies for a new or changed account, and adoption of an account after a lost create."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orgsdk.domain import USER_FIELDS, Unset
from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.http.bodies import build_body
from orgsdk.providers.http.creation import create_or_adopt_new
from orgsdk.providers.http.matching import has_values
from orgsdk.providers.logto import models, requests
from orgsdk.providers.logto.records import EXTERNAL_ID, user_reader

if TYPE_CHECKING:
    from orgsdk.domain import User, UserChanges, UserDraft
    from orgsdk.providers.http.connection import HTTPConnection

_USERNAME = re.compile(r"[A-Z_a-z]\w*", re.ASCII)
_MAX_USERNAME_LENGTH = 128


def account_creation(draft: UserDraft) -> models.CreateUser:
    """Return the body that creates an account. It omits None, because Logto refuses null here."""
    profile = _without_none(given_name=draft.given_name, family_name=draft.family_name, locale=draft.locale)
    return build_body(
        models.CreateUser,
        None,
        _without_none(
            username=None if draft.username is None else check_username(draft.username),
            primary_email=draft.email,
            primary_phone=None if draft.phone is None else check_phone(draft.phone),
            name=draft.name,
            password=draft.password,
            profile=profile or None,
            custom_data=None if draft.external_id is None else {EXTERNAL_ID: draft.external_id},
        ),
    )


def user_changes(changes: UserChanges) -> dict[str, object]:
    """Return the fields for `UpdateUser`; None clears a field."""
    phone, username = changes.phone, changes.username
    return _without_unset(
        username=check_username(username) if isinstance(username, str) else username,
        primary_email=changes.email,
        primary_phone=check_phone(phone) if isinstance(phone, str) else phone,
        name=changes.name,
    )


def custom_data_changes(changes: UserChanges) -> models.JsonObject:
    """Return the keys for `UpdateUserCustomData`. It stores null for None, because a merge cannot remove a key."""
    external_id = changes.external_id
    return {} if isinstance(external_id, Unset) else {EXTERNAL_ID: external_id}


def profile_changes(changes: UserChanges) -> dict[str, object]:
    """Return the fields for `UpdateUserProfile`; None clears a field."""
    return _without_unset(given_name=changes.given_name, family_name=changes.family_name, locale=changes.locale)


def changed_profile(profile: models.UserProfile | None, changes: dict[str, object]) -> models.UserProfile:
    """Return a whole profile with these changes; None removes a field."""
    unchanged = {} if profile is None else profile.model_dump(exclude_unset=True)
    fields = unchanged | changes
    return models.UserProfile.model_validate({name: value for name, value in fields.items() if value is not None})


def check_username(username: str) -> str:
    """Return a username that Logto accepts (facts/logto.md, section 7)."""
    if len(username) > _MAX_USERNAME_LENGTH or not _USERNAME.fullmatch(username):
        raise InvalidArgumentError(
            "Logto does not accept this username. Use letters, digits and underscores, not starting with a digit, "
            f"{_MAX_USERNAME_LENGTH} at most."
        )
    return username


def check_phone(phone: str) -> str:
    """Return a phone number as Logto accepts it: digits only. A leading plus is removed."""
    digits = phone.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise InvalidArgumentError(
            "The phone number is invalid. Pass digits, starting with the country code, as in +12025550143."
        )
    return digits


async def create_account(connection: HTTPConnection, draft: UserDraft) -> User:
    """Create an account, or adopt it after a lost response.

    The account with the draft's username, e-mail address or phone number is adopted if it has all fields of the draft
    and is not older than this call. An older account belongs to someone else: Logto refused the create because of it.
    """
    body = account_creation(draft)
    request = requests.users.create_user(body)
    return await create_or_adopt_new(
        connection.within_timeout().holding(draft.password),
        request,
        user_reader,
        requests.users.list_users(_natural_key_search(body), None, requests.MAX_PAGE_SIZE),
        lambda user: is_as_created(user, draft),
    )


def is_as_created(user: User, draft: UserDraft) -> bool:
    """Return whether an account has all fields of the draft.

    The phone number is not compared: Logto stores it in another form.
    """
    return has_values(user, _without_none(**{name: getattr(draft, name) for name in USER_FIELDS if name != "phone"}))


def _natural_key_search(body: models.CreateUser) -> dict[str, str]:
    if body.username is not None:
        return {"search.username": body.username, "mode.username": "exact", "isCaseSensitive": "true"}
    if body.primary_email is not None:
        return {"search.primaryEmail": body.primary_email, "mode.primaryEmail": "exact"}
    return {"search.primaryPhone": body.primary_phone or "", "mode.primaryPhone": "exact"}


def _without_none(**fields: object) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _without_unset(**fields: object) -> dict[str, object]:
    return {name: value for name, value in fields.items() if not isinstance(value, Unset)}
