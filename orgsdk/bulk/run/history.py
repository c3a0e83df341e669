"""Tasks of a run, what is left of them after an interruption, and whether a user has drifted from the plan."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from orgsdk.bulk.planning.members import fingerprint, is_same_value
from orgsdk.bulk.planning.writes import Write
from orgsdk.bulk.roster.spec import FIELDS
from orgsdk.bulk.run.report import DONE_STATUS, Outcome, Status
from orgsdk.errors import OrgError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orgsdk.bulk.planning.members import Member
    from orgsdk.bulk.run.ports import JournalEntry
    from orgsdk.domain import UserFieldName
    from orgsdk.responses import ResponseInfo

# A larger request would take seconds, and is carried out even if the client has timed out (facts/logto.md, limits).
MAX_BATCH_SIZE = 500
# Twice the default timeout: longer than a proxy keeps a request whose sender has disconnected.
MAX_SECONDS_IN_FLIGHT = 60.0

Drift: TypeAlias = Literal["unchanged", "done", "drifted"]


@dataclass(slots=True, eq=False)
class Task:
    """One write of a run and its progress.

    `uncertain`: it may have been done, in whole or in part. `account_id` is the id of an account that exists and still
    has to become a member; `status` and `reason` are for its outcome then. `error` is the error of the previous
    attempt. `started_at` is the time of the request that was in flight when an earlier run was interrupted. `is_sent`:
    this run has sent a request for it.
    """

    write: Write
    uncertain: bool = False
    is_sent: bool = False
    account_id: str | None = None
    status: Status | None = None
    reason: str | None = None
    has_password: bool = False
    request_id: str | None = None
    error: OrgError | None = None
    started_at: datetime | None = None

    @property
    def tasks(self) -> list[Task]:
        """The task itself, in a list, as a batch has several."""
        return [self]

    def seconds_in_flight(self, now: datetime) -> float:
        """Return for how many more seconds the interrupted request may still arrive at the provider."""
        if self.started_at is None:
            return 0.0
        return min(max(0.0, MAX_SECONDS_IN_FLIGHT - (now - self.started_at).total_seconds()), MAX_SECONDS_IN_FLIGHT)

    def set_request_id(self, responses: Sequence[ResponseInfo]) -> None:
        """Store the request id of the last response."""
        if responses:
            self.request_id = responses[-1].request_id


@dataclass(slots=True, eq=False)
class MembershipBatch:
    """Accounts that become members with the same roles in one request; `error` is of the previous attempt."""

    roles: tuple[str, ...]
    tasks: list[Task] = field(default_factory=list[Task])
    error: OrgError | None = None

    def halves(self) -> tuple[MembershipBatch, MembershipBatch]:
        """Return both halves, to find the account that cannot be added."""
        middle = len(self.tasks) // 2
        return MembershipBatch(self.roles, self.tasks[:middle]), MembershipBatch(self.roles, self.tasks[middle:])


class MembershipQueue:
    """Collect accounts that become members into batches by their roles; complete batches are in `ready`."""

    def __init__(self) -> None:
        self.ready: deque[MembershipBatch] = deque()
        self._open: dict[tuple[str, ...], MembershipBatch] = {}

    def add(self, task: Task) -> None:
        """Add an account to the batch of its roles."""
        roles = tuple(sorted(task.write.roles))
        batch = self._open.setdefault(roles, MembershipBatch(roles))
        batch.tasks.append(task)
        if len(batch.tasks) >= MAX_BATCH_SIZE:
            self.ready.append(self._open.pop(roles))

    def flush(self) -> bool:
        """Move the other batches to `ready` as well; return whether there are any."""
        self.ready.extend(self._open.values())
        self._open.clear()
        return bool(self.ready)

    def take_all(self) -> list[Task]:
        """Remove and return all tasks."""
        self.flush()
        tasks = [task for batch in self.ready for task in batch.tasks]
        self.ready.clear()
        return tasks


def check_drift(
    write: Write, current: Member, own: Sequence[Write], *, uncertain: bool, fields: Sequence[UserFieldName] = FIELDS
) -> Drift:
    """Compare a user with the plan: unchanged, already as the write leaves them, or changed by another caller.

    `own` are the writes of the same user, in order, that this run had done, or may have done, when `current` was
    read; they may include later ones. An `uncertain` write may have been done as well, in whole or in part. `fields`
    are those that the provider stores.
    """
    others = [other for other in own if other.number != write.number]
    if fingerprint(undo_writes(current, others), fields) == write.fingerprint:
        return "unchanged"
    with_this = sorted((*others, write), key=lambda one: one.number)
    if uncertain and fingerprint(undo_writes(current, with_this), fields) == write.fingerprint:
        return "done" if _is_done(write, current) else "unchanged"
    return "drifted"


def undo_writes(member: Member, writes: Sequence[Write]) -> Member:
    """Return the member as before these writes, last first; a value that a write did not leave so is kept."""
    for write in reversed(writes):
        if write.kind == "update":
            fields: dict[str, Any] = {
                name: write.before.get(name)
                for name, value in write.fields.items()
                if is_same_value(name, value, getattr(member, name))
            }
            member = replace(member, **fields)
        elif _has_written_suspension(write, member):
            member = replace(member, is_suspended=write.kind == "activate")
        elif _has_written_roles(write, member):
            member = replace(member, roles=write.roles_before)
    return member


def _is_done(write: Write, member: Member) -> bool:
    if write.kind == "update":
        return all(is_same_value(name, value, getattr(member, name)) for name, value in write.fields.items())
    return _has_written_suspension(write, member) or _has_written_roles(write, member)


def _has_written_suspension(write: Write, member: Member) -> bool:
    """Return whether the member is suspended, or is not, as a write of it results in."""
    return write.kind in {"suspend", "activate"} and bool(member.is_suspended) == (write.kind == "suspend")


def _has_written_roles(write: Write, member: Member) -> bool:
    """Return whether the member has exactly the roles that a write of roles results in."""
    if write.kind not in {"set_roles", "add_roles"}:
        return False
    after = {*write.roles, *(write.roles_before if write.kind == "add_roles" else ())}
    return set(member.roles) == after


def ended_outcomes(writes: Sequence[Write], entries: Iterable[JournalEntry], *, passwords: bool) -> list[Outcome]:
    """Return the outcomes of the writes that ended; `passwords`: the run generates passwords."""
    return [
        Outcome(
            write=writes[entry.number],
            status=cast("Status", entry.status),
            at=entry.at or "",
            user_id=entry.user_id,
            request_id=entry.request_id,
            reason=entry.reason,
            has_password=passwords and _created_account(writes[entry.number], entry),
        )
        for entry in entries
        if entry.stage == "settled"
    ]


def remaining_tasks(
    waves: Iterable[Sequence[Write]], entries: Iterable[JournalEntry], *, passwords: bool
) -> list[list[Task]]:
    """Return the tasks that are left, in waves; empty waves are left out."""
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
    """Return, by user id, the writes that the run has done, or may have done, in order."""
    writes = [outcome.write for outcome in done if outcome.status == DONE_STATUS[outcome.write.kind]]
    writes += [task.write for wave in left for task in wave if task.uncertain]
    own: defaultdict[str, list[Write]] = defaultdict(list)
    for write in sorted(writes, key=lambda write: write.number):
        if write.user_id is not None:
            own[write.user_id].append(write)
    return own


def _started_task(write: Write, entry: JournalEntry, *, passwords: bool) -> Task:
    if entry.stage == "started":
        return Task(write, uncertain=True, started_at=datetime.fromisoformat(entry.at) if entry.at else None)
    return Task(
        write,
        account_id=entry.user_id,
        status=cast("Status", entry.status),
        reason=entry.reason,
        request_id=entry.request_id,
        has_password=passwords and _created_account(write, entry),
    )


def _created_account(write: Write, entry: JournalEntry) -> bool:
    return write.kind == "create" and entry.status in {"created", "adopted"} and entry.reason != "found"
