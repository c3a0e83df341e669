"""Read an organization's roster in the worker: from files, or by the caller's own function for an address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from anyio import to_thread

from orgsdk._callables import call_function, describe
from orgsdk.bulk import Roster, read_roster
from orgsdk.errors import OrgError
from orgsdk.fleet.entries import FleetEntry
from orgsdk.fleet.errors import RosterError
from orgsdk.fleet.fingerprints import digest_of_files

LoadRoster: TypeAlias = Callable[[FleetEntry], Roster | Awaitable[Roster]]
"""Returns the roster of an entry whose `roster` is an address; may be async."""


@dataclass(slots=True)
class RosterSource:
    """The roster of one entry. Its digest is known before its rows are read, if it is in files.

    Attributes:
        digest: Digest of its content.
        loaded: The roster, if `load_roster` has returned it.
    """

    entry: FleetEntry
    digest: str
    loaded: Roster | None = None

    async def read(self) -> Roster:
        """Return the roster.

        Returns:
            The roster.

        Raises:
            SourceError: Files or rows are invalid.
            FileError: A file cannot be read.
            InvalidArgumentError: An argument of the reader is invalid.
        """
        if self.loaded is not None:
            return self.loaded
        return await to_thread.run_sync(_read_files, self.entry)


async def find_roster(entry: FleetEntry, load_roster: LoadRoster | None) -> RosterSource:
    """Return the source of an entry's roster.

    Args:
        entry: The entry.
        load_roster: Loads the roster of an address.

    Returns:
        The source.

    Raises:
        FileError: A file cannot be read.
        RosterError: `load_roster` is missing, raised an error, or returned something else.
    """
    if entry.address is None:
        return RosterSource(entry, await to_thread.run_sync(digest_of_files, entry))
    if load_roster is None:
        raise RosterError("The roster is an address, and the fleet has no load_roster to read it.")
    try:
        roster = cast("object", await call_function(load_roster, entry))
    except OrgError:
        raise
    except Exception as error:
        # Its message may show the address, or what it was opened with.
        raise RosterError(f"load_roster raised {type(error).__name__}.") from error
    if not isinstance(roster, Roster):
        raise RosterError(f"load_roster returned an object {describe(roster)}: return a bulk.Roster.")
    return RosterSource(entry, roster.fingerprint, roster)


def _read_files(entry: FleetEntry) -> Roster:
    paths = entry.paths
    arguments = cast("dict[str, Any]", dict(entry.reader))
    return read_roster(paths[0] if len(paths) == 1 else paths, entry.preset, **arguments)
