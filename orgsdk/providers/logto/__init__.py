"""Logto (identity): its Management API over REST with page numbers and machine-to-machine sign-in."""

from orgsdk.providers.logto.native import LogtoAPI
from orgsdk.providers.logto.provider import Logto

__all__ = ["Logto", "LogtoAPI"]
