"""Ids as Logto makes them: `[0-9a-z]`, 12 characters for users and organizations, 21 for all else.

facts/logto.md section 5.
"""

import hashlib
import string

SHORT = 12
LONG = 21

_ALPHABET = string.digits + string.ascii_lowercase


def stable_id(kind: str, key: str, length: int) -> str:
    """Return the id of the thing of this kind and key: the same in every run, a saved id stays good."""
    number = int.from_bytes(hashlib.sha256(f"{kind}:{key}".encode()).digest())
    characters: list[str] = []
    for _ in range(length):
        number, index = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[index])
    return "".join(characters)
