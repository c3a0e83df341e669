"""Keep thousands of organizations like their rosters, night by night, on one machine or on many.

Example:
    ``report = await Fleet.load("fleet.toml").sync()``
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.fleet.budget import NightForecast as NightForecast
    from orgsdk.fleet.config_file import FleetConfig as FleetConfig, load_config as load_config
    from orgsdk.fleet.context import WorkContext as WorkContext
    from orgsdk.fleet.credentials import FleetCredentials as FleetCredentials, OpenClient as OpenClient
    from orgsdk.fleet.entries import FleetEntry as FleetEntry
    from orgsdk.fleet.errors import (
        BudgetError as BudgetError,
        DuplicateNameError as DuplicateNameError,
        FencedError as FencedError,
        FleetConfigError as FleetConfigError,
        FleetError as FleetError,
        FleetGuardError as FleetGuardError,
        NoRunError as NoRunError,
        OpenRunError as OpenRunError,
        RosterError as RosterError,
        SecretError as SecretError,
    )
    from orgsdk.fleet.fleet import Fleet as Fleet
    from orgsdk.fleet.guards import FleetFigures as FleetFigures
    from orgsdk.fleet.key_work import KeyResult as KeyResult, work_key as work_key
    from orgsdk.fleet.observer import FleetObserver as FleetObserver, UnitObservation as UnitObservation
    from orgsdk.fleet.options import (
        FleetBudget as FleetBudget,
        FleetGuards as FleetGuards,
        FleetOptions as FleetOptions,
    )
    from orgsdk.fleet.phases import advance as advance
    from orgsdk.fleet.postgres import PostgresStore as PostgresStore
    from orgsdk.fleet.progress import FleetProgress as FleetProgress, KeyProgress as KeyProgress
    from orgsdk.fleet.report import FleetReport as FleetReport, FleetRun as FleetRun
    from orgsdk.fleet.rosters import LoadRoster as LoadRoster
    from orgsdk.fleet.secrets import Reference as Reference
    from orgsdk.fleet.sqlite_store import SQLiteStore as SQLiteStore
    from orgsdk.fleet.store import FleetStore as FleetStore, KeySession as KeySession
    from orgsdk.fleet.units import (
        KeyRecord as KeyRecord,
        OrganizationRecord as OrganizationRecord,
        RunRecord as RunRecord,
        UnitRecord as UnitRecord,
    )
    from orgsdk.fleet.worker import run_worker as run_worker
else:
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__,
        {
            ".budget": ["NightForecast"],
            ".config_file": ["FleetConfig", "load_config"],
            ".context": ["WorkContext"],
            ".credentials": ["FleetCredentials", "OpenClient"],
            ".entries": ["FleetEntry"],
            ".errors": [
                "BudgetError",
                "DuplicateNameError",
                "FencedError",
                "FleetConfigError",
                "FleetError",
                "FleetGuardError",
                "NoRunError",
                "OpenRunError",
                "RosterError",
                "SecretError",
            ],
            ".fleet": ["Fleet"],
            ".guards": ["FleetFigures"],
            ".key_work": ["KeyResult", "work_key"],
            ".observer": ["FleetObserver", "UnitObservation"],
            ".options": ["FleetBudget", "FleetGuards", "FleetOptions"],
            ".phases": ["advance"],
            ".postgres": ["PostgresStore"],
            ".progress": ["FleetProgress", "KeyProgress"],
            ".report": ["FleetReport", "FleetRun"],
            ".rosters": ["LoadRoster"],
            ".secrets": ["Reference"],
            ".sqlite_store": ["SQLiteStore"],
            ".store": ["FleetStore", "KeySession"],
            ".units": ["KeyRecord", "OrganizationRecord", "RunRecord", "UnitRecord"],
            ".worker": ["run_worker"],
        },
    )
