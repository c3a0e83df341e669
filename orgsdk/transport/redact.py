"""What is cut out of texts that came from outside, before they stand in an error."""

from __future__ import annotations

import re

# A quoted name, a word (which may have quotes inside, as O'Brien has), or at least the character before the "@".
# A word is tried from its beginning alone, so that a long one takes linear time.
_NAME = r"""(?:"[^"]*"|(?<![^\s@<>"'(),;:=])[^\s@<>"'(),;:=][^\s@<>"(),;:]*|\S)"""
_ADDRESS = re.compile(_NAME + r"""(?:@|%40|\uFF20)[^\s@<>"'(),;:=]*""")
_TOKEN = re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]+)*|\b(?i:Bearer)\s+\S+")
_LONGEST = 500


def redact(text: str) -> str:
    """Give `text` on one line without e-mail addresses and tokens, 500 characters at most."""
    text = " ".join(text.split())[: 4 * _LONGEST]
    text = _TOKEN.sub("[token]", _ADDRESS.sub("[address]", text))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
