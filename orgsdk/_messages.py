"""Parts of messages: a number with its noun, and the name that was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def count_noun(number: int, noun: str) -> str:
    """Return the number with its noun: "1 request", "1,000 users"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def similar_name(name: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """Return the known name that was probably meant, whatever its case; None if none is similar.

    Args:
        name: The unknown name.
        known: The known names. The first of equal ones is taken.
        likeness: The ratio of `difflib` from which a name is similar, from 0 to 1.

    Returns:
        The most similar known name.
    """
    from difflib import get_close_matches  # only for an error

    by_case = {one.casefold(): one for one in reversed(list(known))}
    close = get_close_matches(name.strip().casefold(), by_case, n=1, cutoff=likeness)
    return by_case[close[0]] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the question "Did you mean …?" after a space; an empty text if no known name is similar."""
    found = similar_name(name, known)
    return f" Did you mean {found!r}?" if found else ""
