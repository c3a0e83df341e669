"""Usernames: what a userName of an identity provider becomes where the provider's rules refuse it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Final

from orgsdk.scim.id_map import fold

_OTHER_CHARACTERS: Final = re.compile(r"[^a-z0-9]+")
_MAX_LETTERS: Final = 18
_DIGEST_LENGTH: Final = 8


def derive_username(user_name: str) -> str:
    """Return a username of letters, digits and underscores for a name that has others.

    It has 30 characters at most and is always the same for a name, whatever its case.

    Args:
        user_name: The userName, such as ``kim.lee@acme.example``.

    Returns:
        ``u_``, letters of the name, and a digest.

    Example:
        ``derive_username("kim.lee@acme.example")  # such as u_kimleeacmeexample_1a2b3c4d``
    """
    folded = fold(user_name)
    letters = _OTHER_CHARACTERS.sub("", folded)[:_MAX_LETTERS]
    digest = hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LENGTH]
    return f"u_{letters}_{digest}"


def choose_username(user_name: str, email: str | None, accepts: Callable[[str | None], bool]) -> str | None:
    """Return the username of a new account: the name itself, none beside an e-mail address, or a derived one.

    Args:
        user_name: The userName, as the identity provider sent it.
        email: The account's address.
        accepts: Whether the provider accepts a username, or an account without one.

    Returns:
        The username; None for an account without one.
    """
    if accepts(user_name):
        return user_name
    if email is not None and accepts(None):
        return None
    return derive_username(user_name)
