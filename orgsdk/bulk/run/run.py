"""Apply a plan or resume an interrupted run: start, iterate the outcomes, and close."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from orgsdk.bulk.planning.guards import check_plan
from orgsdk.bulk.planning.ordering import in_waves
from orgsdk.bulk.planning.target import find_target
from orgsdk.bulk.run.engine import Engine
from orgsdk.bulk.run.executor import WriteExecutor, read_user_snapshot
from orgsdk.bulk.run.files import RunFiles, RunPaths
from orgsdk.bulk.run.history import ended_outcomes, own_writes, remaining_tasks
from orgsdk.bulk.run.journal import JournalFile
from orgsdk.bulk.run.report import RunCounters, StoppedError
from orgsdk.bulk.workers import DEFAULT_CONCURRENCY, RateLimitPause, Workers
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from orgsdk.bulk.planning.plan import Plan
    from orgsdk.bulk.run.history import MembershipBatch, Task
    from orgsdk.bulk.run.journal import JournalEntry
    from orgsdk.bulk.run.report import Outcome, Progress, Report
    from orgsdk.resources import OrganizationHandle


@dataclass(frozen=True, slots=True)
class StartedRun:
    """Hold a run's plan, what is left of it in waves, what was done before, and the files that are open."""

    plan: Plan
    waves: Sequence[Sequence[Task]]
    done: Sequence[Outcome]
    files: RunFiles


async def start_run(
    organization: OrganizationHandle, paths: RunPaths, plan: Plan | None, confirm_removals: tuple[int, str] | None
) -> StartedRun:
    """Open the run of a plan, or, where it is None, of the journal that `paths` names.

    Raises what `check_plan` and the files raise; nothing is open then.
    """
    kept = _RunOrigin(plan) if plan is not None else await to_thread.run_sync(_read_journal, paths.journal or Path())
    if kept.journal is not None:
        told = kept.told
        paths = RunPaths.of(journal=paths.journal, audit=told.get("audit"), passwords=told.get("passwords"))
        confirm_removals = (int(told["confirmed"]), kept.plan.hash) if "confirmed" in told else None
    plan, files = kept.plan, RunFiles(paths, kept.plan, kept.journal)
    try:
        place = await find_target(organization)
        check_plan(plan, place, now=datetime.now(UTC), confirm_removals=confirm_removals)
        passwords = paths.passwords is not None
        done = ended_outcomes(plan.writes, kept.entries, passwords=passwords)
        waves = remaining_tasks(in_waves(plan.writes), kept.entries, passwords=passwords)
        confirmed = {} if confirm_removals is None else {"confirmed": str(confirm_removals[0])}
        await files.open(place, done, [task.write for wave in waves for task in wave], confirmed)
    except BaseException:
        await files.aclose()
        raise
    return StartedRun(plan, waves, done, files)


@dataclass(frozen=True, slots=True)
class _RunOrigin:
    plan: Plan
    journal: JournalFile | None = None
    told: Mapping[str, str] = field(default_factory=dict[str, str])
    entries: Sequence[JournalEntry] = ()


