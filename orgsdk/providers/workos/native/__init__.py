"""Native interface of WorkOS: every operation on organizations, users and roles, under the names of its own client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.providers.workos.native.api import WorkOSAPI as WorkOSAPI
else:
    # The operations and their models take longer to import than the rest of the provider, which uses the routes.
    __getattr__, __dir__, __all__ = lazy_attributes(__name__, {".api": ["WorkOSAPI"]})
