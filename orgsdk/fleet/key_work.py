"""The work on one limit key: one unit after the other, under the key's lock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import anyio
from anyio import to_thread

from orgsdk._messages import count_noun
from orgsdk.bulk import LockedError
from orgsdk.fleet.budget import OVER_BUDGET, largest_unit
from orgsdk.fleet.context import WorkContext
from orgsdk.fleet.errors import FencedError
from orgsdk.fleet.guards import trips_stream
from orgsdk.fleet.unit_work import UnitWork

if TYPE_CHECKING:
    from orgsdk.fleet.store import KeySession
    from orgsdk.fleet.units import KeyRecord, RunRecord, UnitState

KeyState: TypeAlias = Literal["more", "empty", "asleep", "locked", "stopped", "fenced"]

# What a run works on, the first ones first. An interrupted unit is always continued before another one is started.
_PLANNING: Final[tuple[UnitState, ...]] = ("planning", "waiting")
_APPLYING: Final[tuple[UnitState, ...]] = ("applying", "planned")
_STREAMING: Final[tuple[UnitState, ...]] = ("applying", "planned", "planning", "waiting")


@dataclass(frozen=True, slots=True)
class KeyResult:
    """How the work on a key ended.

    Attributes:
        state: `"more"` (there are more units), `"empty"` (there is none now), `"asleep"` (until `until`), `"locked"`
            (another worker has the key), `"stopped"` (no unit of it is handed out any more, or the run has stopped), or
            `"fenced"` (the run is fenced).
        units: Number of units that were worked on.
        until: When the key can go on, in UTC; None if it is not asleep.
    """

    state: KeyState
    units: int = 0
    until: datetime | None = None


def states_of(run: RunRecord) -> tuple[UnitState, ...]:
    """Return the states of the units that a run works on.

    Args:
        run: The run.

    Returns:
        The states, the first to continue first. Empty if the run does not work now.
    """
    if run.state == "planning":
        return _PLANNING
    if run.state == "applying":
        return _STREAMING if run.judge == "stream" else _APPLYING
    return ()


def has_work(key: KeyRecord, run: RunRecord) -> bool:
    """Return whether a run has units of a key to work on, now or when it wakes up.

    Args:
        key: The key.
        run: The run.

    Returns:
        True if there are any.
    """
    return key.stopped is None and any(key.counts.get(state) for state in states_of(run))


async def work_key(context: WorkContext, epoch: int, key: str, *, units: int | None = None) -> KeyResult:
    """Work on the units of one key, one after the other, under its lock.

    An error of a unit becomes its state. So this returns, whatever the provider does.

    Args:
        context: What the work needs.
        epoch: The run.
        key: The key.
        units: Largest number of units. None for all.

    Returns:
        How the work ended.

    Raises:
        StoreError: The store cannot be read or written.
    """
    try:
        session = await to_thread.run_sync(context.store.open_key, epoch, key)
    except LockedError:
        return KeyResult("locked")
    except FencedError:
        return KeyResult("fenced")
    try:
        return await _work_units(context, session, units)
    except FencedError:
        return KeyResult("fenced")
    finally:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(session.close)


async def _work_units(context: WorkContext, session: KeySession, units: int | None) -> KeyResult:
    done = 0
    while units is None or done < units:
        run = await to_thread.run_sync(session.run)
        states = states_of(run)
        if not states:
            return KeyResult("stopped", done)
        record = await to_thread.run_sync(session.record)
        if record.stopped is not None:
            return KeyResult("stopped", done)
        if record.until is not None and record.until > context.now():
            return KeyResult("asleep", done, record.until)
        largest = largest_unit(record, run, context.now())
        unit = await to_thread.run_sync(partial(session.next_unit, states, largest=largest))
        if unit is None:
            return await _without_unit(session, record, states, done)
        work = UnitWork(context, session, run, unit, largest)
        failure = await work.work()
        done += 1
        if work.state == "guarded" and run.judge == "stream":
            await to_thread.run_sync(_stop_stream, context, run)
        if failure is not None and failure.until is not None:
            return KeyResult("asleep", done, failure.until)
    return KeyResult("more", done)


async def _without_unit(session: KeySession, record: KeyRecord, states: tuple[UnitState, ...], done: int) -> KeyResult:
    """Return how the work ends if no unit was handed out: there is none, or the budget is too small for those left."""
    left = sum(record.counts.get(state, 0) for state in states)
    if not left:
        return KeyResult("empty", done)
    many = count_noun(left, "organization")
    await to_thread.run_sync(session.stop, f"{OVER_BUDGET} for {many}, which are left waiting")
    return KeyResult("stopped", done)


def _stop_stream(context: WorkContext, run: RunRecord) -> None:
    """Stop a run whose latest plans were refused too often."""
    guards = context.options.guards
    if trips_stream(context.store.latest_states(run.epoch, guards.of_latest), guards):
        detail = (
            f"{guards.stop_after} of the latest {guards.of_latest} plans were refused by a guard: look at them, then "
            "resume or cancel the run"
        )
        context.store.update_run(replace(run, state="stopped", detail=detail), expected=run.state)
