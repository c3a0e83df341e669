"""Flat (music education): its organization API over REST, with `Link` cursors and a bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.flat.auth import FlatRefreshToken
from orgsdk.providers.flat.provider import Flat

if TYPE_CHECKING:
    from orgsdk.providers.flat.native import FlatAPI

__all__ = ["Flat", "FlatAPI", "FlatRefreshToken"]


def __getattr__(name: str) -> object:
    # Imported on first use, as are its models: they take longer to load than the rest of the package.
    if name == "FlatAPI":
        from orgsdk.providers.flat.native import FlatAPI

        return FlatAPI
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
