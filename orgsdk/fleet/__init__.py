"""Keep thousands of organizations like their rosters, night by night, on one machine or on many.

Example:
    ``report = await Fleet.load("fleet.toml").sync()``
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.fleet.errors import (
        BudgetError as BudgetError,
        DuplicateNameError as DuplicateNameError,
        FencedError as FencedError,
        FleetConfigError as FleetConfigError,
        FleetError as FleetError,
        FleetGuardError as FleetGuardError,
        NoRunError as NoRunError,
        OpenRunError as OpenRunError,
        SecretError as SecretError,
    )
    from orgsdk.fleet.observer import FleetObserver as FleetObserver, UnitObservation as UnitObservation
    from orgsdk.fleet.postgres import PostgresStore as PostgresStore
    from orgsdk.fleet.store import FleetStore as FleetStore, KeySession as KeySession
    from orgsdk.fleet.units import (
        KeyRecord as KeyRecord,
        OrganizationRecord as OrganizationRecord,
        RunRecord as RunRecord,
        UnitRecord as UnitRecord,
    )
else:
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__,
        {
            ".errors": [
                "BudgetError",
                "DuplicateNameError",
                "FencedError",
                "FleetConfigError",
                "FleetError",
                "FleetGuardError",
                "NoRunError",
                "OpenRunError",
                "SecretError",
            ],
            ".observer": ["FleetObserver", "UnitObservation"],
            ".postgres": ["PostgresStore"],
            ".store": ["FleetStore", "KeySession"],
            ".units": ["KeyRecord", "OrganizationRecord", "RunRecord", "UnitRecord"],
        },
    )
