"""What an engine works on: one write and how far it came, or several whose people become members together."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from orgsdk.bulk.outcome import Status
    from orgsdk.bulk.writes import Write
    from orgsdk.errors import OrgError
    from orgsdk.raw import Answer

# More in one request would take seconds, and be done though nobody waited for the answer (facts/logto.md, limits).
BATCH = 500
# Twice the time that a call may take by default: longer than a proxy keeps a request whose sender is gone.
ON_THE_WAY = 60.0


@dataclass(slots=True, eq=False)
class Task:
    """Hold one write on its way.

    `uncertain`: it may have been done, in whole or in part. `made` is the id of the account that is there and is to
    become a member; `status` and `reason` are what is said of it then. `error` is of the attempt before, where there
    was one; `begun_at` is when it was sent, where the run was interrupted after that.
    """

    write: Write
    uncertain: bool = False
    made: str | None = None
    status: Status | None = None
    reason: str | None = None
    has_password: bool = False
    request_id: str | None = None
    error: OrgError | None = None
    begun_at: datetime | None = None

    @property
    def tasks(self) -> list[Task]:
        """Give itself, as a batch gives those it is made of."""
        return [self]

    def seconds_on_the_way(self, now: datetime) -> float:
        """Give for how many seconds a request that was interrupted may still be on its way to the provider."""
        if self.begun_at is None:
            return 0.0
        return min(max(0.0, ON_THE_WAY - (now - self.begun_at).total_seconds()), ON_THE_WAY)

    def note(self, answers: Sequence[Answer]) -> None:
        """Remember the last answer's request id."""
        if answers:
            self.request_id = answers[-1].request_id


@dataclass(slots=True, eq=False)
class Batch:
    """Hold accounts that are to become members with the same roles; `error` is as in a task."""

    roles: tuple[str, ...]
    tasks: list[Task] = field(default_factory=list[Task])
    error: OrgError | None = None

    def halves(self) -> tuple[Batch, Batch]:
        """Give both halves, to find out which of them holds who cannot be added."""
        middle = len(self.tasks) // 2
        return Batch(self.roles, self.tasks[:middle]), Batch(self.roles, self.tasks[middle:])


class Joining:
    """Gather accounts that are to become members, by their roles; those of 500 are `full`."""

    def __init__(self) -> None:
        self.full: deque[Batch] = deque()
        self._open: dict[tuple[str, ...], Batch] = {}

    def add(self, task: Task) -> None:
        """Put an account to those of the same roles."""
        roles = tuple(sorted(task.write.roles))
        batch = self._open.setdefault(roles, Batch(roles))
        batch.tasks.append(task)
        if len(batch.tasks) >= BATCH:
            self.full.append(self._open.pop(roles))

    def close(self) -> bool:
        """Take the others for full too; tell whether there are any at all."""
        self.full.extend(self._open.values())
        self._open.clear()
        return bool(self.full)

    def take_all(self) -> list[Task]:
        """Give all that were gathered, and forget them."""
        self.close()
        tasks = [task for batch in self.full for task in batch.tasks]
        self.full.clear()
        return tasks
