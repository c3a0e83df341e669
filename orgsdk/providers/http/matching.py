"""Matching: the user that a lookup asked for, and the record that a create whose response was lost has created."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Collection, Mapping, Sequence

from orgsdk.domain import Record, User
from orgsdk.errors import ConflictError, UnsupportedError


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
    return _only_one(others, provider, operation)


async def find_by_email(
    search: Callable[[str], Awaitable[Sequence[User]]], email: str, *, provider: str, operation: str
) -> User | None:
    """Find the user with this e-mail address by an exact search, which may distinguish capitals.

    If the address as it is finds nobody, it is searched for in small letters and in capitals.

    Args:
        search: Returns the users with an address.
        email: The address. A user with the exact spelling is preferred.
        provider: The provider's name, for the error.
        operation: The operation, for the error.

    Returns:
        The user, or None if no user matches.

    Raises:
        ConflictError: Several users have the address, and none in this spelling.
    """
    users = [*await search(email)]
    if not users and email != email.lower():
        users = [*await search(email.lower()), *await search(email.upper())]
    exact = next((user for user in users if user.email == email), None)
    same = [user for user in users if user.email is not None and user.email.casefold() == email.casefold()]
    return exact or _only_one(same, provider, operation)


def _only_one(users: Sequence[User], provider: str, operation: str) -> User | None:
    if len(users) > 1:
        raise ConflictError(
            f"{len(users)} users have this address in different spellings: pass the exact one.",
            provider=provider,
            operation=operation,
        )
    return users[0] if users else None


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


def check_stored(
    record: Record, values: Mapping[str, object], *, provider: str, ignore_case: Collection[str] = ()
) -> None:
    """Check that an update has stored new values: some servers ignore a field, and answer with success.

    Args:
        record: The record that the update returned.
        values: The new values by the names of the record's fields.
        provider: The provider's name, for the error.
        ignore_case: Fields whose texts are compared without case.

    Raises:
        UnsupportedError: A value was ignored. The error's partial result is the record.
    """
    for name, value in values.items():
        if not has_values(record, {name: value}, ignore_case=ignore_case):
            error = UnsupportedError(provider, f"an update of the {name} at this server", "It ignored the new value.")
            error.partial_result = record
            raise error
