"""Start a run: check its plan, lock the organization and open its files, before the first write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread

from orgsdk._parameters import name_parameters
from orgsdk.bulk.planning.confirmation import Confirmation
from orgsdk.bulk.planning.guards import check_plan
from orgsdk.bulk.planning.ordering import in_waves
from orgsdk.bulk.planning.plan import Plan
from orgsdk.bulk.planning.target import Target, find_target
from orgsdk.bulk.run.files import OpenRunFiles, RunFiles
from orgsdk.bulk.run.history import Task, ended_outcomes, remaining_tasks
from orgsdk.bulk.run.journal import JournalFile
from orgsdk.bulk.run.ports import JournalEntry, JournalStore, path_or_store
from orgsdk.bulk.run.report import Outcome
from orgsdk.bulk.workers import LongPauseError
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from orgsdk.bulk.workers import RateLimitPause
    from orgsdk.resources import OrganizationHandle


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A run's plan, its remaining tasks in waves, the outcomes from before, and its open files.

    `paused` is the rate limit that stops it before it does anything.
    """

    plan: Plan
    waves: Sequence[Sequence[Task]]
    done: Sequence[Outcome]
    files: OpenRunFiles
    paused: LongPauseError | None = None


async def start_run(
    organization: OrganizationHandle,
    files: RunFiles,
    plan: Plan | None,
    confirmation: Confirmation,
    pause: RateLimitPause,
) -> StartedRun:
    """Check and open everything before the first request: the run of `plan`, or if it is None, of the journal.

    Raises what `check_plan` and the files raise; nothing is left open then.
    """
    stored = _StoredRun(plan) if plan is not None else await to_thread.run_sync(_read_journal, files)
    if stored.journal is not None:
        settings = stored.settings
        files = files.or_stored(settings)
        confirmation = Confirmation.stored(settings, stored.plan)
    plan, opened = stored.plan, OpenRunFiles(files, stored.plan, stored.journal)
    paused = None
    try:
        try:
            target = await pause.call(partial(find_target, organization))
        except LongPauseError as error:
            # The journal is started, so that the run can be resumed: that checks the organization again.
            paused, provider = error, organization.provider
            target = Target(provider.name, provider.tenant, plan.organization)
        check_plan(plan, target, now=datetime.now(UTC), confirmation=confirmation)
        passwords = files.passwords is not None
        done = ended_outcomes(plan.writes, stored.entries, passwords=passwords)
        waves = remaining_tasks(in_waves(plan.writes), stored.entries, passwords=passwords)
        confirmed = confirmation.to_settings()
        await opened.open(target, done, [task.write for wave in waves for task in wave], confirmed)
    except BaseException:
        await opened.aclose()
        raise
    return StartedRun(plan, waves, done, opened, paused)


@dataclass(frozen=True, slots=True)
class _StoredRun:
    """A plan; if it was read from a journal, with the journal's settings and entries."""

    plan: Plan
    journal: JournalStore | None = None
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    entries: Sequence[JournalEntry] = ()


@name_parameters
def read_outcomes(journal: Path | str | JournalStore) -> list[Outcome]:
    """Return the outcomes that a journal has, without a request.

    It may block: call it in a worker thread in an async program.

    Args:
        journal: The journal of a run.

    Returns:
        The outcomes of the writes that have ended.

    Raises:
        PlanError: The file is not a journal, or its run never started.
        LockedError: A run has the journal open.
        FileError: The file cannot be read, or is not safe to use.
        InvalidArgumentError: `journal` is neither a path nor a store.

    Example:
        ``outcomes = bulk.read_outcomes("interrupted.journal")``
    """
    opened = _open_journal(path_or_store("journal", journal, "JournalStore"))
    try:
        plan, settings, entries = opened.read()
    finally:
        opened.close()
    return ended_outcomes(plan.writes, entries, passwords="passwords" in settings)


def _open_journal(journal: Path | JournalStore) -> JournalStore:
    store = JournalFile(journal, must_exist=True) if isinstance(journal, Path) else journal
    store.open()
    return store


def _read_journal(files: RunFiles) -> _StoredRun:
    if files.journal is None:
        raise InvalidArgumentError("is None: pass the journal of the run.", argument="journal")
    journal = _open_journal(files.journal)
    try:
        plan, settings, entries = journal.read()
        files.or_stored(settings).check_moved(settings)
    except BaseException:
        journal.close()
        raise
    return _StoredRun(plan, journal, settings, entries)
