"""What a page's reader has, and its blocks leave out: names that stand for the reader's own code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr


def open_in_browser(url: str) -> None:
    """Stand for whatever shows a page to a person."""
    assert url.startswith("http")


async def store(access_token: SecretStr, refresh_token: SecretStr) -> None:
    """Stand for whatever keeps a refresh token."""


NAMES: Mapping[str, object] = {
    "last_night": None,  # the plan of the run before, of which there is none the first time
    "open_in_browser": open_in_browser,
    "store": store,
}
