"""Models of SCIM: what a server announces of itself, and resources as JSON objects."""

from __future__ import annotations

from orgsdk.providers.scim.models.discovery import ResourceType, Schema, ServiceProviderConfig
from orgsdk.providers.scim.models.resources import SCIMResource
from orgsdk.providers.scim.models.server import SCIMServer, read_server

__all__ = ["ResourceType", "SCIMResource", "SCIMServer", "Schema", "ServiceProviderConfig", "read_server"]
