"""Account fields: request bodies for a new or changed account, and adoption of an account after a lost create."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import anyio

from orgsdk.domain import Unset
from orgsdk.domain.record import mark_adopted
from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.http.adoption import create_or_adopt
from orgsdk.providers.logto import records, requests
from orgsdk.providers.logto.connection import decode
from orgsdk.providers.logto.models import CreateUser, UserProfile
from orgsdk.providers.logto.records import EXTERNAL_ID

if TYPE_CHECKING:
    from orgsdk.domain import User, UserChanges, UserDraft
    from orgsdk.providers.logto.connection import LogtoConnection
    from orgsdk.providers.logto.models import JsonObject
    from orgsdk.transport import Response

_USERNAME = re.compile(r"[A-Z_a-z]\w*", re.ASCII)
_MAX_USERNAME_LENGTH = 128


def account_creation(draft: UserDraft) -> CreateUser:
    """Give the account to be made; what is None is left out, for Logto refuses null here."""
    names = _without_none(given_name=draft.given_name, family_name=draft.family_name)
    return CreateUser.model_validate(
        _without_none(
            username=None if draft.username is None else check_username(draft.username),
            primary_email=draft.email,
            primary_phone=None if draft.phone is None else check_phone(draft.phone),
            name=draft.name,
            password=draft.password,
            profile=names or None,
            custom_data=None if draft.external_id is None else {EXTERNAL_ID: draft.external_id},
        )
    )


def user_changes(changes: UserChanges) -> dict[str, object]:
    """Give what `UpdateUser` is to change, None to clear a field."""
    phone, username = changes.phone, changes.username
    return _without_unset(
        username=check_username(username) if isinstance(username, str) else username,
        primary_email=changes.email,
        primary_phone=check_phone(phone) if isinstance(phone, str) else phone,
        name=changes.name,
    )


def custom_data_changes(changes: UserChanges) -> JsonObject:
    """Give what is to be put into the custom data; a null is kept there, for no key can be taken out by a merge."""
    external_id = changes.external_id
    return {} if isinstance(external_id, Unset) else {EXTERNAL_ID: external_id}


def profile_changes(changes: UserChanges) -> dict[str, object]:
    """Give what is to be changed of the profile, None to clear a name."""
    return _without_unset(given_name=changes.given_name, family_name=changes.family_name)


def changed_profile(profile: UserProfile | None, names: dict[str, object]) -> UserProfile:
    """Give a whole profile with these names put in, or taken out where they are None."""
    kept = {} if profile is None else profile.model_dump(exclude_unset=True)
    return UserProfile.model_validate({name: value for name, value in (kept | names).items() if value is not None})


def check_username(username: str) -> str:
    """Give a username as Logto takes it (facts/logto.md, section 7)."""
    if len(username) > _MAX_USERNAME_LENGTH or not _USERNAME.fullmatch(username):
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


def _without_none(**fields: object) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _without_unset(**fields: object) -> dict[str, object]:
    return {name: value for name, value in fields.items() if not isinstance(value, Unset)}


# What the clocks of Logto's server and of its database may be apart.
_CLOCK_SKEW = timedelta(seconds=60)


async def create_account(connection: LogtoConnection, draft: UserDraft) -> User:
    """Make an account by `CreateUser` and give it as Logto now has it.

    Where the answer was lost, the account of that username, address or phone number is adopted, if it has all that
    was asked for and was made since: one that is older is somebody's own, and the creation was refused for it.
    """
    body = account_creation(draft)
    request = requests.users.create_user(body)
    began = anyio.current_time()

    async def create() -> User:
        return await connection.read_one(records.users, request)

    async def look_up() -> User | None:
        asked = requests.users.list_users(_natural_key_search(body), None, requests.MAX_PAGE_SIZE)
        response = await connection.send(asked)
        made_after = _server_time(response) - timedelta(seconds=anyio.current_time() - began) - _CLOCK_SKEW
        users = decode(records.users.many, asked, response)
        return next((user for user in users if is_as_created(user, draft, made_after)), None)

    user, found = await create_or_adopt(create, look_up, provider=requests.NAME, operation=request.operation)
    if found:
        mark_adopted(user)
    return user


def is_as_created(user: User, draft: UserDraft, made_after: datetime) -> bool:
    """Tell whether an account is the one that was asked for: of this draft, and made no earlier.

    The phone number is not compared: Logto keeps it in its own form.
    """
    asked = (draft.external_id, draft.username, draft.email, draft.name, draft.given_name, draft.family_name)
    has = (user.external_id, user.username, user.email, user.name, user.given_name, user.family_name)
    as_asked = all(wanted in (None, found) for wanted, found in zip(asked, has, strict=True))
    return as_asked and user.created_at is not None and user.created_at >= made_after


def _natural_key_search(body: CreateUser) -> dict[str, str]:
    if body.username is not None:
        return {"search.username": body.username, "mode.username": "exact", "isCaseSensitive": "true"}
    if body.primary_email is not None:
        return {"search.primaryEmail": body.primary_email, "mode.primaryEmail": "exact"}
    return {"search.primaryPhone": body.primary_phone or "", "mode.primaryPhone": "exact"}


def _server_time(response: Response) -> datetime:
    # The server's own clock, as it made the creation time too; ours may be wrong.
    try:
        return parsedate_to_datetime(response.headers.get("date") or "").replace(tzinfo=UTC)
    except ValueError:
        return datetime.now(UTC)
