"""Which fields, parameters and headers hold secrets: by their names, and by values that look random.

Private to orgsdk. `redaction` cuts these secrets out of a server's text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Names of fields and parameters whose values are secrets, in lower case without separators.
_SECRET_NAME = re.compile(
    r"pass(?:word|wd|phrase|code)|secret|token|credential|authorization|assertion|cookie|bearer|digest|jwt"
    r"|(?:api|access|private|signing|sharing|auth|encryption)key"
    r"|(?:verification|customer|enrollment|join|custom|backup|recovery|invite|invitation|authorization|auth)code"
    r"|^(?:pass|pwd|code|codes|otp|totp|pin|ticket|nonce|signature)$"
)
_PUBLIC_NAME = re.compile(r"(?:id|type|algorithm|ttl|endpoint|url|uri|name|method|expiresin|expiresat)$")

# The words of which one makes a header's name that of credentials, such as `X-Auth`, unless the last word is public.
_SECRET_WORD = re.compile(
    r"auth(?:n|z|entication|ori[sz]ation)?\d*|.*(?:key|token|secret|password|cookie|session|credentials?)s?\d*"
    r"|passwd|pass(?:phrase|code)?|pwd|signature|signed|sig|hmac|jwt|bearer|digest|assertion|otp|totp|pin|ticket|nonce"
)
_PUBLIC_WORD = re.compile(
    r"id|type|algorithm|alg|ttl|endpoint|url|uri|name|method|scheme|mode|realm|version|expires|user|users|username"
    r"|email|group|groups|role|roles"
)
# Headers whose values are random and no secrets: they are for tracing.
_PUBLIC_HEADERS = frozenset(
    {"user-agent", "accept-language", "traceparent", "tracestate", "x-request-id", "x-correlation-id", "from", "via"}
)

_RUN = re.compile(r"[A-Za-z0-9+/_.~-]+")  # the characters of a token (RFC 9110, section 11.2), without its padding
_CHUNK = re.compile(r"[A-Za-z0-9]+")
_WORD = re.compile(r"[A-Z]?[a-z]{1,24}|[A-Z]{1,14}")
_SHORT_WORD = "(?:[A-Z]?[a-z]{1,12}|[A-Z]{1,12})"
# A word, alone or with a short number; a number up to a time in microseconds; words in camel case.
_ORDINARY = re.compile(
    rf"{_WORD.pattern}|\d{{1,4}}{_SHORT_WORD}|{_SHORT_WORD}\d{{1,4}}|\d{{1,16}}|[a-z]{{0,24}}(?:[A-Z][a-z]{{2,24}})+"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_LEAST_CHUNK = 4  # "k8s", "b2b"
_LEAST_RANDOM = 8  # as many characters as are cut wherever they follow each other


def is_secret_name(name: str) -> bool:
    """Return whether the value of a field or parameter with this name is a secret."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return _SECRET_NAME.search(plain) is not None and _PUBLIC_NAME.search(plain) is None


def is_secret_header(name: str) -> bool:
    """Return whether a header with this name holds credentials, such as `X-API-Key`, `X-Auth` or `Cookie`."""
    words = [word.lower() for part in re.split(r"[^A-Za-z0-9]+", name) for word in _words(part)]
    if not words:
        return False
    # The id of a session is what signs in, the id of a key is not.
    is_public = _PUBLIC_WORD.fullmatch(words[-1]) is not None and not any("session" in word for word in words)
    return not is_public and any(_SECRET_WORD.fullmatch(word) for word in words)


def random_parts(name: str, value: str) -> Iterator[str]:
    """Yield the parts of a header's value that look random, as keys do, whatever the header is called.

    Words, names, numbers and versions do not, and stay in a message: "organization", "eu-west-1", "school-sync/2.0".
    """
    if name.lower() in _PUBLIC_HEADERS:
        return
    for run in _RUN.findall(value):
        if _UUID.fullmatch(run):
            yield run
            continue
        chunks = list(_CHUNK.finditer(run))
        odd = [len(chunk[0]) for chunk in chunks if not _ORDINARY.fullmatch(chunk[0]) and len(chunk[0]) >= _LEAST_CHUNK]
        if sum(odd) < _LEAST_RANDOM:
            continue
        # A word before or after it is no part of the secret: "organization-7f3a9c2b1d4e".
        while _WORD.fullmatch(chunks[0][0]):
            del chunks[0]
        while _WORD.fullmatch(chunks[-1][0]):
            del chunks[-1]
        yield run[chunks[0].start() : chunks[-1].end()]


def _words(part: str) -> list[str]:
    # "X-ApiKey" has two words and "X-APIKEY" one, which is a secret's name too.
    return re.findall(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+", part)
