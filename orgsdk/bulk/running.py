"""The run: a plan's outcomes as they come, with nothing running between two of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import anyio

from orgsdk.bulk.beginning import begin
from orgsdk.bulk.current import read_current
from orgsdk.bulk.engine import Engine
from orgsdk.bulk.errors import StoppedError
from orgsdk.bulk.hands import Hands
from orgsdk.bulk.history import own_writes
from orgsdk.bulk.pause import Pause
from orgsdk.bulk.tally import Tally
from orgsdk.bulk.workers import DEFAULT_CONCURRENCY, Workers
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import TracebackType
    from typing import Self

    from orgsdk.bulk.outcome import Outcome
    from orgsdk.bulk.plans import Plan
    from orgsdk.bulk.records import Paths, Records
    from orgsdk.bulk.report import Progress, Report
    from orgsdk.bulk.tasks import Batch, Task
    from orgsdk.resources import OrganizationHandle


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Hold how a run is to go; see `apply`."""

    concurrency: int = DEFAULT_CONCURRENCY
    paths: Paths
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

    def __init__(self, organization: OrganizationHandle, settings: Settings, plan: Plan | None) -> None:
        self._organization = organization
        self._settings = settings
        self._plan = plan
        self._tally = Tally(settings.on_progress)
        self._pause = Pause(self._tally.tell)
        if plan is not None:
            self._tally.plan(plan)
        self._records: Records | None = None
        self._engine: Engine | None = None
        self._workers: Workers[Task | Batch, None] | None = None
        self._ready: deque[Outcome] = deque()
        self._stopped: StoppedError | None = None
        self._is_over = False

    def __repr__(self) -> str:
        return f"Run({self.report.summary()!r})"

    @property
    def report(self) -> Report:
        """Sum up what the run has done until now, and before it was resumed."""
        return self._tally.report

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
            records, self._records = self._records, None
            try:
                if self._engine is not None:
                    self._engine.give_up()
                    fresh = self._tally.take()
                    if records is not None:
                        await records.keep(fresh)
            finally:
                if records is not None:
                    await records.aclose()

    async def _to_the_end(self) -> Report:
        async for _ in self:
            pass
        return self.report

    async def _step(self) -> None:
        if self._engine is None or self._records is None:
            await self._begin()
            return
        engine = self._engine
        if self._workers is None:
            await self._pause.over()
            self._workers = Workers(engine.units(), engine.work, concurrency=self._settings.concurrency)
        worked = await self._workers.turn()
        if not worked:
            self._workers = None
            if not self._pause.is_on and not engine.advance():
                await self._end(engine, self._records)
                return
        await self._take(self._records)

    async def _take(self, records: Records) -> None:
        outcomes = self._tally.take()
        await records.keep(outcomes)
        self._ready.extend(outcomes)

    async def _end(self, engine: Engine, records: Records) -> None:
        engine.give_up()
        self._tally.stopped = engine.stopped
        await self._take(records)
        if engine.stopped is None:
            await records.finish()
        else:
            self._stopped = StoppedError(self.report.summary(), self.report)
            self._stopped.__cause__ = engine.refusal
        await self.aclose()

    async def _begin(self) -> None:
        settings = self._settings
        begun = await self._pause.ask(
            partial(begin, self._organization, settings.paths, self._plan, settings.confirm_removals)
        )
        # By the run alone: what is left of a cancelled task may refer to all else until the garbage is collected.
        begun.records.close_with(self)
        self._records = begun.records
        self._tally.plan(begun.plan)
        self._tally.remember(begun.done)
        pending = [task.write for wave in begun.waves for task in wave]
        current = await read_current(begun.plan, pending, self._organization, self._pause)
        self._engine = Engine(
            Hands(self._organization),
            begun.records,
            self._tally,
            self._pause,
            current,
            own_writes(begun.done, begun.waves),
            begun.waves,
        )
