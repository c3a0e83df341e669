"""Matching: the user that a lookup asked for, and the record that a create whose response was lost has created."""

from __future__ import annotations

from collections.abc import AsyncIterable, Collection, Mapping

from orgsdk.domain import Record, User
from orgsdk.errors import ConflictError


async def find_matching_user(
    users: AsyncIterable[User], *, email: str | None, username: str | None, provider: str, operation: str
) -> User | None:
    """Find the user with exactly this e-mail address or username among the results of a search.

    Reads no further than the exact match.

    Args:
        users: The results.
        email: The address, compared without regard to case. A user with the exact spelling is preferred.
        username: The username, compared exactly: Logto distinguishes `alice` and `ALICE` (facts/logto.md, section 7).
        provider: The provider's name, for the error.
        operation: The operation, for the error.

    Returns:
        The user, or None if no user matches.

    Raises:
        ConflictError: Several users have the address, and none in this spelling.
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


def has_values(record: Record, values: Mapping[str, object], *, ignore_case: Collection[str] = ()) -> bool:
    """Return whether a record has these values: whether a create may have created it.

    A provider that refuses a create because of an older record shows the same lookup. Compare every field that the
    create sent, and the creation time if the provider has one.

    Args:
        record: The record that the lookup found.
        values: The values by the names of the record's fields. None and an empty text are equal.
        ignore_case: Fields whose texts are compared without case, such as ``email``.

    Returns:
        True if all of them are equal.
    """

    def comparable(name: str, value: object) -> object:
        if value == "":
            return None
        return value.casefold() if name in ignore_case and isinstance(value, str) else value

    return all(comparable(name, getattr(record, name)) == comparable(name, value) for name, value in values.items())
