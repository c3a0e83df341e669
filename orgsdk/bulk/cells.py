"""Texts that a spreadsheet shows and does not run."""

from __future__ import annotations

# Source: OWASP, CSV Injection; the wide forms are taken for the narrow ones in East Asian editions.
_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def safe_cell(text: str) -> str:
    """Give `text` with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if text[:1] in _STARTS or text.lstrip()[:1] in _STARTS else text
