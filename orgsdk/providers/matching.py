"""Choosing the one user who has an e-mail address or a username among those that a search found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from orgsdk.domain import User


async def match(
    users: AsyncIterable[User], *, email: str | None, username: str | None, provider: str, operation: str
) -> User | None:
    """Give the user whose address or username is the one asked for, None where there is none.

    A username is compared as it stands: Logto keeps `alice` and `ALICE` apart (facts/logto.md, section 7). An
    address is compared without regard to case, and the one spelled as asked goes first. Reads no further than
    the exact match. Raises `ConflictError` where several spellings match and none exactly.
    """
    if email is None:
        async for user in users:
            if user.username == username:
                return user
        return None
    others: list[User] = []
    async for user in users:
        if user.email == email:
            return user
        if user.email is not None and user.email.casefold() == email.casefold():
            others.append(user)
    if len(others) > 1:
        raise ConflictError(
            f"{len(others)} users have this address in different spellings: pass the exact one.",
            provider=provider,
            operation=operation,
        )
    return others[0] if others else None
