"""Keys that identify a user: external id, e-mail address and username, normalized for comparison.

Two spellings of one key give one text: Unicode's composed form (NFC), trimmed; of an e-mail address the local part
with ASCII letters in lower case and the domain as DNS knows it (IDNA, UTS 46).
"""

from __future__ import annotations

import string
import unicodedata
from typing import TYPE_CHECKING, Final

import idna

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from orgsdk.bulk.planning.policy import Key

    class HasKeys(Protocol):
        """Whoever has what the keys are made of: a row or a user."""

        @property
        def external_id(self) -> str | None: ...
        @property
        def email(self) -> str | None: ...
        @property
        def username(self) -> str | None: ...


# Other letters of a local part are the mail server's affair: lowering them could make one person of two.
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def normalize_text(value: str) -> str:
    """Give a text composed and trimmed."""
    value = value.strip()
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def email_key(value: str) -> str:
    """Give the key of an e-mail address.

    Raises `ValueError`, which does not repeat it, where it has no domain that DNS could know.
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
    # Raised outside the handler: idna's error holds the domain, and a chained one would show it.
    raise ValueError("its domain is none that DNS could know")


def username_key(value: str) -> str:
    """Give the key of a username, whose case counts: Logto keeps `alice` and `ALICE` apart."""
    return normalize_text(value)


def external_id_key(value: str) -> str:
    """Give the key of a person's id in another system, whose case counts."""
    return normalize_text(value)


KEY_FUNCTIONS: Final[Mapping[Key, Callable[[str], str]]] = {
    "external_id": external_id_key,
    "email": email_key,
    "username": username_key,
}
"""How each kind of key is made of what stands in a row."""


def key_of(kind: Key, person: HasKeys) -> str | None:
    """Give the person's key of that kind, None where they have none, or one that could be nobody's."""
    value = getattr(person, kind)
    if not value:
        return None
    try:
        return KEY_FUNCTIONS[kind](value) or None
    except ValueError:
        return None


def label_of(kinds: tuple[Key, ...], person: HasKeys) -> str | None:
    """Return the user's first key with its kind, such as `email:ada@example.org`, or None without a key."""
    for kind in kinds:
        key = key_of(kind, person)
        if key is not None:
            return f"{kind}:{key}"
    return None
