"""Tasks of a run, what is left of them after an interruption, and whether a user has drifted from the plan."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from orgsdk.bulk.planning.members import fingerprint, is_same_value
from orgsdk.bulk.roster.spec import FIELDS
from orgsdk.bulk.run.report import DONE_STATUS, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orgsdk.bulk.planning.members import Member
    from orgsdk.bulk.planning.writes import Write
    from orgsdk.bulk.run.journal import JournalEntry
    from orgsdk.bulk.run.report import Status
    from orgsdk.domain import UserFieldName
    from orgsdk.errors import OrgError
    from orgsdk.responses import ResponseInfo

# More in one request would take seconds, and be done though nobody waited for the answer (facts/logto.md, limits).
MAX_BATCH_SIZE = 500
# Twice the time that a call may take by default: longer than a proxy keeps a request whose sender is gone.
MAX_SECONDS_IN_FLIGHT = 60.0


@dataclass(slots=True, eq=False)
class Task:
    """Hold one write on its way.

    `uncertain`: it may have been done, in whole or in part. `made` is the id of the account that is there and is to
    become a member; `status` and `reason` are what is said of it then. `error` is of the attempt before, where there
    was one; `started_at` is when it was sent, where the run was interrupted after that.
    """

    write: Write
    uncertain: bool = False
    made: str | None = None
    status: Status | None = None
    reason: str | None = None
    has_password: bool = False
    request_id: str | None = None
    error: OrgError | None = None
    started_at: datetime | None = None

    @property
    def tasks(self) -> list[Task]:
        """Give itself, as a batch gives those it is made of."""
        return [self]

    def seconds_on_the_way(self, now: datetime) -> float:
        """Give for how many seconds a request that was interrupted may still be on its way to the provider."""
        if self.started_at is None:
            return 0.0
        return min(max(0.0, MAX_SECONDS_IN_FLIGHT - (now - self.started_at).total_seconds()), MAX_SECONDS_IN_FLIGHT)

    def note(self, answers: Sequence[ResponseInfo]) -> None:
        """Remember the last answer's request id."""
        if answers:
            self.request_id = answers[-1].request_id


@dataclass(slots=True, eq=False)
class MembershipBatch:
    """Hold accounts that are to become members with the same roles; `error` is as in a task."""

    roles: tuple[str, ...]
    tasks: list[Task] = field(default_factory=list[Task])
    error: OrgError | None = None

    def halves(self) -> tuple[MembershipBatch, MembershipBatch]:
        """Give both halves, to find out which of them holds who cannot be added."""
        middle = len(self.tasks) // 2
        return MembershipBatch(self.roles, self.tasks[:middle]), MembershipBatch(self.roles, self.tasks[middle:])


class MembershipQueue:
    """Gather accounts that are to become members, by their roles; those of 500 are `full`."""

    def __init__(self) -> None:
        self.full: deque[MembershipBatch] = deque()
        self._open: dict[tuple[str, ...], MembershipBatch] = {}

    def add(self, task: Task) -> None:
        """Put an account to those of the same roles."""
        roles = tuple(sorted(task.write.roles))
        batch = self._open.setdefault(roles, MembershipBatch(roles))
        batch.tasks.append(task)
        if len(batch.tasks) >= MAX_BATCH_SIZE:
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


Verdict: TypeAlias = Literal["go", "done", "drifted"]


def check_drift(
    write: Write, now: Member, own: Sequence[Write], *, uncertain: bool, fields: Sequence[UserFieldName] = FIELDS
) -> Verdict:
    """Say what to do about a write: do it, take it for done, or leave it because somebody else was there.

    `own` are the writes of the same person that this run had done, or may have, when they were read as they are
    `now`, in order; later ones than this too, which were done though nobody knows of this. An `uncertain` write may
    have been done as well, in whole or in part. `fields` are those that the provider keeps.
    """
    others = [other for other in own if other.number != write.number]
    if fingerprint(undo_writes(now, others), fields) == write.fingerprint:
        return "go"
    all_of_them = sorted((*others, write), key=lambda one: one.number)
    if uncertain and fingerprint(undo_writes(now, all_of_them), fields) == write.fingerprint:
        return "done" if _is_done(write, now) else "go"
    return "drifted"


def undo_writes(member: Member, writes: Sequence[Write]) -> Member:
    """Give the member as they were before these writes, the last of them first; what is not as one left it stays."""
    for write in reversed(writes):
        if write.kind == "update":
            fields: dict[str, Any] = {
                name: write.before.get(name)
                for name, value in write.fields.items()
                if is_same_value(name, value, getattr(member, name))
            }
            member = replace(member, **fields)
        elif _has_written_roles(write, member):
            member = replace(member, roles=write.roles_before)
    return member


def _is_done(write: Write, member: Member) -> bool:
    if write.kind == "update":
        return all(is_same_value(name, value, getattr(member, name)) for name, value in write.fields.items())
    return _has_written_roles(write, member)


def _has_written_roles(write: Write, member: Member) -> bool:
    """Tell whether the member holds just the roles that a write of roles leaves them with."""
    if write.kind not in {"set_roles", "add_roles"}:
        return False
    after = {*write.roles, *(write.roles_before if write.kind == "add_roles" else ())}
    return set(member.roles) == after


def ended_outcomes(writes: Sequence[Write], entries: Iterable[JournalEntry], *, passwords: bool) -> list[Outcome]:
    """Give the outcomes of the writes that ended; `passwords` says whether the run generates any."""
    return [
        Outcome(
            write=writes[entry.number],
            status=cast("Status", entry.status),
            at=entry.at or "",
            user_id=entry.user_id,
            request_id=entry.request_id,
            reason=entry.reason,
            has_password=passwords and _made_account(writes[entry.number], entry),
        )
        for entry in entries
        if entry.stage == "settled"
    ]


def remaining_tasks(
    waves: Iterable[Sequence[Write]], entries: Iterable[JournalEntry], *, passwords: bool
) -> list[list[Task]]:
    """Give what is left to be done, in waves; those of which nothing is left are gone."""
    known = {entry.number: entry for entry in entries}
    left = [
        [
            Task(write) if write.number not in known else _started_task(write, known[write.number], passwords=passwords)
            for write in wave
            if write.number not in known or known[write.number].stage != "settled"
        ]
        for wave in waves
    ]
    return [wave for wave in left if wave]


def own_writes(done: Iterable[Outcome], left: Iterable[Sequence[Task]]) -> dict[str, list[Write]]:
    """Give, for each user, the writes that the run has done to them, or may have, in order."""
    writes = [outcome.write for outcome in done if outcome.status == DONE_STATUS[outcome.write.kind]]
    writes += [task.write for wave in left for task in wave if task.uncertain]
    own: defaultdict[str, list[Write]] = defaultdict(list)
    for write in sorted(writes, key=lambda write: write.number):
        if write.user_id is not None:
            own[write.user_id].append(write)
    return own


def _started_task(write: Write, entry: JournalEntry, *, passwords: bool) -> Task:
    if entry.stage == "begun":
        return Task(write, uncertain=True, started_at=datetime.fromisoformat(entry.at) if entry.at else None)
    return Task(
        write,
        made=entry.user_id,
        status=cast("Status", entry.status),
        reason=entry.reason,
        request_id=entry.request_id,
        has_password=passwords and _made_account(write, entry),
    )


def _made_account(write: Write, entry: JournalEntry) -> bool:
    return write.kind == "create" and entry.status in {"created", "adopted"} and entry.reason != "found"
