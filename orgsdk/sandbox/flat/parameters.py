"""Query parameters read strictly: what a parameter does not allow ends in a 400 that names it."""

import re
from collections.abc import Collection

from starlette.datastructures import QueryParams

from orgsdk.sandbox.flat.errors import invalid_parameter

_DIGITS = re.compile(r"[0-9]{1,9}")


def single(query: QueryParams, name: str) -> str | None:
    """Return the value of a parameter that may be given once."""
    values = query.getlist(name)
    if len(values) > 1:
        raise invalid_parameter(name, f"{name} must be given once")
    return values[0] if values else None


def choice(query: QueryParams, name: str, allowed: Collection[str]) -> str | None:
    """Return one of the allowed values."""
    value = single(query, name)
    if value is not None and value not in allowed:
        raise _not_among(name, allowed)
    return value


def choices(query: QueryParams, name: str, allowed: Collection[str]) -> frozenset[str]:
    """Return the values of a parameter that repeats (`role=teacher&role=admin`), all of them allowed."""
    values = frozenset(query.getlist(name))
    if not values <= frozenset(allowed):
        raise _not_among(name, allowed)
    return values


def flag(query: QueryParams, name: str) -> bool:
    """Return a boolean, False when left out."""
    return choice(query, name, ("true", "false")) == "true"


def integer(query: QueryParams, name: str, *, minimum: int, maximum: int, default: int) -> int:
    """Return a whole number between the bounds."""
    value = single(query, name)
    if value is None:
        return default
    if not _DIGITS.fullmatch(value) or not minimum <= int(value) <= maximum:
        raise invalid_parameter(name, f"{name} must be a whole number from {minimum} to {maximum}")
    return int(value)


def _not_among(name: str, allowed: Collection[str]) -> Exception:
    return invalid_parameter(name, f"{name} must be one of {', '.join(allowed)}")
