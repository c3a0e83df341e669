"""Passwords as the sandbox keeps them.

Logto hashes with Argon2i, which the standard library lacks: what is kept here has its form, and another hash inside.
"""

import hashlib
import hmac
import secrets

from orgsdk.sandbox.logto.records import User
from orgsdk.sandbox.logto.tokens import b64url

ALGORITHM = "Argon2i"

_FORM = "$argon2i$v=19$m=4096,t=10,p=1$"
_PLAIN_DIGESTS = {"SHA1": "sha1", "SHA256": "sha256", "MD5": "md5"}


def digest_of(password: str) -> str:
    """Return the digest of a password, salted."""
    return _salted(password, secrets.token_hex(8))


def _salted(password: str, salt: str) -> str:
    digest = hmac.digest(salt.encode(), password.encode(errors="replace"), "sha256")
    return f"{_FORM}{salt}${b64url(digest)}"


def is_password(user: User, password: str) -> bool:
    """Return whether this is the account's password; an imported digest of another kind matches none."""
    digest = user.password_digest or ""
    if digest.startswith(_FORM):
        return hmac.compare_digest(digest, _salted(password, digest.removeprefix(_FORM).partition("$")[0]))
    plain = _PLAIN_DIGESTS.get(user.password_algorithm or "")
    return plain is not None and digest == hashlib.new(plain, password.encode(), usedforsecurity=False).hexdigest()
