"""Start, apply and reopen runs: what may follow what, and how organizations become units in batches."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

import anyio
from anyio import to_thread

from orgsdk.arguments import check_instance, check_integer
from orgsdk.errors import InvalidArgumentError
from orgsdk.fleet.budget import KeyForecast, deadline_of, expected_requests, make_forecast
from orgsdk.fleet.entries import FleetEntry
from orgsdk.fleet.errors import BudgetError, FencedError, FleetGuardError, NoRunError, OpenRunError
from orgsdk.fleet.fingerprints import is_verified_on
from orgsdk.fleet.progress import FleetProgress, read_progress
from orgsdk.fleet.report import FleetRun
from orgsdk.fleet.units import ENDED_RUNS, OPEN_STATES, KeyRecord, RunRecord, RunState, UnitRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from orgsdk.fleet.options import FleetOptions
    from orgsdk.fleet.store import FleetStore
    from orgsdk.fleet.units import RunMode, UnitState

_BATCH: Final = 500
_MAX_EPOCH: Final = 2**31 - 1
# A run that starts before noon belongs to the night that began the evening before.
_NOON: Final = timedelta(hours=12)
_AGAIN: Final[dict[UnitState, UnitState]] = {"failed": "waiting", "stopped": "applying"}


def night_of(now: datetime) -> date:
    """Return the night of a time. It lasts from noon to noon, local time, and has the date of its evening.

    Args:
        now: The time, in UTC.

    Returns:
        The date.
    """
    return (now.astimezone() - _NOON).date()


async def start_run(
    store: FleetStore,
    entries: Iterable[FleetEntry] | AsyncIterable[FleetEntry],
    options: FleetOptions,
    *,
    mode: RunMode,
    night: date,
    now: datetime,
) -> FleetRun:
    """Start a run with the organizations of a fleet, which are added in batches.

    Args:
        store: The store, open.
        entries: The organizations.
        options: The fleet's options.
        mode: `"plan"` or `"sync"`.
        night: The night.
        now: The time, in UTC.

    Returns:
        The run, with what it is expected to take.

    Raises:
        OpenRunError: A run of the night is still open.
        BudgetError: The budget is too small, and its `excess` is `"refuse"`.
        FleetConfigError: An organization is invalid.
        DuplicateNameError: Two organizations have the same name.
    """
    latest = await to_thread.run_sync(store.run)
    if latest is not None and latest.night >= night and latest.state not in ENDED_RUNS | {"starting"}:
        raise OpenRunError(
            f"Run {latest.epoch} of the night {latest.night} is {latest.state}: resume or cancel it first."
        )
    run = RunRecord(
        night=night,
        mode=mode,
        judge="whole" if mode == "plan" else options.guards.judge,
        started_at=now,
        deadline=deadline_of(options.budget, now),
    )
    epoch = await to_thread.run_sync(_number, store, run, 0 if latest is None else latest.epoch)
    try:
        keys: dict[str, KeyForecast] = {}
        number = 0
        async with aclosing(_batches(entries)) as batches:
            async for batch in batches:
                units = await to_thread.run_sync(_make_units, store, batch, number, night, options, keys)
                await to_thread.run_sync(store.add_units, epoch, units)
                number += len(units)
        forecast = make_forecast(keys, options.budget)
        if forecast.statement is not None and options.budget.excess == "refuse":
            raise BudgetError(f"{forecast.statement} Nothing was started: raise the budget, or cut it (excess).")
        if forecast.allowances:
            await to_thread.run_sync(store.set_allowances, epoch, forecast.allowances)
        ready = replace(
            run,
            epoch=epoch,
            state="planning" if run.judge == "whole" else "applying",
            detail=forecast.statement,
        )
        await to_thread.run_sync(_set_state, store, ready)
    except BaseException:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(_drop, store, epoch, now)
        raise
    return FleetRun(epoch=epoch, night=night, mode=mode, forecast=forecast)


def apply_plans(store: FleetStore, confirm: str | None) -> FleetRun:
    """Let the latest run apply its plans. It blocks.

    Args:
        store: The store, open.
        confirm: The hash of the run, if guards of the fleet refuse its plans.

    Returns:
        The run.

    Raises:
        NoRunError: The latest run has no plans to apply.
        FleetGuardError: The plans are refused, and `confirm` is not their hash.
    """
    run = store.run()
    if run is None or run.state not in {"planned", "refused"}:
        raise NoRunError('There are no plans to apply: make them with start("plan") and work().')
    applied = _confirmed(run, {confirm} if confirm is not None else set())
    store.wake_keys(run.epoch)
    if not store.update_run(replace(applied, mode="apply", state="applying"), expected=run.state):
        raise OpenRunError(f"Run {run.epoch} was changed meanwhile: look at its status.")
    return FleetRun(epoch=run.epoch, night=run.night, mode="apply")


def reopen(store: FleetStore, confirm: set[str]) -> int:
    """Let the latest run try again what failed or was stopped. It blocks.

    Args:
        store: The store, open.
        confirm: The hash of the run, or those of plans that guards refuse.

    Returns:
        The run's epoch.

    Raises:
        NoRunError: There is no run, or it was cancelled.
        FleetGuardError: The run is refused, and its hash is not confirmed.
    """
    run = store.run()
    if run is None or run.state == "starting":
        raise NoRunError("There is no run to resume: start one.")
    if run.state == "cancelled":
        raise NoRunError(f"Run {run.epoch} was cancelled and cannot be resumed: start another one.")
    confirmed = _confirmed(run, confirm)
    if run.state != "refused":  # what failed is planned and judged again after the plans that were confirmed
        store.move_units(run.epoch, _AGAIN)
    if confirm:
        store.move_units(run.epoch, {"guarded": "planned"}, plan_hashes=confirm)
    store.wake_keys(run.epoch)
    state = _state_again(run, store.keys(run.epoch))
    again = replace(confirmed, state=state, ended_at=_end_of(run, state))
    if state != run.state:
        again = replace(again, detail=None)  # it was about what is tried again now
    store.update_run(again, expected=run.state)
    return run.epoch


def _state_again(run: RunRecord, keys: Iterable[KeyRecord]) -> RunState:
    """Return the state in which a run goes on that is resumed."""
    open_states = {state for key in keys for state, number in key.counts.items() if number and state in OPEN_STATES}
    if run.state in {"refused", "stopped"}:
        return "applying"
    if run.state not in {"finished", "planned"} or not open_states:
        return run.state
    if run.judge == "whole" and open_states & {"waiting", "planning"}:
        return "planning"
    return run.state if run.mode == "plan" and run.state == "planned" else "applying"


def _end_of(run: RunRecord, state: RunState) -> datetime | None:
    return run.ended_at if state in ENDED_RUNS else None


def find_epoch(store: FleetStore, epoch: int | None) -> int:
    """Return the epoch of a run, by default of the latest one. It blocks.

    Args:
        store: The store, open.
        epoch: The run. None for the latest one.

    Returns:
        The epoch.

    Raises:
        NoRunError: There is no such run.
    """
    if epoch is not None:
        check_integer("epoch", epoch, least=1, most=_MAX_EPOCH, error=InvalidArgumentError)
    run = store.run(epoch)
    if run is None:
        wanted = "no run yet" if epoch is None else f"no run {epoch}"
        raise NoRunError(f"There is {wanted} in {store.name}: start one.")
    return run.epoch


def find_progress(store: FleetStore, epoch: int) -> FleetProgress:
    """Return the progress of a run. It blocks.

    Args:
        store: The store, open.
        epoch: The run.

    Returns:
        The progress.

    Raises:
        NoRunError: There is no such run.
    """
    found = read_progress(store, epoch)
    if found is None:
        raise NoRunError(f"There is no run {epoch} in {store.name}.")
    return found


def _confirmed(run: RunRecord, confirm: set[str]) -> RunRecord:
    """Return a run whose plans may be applied. Raises `FleetGuardError` if they are refused and not confirmed."""
    if run.state == "refused" and run.hash not in {*run.confirmed, *confirm}:
        raise FleetGuardError(
            f"The plans of run {run.epoch} are refused: {run.detail}. If the changes are intended, confirm the hash "
            f"{run.hash}."
        )
    return replace(run, confirmed=tuple(sorted({*run.confirmed, *confirm})))


def _number(store: FleetStore, run: RunRecord, after: int) -> int:
    return store.start_run(run, after=after)


def _set_state(store: FleetStore, run: RunRecord) -> None:
    if not store.update_run(run, expected="starting"):
        raise FencedError(f"Run {run.epoch} was changed while it was started.")


def _drop(store: FleetStore, epoch: int, now: datetime) -> None:
    """Cancel a run that could not be started."""
    run = store.run(epoch)
    if run is not None and run.state == "starting":
        store.cancel(epoch, now)


async def _batches(entries: Iterable[FleetEntry] | AsyncIterable[FleetEntry]) -> AsyncGenerator[list[FleetEntry]]:
    if isinstance(entries, AsyncIterable):
        async with AsyncExitStack() as stack:
            source = aiter(entries)
            if isinstance(source, AsyncGenerator):
                stack.push_async_callback(source.aclose)
            batch: list[FleetEntry] = []
            async for entry in source:
                batch.append(_check(entry))
                if len(batch) == _BATCH:
                    yield batch
                    batch = []
            if batch:
                yield batch
        return
    iterator = iter(entries)
    while batch := [_check(entry) for entry in islice(iterator, _BATCH)]:
        yield batch


def _check(entry: object) -> FleetEntry:
    check_instance("an organization of the fleet", entry, FleetEntry, "a FleetEntry")
    return entry  # type: ignore[return-value]  # it was checked


def _make_units(
    store: FleetStore,
    entries: Sequence[FleetEntry],
    number: int,
    night: date,
    options: FleetOptions,
    keys: dict[str, KeyForecast],
) -> list[UnitRecord]:
    """Return the units of a batch, and add what they are expected to take to the forecast of their keys."""
    known = store.organizations([entry.name for entry in entries])
    units: list[UnitRecord] = []
    for position, entry in enumerate(entries, number):
        found = known.get(entry.name)
        verify = is_verified_on(entry.name, night, options.verify_share)
        estimate = expected_requests(found, verify=verify, budget=options.budget)
        keys.setdefault(entry.limit_key, KeyForecast()).add(estimate, None if found is None else found.rate)
        units.append(
            UnitRecord(
                number=position,
                name=entry.name,
                key=entry.limit_key,
                entry=entry.to_json(),
                verify=verify,
                verified=None if found is None else found.verified,
                estimate=estimate,
            )
        )
    return units
