"""Apply a plan or resume an interrupted run: start, iterate the outcomes, and close."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from orgsdk._callables import check_function
from orgsdk._known_names import AsyncOnly
from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_instance, check_integer
from orgsdk.bulk.planning.confirmation import NO_CONFIRMATION, Confirmation
from orgsdk.bulk.planning.plan import Plan
from orgsdk.bulk.planning.recent import DEFAULT_REREAD_AFTER, note_run, take as take_recent_read
from orgsdk.bulk.planning.target import Target
from orgsdk.bulk.run.engine import Engine
from orgsdk.bulk.run.executor import WriteExecutor, read_user_snapshot
from orgsdk.bulk.run.files import OpenRunFiles, RunFiles, timestamp
from orgsdk.bulk.run.forecast import Forecast
from orgsdk.bulk.run.history import Task, own_writes
from orgsdk.bulk.run.ports import AuditStore, JournalStore, Lock, PasswordStore, path_or_store
from orgsdk.bulk.run.report import Outcome, PausedError, Progress, Report, RunCounters, StoppedError
from orgsdk.bulk.run.start import start_run
from orgsdk.bulk.workers import DEFAULT_CONCURRENCY, LongPauseError, RateLimitPause, Workers
from orgsdk.domain import Capability
from orgsdk.errors import InvalidArgumentError
from orgsdk.resources import OrganizationHandle

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import TracebackType
    from typing import Self

    from orgsdk.bulk.run.history import MembershipBatch


@name_parameters
def apply(
    plan: Plan,
    organization: OrganizationHandle,
    *,
    concurrency: int = DEFAULT_CONCURRENCY,
    journal: Path | str | JournalStore | None = None,
    audit: Path | str | AuditStore | None = None,
    passwords: Path | str | PasswordStore | None = None,
    lock: Lock | None = None,
    max_pause: timedelta | None = None,
    reread_after: timedelta = DEFAULT_REREAD_AFTER,
    confirm: str | None = None,
    confirm_removals: tuple[int, str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Apply a plan. Nothing is sent until the run is iterated or awaited.

    The failure of one user is an outcome, not an error. The files have mode 0600.

    Args:
        plan: The plan; exactly its writes are made.
        organization: The handle of the plan's organization.
        concurrency: Largest number of writes in flight, 1 or more. The client's own limit applies as well.
        journal: A new file, or a store, that lets `resume` continue after any end of the process.
        audit: A file, or a store, that gets one line for each write, after existing ones; see `verify_audit`.
        passwords: A CSV file, or a store, that gets a generated password for each new account. Without it, the provider
            decides: an account has no password, or an unknown one.
        lock: What locks the organization against other runs. Default: a lock file of this user on this machine.
        max_pause: Stop at a rate limit that lasts longer than this. Default: wait for every limit.
        reread_after: Read the members again if the plan is older than this. Only for a plan of this process that was
            neither loaded nor copied. Default: 10 seconds. ``timedelta(0)`` always reads them again.
        confirm: The plan's hash, to override the guards that refuse it, if all of them can be overridden.
        confirm_removals: Number of the plan's removals and its hash, to override the removal limits only.
        on_progress: Called after each request.

    Returns:
        The run: iterate it for the outcomes, or await it for the report.

    Raises:
        ConfigurationError: `on_progress` is not a plain function of one argument.
        InvalidArgumentError: `concurrency`, `max_pause`, `reread_after`, a path or a store is invalid.
        UnsupportedError: `passwords` is given, and the provider sets no passwords. The following errors are raised by
            the run.
        PlanError: The plan is too old or of another organization, or the journal belongs to another run.
        GuardError: Guards refuse the plan.
        LockedError: Another run works on the organization.
        StoppedError: The sign-in failed, or over 20 % of the latest 250 writes failed, of at least 50.
        PausedError: A rate limit is longer than `max_pause`; its `until` is when to resume.

    Example:
        ``report = await bulk.apply(plan, client.organization("org_id"), journal="run.journal")``
    """
    settings = RunSettings(
        concurrency=concurrency,
        files=RunFiles.of(journal=journal, audit=audit, passwords=passwords, lock=lock),
        max_pause=max_pause,
        reread_after=reread_after,
        confirmation=Confirmation(confirm, confirm_removals),
        on_progress=on_progress,
    )
    check_instance("plan", plan, Plan, "the result of bulk.plan or Plan.load")
    check_instance("organization", organization, OrganizationHandle, "client.organization('id') of an async client")
    if passwords is not None:
        organization.provider.require(Capability.USERS_PASSWORD)
    return Run(organization, settings, plan)


