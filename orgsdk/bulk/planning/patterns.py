"""Patterns of users (`*`, `?`, `[…]`), compared as keys are: in any case, composition and spelling of a domain."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, Final

from orgsdk.bulk.roster.keys import INVISIBLE, fold_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orgsdk.bulk.planning.members import Member

_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_PREFIX: Final = "xn--"
_PUNYCODE_LABEL = re.compile(rf"{_PREFIX}[a-z0-9-]+")
# Other full stops, which separate labels in the domains of East Asia.
_FULL_STOPS = str.maketrans("\u3002\uff61", "..")


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
        return any(map(self._pattern.match, {spelling for name in names if name for spelling in _spellings(name)}))


def _comparable(text: str) -> str:
    """Return a text without case and form, without invisible characters, and with its domain in Unicode."""
    text = _folded(text)
    return _folded(_PUNYCODE_LABEL.sub(_decode_label, text)) if "xn--" in text else text


def _folded(text: str) -> str:
    text = text.strip()
    return text.lower() if text.isascii() else fold_form(_INVISIBLE.sub("", text)).translate(_FULL_STOPS)


def _spellings(name: str) -> Iterator[str]:
    """Yield a name as patterns are compared, and with its domain in the form of DNS: a pattern may be `*@xn--*`."""
    text = _comparable(name)
    yield text
    if "xn--" in name.lower():
        yield _folded(name)
    elif "@" in text and not text.isascii():
        local, _, domain = text.rpartition("@")
        yield f"{local}@{'.'.join(map(_encode_label, domain.split('.')))}"


def _decode_label(found: re.Match[str]) -> str:
    # Without the rules of IDNA, so that a label which they do not allow is compared too.
    try:
        return found[0][len(_PREFIX) :].encode().decode("punycode")
    except UnicodeError:
        return found[0]


def _encode_label(label: str) -> str:
    return label if label.isascii() else _PREFIX + label.encode("punycode").decode()
