"""Reading an answer's bytes into records, and what to say where that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from orgsdk.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def read(
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
        found = _describe(error)
    # Raised outside the handler: pydantic's error holds the values, and a chained one would show them.
    raise DecodeError(
        f"the answer is not as documented: {found}",
        provider=provider,
        operation=operation,
        request_id=request_id,
    )


def _describe(error: ValidationError) -> str:
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    shown = [f"{'.'.join(str(part) for part in p['loc']) or 'body'}: {p['type']}" for p in problems[:3]]
    more = f" and {len(problems) - len(shown)} more" if len(problems) > len(shown) else ""
    return ", ".join(shown) + more
