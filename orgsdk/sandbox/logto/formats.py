"""Formats of field values: ids, usernames, e-mail addresses, URLs, phone numbers and passwords.

Ids have characters `[0-9a-z]`: 12 for users and organizations, 21 for all other objects (facts/logto.md section 5).
Text formats are the regular expressions of the OpenAPI document or of zod.

Logto parses phone numbers with libphonenumber. The sandbox does not have its tables: it removes a 0 after the calling
code as the trunk prefix (`user.create.phone_leading_zero`) and leaves numbers that are too short unchanged
(`user.create.phone_invalid`).

Logto hashes passwords with Argon2i, which the standard library does not have. The sandbox stores digests of the same
form with another hash.
"""

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Callable

from orgsdk.sandbox.logto.records import StoredUser
from orgsdk.sandbox.logto.tokens import b64url
from orgsdk.sandbox.logto.zod import Format

SHORT_ID = 12
LONG_ID = 21

_ID_ALPHABET = string.digits + string.ascii_lowercase


def stable_id(kind: str, key: str, length: int) -> str:
    """Return the id of an object, which is the same in every run, so that saved ids stay valid."""
    number = int.from_bytes(hashlib.sha256(f"{kind}:{key}".encode()).digest())
    characters: list[str] = []
    for _ in range(length):
        number, index = divmod(number, len(_ID_ALPHABET))
        characters.append(_ID_ALPHABET[index])
    return "".join(characters)


# JavaScript's \s. Python's also has the separators 1C to 1F, and lacks the byte order mark.
_SPACES = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SCHEMES_WITH_HOST = ("http", "https", "ws", "wss", "ftp")


def _regex_format(pattern: str, flags: int = 0) -> Format:
    expression = re.compile(pattern, re.ASCII | flags)
    return Format("regex", "Invalid", lambda text: expression.fullmatch(text) is not None)


USERNAME = _regex_format(r"[A-Z_a-z]\w*")
EMAIL = _regex_format(rf"[^{_SPACES}]+@[^{_SPACES}]+\.[^{_SPACES}]+")
PHONE = _regex_format(r"\d+")
HEX_COLOR = _regex_format(r"#[\da-f]{3}([\da-f]{3})?", re.IGNORECASE)


def _matches(pattern: str) -> Callable[[str], bool]:
    expression = re.compile(pattern, re.ASCII | re.IGNORECASE)
    return lambda text: expression.fullmatch(text) is not None


# zod 3's own format, which is stricter than Logto's: `invitation.create.bad_email` has `email`, not `regex`.
STRICT_EMAIL = Format(
    "email",
    "Invalid email",
    _matches(r"(?!\.)(?!.*\.\.)[A-Z0-9_'+\-.]*[A-Z0-9_+-]@([A-Z0-9][A-Z0-9-]*\.)+[A-Z]{2,}"),
)


def _is_url(text: str) -> bool:
    """Return whether `new URL(text)` accepts the text; only scheme and host are checked."""
    match = re.fullmatch(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", text.strip(), re.DOTALL)
    if match is None:
        return False
    if match[1].lower() not in _SCHEMES_WITH_HOST:
        return True
    host = re.split(r"[/\\?#]", match[2].lstrip("/\\"), maxsplit=1)[0].rpartition("@")[2]
    return re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^\s:<>^|%\[\]]+)(:\d{0,5})?", host) is not None


URL = Format("url", "Invalid url", _is_url)


# ITU-T E.164: calling codes of one and two digits; all others have three.
_CALLING_CODE = re.compile(
    r"(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(?=(0*)(\d{6,})$)", re.ASCII
)
_CODES_WITH_LEADING_ZERO = frozenset({"39", "1", "7"})


def normalize_phone(digits: str) -> str:
    """Return the phone number without its trunk 0."""
    match = _CALLING_CODE.match(digits)
    if match is None or match[0] in _CODES_WITH_LEADING_ZERO:
        return digits
    national = digits[match.end() :]
    return match[0] + national.removeprefix("0")


PASSWORD_ALGORITHM = "Argon2i"  # noqa: S105 - the name of an algorithm

_ARGON2_PREFIX = "$argon2i$v=19$m=4096,t=10,p=1$"
_PLAIN_DIGESTS = {"SHA1": "sha1", "SHA256": "sha256", "MD5": "md5"}


def hash_password(password: str) -> str:
    """Return the salted digest of a password."""
    return _salted_hash(password, secrets.token_hex(8))


def _salted_hash(password: str, salt: str) -> str:
    digest = hmac.digest(salt.encode(), password.encode(errors="replace"), "sha256")
    return f"{_ARGON2_PREFIX}{salt}${b64url(digest)}"


def password_matches(user: StoredUser, password: str) -> bool:
    """Return whether this is the password of an account; it never is for an unsupported imported digest."""
    digest = user.password_digest or ""
    if digest.startswith(_ARGON2_PREFIX):
        return hmac.compare_digest(
            digest, _salted_hash(password, digest.removeprefix(_ARGON2_PREFIX).partition("$")[0])
        )
    plain = _PLAIN_DIGESTS.get(user.password_algorithm or "")
    return plain is not None and digest == hashlib.new(plain, password.encode(), usedforsecurity=False).hexdigest()
