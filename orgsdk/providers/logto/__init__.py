"""Logto (identity): its Management API over REST, with numbered pages and machine-to-machine authentication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.providers.logto.native import LogtoAPI as LogtoAPI
    from orgsdk.providers.logto.provider import Logto as Logto
else:
    # The native API takes long to import, and most clients never use it.
    __getattr__, __dir__, __all__ = lazy_attributes(__name__, {".native": ["LogtoAPI"], ".provider": ["Logto"]})
