"""Logto (identity): its Management API over REST, with numbered pages and machine-to-machine authentication."""

from orgsdk.providers.logto.native import LogtoAPI
from orgsdk.providers.logto.provider import Logto

__all__ = ["Logto", "LogtoAPI"]
