"""Values as JavaScript reads them: `page` and `page_size` by `Number()`, bodies by `JSON.parse`."""

import math
import re
from typing import cast

_PREFIXED = re.compile(r"0(?:[xX](?P<x>[0-9a-fA-F]+)|[oO](?P<o>[0-7]+)|[bB](?P<b>[01]+))")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INFINITY = re.compile(r"(?P<sign>[+-]?)Infinity")


def to_number(text: str) -> float:
    """Return what `Number(text)` is: `0x2` is 2, `1e0` 1, blank 0, all else NaN (`org.list.page_exp`)."""
    text = text.strip()
    if not text:
        return 0.0
    if match := _PREFIXED.fullmatch(text):
        kind = match.lastgroup or "x"
        return _as_double(int(match[kind], {"x": 16, "o": 8, "b": 2}[kind]))
    if match := _INFINITY.fullmatch(text):
        return -math.inf if match["sign"] == "-" else math.inf
    if _DECIMAL.fullmatch(text):
        return float(text)
    return math.nan


def _as_double(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


# Above it a double cannot hold every integer, and `JSON.stringify` writes an exponent.
_SAFE_INTEGER = 2**53
_LONGEST_INTEGER = 1e21


def as_javascript(value: object) -> object:
    """Return a decoded JSON value as it comes back out of JavaScript and PostgreSQL.

    A number is a double, and written without a point when it is whole; a lone surrogate is U+FFFD
    (`proto.lone_surrogate`).
    """
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [as_javascript(item) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {str(as_javascript(name)): as_javascript(item) for name, item in members.items()}
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return _number(value)


def _number(value: float) -> float | None:
    number = _as_double(value) if isinstance(value, int) and abs(value) > _SAFE_INTEGER else value
    if math.isinf(number):
        return None
    return int(number) if abs(number) < _LONGEST_INTEGER and number == int(number) else number
