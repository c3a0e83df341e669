"""Beginning a run, or going on with one: all that is checked and opened before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread

from orgsdk.bulk.guards import check_plan
from orgsdk.bulk.history import ended, tasks_left
from orgsdk.bulk.journal_file import JournalFile
from orgsdk.bulk.ordering import in_waves
from orgsdk.bulk.reading import locate
from orgsdk.bulk.records import Paths, Records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orgsdk.bulk.journal_file import Entry
    from orgsdk.bulk.outcome import Outcome
    from orgsdk.bulk.plans import Plan
    from orgsdk.bulk.tasks import Task
    from orgsdk.resources import OrganizationHandle


@dataclass(frozen=True, slots=True)
class Begun:
    """Hold a run's plan, what is left of it in waves, what was done before, and the files that are open."""

    plan: Plan
    waves: Sequence[Sequence[Task]]
    done: Sequence[Outcome]
    records: Records


async def begin(
    organization: OrganizationHandle, paths: Paths, plan: Plan | None, confirm_removals: tuple[int, str] | None
) -> Begun:
    """Open the run of a plan, or, where it is None, of the journal that `paths` names.

    Raises what `check_plan` and the files raise; nothing is open then.
    """
    kept = _Kept(plan) if plan is not None else await to_thread.run_sync(_read, paths.journal or Path())
    if kept.journal is not None:
        told = kept.told
        paths = Paths.of(journal=paths.journal, audit=told.get("audit"), passwords=told.get("passwords"))
        confirm_removals = (int(told["confirmed"]), kept.plan.hash) if "confirmed" in told else None
    plan, records = kept.plan, Records(paths, kept.plan, kept.journal)
    try:
        place = await locate(organization)
        check_plan(plan, place, now=datetime.now(UTC), confirm_removals=confirm_removals)
        passwords = paths.passwords is not None
        done = ended(plan.writes, kept.entries, passwords=passwords)
        waves = tasks_left(in_waves(plan.writes), kept.entries, passwords=passwords)
        confirmed = {} if confirm_removals is None else {"confirmed": str(confirm_removals[0])}
        await records.open(place, done, [task.write for wave in waves for task in wave], confirmed)
    except BaseException:
        await records.aclose()
        raise
    return Begun(plan, waves, done, records)


@dataclass(frozen=True, slots=True)
class _Kept:
    plan: Plan
    journal: JournalFile | None = None
    told: Mapping[str, str] = field(default_factory=dict[str, str])
    entries: Sequence[Entry] = ()


def _read(path: Path) -> _Kept:
    file = JournalFile(path, must_exist=True)
    try:
        plan, told, entries = file.read()
    except BaseException:
        file.close()
        raise
    return _Kept(plan, file, told, entries)
