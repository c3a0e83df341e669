"""Responses: read records from an answer's bytes, and find the user that a look-up asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from orgsdk.errors import ConflictError, DecodeError

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable

    from orgsdk.domain import User

T = TypeVar("T")


def read_response(
    reader: Callable[[bytes], T],
    content: bytes,
    *,
    provider: str,
    operation: str,
    request_id: str | None = None,
) -> T:
    """Give what `reader` makes of `content`.

    Raises `DecodeError` that names the fields which are not as documented, and shows none of their values.
    """
    try:
        return reader(content)
    except ValidationError as error:
        found = _describe_validation_error(error)
    # Raised outside the handler: pydantic's error holds the values, and a chained one would show them.
    raise DecodeError(
        f"the answer is not as documented: {found}",
        provider=provider,
        operation=operation,
        request_id=request_id,
    )


def _describe_validation_error(error: ValidationError) -> str:
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    shown = [f"{'.'.join(str(part) for part in p['loc']) or 'body'}: {p['type']}" for p in problems[:3]]
    more = f" and {len(problems) - len(shown)} more" if len(problems) > len(shown) else ""
    return ", ".join(shown) + more


async def find_matching_user(
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
