"""What a journal says of a run that was interrupted: what ended, and what is still to be done. Pure."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, cast

from orgsdk.bulk.outcome import DONE, Outcome
from orgsdk.bulk.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orgsdk.bulk.journal_file import Entry
    from orgsdk.bulk.outcome import Status
    from orgsdk.bulk.writes import Write


def ended(writes: Sequence[Write], entries: Iterable[Entry], *, passwords: bool) -> list[Outcome]:
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


def tasks_left(waves: Iterable[Sequence[Write]], entries: Iterable[Entry], *, passwords: bool) -> list[list[Task]]:
    """Give what is left to be done, in waves; those of which nothing is left are gone."""
    known = {entry.number: entry for entry in entries}
    left = [
        [
            Task(write) if write.number not in known else _begun(write, known[write.number], passwords=passwords)
            for write in wave
            if write.number not in known or known[write.number].stage != "settled"
        ]
        for wave in waves
    ]
    return [wave for wave in left if wave]


def own_writes(done: Iterable[Outcome], left: Iterable[Sequence[Task]]) -> dict[str, list[Write]]:
    """Give, for each user, the writes that the run has done to them, or may have, in order."""
    writes = [outcome.write for outcome in done if outcome.status == DONE[outcome.write.kind]]
    writes += [task.write for wave in left for task in wave if task.uncertain]
    own: defaultdict[str, list[Write]] = defaultdict(list)
    for write in sorted(writes, key=lambda write: write.number):
        if write.user_id is not None:
            own[write.user_id].append(write)
    return own


def _begun(write: Write, entry: Entry, *, passwords: bool) -> Task:
    if entry.stage == "begun":
        return Task(write, uncertain=True, begun_at=datetime.fromisoformat(entry.at) if entry.at else None)
    return Task(
        write,
        made=entry.user_id,
        status=cast("Status", entry.status),
        reason=entry.reason,
        request_id=entry.request_id,
        has_password=passwords and _made_account(write, entry),
    )


def _made_account(write: Write, entry: Entry) -> bool:
    return write.kind == "create" and entry.status in {"created", "adopted"} and entry.reason != "found"
