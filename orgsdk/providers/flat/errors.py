"""Flat's error bodies and rate-limit headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field, TypeAdapter

from orgsdk.errors import APIError, RateLimitError
from orgsdk.responses import RateLimit
from orgsdk.transport import ProviderProblem, parse_epoch_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from orgsdk.transport import Response

_COUNT: TypeAdapter[int] = TypeAdapter(
    Annotated[int, Field(ge=0, lt=10**15)],
    config=ConfigDict(defer_build=True),  # when first used: an import should be light
)
_RATE_LIMIT_CODE = "API_RATE_LIMIT_EXCEEDED"


def read_rate_limit(response: Response) -> RateLimit | None:
    """Read the headers that every answer of Flat carries (facts/flat.md, Rate limit)."""
    told = response.headers.get
    limit, remaining = _integer_or_none(told("x-ratelimit-limit")), _integer_or_none(told("x-ratelimit-remaining"))
    resets_at = parse_epoch_seconds(told("x-ratelimit-reset"))
    if limit is None and remaining is None and resets_at is None:
        return None
    return RateLimit(limit=limit, remaining=remaining, resets_at=resets_at)


def _integer_or_none(value: str | None) -> int | None:
    # `remaining` goes below 0.
    return int(value) if value is not None and re.fullmatch(r"-?[0-9]{1,12}", value) else None


def read_count(content: bytes) -> int:
    """Read the answer to a count, a bare JSON integer (facts/flat.md, Operations).

    Raises pydantic's ValidationError where it is anything else.
    """
    return _COUNT.validate_json(content, strict=True)


def read_problem(response: Response) -> ProviderProblem:
    """Read an error answer: `{"code", "message", "id"?, "param"?}` (facts/flat.md, Errors).

    The token endpoint speaks otherwise: `{"error", "error_description"?}` (RFC 6749, section 5.2).
    """
    body = response.json_object()
    code = _text_field(body, "code") or _text_field(body, "error")
    parameter = _text_field(body, "param")
    kind: type[APIError] | None = None
    resets_at = None
    if response.status == 429 or (response.status == 403 and code == _RATE_LIMIT_CODE):
        # Exhaustion is a 403 that only its code tells from a real refusal (facts/flat.md, Rate limit).
        kind = RateLimitError
        resets_at = parse_epoch_seconds(response.headers.get("x-ratelimit-reset"))
    return ProviderProblem(
        message=_text_field(body, "message")
        or _text_field(body, "error_description")
        or f"answered {response.status} without an explanation",
        code=code,
        details=f"parameter {parameter}" if parameter else None,
        request_id=_text_field(body, "id"),
        kind=kind,
        resets_at=resets_at,
    )


def _text_field(body: Mapping[str, JsonValue], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) and value else None
