"""The providers that come with orgsdk, loaded when named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.providers.flat import Flat as Flat, FlatRefreshToken as FlatRefreshToken
    from orgsdk.providers.logto import Logto as Logto
    from orgsdk.providers.memory import Memory as Memory
    from orgsdk.providers.scim import SCIM as SCIM
    from orgsdk.providers.workos import WorkOS as WorkOS
else:
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__,
        {
            ".flat": ["Flat", "FlatRefreshToken"],
            ".logto": ["Logto"],
            ".memory": ["Memory"],
            ".scim": ["SCIM"],
            ".workos": ["WorkOS"],
        },
    )
