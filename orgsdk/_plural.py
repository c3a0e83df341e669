"""A number with its noun, in the singular or the plural."""

from __future__ import annotations


def count_noun(number: int, noun: str) -> str:
    """Return the number with its noun: "1 request", "1,000 users"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
