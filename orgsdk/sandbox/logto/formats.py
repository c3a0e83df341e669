"""The forms of text Logto asks for, each by the expression of the OpenAPI document or of zod. Pure."""

import re
from collections.abc import Callable

from orgsdk.sandbox.logto.zod import Format

# JavaScript's \s; Python's has the separators 1C to 1F more, and no byte order mark.
_SPACES = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SCHEMES_WITH_HOST = ("http", "https", "ws", "wss", "ftp")


def _regex(pattern: str, flags: int = 0) -> Format:
    expression = re.compile(pattern, re.ASCII | flags)
    return Format("regex", "Invalid", lambda text: expression.fullmatch(text) is not None)


USERNAME = _regex(r"[A-Z_a-z]\w*")
EMAIL = _regex(rf"[^{_SPACES}]+@[^{_SPACES}]+\.[^{_SPACES}]+")
PHONE = _regex(r"\d+")
HEX_COLOR = _regex(r"#[\da-f]{3}([\da-f]{3})?", re.IGNORECASE)


def _matches(pattern: str) -> Callable[[str], bool]:
    expression = re.compile(pattern, re.ASCII | re.IGNORECASE)
    return lambda text: expression.fullmatch(text) is not None


# zod 3's own, which is narrower than Logto's: `invitation.create.bad_email` says `email`, not `regex`.
STRICT_EMAIL = Format(
    "email",
    "Invalid email",
    _matches(r"(?!\.)(?!.*\.\.)[A-Z0-9_'+\-.]*[A-Z0-9_+-]@([A-Z0-9][A-Z0-9-]*\.)+[A-Z]{2,}"),
)


def _is_url(text: str) -> bool:
    """Tell what `new URL(text)` accepts, as far as scheme and host go."""
    match = re.fullmatch(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", text.strip(), re.DOTALL)
    if match is None:
        return False
    if match[1].lower() not in _SCHEMES_WITH_HOST:
        return True
    host = re.split(r"[/\\?#]", match[2].lstrip("/\\"), maxsplit=1)[0].rpartition("@")[2]
    return re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^\s:<>^|%\[\]]+)(:\d{0,5})?", host) is not None


URL = Format("url", "Invalid url", _is_url)
