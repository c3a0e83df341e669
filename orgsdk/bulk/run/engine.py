"""The engine: which write is sent when, what is retried, and when failures stop the run."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio

from orgsdk.bulk.run.files import timestamp
from orgsdk.bulk.run.history import MembershipBatch, MembershipQueue, Task, check_drift
from orgsdk.bulk.run.report import DONE_STATUS, Outcome
from orgsdk.errors import (
    AuthenticationError,
    DecodeError,
    NotFoundError,
    OrgError,
    OutcomeUnknownError,
    RateLimitError,
    ServerError,
    TransportError,
    UnprocessableError,
)
from orgsdk.providers.http.adoption import is_response_lost
from orgsdk.responses import recording_responses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from orgsdk.bulk.planning.writes import Write
    from orgsdk.bulk.run.executor import UserSnapshot, WriteExecutor
    from orgsdk.bulk.run.files import RunFiles
    from orgsdk.bulk.run.report import RunCounters, Status
    from orgsdk.bulk.workers import RateLimitPause
    from orgsdk.responses import ResponseInfo

_MIN_OUTCOMES, _WINDOW, _MAX_FAILED_SHARE = 50, 250, 0.2


class FailureRate:
    """Watch the latest 250 outcomes: over 20 % of failures among at least 50 of them are a wave.

    The latest and not all: after 50,000 that went well, an outage would have to spoil 12,500 before it showed.
    """

    def __init__(self) -> None:
        self._latest: deque[bool] = deque(maxlen=_WINDOW)
        self._failed = 0

    def note(self, *, failed: bool) -> None:
        """Take note of one outcome."""
        if len(self._latest) == _WINDOW:
            self._failed -= self._latest[0]
        self._latest.append(failed)
        self._failed += failed

    @property
    def is_wave(self) -> bool:
        """Tell whether a wave of failures is on."""
        return len(self._latest) >= _MIN_OUTCOMES and self._failed > _MAX_FAILED_SHARE * len(self._latest)

    def __str__(self) -> str:
        return f"{self._failed:,} of the latest {len(self._latest):,} writes failed"


# What may go well the next time. Of all else the provider will say the same again.
_TRANSIENT = (TransportError, ServerError, RateLimitError, DecodeError, OutcomeUnknownError)


class Engine:
    """Work off waves of tasks: `units` gives what can be done, `work` does one, `advance` goes on to what comes then.

    Nothing is begun while `pause` is on. `stopped` says why nothing more is; where that is a refused sign-in, it is
    `refusal`, and nothing more is sent at all.
    """

    def __init__(
        self,
        executor: WriteExecutor,
        files: RunFiles,
        counters: RunCounters,
        pause: RateLimitPause,
        current: UserSnapshot,
        done: Mapping[str, Sequence[Write]],
        waves: Iterable[Sequence[Task]],
    ) -> None:
        self.stopped: str | None = None
        self.refusal: AuthenticationError | None = None
        self._executor = executor
        self._files = files
        self._counters = counters
        self._pause = pause
        self._current = current
        self._done = done
        self._waves = iter(waves)
        self._todo: deque[Task] = deque()
        self._joining = MembershipQueue()
        self._again: list[Task | MembershipBatch] = []
        self._flying: set[Task] = set()
        self._broken: set[str] = set()
        self._failure_rate = FailureRate()

    def units(self) -> Iterator[Task | MembershipBatch]:
        """Give what can be done now, one by one."""
        while not self._pause.is_active and self.refusal is None:
            if self._joining.full:
                yield self._joining.full.popleft()
            elif self._todo and self.stopped is None:
                yield self._todo.popleft()
            else:
                return

    def advance(self) -> bool:
        """Go on when nothing can be done: to the last memberships, to what failed for the moment, to the next wave.

        Tells whether there was anything to go on to.
        """
        if self.refusal is not None or self._joining.close():
            return self.refusal is None
        if self._todo or self.stopped is not None:
            return self.stopped is None
        again, self._again = self._again, []
        self._todo.extend(unit for unit in again if isinstance(unit, Task))
        self._joining.full.extend(unit for unit in again if isinstance(unit, MembershipBatch))
        while not again and not self._todo and (wave := next(self._waves, None)) is not None:
            self._todo.extend(wave)
        return bool(again or self._todo)

    def give_up(self) -> None:
        """Say what is known of all that was begun and has not ended. It is not settled: resuming goes on with it."""
        for unit in self._again:
            for task in unit.tasks:
                self._end(task, "unknown" if task.uncertain else "failed", error=unit.error, settled=False)
        for task in self._joining.take_all():
            self._end(task, "failed", reason="the account is there, and is no member yet", settled=False)
        for task in sorted(self._flying, key=lambda task: task.write.number):
            self._end(task, "unknown", reason="it was interrupted", settled=False)
        self._again.clear()
        self._flying.clear()

    async def work(self, unit: Task | MembershipBatch) -> None:
        """Do one unit. What goes wrong with it becomes an outcome, or is done again; all else is raised."""
        self._flying.update(unit.tasks)
        with recording_responses() as answers:
            try:
                await (self._join(unit, answers) if isinstance(unit, MembershipBatch) else self._do(unit, answers))
            except OrgError as error:
                self._failed(unit, error)
        self._flying.difference_update(unit.tasks)
        self._counters.emit_progress()

    async def _do(self, task: Task, answers: list[ResponseInfo]) -> None:
        write = task.write
        standing = self._standing(task)
        if standing is not None:
            self._end(task, *standing)
            return
        if write.kind == "add":
            task.made = write.user_id
        if task.made is None:
            if task.error is None and not task.uncertain:
                self._counters.started += 1
            await self._files.intend([write])
            await self._carry_out(task)
            task.note(answers)
            if task.made is None or not self._executor.makes_members_later:
                self._end(task, task.status or DONE_STATUS[write.kind], task.reason)
                self._note(failed=False)
                return
            self._files.made(task)
        self._joining.add(task)

    async def _carry_out(self, task: Task) -> None:
        write = task.write
        if write.kind == "create":
            password = self._files.password(write)
            found = await self._executor.create(write, password, uncertain=task.uncertain)
            task.made = found.user.id
            task.status = "created" if found.how == "made" else "adopted"
            task.reason = "found" if found.how == "found" else None
            task.has_password = password is not None and found.how != "found"
        elif write.kind == "invite":
            task.status = await self._invite(task)
        else:
            await self._executor.change(write)

    async def _invite(self, task: Task) -> Status:
        # Nothing refuses a second invitation everywhere (Flat), and the first may still be on its way: one whose answer
        # was lost is sent again by resuming alone, when whatever was on its way has arrived or never will.
        if task.uncertain:
            await anyio.sleep(task.seconds_on_the_way(datetime.now(UTC)))
            if await self._executor.is_invited(task.write):
                return "adopted"
            if task.error is not None:
                raise task.error
        return await self._executor.invite(task.write)

    async def _join(self, batch: MembershipBatch, answers: list[ResponseInfo]) -> None:
        if batch.error is None:
            added = [task.write for task in batch.tasks if task.write.kind == "add"]
            self._counters.started += len(added)
            await self._files.intend(added)
        await self._executor.add([task.made for task in batch.tasks if task.made is not None], batch.roles)
        for task in batch.tasks:
            task.note(answers)
            self._end(task, task.status or DONE_STATUS[task.write.kind], task.reason)
            self._note(failed=False)

    def _standing(self, task: Task) -> tuple[Status, str | None] | None:
        """Give the outcome of what is not to be sent, None of what is."""
        write = task.write
        if write.user_id is None:
            return None
        if write.user_id in self._broken:
            return "skipped", "blocked"
        if write.user_id in self._current.kept and write.kind in {"set_roles", "remove"}:
            return "skipped", self._current.kept[write.user_id]
        now = self._current.people.get(write.user_id)
        if now is None:
            return self._gone(task)
        own = self._done.get(write.user_id, ())
        verdict = check_drift(write, now, own, uncertain=task.uncertain, fields=self._executor.fields)
        if verdict == "go":
            return None
        return (DONE_STATUS[write.kind], None) if verdict == "done" else ("skipped", "drifted")

    def _gone(self, task: Task) -> tuple[Status, str | None]:
        return ("removed", None) if task.write.kind == "remove" and task.uncertain else ("skipped", "gone")

    def _failed(self, unit: Task | MembershipBatch, error: OrgError) -> None:
        for task in unit.tasks:
            task.request_id = getattr(error, "request_id", None) or task.request_id
        if isinstance(error, RateLimitError) and error.partial_result is None:
            self._pause.extend(error)
            self._put_back(unit)
        elif isinstance(error, AuthenticationError):
            self.refusal, self.stopped = error, f"The sign-in was refused: {error}"
            self._put_back(unit)
        elif isinstance(error, _TRANSIENT) and unit.error is None:
            unit.error = error
            for task in unit.tasks:
                task.uncertain = task.uncertain or _may_be_done(error)
                self._note(failed=True)
            self._again.append(unit)
        elif isinstance(unit, MembershipBatch) and isinstance(error, UnprocessableError) and len(unit.tasks) > 1:
            self._joining.full.extend(unit.halves())
        else:
            for task in unit.tasks:
                self._end_failed(task, error)

    def _end_failed(self, task: Task, error: OrgError) -> None:
        if isinstance(error, NotFoundError) and task.write.user_id is not None and task.write.kind != "add":
            self._end(task, *self._gone(task))
            return
        uncertain = task.uncertain or _may_be_done(error)
        if isinstance(error, _TRANSIENT) or (uncertain and error.is_access_failure):
            self._end(task, "unknown" if uncertain else "failed", error=error, settled=False)
        else:
            self._end(task, "failed", error=error)
        self._note(failed=True)

    def _put_back(self, unit: Task | MembershipBatch) -> None:
        if isinstance(unit, MembershipBatch):
            self._joining.full.appendleft(unit)
        else:
            self._todo.appendleft(unit)

    def _end(
        self,
        task: Task,
        status: Status,
        reason: str | None = None,
        *,
        error: OrgError | None = None,
        settled: bool = True,
    ) -> None:
        outcome = Outcome(
            write=task.write,
            status=status,
            at=timestamp(),
            user_id=task.made or task.write.user_id,
            request_id=task.request_id,
            reason=str(error) if error is not None and reason is None else reason,
            error=error,
            has_password=task.has_password,
        )
        self._counters.add(outcome)
        if status in {"failed", "unknown"} and task.write.user_id is not None and task.write.kind == "add":
            self._broken.add(task.write.user_id)
        if settled:
            self._files.settle(outcome)

    def _note(self, *, failed: bool) -> None:
        self._failure_rate.note(failed=failed)
        if self._failure_rate.is_wave and self.stopped is None:
            self.stopped = f"A wave of failures: {self._failure_rate}."


def _may_be_done(error: OrgError) -> bool:
    return isinstance(error, OutcomeUnknownError) or is_response_lost(error)
