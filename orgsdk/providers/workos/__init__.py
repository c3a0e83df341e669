"""WorkOS: organizations, users and roles of one environment over REST, with an API key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.providers.workos.native import WorkOSAPI as WorkOSAPI
    from orgsdk.providers.workos.provider import WorkOS as WorkOS
else:
    __getattr__, __dir__, __all__ = lazy_attributes(__name__, {".native": ["WorkOSAPI"], ".provider": ["WorkOS"]})
