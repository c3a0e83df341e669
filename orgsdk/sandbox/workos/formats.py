"""Formats of the WorkOS server: ids, tokens, times, and the checks of values (facts, section 6)."""

import hashlib
import json
import re
import string
from datetime import UTC, datetime
from functools import lru_cache

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_ULID_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TOKEN_ALPHABET = string.digits + string.ascii_letters
_TOKEN_LENGTH = 25

EMAIL_FORM = re.compile(r"[^@\s\x00-\x1f]+@[^@\s.\x00-\x1f]+(\.[^@\s.\x00-\x1f]+)*")
EXTERNAL_ID_FORM = re.compile(r"[\x00-\x7f]{1,128}")
ORGANIZATION_ROLE_SLUG_FORM = re.compile(r"org-[a-z0-9_-]*")
LOCALE_FORM = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
DOMAIN_FORM = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")


MAIL_LOCALES = (
    *("af", "am", "ar", "bg", "bn", "bs", "ca", "cs", "da", "de", "de-DE", "el", "en", "en-AU", "en-CA"),
    *("en-GB", "en-US", "es", "es-419", "es-ES", "es-US", "et", "fa", "fi", "fil", "fr", "fr-BE", "fr-CA"),
    *("fr-FR", "fy", "gl", "gu", "ha", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "it-IT", "ja", "jv"),
    *("ka", "kk", "km", "kn", "ko", "lt", "lv", "mk", "ml", "mn", "mr", "ms", "my", "nb", "ne", "nl", "nl-BE"),
    *("nl-NL", "nn", "no", "pa", "pl", "pt", "pt-BR", "pt-PT", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "sw"),
    *("ta", "te", "th", "tr", "uk", "ur", "uz", "vi", "zh", "zh-CN", "zh-HK", "zh-TW", "zu"),
)
"""The languages of mails (document)."""


def stable_id(prefix: str, key: str, created_at: int) -> str:
    """Return an id that is the same in every run: the prefix, and a ULID of the time and a digest of the key.

    Args:
        prefix: Prefix of the kind, such as `org_`.
        key: What distinguishes the object from others of its kind.
        created_at: Creation time in epoch milliseconds.

    Returns:
        The id.
    """
    digest = int.from_bytes(hashlib.sha256(f"{prefix}{key}".encode()).digest())
    return f"{prefix}{_digits(created_at, _ULID_ALPHABET, 10)}{_digits(digest, _ULID_ALPHABET, 16)}"


def stable_token(key: str) -> str:
    """Return a secret of letters and digits, of the length of the document's example."""
    return _digits(int.from_bytes(hashlib.sha256(key.encode()).digest()), _TOKEN_ALPHABET, _TOKEN_LENGTH)


@lru_cache(maxsize=4096)  # an object that never changed has one time twice
def wire_time(milliseconds: int) -> str:
    """Return a time as WorkOS sends it: ISO 8601 with milliseconds and `Z`."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> int | None:
    """Return an ISO 8601 time as epoch milliseconds, or None if it is none. Without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
        return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def slugified(text: str) -> str:
    """Return a text as the middle of a slug: lower case, with hyphens for what a slug cannot hold."""
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")


def _digits(number: int, alphabet: str, length: int) -> str:
    characters: list[str] = []
    for _ in range(length):
        number, index = divmod(number, len(alphabet))
        characters.append(alphabet[index])
    return "".join(reversed(characters))


def encode(value: object) -> bytes:
    """Return compact JSON in UTF-8, like `JSON.stringify`."""
    return _ENCODER.encode(value).encode("utf-8", "replace")
