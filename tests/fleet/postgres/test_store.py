"""The store in PostgreSQL keeps the contract of a fleet's store."""

from __future__ import annotations

from tests.fleet.store_contract import FleetStoreContract


class TestPostgresStore(FleetStoreContract):
    """With the fixture `open_store` of this folder."""
