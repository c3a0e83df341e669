"""Patterns of users (`*`, `?`, `[…]`), compared as keys are: in any case, composition and spelling of a domain."""

from __future__ import annotations

import re
import unicodedata
from fnmatch import translate
from typing import TYPE_CHECKING

import idna

from orgsdk.bulk.roster.keys import INVISIBLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.bulk.planning.members import Member

_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_PUNYCODE_LABEL = re.compile(r"xn--[a-z0-9-]+")


class UserPatterns:
    """Patterns of ids, external ids, usernames and e-mail addresses; without any, no user matches."""

    def __init__(self, patterns: Iterable[str]) -> None:
        found = [translate(_comparable(pattern)) for pattern in patterns]
        self._pattern = re.compile("|".join(found)) if found else None

    def __bool__(self) -> bool:
        return self._pattern is not None

    def match(self, member: Member) -> bool:
        """Return whether a pattern matches the whole id, external id, username or e-mail address of a member."""
        if self._pattern is None:
            return False
        names = (member.id, member.external_id, member.username, member.email)
        return any(self._pattern.match(_comparable(name)) for name in names if name)


def _comparable(text: str) -> str:
    """Return a text in lower case, composed, without invisible characters, and with its domain in Unicode."""
    text = text.strip().lower()
    if not text.isascii():
        text = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold())
    if "xn--" not in text:
        return text
    return unicodedata.normalize("NFC", _PUNYCODE_LABEL.sub(_decode_label, text).casefold())


def _decode_label(found: re.Match[str]) -> str:
    try:
        return idna.decode(found[0])
    except (idna.IDNAError, UnicodeError):
        return found[0]
