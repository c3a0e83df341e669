"""The store of an address: an SQLite file of a path, or a PostgreSQL database of ``postgresql://…``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from orgsdk.fleet.store import FleetStore


def open_store(address: str) -> FleetStore:
    """Return the store of a path or an address, which is not open yet.

    Args:
        address: The path of an SQLite file, or the address of a PostgreSQL database, ``postgresql://…``.

    Returns:
        The store.

    Raises:
        ConfigurationError: The address is of another database. The error does not show it.
    """
    scheme, found, _ = address.partition("://")
    if not found:
        from orgsdk.fleet.sqlite_store import SQLiteStore

        return SQLiteStore(address)
    if scheme in {"postgres", "postgresql"}:
        from orgsdk.fleet.postgres import PostgresStore  # on use: it needs an extra

        return PostgresStore(address)
    raise ConfigurationError("The store is neither a path nor an address postgresql://…: write one of them.")
