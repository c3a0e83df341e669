"""The store of a fleet: found by its path or address, opened on first use, and closed after the last one."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from orgsdk.errors import ConfigurationError
from orgsdk.fleet.secrets import Reference, is_reference

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from orgsdk.fleet.store import FleetStore


class SharedStore:
    """A store that several calls use at once. It is open while one of them does.

    Args:
        store: The store, its path or address, or a reference to its address.
        environ: The environment variables that a reference names.
    """

    def __init__(self, store: FleetStore | str | os.PathLike[str], environ: Mapping[str, str]) -> None:
        self._store = store
        self._environ = environ
        self._opened: FleetStore | None = None
        self._users = 0
        self._opening = anyio.Lock()

    @asynccontextmanager
    async def use(self) -> AsyncGenerator[FleetStore]:
        """Open the store, and close it at the end if no other call uses it.

        Yields:
            The store.
        """
        store = await self.acquire()
        try:
            yield store
        finally:
            await self.release()

    async def acquire(self) -> FleetStore:
        """Open the store; `release` closes it.

        Returns:
            The store.

        Raises:
            StoreError: It cannot be opened.
            SecretError: The reference to its address cannot be resolved.
        """
        async with self._opening:
            if self._opened is None:
                store = await self._find()
                await to_thread.run_sync(store.open)
                self._opened = store
            self._users += 1
            return self._opened

    async def release(self) -> None:
        """Close the store if no other call uses it."""
        with anyio.CancelScope(shield=True):
            async with self._opening:
                self._users -= 1
                if not self._users and self._opened is not None:
                    store, self._opened = self._opened, None
                    await to_thread.run_sync(store.close)

    async def _find(self) -> FleetStore:
        if not isinstance(self._store, str | os.PathLike):
            return self._store
        address = os.fspath(self._store)
        if is_reference(address):
            address = (await Reference.parse(address).resolve(self._environ)).get_secret_value()
        return open_store(address)


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
