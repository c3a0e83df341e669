"""The providers that come with orgsdk, loaded when named."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgsdk.providers.flat import Flat, FlatRefreshToken
    from orgsdk.providers.logto import Logto
    from orgsdk.providers.memory import Memory

_MODULES = {
    "Flat": "orgsdk.providers.flat",
    "FlatRefreshToken": "orgsdk.providers.flat",
    "Logto": "orgsdk.providers.logto",
    "Memory": "orgsdk.providers.memory",
}

__all__ = ["Flat", "FlatRefreshToken", "Logto", "Memory"]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
