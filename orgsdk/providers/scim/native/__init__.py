"""Native interface of SCIM: requests as RFC 7644 has them, for any attribute and any filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.providers.scim.native.api import SCIMAPI as SCIMAPI
else:
    __getattr__, __dir__, __all__ = lazy_attributes(__name__, {".api": ["SCIMAPI"]})
