"""Write the passwords of new accounts: they are derived from the key of the fleet, and kept nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import to_thread

from orgsdk import bulk
from orgsdk.errors import ConfigurationError, InvalidArgumentError
from orgsdk.fleet.phases import iterate_units

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.fleet.context import WorkContext
    from orgsdk.fleet.store import FleetStore


async def save_passwords(context: WorkContext, epoch: int, name: str, path: Path | str) -> int:
    """Write the passwords of the accounts that a run has created in one organization to a CSV file of mode 0600.

    Args:
        context: What the work needs.
        epoch: The latest run.
        name: The organization's name in the fleet.
        path: The file; an existing one is replaced.

    Returns:
        The number of passwords.

    Raises:
        ConfigurationError: The fleet generates no passwords.
        InvalidArgumentError: The run has no organization of this name.
        PlanError: Nothing of the organization's plan was applied.
        LockedError: A worker has the key of the organization.
        FencedError: The run was cancelled.
    """
    passwords = await context.derived_passwords(epoch, name)
    if passwords is None:
        raise ConfigurationError(
            "The fleet generates no passwords: set FleetOptions.passwords, or passwords in the file."
        )
    outcomes = await to_thread.run_sync(_read_outcomes, context.store, epoch, name)
    return await to_thread.run_sync(passwords.save, path, outcomes)


def _read_outcomes(store: FleetStore, epoch: int, name: str) -> list[bulk.Outcome]:
    unit = next((unit for unit in iterate_units(store, epoch) if unit.name == name), None)
    if unit is None:
        raise InvalidArgumentError(f"is no organization of run {epoch}: {name[:100]!r}.", argument="name")
    session = store.open_key(epoch, unit.key)
    try:
        return bulk.read_outcomes(session.journal(unit))
    finally:
        session.close()
