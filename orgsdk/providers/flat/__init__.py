"""Flat (music education): its organization API over REST with `Link` cursors and a bearer token."""

from orgsdk.providers.flat.provider import Flat

__all__ = ["Flat"]
