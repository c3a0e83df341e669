"""SCIM 2.0: the users of any server that speaks it, with its groups as roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.providers.scim.models import SCIMServer as SCIMServer
    from orgsdk.providers.scim.native import SCIMAPI as SCIMAPI
    from orgsdk.providers.scim.provider import SCIM as SCIM
else:
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__, {".models": ["SCIMServer"], ".native": ["SCIMAPI"], ".provider": ["SCIM"]}
    )
