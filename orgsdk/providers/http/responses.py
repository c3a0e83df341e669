"""Responses: read records from the bytes of a response, and find the user that a lookup asked for."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable
from typing import Protocol, TypeVar

from pydantic import ValidationError

from orgsdk.domain import User
from orgsdk.errors import ConflictError, DecodeError

T = TypeVar("T")


def read_response(
    reader: Callable[[bytes], T],
    content: bytes,
    *,
    provider: str,
    operation: str,
    request_id: str | Callable[[], str | None] | None = None,
) -> T:
    """Read the content of a response.

    Args:
        reader: Reads the bytes, such as `RecordReader.one`.
        content: The bytes.
        provider: The provider's name, for the error.
        operation: The operation, for the error.
        request_id: The provider's id of the request, for the error. Or a function that returns it, such as a call of
            `Transport.request_id`, which is called for an error only.

    Returns:
        The result of `reader`.

    Raises:
        DecodeError: The content does not match the documentation. The error names the fields, but none of their values.
    """
    try:
        return reader(content)
    except ValidationError as error:
        found = _describe_validation_error(error)
    # Raised outside the handler: pydantic's error contains the values, and a chained traceback would show them.
    raise DecodeError(
        f"the response is not as documented: {found}",
        provider=provider,
        operation=operation,
        request_id=request_id() if callable(request_id) else request_id,
    )


class ArrayReader(Protocol[T]):
    """Reads the bytes of a JSON array, such as `RecordReader.many`."""

    def __call__(self, content: bytes, limit: int = ..., /) -> list[T]:
        """Read an array of about `limit` items at most.

        Args:
            content: The bytes.
            limit: Number of items that were requested.

        Returns:
            The items.

        Raises:
            pydantic.ValidationError: The content is not as documented, or has far more items.
        """
        ...


def read_page_items(
    reader: ArrayReader[T],
    content: bytes,
    page_size: int,
    *,
    provider: str,
    operation: str,
    request_id: str | Callable[[], str | None] | None = None,
) -> list[T]:
    """Read the items of a page, which has no more of them than were requested.

    Args:
        reader: Reads the bytes, such as `RecordReader.many`.
        content: The bytes.
        page_size: The number that was requested.
        provider: The provider's name, for the error.
        operation: The operation, for the error.
        request_id: The provider's id of the request, or a function that returns it, for the error.

    Returns:
        The items.

    Raises:
        DecodeError: The content does not match the documentation, or has more items: the provider, or something
            between, ignored the request's page size. Far too many items are refused before they are built.
    """
    items = read_response(
        lambda body: reader(body, page_size), content, provider=provider, operation=operation, request_id=request_id
    )
    if len(items) > page_size:
        raise DecodeError(
            f"the response has {len(items)} items, and {page_size} were requested.",
            provider=provider,
            operation=operation,
            request_id=request_id() if callable(request_id) else request_id,
        )
    return items


def _describe_validation_error(error: ValidationError) -> str:
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    shown = [f"{'.'.join(str(part) for part in p['loc']) or 'body'}: {p['type']}" for p in problems[:3]]
    more = f" and {len(problems) - len(shown)} more" if len(problems) > len(shown) else ""
    return ", ".join(shown) + more


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