@name_parameters
def resume(
    journal: Path | str | JournalStore,
    organization: OrganizationHandle,
    *,
    concurrency: int = DEFAULT_CONCURRENCY,
    audit: Path | str | AuditStore | None = None,
    passwords: Path | str | PasswordStore | None = None,
    lock: Lock | None = None,
    max_pause: timedelta | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Resume a run that was interrupted by a signal, a crash, or `StoppedError`.

    Plan, audit, passwords and the confirmation of removals are read from the journal. Writes that may have been done
    are looked up first, writes that failed because the provider could not be reached are tried again, and settled
    writes are not touched. A run that reached its end sends nothing.

    Args:
        journal: The journal of the run.
        organization: The handle of the plan's organization.
        concurrency: Largest number of writes in flight, 1 or more.
        audit: New path of the audit, if it was moved, or should be another file. The journal stores it. Pass a store
            again.
        passwords: New path of the password file, if it was moved. The journal stores it. Pass a store again.
        lock: As for `apply`.
        max_pause: As for `apply`.
        on_progress: Called after each request.

    Returns:
        The run. It yields the outcomes that were left; its report covers the whole run.

    Raises:
        ConfigurationError: `on_progress` is not a plain function of one argument.
        InvalidArgumentError: `concurrency`, `max_pause`, a path or a store is invalid. The following errors are raised
            by the run.
        PlanError: The file is not a journal, its run never started, its plan is too old, a store of the run is not
            passed again, or `passwords` is given and the run generates none, or others.
        FileError: The password file, or the folder of the audit, is not where the journal names it.
        LockedError: Another run works on the organization, or has the journal open.
        StoppedError: As for `apply`, and so is `PausedError`.

    Example:
        ``report = await bulk.resume("interrupted.journal", client.organization("org_id"))``
    """
    settings = RunSettings(
        concurrency=concurrency,
        files=RunFiles.of(
            journal=path_or_store("journal", journal, "JournalStore"), audit=audit, passwords=passwords, lock=lock
        ),
        max_pause=max_pause,
        on_progress=on_progress,
    )
    check_instance("organization", organization, OrganizationHandle, "client.organization('id') of an async client")
    return Run(organization, settings, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """Settings of a run; see `apply`."""

    concurrency: int = DEFAULT_CONCURRENCY
    files: RunFiles
    max_pause: timedelta | None = None
    reread_after: timedelta = timedelta(0)
    confirmation: Confirmation = NO_CONFIRMATION
    on_progress: Callable[[Progress], None] | None = None

    def __post_init__(self) -> None:
        check_integer("concurrency", self.concurrency, least=1, error=InvalidArgumentError)
        check_instance("max_pause", self.max_pause, timedelta | None, "a datetime.timedelta, or leave it out")
        check_instance("reread_after", self.reread_after, timedelta, "a datetime.timedelta, or leave it out")
        for name, value in (("max_pause", self.max_pause), ("reread_after", self.reread_after)):
            if value is not None and value < timedelta(0):
                raise InvalidArgumentError("is negative: pass a longer timedelta, or timedelta(0).", argument=name)
        if self.on_progress is not None:
            check_function(self.on_progress, "on_progress", "one Progress", plain=True)


class Run(AsyncOnly):
    """A run of a plan, from `apply` or `resume`. Iterate it for the outcomes, or await it for the report.

    Outcomes arrive a few at a time, and nothing runs between two of them: a loop may end and continue later. Use
    `async with`, or `aclose`, to close the files and release the organization at once. A run that raised or was
    cancelled has ended: resume it from its journal.

    Args:
        organization: The handle of the organization.
        settings: The settings.
        plan: The plan; None to read it from the journal.

    Example:
        ``async for outcome in run: print(outcome.write.origin, outcome.status)``
    """

    def __init__(self, organization: OrganizationHandle, settings: RunSettings, plan: Plan | None) -> None:
        self._organization = organization
        self._settings = settings
        self._plan = plan
        self._counters = RunCounters(settings.on_progress)
        self._pause = RateLimitPause(self._counters.emit_progress, settings.max_pause)
        if plan is not None:
            self._counters.set_plan(plan)
        self._files: OpenRunFiles | None = None
        self._engine: Engine | None = None
        self._workers: Workers[Task | MembershipBatch, None] | None = None
        self._ready: deque[Outcome] = deque()
        self._stopped: StoppedError | None = None
        self._has_ended = False

    def __repr__(self) -> str:
        return f"Run({self.report.summary()!r})"

    @property
    def report(self) -> Report:
        """The report until now, including what was done before the run was resumed."""
        return self._counters.report

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Outcome:
        while not self._ready:
            if self._stopped is not None:
                stopped, self._stopped = self._stopped, None
                raise stopped
            if self._has_ended:
                raise StopAsyncIteration
            try:
                try:
                    await self._step()
                except LongPauseError as error:
                    await self._stop_at(error)
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
        """End the run, close its files and release the organization.

        Writes that were started are in the report, and in the journal, for `resume`.
        """
        with anyio.CancelScope(shield=True):
            self._has_ended = True
            files, self._files = self._files, None
            try:
                if self._engine is not None:
                    self._engine.give_up()
                fresh = self._counters.take()
                self._counters.end(timestamp())
                if files is not None:
                    await files.save(fresh)
            finally:
                if files is not None:
                    note_run(Target.of_plan(files.plan))  # before the lock is released
                    await files.aclose()

    async def _to_the_end(self) -> Report:
        async for _ in self:
            pass
        return self.report

    async def _step(self) -> None:
        """Start the run, or do one turn of the workers."""
        if self._engine is None or self._files is None:
            await self._start()
            return
        engine = self._engine
        if self._workers is None:
            await self._pause.wait()
            self._workers = Workers(engine.ready(), engine.process, concurrency=self._settings.concurrency)
        processed = await self._workers.turn()
        if not processed:
            self._workers = None
            if not self._pause.is_active and not engine.advance():
                await self._end(engine, self._files)
                return
        await self._save_outcomes(self._files)

    async def _save_outcomes(self, files: OpenRunFiles) -> None:
        outcomes = self._counters.take()
        await files.save(outcomes)
        self._ready.extend(outcomes)

    async def _end(self, engine: Engine, files: OpenRunFiles) -> None:
        engine.give_up()
        self._counters.stopped = engine.stopped
        await self._save_outcomes(files)
        self._counters.end(timestamp())
        if engine.stopped is None:
            await files.finish()
        else:
            self._stopped = StoppedError(self.report.summary(), self.report)
            self._stopped.__cause__ = engine.sign_in_error
        await self.aclose()

    async def _stop_at(self, limit: LongPauseError) -> None:
        then = "Resume the run then." if self._settings.files.journal is not None else "Plan again then."
        self._counters.stopped = f"Paused: {limit} {then}"
        if self._engine is not None and self._files is not None:
            self._engine.give_up()
            await self._save_outcomes(self._files)
        await self.aclose()
        self._stopped = PausedError(self.report.summary(), self.report, limit.until)
        self._stopped.__cause__ = limit.__cause__

    async def _start(self) -> None:
        settings = self._settings
        started = await start_run(self._organization, settings.files, self._plan, settings.confirmation, self._pause)
        recent = None if self._plan is None else take_recent_read(self._plan, settings.reread_after)
        note_run(Target.of_plan(started.plan))
        # Tied to the run only: a cancelled task may keep other objects alive until the garbage is collected.
        started.files.close_with(self)
        self._files = started.files
        self._counters.set_plan(started.plan)
        self._counters.restore(started.done)
        if started.paused is not None:
            raise started.paused
        provider, plan = self._organization.provider, started.plan
        self._counters.set_forecast(
            Forecast(
                plan.requests / max(len(plan.writes), 1), lambda: provider.request_rate, lambda: provider.rate_limit
            )
        )
        pending = [task.write for wave in started.waves for task in wave]
        snapshot = await read_user_snapshot(plan, pending, self._organization, self._pause, recent)
        self._engine = Engine(
            WriteExecutor(self._organization, plan),
            started.files,
            self._counters,
            self._pause,
            snapshot,
            own_writes(started.done, started.waves),
            started.waves,
        )
