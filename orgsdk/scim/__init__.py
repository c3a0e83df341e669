"""A SCIM 2.0 gateway: identity providers such as Okta and Entra ID provision users through it into any provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.scim.application import gateway as gateway, gateways as gateways
    from orgsdk.scim.audit import AuditEvent as AuditEvent, AuditLog as AuditLog
    from orgsdk.scim.database import Database as Database
    from orgsdk.scim.deactivations import (
        DeactivationGuard as DeactivationGuard,
        DeactivationLimit as DeactivationLimit,
        Quarantine as Quarantine,
        QuarantinedError as QuarantinedError,
    )
    from orgsdk.scim.id_map import IdMap as IdMap, MapEntry as MapEntry, TakenError as TakenError
    from orgsdk.scim.options import GatewayOptions as GatewayOptions, Tenant as Tenant
    from orgsdk.scim.tables import DatabaseError as DatabaseError
    from orgsdk.scim.tokens import TokenRecord as TokenRecord, TokenStore as TokenStore
else:
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__,
        {
            ".application": ["gateway", "gateways"],
            ".audit": ["AuditEvent", "AuditLog"],
            ".database": ["Database"],
            ".deactivations": ["DeactivationGuard", "DeactivationLimit", "Quarantine", "QuarantinedError"],
            ".id_map": ["IdMap", "MapEntry", "TakenError"],
            ".options": ["GatewayOptions", "Tenant"],
            ".tables": ["DatabaseError"],
            ".tokens": ["TokenRecord", "TokenStore"],
        },
    )
