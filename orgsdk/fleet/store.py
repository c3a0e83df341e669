"""What the fleet needs of a store: runs, units and keys, and all that is written under the lock of one key.

All methods are synchronous and are called in worker threads. Those of a store may be called by several threads at
once; those of a session by one at a time. A store that cannot be reached raises `bulk.StoreError`. A run is fenced if a
later one was started or it was cancelled: whatever its workers write raises `FencedError` then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from orgsdk.bulk import AuditStore, JournalStore, Lock
from orgsdk.fleet.units import KeyRecord, OrganizationRecord, RunRecord, RunState, UnitRecord, UnitState
from orgsdk.responses import RequestRate


class FleetStore(Protocol):
    """Keep the runs of a fleet: `SQLiteStore` on one machine, `PostgresStore` on several.

    No method takes work for each user, and none returns a list that grows with the organizations but `keys`, which
    grows with the limit keys.
    """

    @property
    def name(self) -> str:
        """What messages call the store: a path, or a database without its password."""
        ...

    def open(self) -> None:
        """Connect, and create what is missing. A second call does nothing."""
        ...

    def close(self) -> None:
        """Close the connections. Sessions are closed before."""
        ...

    def start_run(self, run: RunRecord, *, after: int) -> int:
        """Store a new run, which is empty and has the state ``"starting"``.

        Every earlier run is fenced. Those that have not ended become ``"cancelled"``.

        Args:
            run: The run; its `epoch` is ignored.
            after: Epoch of the latest run that the caller knows, 0 if there is none.

        Returns:
            The epoch of the run.

        Raises:
            FencedError: Another run was started since `after`.
        """
        ...

    def add_units(self, epoch: int, units: Sequence[UnitRecord]) -> None:
        """Add units to a run that is ``"starting"``: all or none.

        Args:
            epoch: The run.
            units: A batch of units.

        Raises:
            DuplicateNameError: Two units of the run have the same name.
            FencedError: The run is fenced.
        """
        ...

    def run(self, epoch: int | None = None) -> RunRecord | None:
        """Return a run, by default the latest one; None if there is none.

        Args:
            epoch: The run. None for the latest one.

        Returns:
            The run; None if there is none.
        """
        ...

    def runs(self, limit: int) -> list[RunRecord]:
        """Return the latest runs, the latest first.

        Args:
            limit: Largest number of them.

        Returns:
            The runs.
        """
        ...

    def update_run(self, run: RunRecord, *, expected: RunState) -> bool:
        """Store a run if its state is still `expected`.

        Args:
            run: The run, with its new values.
            expected: The state that the run must have in the store.

        Returns:
            False if it has another state, so that nothing was changed.

        Raises:
            FencedError: A later run was started.
        """
        ...

    def cancel(self, epoch: int, ended_at: datetime) -> None:
        """Fence a run: its state, and that of its units that have not ended, becomes ``"cancelled"``.

        Args:
            epoch: The run.
            ended_at: When it was cancelled, in UTC.
        """
        ...

    def move_units(
        self, epoch: int, moves: Mapping[UnitState, UnitState], *, plan_hashes: Collection[str] | None = None
    ) -> int:
        """Change the state of all units that have one of some states, and set `taken` and `attempts` to 0.

        Args:
            epoch: The run.
            moves: The new state by the present one.
            plan_hashes: Only units whose plan has one of these hashes. None for all.

        Returns:
            The number of units.

        Raises:
            FencedError: The run is fenced.
        """
        ...

    def set_allowances(self, epoch: int, allowances: Mapping[str, int]) -> None:
        """Set how many requests each key may take in a run that is ``"starting"``. Other keys have no limit.

        Args:
            epoch: The run.
            allowances: Number of requests by key.
        """
        ...

    def wake_keys(self, epoch: int, *, stopped_for: str | None = None) -> None:
        """Let keys of a run work again: they are neither stopped nor asleep.

        Args:
            epoch: The run.
            stopped_for: Only keys that were stopped for a reason that starts with this text. None for all keys.

        Raises:
            FencedError: The run is fenced.
        """
        ...

    def keys(self, epoch: int) -> list[KeyRecord]:
        """Return the keys of a run with the sums of their units, ordered by key.

        Args:
            epoch: The run.

        Returns:
            The keys.
        """
        ...

    def units(
        self,
        epoch: int,
        *,
        states: Collection[UnitState] | None = None,
        key: str | None = None,
        after: int = -1,
        limit: int = 500,
    ) -> list[UnitRecord]:
        """Return units of a run, ordered by number.

        Args:
            epoch: The run.
            states: Only units with one of these states. None for all.
            key: Only units of this key. None for all.
            after: Only units with a larger number.
            limit: Largest number of units.

        Returns:
            The units.
        """
        ...

    def latest_states(self, epoch: int, limit: int) -> list[UnitState]:
        """Return the states of the units that ended last, the latest first, without those that are ``"unchanged"``.

        Args:
            epoch: The run.
            limit: Largest number of them.

        Returns:
            The states.
        """
        ...

    def organizations(self, names: Sequence[str]) -> dict[str, OrganizationRecord]:
        """Return what is kept of organizations, by name. Unknown names are missing.

        Args:
            names: Names of the organizations in the fleet.

        Returns:
            What is kept, by name.
        """
        ...

    def audit_lines(self, name: str) -> Iterator[bytes]:
        """Return the lines of an organization's audit, one by one, with line ends, as `bulk.verify_audit` reads them.

        Args:
            name: The organization's name in the fleet.

        Returns:
            The lines.
        """
        ...

    def open_key(self, epoch: int, key: str) -> KeySession:
        """Take the lock of a key, and return what is written under it.

        Args:
            epoch: The run.
            key: The key.

        Returns:
            The session. The lock is released when it is closed, or the process or the connection ends.

        Raises:
            LockedError: Another worker has the key.
            FencedError: The run is fenced.
        """
        ...

    def prune(self, nights: int) -> None:
        """Delete the runs of all but the latest nights, with their units, plans and journals.

        Audits and `OrganizationRecord` are kept. The latest run is never deleted.

        Args:
            nights: Number of nights that are kept, 1 or more.
        """
        ...


class KeySession(Protocol):
    """All that is done under the lock of one key, in one run.

    Whatever writes raises `FencedError` if the run is fenced or the lock is lost.
    """

    @property
    def epoch(self) -> int:
        """The run."""
        ...

    @property
    def key(self) -> str:
        """The limit key."""
        ...

    def run(self) -> RunRecord:
        """Return the run as it now is.

        Returns:
            The run.

        Raises:
            FencedError: The run is fenced, or the lock is lost.
        """
        ...

    def record(self) -> KeyRecord:
        """Return the key with the sums of its units."""
        ...

    def next_unit(self, states: Sequence[UnitState], *, largest: int | None = None) -> UnitRecord | None:
        """Return the next unit of the key that has one of some states.

        Args:
            states: The states. Units of the first one come first. Those of one state are ordered by `verified`, None
                first, then by `number`.
            largest: Units that are ``"waiting"`` or ``"planned"`` must have an estimate of at most this. None for all.

        Returns:
            The unit; None if there is none.
        """
        ...

    def organization(self, name: str) -> OrganizationRecord | None:
        """Return what is kept of an organization; None if it is new.

        Args:
            name: The organization's name in the fleet.

        Returns:
            What is kept; None if the organization is new.
        """
        ...

    def save(self, unit: UnitRecord, organization: OrganizationRecord | None = None) -> None:
        """Store a unit, and what is kept of its organization: both or none, durable on return.

        Args:
            unit: The unit, with its new values.
            organization: None if it is unchanged.
        """
        ...

    def save_plan(self, unit: UnitRecord, plan: bytes, organization: OrganizationRecord | None = None) -> None:
        """Store a unit with its plan, as `save` does: all or none. The journal of an earlier plan of it is deleted.

        Args:
            unit: The unit, with its new values.
            plan: The plan as `Plan.to_json`.
            organization: What is kept of its organization; None if it is unchanged.
        """
        ...

    def plan(self, unit: UnitRecord) -> bytes | None:
        """Return the plan of a unit; None if there is none.

        Args:
            unit: The unit.

        Returns:
            The plan as `Plan.to_json`; None if there is none.
        """
        ...

    def journal(self, unit: UnitRecord) -> JournalStore:
        """Return the journal of a unit. Its `has_started` is False if no run of the unit's plan has started.

        Args:
            unit: The unit.

        Returns:
            The journal.
        """
        ...

    def audit(self, unit: UnitRecord) -> AuditStore:
        """Return the audit of the unit's organization: one chain of hashes over all runs.

        Args:
            unit: The unit.

        Returns:
            The audit.
        """
        ...

    def lock(self, unit: UnitRecord) -> Lock | None:
        """Return the lock of the unit's organization that `bulk.apply` takes; None for its own.

        Args:
            unit: The unit.

        Returns:
            The lock; None for the own one of `bulk.apply`.
        """
        ...

    def pause(self, until: datetime) -> None:
        """Let the key sleep until a time, in UTC.

        Args:
            until: The time.
        """
        ...

    def stop(self, reason: str) -> None:
        """Let no worker take a unit of the key any more in this run.

        Args:
            reason: Why, without secrets and addresses.
        """
        ...

    def record_rate(self, rate: RequestRate) -> None:
        """Store how many requests the provider of the key accepts.

        Args:
            rate: The number of requests and the period.
        """
        ...

    def close(self) -> None:
        """Release the lock."""
        ...
