"""Numbers as JavaScript reads them: Logto parses `page` and `page_size` with `Number()`."""

import math
import re

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
