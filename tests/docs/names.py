"""Names that pages use without defining them: they represent the reader's own code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr


def open_in_browser(url: str) -> None:
    """Represent a function that opens a URL."""
    assert url.startswith("http")


async def store(access_token: SecretStr, refresh_token: SecretStr) -> None:
    """Represent a function that stores a refresh token."""


NAMES: Mapping[str, object] = {
    "last_night": None,  # the previous plan; there is none at first
    "open_in_browser": open_in_browser,
    "store": store,
}
