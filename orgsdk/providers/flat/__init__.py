"""Flat (music education): its organization API over REST, with `Link` cursors and a bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.providers.flat.auth import FlatRefreshToken as FlatRefreshToken
    from orgsdk.providers.flat.native import FlatAPI as FlatAPI
    from orgsdk.providers.flat.provider import Flat as Flat
else:
    # The native API and its models take longer to import than the rest of this package.
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__,
        {
            ".auth": ["FlatRefreshToken"],
            ".native": ["FlatAPI"],
            ".provider": ["Flat"],
        },
    )
