"""Keys that identify a user: external id, e-mail address and username, normalized for comparison.

Different spellings of one key are normalized to one text: Unicode's composed form (NFC), without spaces and invisible
characters at the ends; of an e-mail address the local part with ASCII letters in lower case and the domain in its DNS
form (IDNA, UTS 46).
"""

from __future__ import annotations

import re
import string
import unicodedata
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import idna

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    class HasKeys(Protocol):
        """A row or a user: anything that has the fields of the keys."""

        @property
        def external_id(self) -> str | None: ...
        @property
        def email(self) -> str | None: ...
        @property
        def username(self) -> str | None: ...


Key: TypeAlias = Literal["external_id", "email", "username"]

_JOINERS = "\u200c\u200d"
_VARIANTS = "\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_HIDDEN = (
    "\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
INVISIBLE: Final = _HIDDEN + _JOINERS + _VARIANTS
"""Characters that nobody sees, as the inside of a class of a regular expression.

Source: Unicode Character Database, Default_Ignorable_Code_Point; also the annotations U+FFF9 to U+FFFB and the blank of
Braille.
"""

_ENDS = re.compile(rf"\A[\s{INVISIBLE}]+|[\s{INVISIBLE}]+\Z")
# Indian and Persian names end in a joiner, and Japanese ones in a variant of a letter.
_ENDS_OF_NAME = re.compile(rf"\A[\s{_HIDDEN}]+|[\s{_HIDDEN}]+\Z")

# What word processors, phones and keyboards of other scripts write for an apostrophe and a hyphen.
_TYPOGRAPHIC: Final = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201b\u02bc\u00b4`", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    }
)

# ASCII only: a mail server may treat other letters as different, and two users must not become one.
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def key_of(kind: Key, user: HasKeys) -> str | None:
    """Return the user's key of that kind; None if it is missing or invalid."""
    value = getattr(user, kind)
    if not value:
        return None
    try:
        return KEY_FUNCTIONS[kind](value) or None
    except ValueError:
        return None


def label_of(kinds: tuple[Key, ...], user: HasKeys) -> str | None:
    """Return the user's first key with its kind, such as `email:ada@example.org`; None without a key."""
    for kind in kinds:
        key = key_of(kind, user)
        if key is not None:
            return f"{kind}:{key}"
    return None


def strip_text(value: str, *, joiners: bool = False) -> str:
    """Return a text without the spaces and the invisible characters at its ends; with `joiners`, those stay."""
    value = value.strip()
    if value.isascii():
        return value
    return (_ENDS_OF_NAME if joiners else _ENDS).sub("", value)


def normalize_text(value: str) -> str:
    """Return a text composed (NFC), without spaces and invisible characters at its ends."""
    value = value.strip()
    return value if value.isascii() else unicodedata.normalize("NFC", _ENDS_OF_NAME.sub("", value))


def _normalize_key(value: str) -> str:
    value = value.strip()
    return value if value.isascii() else unicodedata.normalize("NFC", _ENDS.sub("", value))


def email_key(value: str) -> str:
    """Return the key of an e-mail address.

    Raises `ValueError`, without the address in its message, if the domain is not valid in DNS.
    """
    value = _normalize_key(value)
    local, at, domain = value.rpartition("@")
    if not (local and at and domain):
        raise ValueError("it is not name@domain")
    if value.isascii():
        return value.lower()
    return f"{local.translate(_LOWER)}@{_domain_key(domain)}"


def _domain_key(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        pass
    # Raised outside the handler: idna's error contains the domain, and a chained error would show it.
    raise ValueError("its domain is not valid in DNS")


def username_key(value: str) -> str:
    """Return the key of a username. It is case-sensitive: at Logto, `alice` and `ALICE` are two users."""
    return _normalize_key(value)


def external_id_key(value: str) -> str:
    """Return the key of a user's id in another system. It is case-sensitive."""
    return _normalize_key(value)


def fold_form(text: str) -> str:
    """Return a text without its case and without the form of its characters, to find texts that look alike.

    Letters of full width, ligatures, typographic hyphens and apostrophes, and the Turkish i with and without a dot are
    as their usual characters.
    """
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text.translate(_TYPOGRAPHIC)).translate(_TYPOGRAPHIC)
    return unicodedata.normalize("NFC", text.upper().casefold().replace("i\u0307", "i"))


def without_leading_zeros(key: str) -> str | None:
    """Return a key of digits without its zeros at the start; None if it has other characters."""
    return key.lstrip("0") or "0" if key.isdecimal() and key.isascii() else None


KEY_FUNCTIONS: Final[Mapping[Key, Callable[[str], str]]] = {
    "external_id": external_id_key,
    "email": email_key,
    "username": username_key,
}
"""The function that normalizes each kind of key."""
