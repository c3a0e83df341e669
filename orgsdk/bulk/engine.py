"""Doing the writes of a plan, each in its turn, and deciding what became of it."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio

from orgsdk.bulk.drift import judge
from orgsdk.bulk.outcome import DONE, Outcome
from orgsdk.bulk.records import timestamp
from orgsdk.bulk.tasks import Batch, Joining, Task
from orgsdk.bulk.trouble import Trouble
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
from orgsdk.raw import noting_answers
from orgsdk.transport.lost import is_lost
from orgsdk.transport.outcome import is_turned_away

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from orgsdk.bulk.current import Current
    from orgsdk.bulk.hands import Hands
    from orgsdk.bulk.outcome import Status
    from orgsdk.bulk.pause import Pause
    from orgsdk.bulk.records import Records
    from orgsdk.bulk.tally import Tally
    from orgsdk.bulk.writes import Write
    from orgsdk.raw import Answer

# What may go well the next time. Of all else the provider will say the same again.
_TRANSIENT = (TransportError, ServerError, RateLimitError, DecodeError, OutcomeUnknownError)


class Engine:
    """Work off waves of tasks: `units` gives what can be done, `work` does one, `advance` goes on to what comes then.

    Nothing is begun while `pause` is on. `stopped` says why nothing more is; where that is a refused sign-in, it is
    `refusal`, and nothing more is sent at all.
    """

    def __init__(
        self,
        hands: Hands,
        records: Records,
        tally: Tally,
        pause: Pause,
        current: Current,
        done: Mapping[str, Sequence[Write]],
        waves: Iterable[Sequence[Task]],
    ) -> None:
        self.stopped: str | None = None
        self.refusal: AuthenticationError | None = None
        self._hands = hands
        self._records = records
        self._tally = tally
        self._pause = pause
        self._current = current
        self._done = done
        self._waves = iter(waves)
        self._todo: deque[Task] = deque()
        self._joining = Joining()
        self._again: list[Task | Batch] = []
        self._flying: set[Task] = set()
        self._broken: set[str] = set()
        self._trouble = Trouble()

    def units(self) -> Iterator[Task | Batch]:
        """Give what can be done now, one by one."""
        while not self._pause.is_on and self.refusal is None:
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
        self._joining.full.extend(unit for unit in again if isinstance(unit, Batch))
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

    async def work(self, unit: Task | Batch) -> None:
        """Do one unit. What goes wrong with it becomes an outcome, or is done again; all else is raised."""
        self._flying.update(unit.tasks)
        with noting_answers() as answers:
            try:
                await (self._join(unit, answers) if isinstance(unit, Batch) else self._do(unit, answers))
            except OrgError as error:
                self._failed(unit, error)
        self._flying.difference_update(unit.tasks)
        self._tally.tell()

    async def _do(self, task: Task, answers: list[Answer]) -> None:
        write = task.write
        standing = self._standing(task)
        if standing is not None:
            self._end(task, *standing)
            return
        if write.kind == "add":
            task.made = write.user_id
        if task.made is None:
            if task.error is None and not task.uncertain:
                self._tally.begun += 1
            await self._records.intend([write])
            await self._carry_out(task)
            task.note(answers)
            if task.made is None or not self._hands.makes_members_later:
                self._end(task, task.status or DONE[write.kind], task.reason)
                self._note(failed=False)
                return
            self._records.made(task)
        self._joining.add(task)

    async def _carry_out(self, task: Task) -> None:
        write = task.write
        if write.kind == "create":
            password = self._records.password(write)
            found = await self._hands.create(write, password, uncertain=task.uncertain)
            task.made = found.user.id
            task.status = "created" if found.how == "made" else "adopted"
            task.reason = "found" if found.how == "found" else None
            task.has_password = password is not None and found.how != "found"
        elif write.kind == "invite":
            task.status = await self._invite(task)
        else:
            await self._hands.change(write)

    async def _invite(self, task: Task) -> Status:
        # Nothing refuses a second invitation everywhere (Flat), and the first may still be on its way: one whose answer
        # was lost is sent again by resuming alone, when whatever was on its way has arrived or never will.
        if task.uncertain:
            await anyio.sleep(task.seconds_on_the_way(datetime.now(UTC)))
            if await self._hands.is_invited(task.write):
                return "adopted"
            if task.error is not None:
                raise task.error
        return await self._hands.invite(task.write)

    async def _join(self, batch: Batch, answers: list[Answer]) -> None:
        if batch.error is None:
            added = [task.write for task in batch.tasks if task.write.kind == "add"]
            self._tally.begun += len(added)
            await self._records.intend(added)
        await self._hands.add([task.made for task in batch.tasks if task.made is not None], batch.roles)
        for task in batch.tasks:
            task.note(answers)
            self._end(task, task.status or DONE[task.write.kind], task.reason)
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
        verdict = judge(write, now, own, uncertain=task.uncertain, fields=self._hands.fields)
        if verdict == "go":
            return None
        return (DONE[write.kind], None) if verdict == "done" else ("skipped", "drifted")

    def _gone(self, task: Task) -> tuple[Status, str | None]:
        return ("removed", None) if task.write.kind == "remove" and task.uncertain else ("skipped", "gone")

    def _failed(self, unit: Task | Batch, error: OrgError) -> None:
        for task in unit.tasks:
            task.request_id = getattr(error, "request_id", None) or task.request_id
        if isinstance(error, RateLimitError) and error.left_behind is None:
            self._pause.note(error)
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
        elif isinstance(unit, Batch) and isinstance(error, UnprocessableError) and len(unit.tasks) > 1:
            self._joining.full.extend(unit.halves())
        else:
            for task in unit.tasks:
                self._end_failed(task, error)

    def _end_failed(self, task: Task, error: OrgError) -> None:
        if isinstance(error, NotFoundError) and task.write.user_id is not None and task.write.kind != "add":
            self._end(task, *self._gone(task))
            return
        uncertain = task.uncertain or _may_be_done(error)
        if isinstance(error, _TRANSIENT) or (uncertain and is_turned_away(error)):
            self._end(task, "unknown" if uncertain else "failed", error=error, settled=False)
        else:
            self._end(task, "failed", error=error)
        self._note(failed=True)

    def _put_back(self, unit: Task | Batch) -> None:
        if isinstance(unit, Batch):
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
        self._tally.add(outcome)
        if status in {"failed", "unknown"} and task.write.user_id is not None and task.write.kind == "add":
            self._broken.add(task.write.user_id)
        if settled:
            self._records.settle(outcome)

    def _note(self, *, failed: bool) -> None:
        self._trouble.note(failed=failed)
        if self._trouble.is_wave and self.stopped is None:
            self.stopped = f"A wave of failures: {self._trouble}."


def _may_be_done(error: OrgError) -> bool:
    return isinstance(error, OutcomeUnknownError) or is_lost(error)
