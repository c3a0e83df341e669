"""The phases of a run: what follows when no key has any work left. The first worker that notices makes the change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from anyio import to_thread

from orgsdk._messages import count_noun
from orgsdk.fleet.budget import OVER_BUDGET, plan_excess
from orgsdk.fleet.context import WorkContext
from orgsdk.fleet.errors import NoRunError
from orgsdk.fleet.guards import FleetFigures, PlanTotals, judge_fleet
from orgsdk.fleet.key_work import has_work
from orgsdk.fleet.units import RunRecord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from orgsdk.fleet.options import FleetOptions
    from orgsdk.fleet.store import FleetStore
    from orgsdk.fleet.units import UnitRecord, UnitState

_BATCH: Final = 500


async def advance(context: WorkContext, epoch: int) -> RunRecord:
    """Move a run to its next phase if no key has any work left in this one. Any worker may call it at any time.

    When all plans are made, they are judged together; when all are applied, the run is finished and old nights are
    deleted. No request is sent.

    Args:
        context: What the work needs.
        epoch: The run.

    Returns:
        The run as it then is.

    Raises:
        NoRunError: There is no such run.
        StoreError: The store cannot be read or written.
    """
    return await to_thread.run_sync(_advance, context.store, epoch, context.options, context.now())


def _advance(store: FleetStore, epoch: int, options: FleetOptions, now: datetime) -> RunRecord:
    run = _read(store, epoch)
    keys = store.keys(epoch)
    if run.state not in {"planning", "applying"} or any(has_work(key, run) for key in keys):
        return run
    if run.state == "applying":
        left = sum(key.counts.get("waiting", 0) + key.counts.get("planned", 0) for key in keys if key.stopped is None)
        has_budget = run.deadline is not None or any(key.allowance is not None for key in keys)
        why = ", because the budget of the night is used" if has_budget else ": resume the run to plan them again"
        detail = f"{count_noun(left, 'organization')} left waiting{why}"
        finished = replace(run, state="finished", ended_at=now, detail=detail if left else run.detail)
        if store.update_run(finished, expected="applying"):
            store.prune(options.keep_nights)
        return _read(store, epoch)
    totals = sum_plans(store, epoch)
    figures = FleetFigures.of(keys, totals)
    refused = [guard for guard in judge_fleet(figures, options.guards) if not guard.passed]
    found = totals.hash
    excess = plan_excess(keys)
    details = [f"{guard.name}: {guard.detail}" for guard in refused] + ([excess] if excess else [])
    is_refused = bool(refused) or (excess is not None and options.budget.excess == "refuse")
    judged = replace(run, hash=found, detail="; ".join(details) or run.detail)
    if is_refused and found not in run.confirmed:
        judged = replace(judged, state="refused")
    elif run.mode == "plan":
        judged = replace(judged, state="planned")
    else:
        judged = replace(judged, state="applying")
        # The budget reserves requests for plans that are made, if not for another one. A refused sign-in stays refused.
        store.wake_keys(epoch, stopped_for=OVER_BUDGET)
    store.update_run(judged, expected="planning")
    return _read(store, epoch)


def sum_plans(store: FleetStore, epoch: int) -> PlanTotals:
    """Return the sums and the hash of the plans of a run that would be applied. It blocks.

    Args:
        store: The store.
        epoch: The run.

    Returns:
        The sums.
    """
    totals = PlanTotals()
    for unit in iterate_units(store, epoch, {"planned"}):
        totals.add(unit)
    return totals


def iterate_units(
    store: FleetStore, epoch: int, states: set[UnitState] | None = None, *, key: str | None = None
) -> Iterator[UnitRecord]:
    """Yield the units of a run in order, with bounded memory. It blocks.

    Args:
        store: The store.
        epoch: The run.
        states: Only units with one of these states. None for all.
        key: Only units of this key. None for all.

    Yields:
        The units.
    """
    after = -1
    while batch := store.units(epoch, states=states, key=key, after=after, limit=_BATCH):
        yield from batch
        after = batch[-1].number


def _read(store: FleetStore, epoch: int) -> RunRecord:
    run = store.run(epoch)
    if run is None:
        raise NoRunError(f"There is no run {epoch} in {store.name}.")
    return run
