"""Making an account, and finding the one whose making was not answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import anyio

from orgsdk.domain.record import mark_adopted
from orgsdk.providers.logto import records, wire
from orgsdk.providers.logto.account_fields import new_user
from orgsdk.providers.logto.reading import read_with
from orgsdk.transport import create_once

if TYPE_CHECKING:
    from orgsdk.domain import User, UserDraft
    from orgsdk.providers.logto.connection import Connection
    from orgsdk.providers.logto.models import CreateUser
    from orgsdk.transport import Response

# What the clocks of Logto's server and of its database may be apart.
_SLACK = timedelta(seconds=60)


async def create_account(connection: Connection, draft: UserDraft) -> User:
    """Make an account by `CreateUser` and give it as Logto now has it.

    Where the answer was lost, the account of that username, address or phone number is adopted, if it has all that
    was asked for and was made since: one that is older is somebody's own, and the creation was refused for it.
    """
    body = new_user(draft)
    request = wire.users.create_user(body)
    began = anyio.current_time()

    async def create() -> User:
        return await connection.one(records.users, request)

    async def look_up() -> User | None:
        asked = wire.users.list_users(_key(body), None, wire.MAX_PAGE_SIZE)
        response = await connection.send(asked)
        made_after = _now(response) - timedelta(seconds=anyio.current_time() - began) - _SLACK
        users = read_with(records.users.many, asked, response)
        return next((user for user in users if is_ours(user, draft, made_after)), None)

    user, found = await create_once(create, look_up, provider=wire.NAME, operation=request.operation)
    if found:
        mark_adopted(user)
    return user


def is_ours(user: User, draft: UserDraft, made_after: datetime) -> bool:
    """Tell whether an account is the one that was asked for: of this draft, and made no earlier.

    The phone number is not compared: Logto keeps it in its own form.
    """
    asked = (draft.external_id, draft.username, draft.email, draft.name, draft.given_name, draft.family_name)
    has = (user.external_id, user.username, user.email, user.name, user.given_name, user.family_name)
    as_asked = all(wanted in (None, found) for wanted, found in zip(asked, has, strict=True))
    return as_asked and user.created_at is not None and user.created_at >= made_after


def _key(body: CreateUser) -> dict[str, str]:
    if body.username is not None:
        return {"search.username": body.username, "mode.username": "exact", "isCaseSensitive": "true"}
    if body.primary_email is not None:
        return {"search.primaryEmail": body.primary_email, "mode.primaryEmail": "exact"}
    return {"search.primaryPhone": body.primary_phone or "", "mode.primaryPhone": "exact"}


def _now(response: Response) -> datetime:
    # The server's own clock, as it made the creation time too; ours may be wrong.
    try:
        return parsedate_to_datetime(response.headers.get("date") or "").replace(tzinfo=UTC)
    except ValueError:
        return datetime.now(UTC)
