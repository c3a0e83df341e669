"""What the work on keys and units needs: the store, the options, the open clients, and how rosters are loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import SecretStr

from orgsdk.bulk import DerivedPasswords
from orgsdk.fleet.credentials import ClientPool
from orgsdk.fleet.observer import FleetObserver
from orgsdk.fleet.options import FleetOptions
from orgsdk.fleet.rosters import LoadRoster
from orgsdk.fleet.secrets import Reference
from orgsdk.fleet.store import FleetStore


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class WorkContext:
    """What the work on keys and units needs. `Fleet.context` opens one.

    Attributes:
        store: The store.
        options: The fleet's options.
        clients: The open clients.
        environ: The environment variables that references name.
        observer: Observes the work.
        load_roster: Loads rosters from addresses; None if all are in files.
        now: Returns the time, in UTC.
    """

    store: FleetStore
    options: FleetOptions
    clients: ClientPool
    environ: Mapping[str, str]
    observer: FleetObserver
    load_roster: LoadRoster | None = None
    now: Callable[[], datetime] = utc_now
    _password_key: SecretStr | None = field(default=None, init=False, repr=False)

    async def derived_passwords(self, epoch: int, name: str) -> DerivedPasswords | None:
        """Return the passwords of new accounts of one organization in one run.

        Args:
            epoch: The run.
            name: The organization's name in the fleet.

        Returns:
            The passwords, the same in every process; None if the fleet generates none.

        Raises:
            SecretError: The key of the passwords cannot be found.
            InvalidArgumentError: The key is too short.
        """
        if self.options.passwords is None:
            return None
        if self._password_key is None:
            self._password_key = await Reference.parse(self.options.passwords).resolve(self.environ)
        return DerivedPasswords(self._password_key, f"fleet {epoch} {name}")