def _read_journal(path: Path) -> _RunOrigin:
    file = JournalFile(path, must_exist=True)
    try:
        plan, told, entries = file.read()
    except BaseException:
        file.close()
        raise
    return _RunOrigin(plan, file, told, entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """Hold how a run is to go; see `apply`."""

    concurrency: int = DEFAULT_CONCURRENCY
    paths: RunPaths
    confirm_removals: tuple[int, str] | None = None
    on_progress: Callable[[Progress], None] | None = None

    def __post_init__(self) -> None:
        if self.concurrency < 1:
            raise InvalidArgumentError(f"concurrency is {self.concurrency}: pass 1 or more.")


class Run:
    """Give the outcomes of a plan's writes as they come, a handful at a time; or, awaited, the report.

    Nothing runs between two outcomes. A loop that is left may be taken up again; `async with`, or `aclose`, lets go
    of the organization and the files at once. A run that is cancelled, or that raised, is over: its journal is to be
    resumed. `report` can be had at any time.

    Example: `async for outcome in run: print(outcome.write.origin, outcome.status)`
    """

    def __init__(self, organization: OrganizationHandle, settings: RunSettings, plan: Plan | None) -> None:
        self._organization = organization
        self._settings = settings
        self._plan = plan
        self._counters = RunCounters(settings.on_progress)
        self._pause = RateLimitPause(self._counters.emit_progress)
        if plan is not None:
            self._counters.set_plan(plan)
        self._files: RunFiles | None = None
        self._engine: Engine | None = None
        self._workers: Workers[Task | MembershipBatch, None] | None = None
        self._ready: deque[Outcome] = deque()
        self._stopped: StoppedError | None = None
        self._is_over = False

    def __repr__(self) -> str:
        return f"Run({self.report.summary()!r})"

    @property
    def report(self) -> Report:
        """Sum up what the run has done until now, and before it was resumed."""
        return self._counters.report

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Outcome:
        while not self._ready:
            if self._stopped is not None:
                stopped, self._stopped = self._stopped, None
                raise stopped
            if self._is_over:
                raise StopAsyncIteration
            try:
                await self._step()
            except BaseException:
                await self.aclose()
                raise
        return self._ready.popleft()

    def __await__(self) -> Generator[object, None, Report]:
        return self._to_the_end().__await__()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the run, close its files and let go of the organization. What was begun is in the report, and in the
        journal, to be resumed."""
        with anyio.CancelScope(shield=True):
            self._is_over = True
            files, self._files = self._files, None
            try:
                if self._engine is not None:
                    self._engine.give_up()
                    fresh = self._counters.take()
                    if files is not None:
                        await files.keep(fresh)
            finally:
                if files is not None:
                    await files.aclose()

    async def _to_the_end(self) -> Report:
        async for _ in self:
            pass
        return self.report

    async def _step(self) -> None:
        if self._engine is None or self._files is None:
            await self._begin()
            return
        engine = self._engine
        if self._workers is None:
            await self._pause.wait()
            self._workers = Workers(engine.units(), engine.work, concurrency=self._settings.concurrency)
        worked = await self._workers.turn()
        if not worked:
            self._workers = None
            if not self._pause.is_active and not engine.advance():
                await self._end(engine, self._files)
                return
        await self._take(self._files)

    async def _take(self, files: RunFiles) -> None:
        outcomes = self._counters.take()
        await files.keep(outcomes)
        self._ready.extend(outcomes)

    async def _end(self, engine: Engine, files: RunFiles) -> None:
        engine.give_up()
        self._counters.stopped = engine.stopped
        await self._take(files)
        if engine.stopped is None:
            await files.finish()
        else:
            self._stopped = StoppedError(self.report.summary(), self.report)
            self._stopped.__cause__ = engine.refusal
        await self.aclose()

    async def _begin(self) -> None:
        settings = self._settings
        started = await self._pause.call(
            partial(start_run, self._organization, settings.paths, self._plan, settings.confirm_removals)
        )
        # By the run alone: what is left of a cancelled task may refer to all else until the garbage is collected.
        started.files.close_with(self)
        self._files = started.files
        self._counters.set_plan(started.plan)
        self._counters.restore(started.done)
        pending = [task.write for wave in started.waves for task in wave]
        current = await read_user_snapshot(started.plan, pending, self._organization, self._pause)
        self._engine = Engine(
            WriteExecutor(self._organization),
            started.files,
            self._counters,
            self._pause,
            current,
            own_writes(started.done, started.waves),
            started.waves,
        )


def apply(
    plan: Plan,
    organization: OrganizationHandle,
    *,
    concurrency: int = DEFAULT_CONCURRENCY,
    journal: Path | str | None = None,
    audit: Path | str | None = None,
    passwords: Path | str | None = None,
    confirm_removals: tuple[int, str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Do exactly what the plan says; nothing is sent until the run is iterated or awaited.

    Up to `concurrency` writes are in flight; the client's own bound holds as well. `journal` is a file, not there
    yet, that lets `resume` go on after any end of the process. `audit` is a file that gets one line a write behind
    those it has, see `verify_audit`. With `passwords` each new account gets a generated one, which stands in that
    file and nowhere else; without, it has none, or one that nobody knows, as the provider makes it. All three are for
    their owner alone (mode 0600). `confirm_removals` is the number of the plan's removals and its hash, for a plan
    that is refused for their number. `on_progress` is called after each request.

    Raises `InvalidArgumentError` at once. The run raises, before anything is sent, `PlanError` for a plan that is too
    old or of another place, or a journal that is in use, `GuardError` for one that its guards refuse, and
    `LockedError` where another run works on the organization; and `StoppedError`, after the outcomes that it has,
    for a wave of failures (over 20 % of the latest 250, and of at least 50) and for a refused sign-in. What goes
    wrong with one person is an outcome, not an error.

    Example: `report = await bulk.apply(plan, client.organization("org_id"), journal="run.journal")`
    """
    settings = RunSettings(
        concurrency=concurrency,
        paths=RunPaths.of(journal=journal, audit=audit, passwords=passwords),
        confirm_removals=confirm_removals,
        on_progress=on_progress,
    )
    return Run(organization, settings, plan)


def resume(
    journal: Path | str,
    organization: OrganizationHandle,
    *,
    concurrency: int = DEFAULT_CONCURRENCY,
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Go on with the run of a journal where it was interrupted: by a signal, a crash, or `StoppedError`.

    Plan, audit, passwords and the confirmation of removals are those of the run, as the journal has them. What may
    have been done is looked up first, what failed because the provider could not be reached is tried again, and what
    has ended is not touched. The outcomes are those of the rest; the report sums up the whole run. One that was at
    its end sends nothing more.

    Raises as `apply` does, and `PlanError` where the file is no journal or nothing was begun in it.

    Example: `report = await bulk.resume("run.journal", client.organization("org_id"))`
    """
    settings = RunSettings(concurrency=concurrency, paths=RunPaths.of(journal=journal), on_progress=on_progress)
    return Run(organization, settings, None)
