"""Keys that identify a user: external id, e-mail address and username, normalized for comparison.

Different spellings of one key are normalized to one text: Unicode's composed form (NFC), trimmed; of an e-mail
address the local part with ASCII letters in lower case and the domain in its DNS form (IDNA, UTS 46).
"""

from __future__ import annotations

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


def normalize_text(value: str) -> str:
    """Return a text composed (NFC) and trimmed."""
    value = value.strip()
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def email_key(value: str) -> str:
    """Return the key of an e-mail address.

    Raises `ValueError`, without the address in its message, if the domain is not valid in DNS.
    """
    value = normalize_text(value)
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
    return normalize_text(value)


def external_id_key(value: str) -> str:
    """Return the key of a user's id in another system. It is case-sensitive."""
    return normalize_text(value)


KEY_FUNCTIONS: Final[Mapping[Key, Callable[[str], str]]] = {
    "external_id": external_id_key,
    "email": email_key,
    "username": username_key,
}
"""The function that normalizes each kind of key."""
