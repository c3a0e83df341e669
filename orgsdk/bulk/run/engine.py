"""The engine: which write is sent when, what is retried, and when failures stop the run."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, cast

import anyio

from orgsdk._messages import count_noun
from orgsdk.bulk.run.files import timestamp
from orgsdk.bulk.run.history import MembershipBatch, MembershipQueue, Task, check_drift
from orgsdk.bulk.run.report import DONE_STATUS, Outcome
from orgsdk.errors import (
    APIError,
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
from orgsdk.responses import recording_responses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from orgsdk.bulk.planning.writes import Write
    from orgsdk.bulk.run.executor import UserSnapshot, WriteExecutor
    from orgsdk.bulk.run.files import OpenRunFiles
    from orgsdk.bulk.run.report import RunCounters, Status
    from orgsdk.bulk.workers import RateLimitPause
    from orgsdk.responses import ResponseInfo

# Errors that a run retries once, when the other writes are done. The provider would repeat any other error.
_RETRYABLE = (TransportError, ServerError, RateLimitError, DecodeError, OutcomeUnknownError)

_MIN_OUTCOMES, _WINDOW, _MAX_FAILED_SHARE = 50, 250, 0.2


class FailureRate:
    """Circuit breaker: it trips if over 20 % of the latest 250 outcomes failed, and at least 50 are known.

    Only the latest count: after 50,000 successes, an outage would otherwise have to fail 12,500 writes first.
    """

    def __init__(self) -> None:
        self._latest: deque[bool] = deque(maxlen=_WINDOW)
        self._failed = 0

    def record(self, *, failed: bool) -> None:
        """Record one outcome."""
        if len(self._latest) == _WINDOW:
            self._failed -= self._latest[0]
        self._latest.append(failed)
        self._failed += failed

    @property
    def is_exceeded(self) -> bool:
        """True if too many writes failed."""
        return len(self._latest) >= _MIN_OUTCOMES and self._failed > _MAX_FAILED_SHARE * len(self._latest)

    def __str__(self) -> str:
        return f"{self._failed:,} of the latest {count_noun(len(self._latest), 'write')} failed"


class Engine:
    """Process waves of tasks: `ready` yields what can be done, `process` does one, `advance` moves to what comes next.

    Nothing is started while `pause` is active. `stopped` is the reason why the run stops early. If that is a failed
    sign-in, `sign_in_error` is set, and nothing more is sent at all.
    """

    def __init__(
        self,
        executor: WriteExecutor,
        files: OpenRunFiles,
        counters: RunCounters,
        pause: RateLimitPause,
        snapshot: UserSnapshot,
        own: Mapping[str, Sequence[Write]],
        waves: Iterable[Sequence[Task]],
    ) -> None:
        self.stopped: str | None = None
        self.sign_in_error: AuthenticationError | None = None
        self._executor = executor
        self._files = files
        self._counters = counters
        self._pause = pause
        self._snapshot = snapshot
        self._own = own
        self._waves = iter(waves)
        self._queue: deque[Task] = deque()
        self._memberships = MembershipQueue()
        self._retries: list[Task | MembershipBatch] = []
        self._in_flight: set[Task] = set()
        self._blocked: set[str] = set()
        self._failure_rate = FailureRate()

    def ready(self) -> Iterator[Task | MembershipBatch]:
        """Yield what can be processed now, one by one."""
        while not self._pause.is_active and self.sign_in_error is None:
            if self._memberships.ready:
                yield self._memberships.ready.popleft()
            elif self._queue and self.stopped is None:
                yield self._queue.popleft()
            else:
                return

    def advance(self) -> bool:
        """Move on when nothing is ready: to the last memberships, then the retries, then the next wave.

        Returns whether there is anything left to do.
        """
        if self.sign_in_error is not None or self._memberships.flush():
            return self.sign_in_error is None
        if self._queue or self.stopped is not None:
            return self.stopped is None
        retries, self._retries = self._retries, []
        self._queue.extend(unit for unit in retries if isinstance(unit, Task))
        self._memberships.ready.extend(unit for unit in retries if isinstance(unit, MembershipBatch))
        while not retries and not self._queue and (wave := next(self._waves, None)) is not None:
            self._queue.extend(wave)
        return bool(retries or self._queue)

    def give_up(self) -> None:
        """End every write that was started and has no outcome. It is not settled: a resumed run continues with it."""
        waiting = [*self._queue, *chain.from_iterable(self._waves)]
        for unit in (*self._retries, *(task for task in waiting if task.error is not None)):
            for task in unit.tasks:
                self._end(task, "unknown" if task.uncertain else "failed", error=unit.error, settled=False)
        for task in filter(_has_started, self._memberships.take_all()):
            if task.uncertain:
                self._end(task, "unknown", reason="the account exists, and may be a member", settled=False)
            else:
                self._end(task, "in_flight", reason="the account exists, and is not a member yet", settled=False)
        # A write that an earlier run has sent may have been done, although this run has not reached it.
        started = {*self._in_flight, *(task for task in waiting if task.error is None)}
        for task in sorted(started, key=lambda task: task.write.number):
            if _has_started(task):
                self._end(task, "in_flight", reason="it had no response yet", settled=False)
        self._retries.clear()
        self._queue.clear()
        self._in_flight.clear()

    async def process(self, unit: Task | MembershipBatch) -> None:
        """Process one task or batch. An error of the provider becomes an outcome or a retry; others are raised."""
        self._in_flight.update(unit.tasks)
        with recording_responses() as responses:
            try:
                await (
                    self._add_members(unit, responses)
                    if isinstance(unit, MembershipBatch)
                    else self._write(unit, responses)
                )
            except OrgError as error:
                if self._files.has_raised(error):
                    raise  # nothing was sent
                self._handle_error(unit, error)
        self._in_flight.difference_update(unit.tasks)
        self._counters.emit_progress()

    async def _write(self, task: Task, responses: list[ResponseInfo]) -> None:
        write = task.write
        outcome = self._outcome_without_request(task)
        if outcome is not None:
            self._end(task, *outcome)
            return
        if write.kind == "add":
            task.account_id = write.user_id
        if task.account_id is None:
            if task.error is None and not task.uncertain:
                self._counters.started += 1
            await self._files.record_start([write])
            await self._send(task)
            task.set_request_id(responses)
            if task.account_id is None or not self._executor.adds_members_in_batches:
                self._end(task, task.status or DONE_STATUS[write.kind], task.reason)
                self._record_result(failed=False)
                return
            self._files.record_account(task)
        self._memberships.add(task)

    async def _send(self, task: Task) -> None:
        write, task.is_sent = task.write, True
        if write.kind == "create":
            password = self._files.password(write)
            created = await self._executor.create(write, password, uncertain=task.uncertain)
            task.account_id = created.user.id
            task.status = "created" if created.how == "created" else "adopted"
            task.reason = "found" if created.how == "found" else None
            task.has_password = password is not None and created.how != "found"
        elif write.kind == "invite":
            task.status = await self._invite(task)
        elif await self._executor.is_elsewhere(write):
            task.status, task.reason = "skipped", "elsewhere"
        else:
            await self._executor.change(write)

    async def _invite(self, task: Task) -> Status:
        # Flat accepts a second invitation of the same address, and the first may still arrive. So an invitation whose
        # response was lost is sent again only by a resumed run, when the first request can no longer arrive.
        if task.uncertain:
            await anyio.sleep(task.seconds_in_flight(datetime.now(UTC)))
            if await self._executor.is_invited(task.write):
                return "adopted"
            if task.error is not None:
                raise task.error
        return await self._executor.invite(task.write)

    async def _add_members(self, batch: MembershipBatch, responses: list[ResponseInfo]) -> None:
        if batch.error is None:
            added = [task.write for task in batch.tasks if task.write.kind == "add"]
            self._counters.started += len(added)
            await self._files.record_start(added)
        for task in batch.tasks:
            task.is_sent = True
        ids = [task.account_id for task in batch.tasks if task.account_id is not None]
        await self._executor.add(ids, batch.roles)
        for task in batch.tasks:
            task.set_request_id(responses)
            self._end(task, task.status or DONE_STATUS[task.write.kind], task.reason)
            self._record_result(failed=False)

    def _outcome_without_request(self, task: Task) -> tuple[Status, str | None] | None:
        """Return the outcome of a write that need not be sent; None if it must be sent."""
        write = task.write
        if write.user_id is None:
            return None
        if write.user_id in self._blocked:
            return "skipped", "blocked"
        if write.user_id in self._snapshot.protected and write.kind in {"set_roles", "suspend", "remove"}:
            return "skipped", self._snapshot.protected[write.user_id]
        current = self._snapshot.users.get(write.user_id)
        if current is None:
            return self._outcome_of_missing_user(task)
        own = self._own.get(write.user_id, ())
        drift = check_drift(write, current, own, uncertain=task.uncertain, fields=self._executor.fields)
        if drift == "unchanged":
            return None
        return (DONE_STATUS[write.kind], None) if drift == "done" else ("skipped", "drifted")

    def _outcome_of_missing_user(self, task: Task) -> tuple[Status, str | None]:
        return ("removed", None) if task.write.kind == "remove" and task.uncertain else ("skipped", "gone")

    def _handle_error(self, unit: Task | MembershipBatch, error: OrgError) -> None:
        for task in unit.tasks:
            task.request_id = getattr(error, "request_id", None) or task.request_id
        partial_result = error.partial_result
        if isinstance(unit, MembershipBatch) and isinstance(partial_result, tuple):
            added = cast("tuple[object, ...]", partial_result)
            for task in unit.tasks:  # these have become members, at a provider that adds users one by one
                task.uncertain = task.uncertain or task.account_id in added
        if isinstance(error, RateLimitError) and partial_result is None:
            self._pause.extend(error)
            self._put_back(unit)
        elif isinstance(error, AuthenticationError):
            self.sign_in_error, self.stopped = error, f"The sign-in failed: {error}"
            self._put_back(unit)
        elif isinstance(error, _RETRYABLE) and unit.error is None:
            unit.error = error
            for task in unit.tasks:
                task.uncertain = task.uncertain or error.may_have_happened
                self._record_result(failed=True)
            self._retries.append(unit)
        elif isinstance(unit, MembershipBatch) and len(unit.tasks) > 1 and _may_concern_one_user(error):
            self._memberships.ready.extend(unit.halves())
        else:
            for task in unit.tasks:
                self._end_failed(task, error)

    def _end_failed(self, task: Task, error: OrgError) -> None:
        if isinstance(error, NotFoundError) and task.write.user_id is not None and task.write.kind != "add":
            self._end(task, *self._outcome_of_missing_user(task))
            return
        uncertain = task.uncertain or error.may_have_happened
        # A create was looked up before its second attempt, so that an error of the provider itself is final. If a
        # gateway refuses it, the first attempt may still arrive. Any other write may have been done before.
        is_own = not isinstance(error, APIError) or error.is_own
        is_looked_up = task.write.kind == "create" and task.account_id is None and is_own
        if isinstance(error, _RETRYABLE) or (uncertain and (error.is_access_failure or not is_looked_up)):
            self._end(task, "unknown" if uncertain else "failed", error=error, settled=False)
        else:
            self._end(task, "failed", error=error)
        self._record_result(failed=True)

    def _put_back(self, unit: Task | MembershipBatch) -> None:
        for task in unit.tasks:
            task.is_sent = False  # it was refused as a whole
        if isinstance(unit, MembershipBatch):
            self._memberships.ready.appendleft(unit)
        else:
            self._queue.appendleft(unit)

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
            user_id=task.account_id or task.write.user_id,
            request_id=task.request_id,
            reason=str(error) if error is not None and reason is None else reason,
            error=error,
            has_password=task.has_password,
        )
        self._counters.add(outcome)
        if status in {"failed", "unknown"} and task.write.user_id is not None and task.write.kind == "add":
            self._blocked.add(task.write.user_id)
        if settled:
            self._files.record_outcome(outcome)

    def _record_result(self, *, failed: bool) -> None:
        if not failed:
            self._pause.note_accepted()
        self._failure_rate.record(failed=failed)
        if self._failure_rate.is_exceeded and self.stopped is None:
            self.stopped = f"Too many failures: {self._failure_rate}."


def _has_started(task: Task) -> bool:
    """Return whether a write may have been done in part: it was sent, or its account was created."""
    return task.is_sent or task.uncertain or (task.write.kind == "create" and task.account_id is not None)


def _may_concern_one_user(error: OrgError) -> bool:
    """Return whether other users of a batch may become members, or have become members, despite the error."""
    return isinstance(error, (UnprocessableError, NotFoundError)) or error.partial_result is not None
