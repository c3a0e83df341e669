"""What a plan has just read, so that a run that follows at once does not read it again.

It belongs to one plan object in one process, and is used once. A plan that was loaded, copied, pickled or changed has
none. A run of the same organization in this process makes it invalid: that run may have changed its users.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from orgsdk.bulk.planning.member_store import MemberStore
from orgsdk.bulk.planning.members import Member
from orgsdk.bulk.planning.plan import RECENT_READ
from orgsdk.bulk.planning.target import Target

if TYPE_CHECKING:
    from orgsdk.bulk.planning.plan import Plan

DEFAULT_REREAD_AFTER: Final = timedelta(seconds=10)
# Reading a larger organization takes longer than a plan is recent.
_MAX_MEMBERS: Final = 20_000
# When runs of this process last worked on each organization, by `time.monotonic`.
_last_runs: dict[Target, float] = {}
_MAX_RUNS, _FORGET_AFTER = 1_000, 3_600.0


@dataclass(frozen=True, slots=True)
class RecentRead:
    """The members and accounts that a plan is made from, and when their reading began."""

    started: float
    process: int
    members: MemberStore
    accounts: Sequence[Member]


def attach(plan: Plan, started: float, members: MemberStore, accounts: Sequence[Member]) -> None:
    """Attach to a new plan what it was made from; `started` is when reading began, by `time.monotonic`."""
    if len(members) + len(accounts) <= _MAX_MEMBERS:
        plan.__dict__[RECENT_READ] = RecentRead(started, os.getpid(), members, accounts)


def take(plan: Plan, reread_after: timedelta) -> RecentRead | None:
    """Return what a plan was made from, once; None if it is older than `reread_after`, or another run followed."""
    found: RecentRead | None = plan.__dict__.pop(RECENT_READ, None)
    if found is None or found.process != os.getpid():
        return None
    last_run = _last_runs.get(Target.of_plan(plan))
    is_recent = time.monotonic() - found.started < reread_after.total_seconds()
    return found if is_recent and (last_run is None or last_run < found.started) else None


def note_run(target: Target) -> None:
    """Note that a run works on an organization now."""
    now = time.monotonic()
    if len(_last_runs) >= _MAX_RUNS:
        for other, at in list(_last_runs.items()):
            if now - at > _FORGET_AFTER:
                _last_runs.pop(other, None)
    _last_runs[target] = now
