"""Records of a fleet's run: the run, its units (one organization each), its limit keys, and the past of each unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal, TypeAlias, get_args

from orgsdk.responses import RequestRate

UnitState: TypeAlias = Literal[
    "waiting", "planning", "planned", "applying", "done", "unchanged", "guarded", "failed", "stopped", "cancelled"
]
UNIT_STATES: Final[tuple[UnitState, ...]] = get_args(UnitState)
"""The states of a unit, in the order in which a status shows them."""

OPEN_STATES: Final[frozenset[UnitState]] = frozenset({"waiting", "planning", "planned", "applying"})
"""The states of a unit that a worker continues."""

RunMode: TypeAlias = Literal["plan", "apply", "sync"]
Judge: TypeAlias = Literal["whole", "stream"]
RunState: TypeAlias = Literal[
    "starting", "planning", "planned", "refused", "applying", "stopped", "finished", "cancelled"
]
ENDED_RUNS: Final[frozenset[RunState]] = frozenset({"finished", "cancelled"})
"""The states of a run that does not hinder the start of another one in the same night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run of the fleet. Each has a larger epoch than the one before, which can no longer write then.

    Attributes:
        epoch: Number of the run, from 1. 0 before the store has numbered it.
        night: The night that the run is for.
        mode: `"plan"` ends with every plan made and judged, `"apply"` applies such plans, `"sync"` does both.
        judge: `"whole"`: all plans are judged together before one is applied. `"stream"`: each organization is planned
            and applied, and too many refused plans stop the run.
        state: `"starting"` (organizations are added), `"planning"` (nothing is applied yet), `"planned"` (waits for
            `start(mode="apply")`), `"refused"` (a guard of the fleet refuses to apply the plans), `"applying"`,
            `"stopped"` (too many plans were refused while streaming), `"finished"` or `"cancelled"`.
        started_at: When it was started, in UTC.
        ended_at: When it finished or was cancelled, in UTC; None before.
        detail: Why it was refused or stopped, or what the budget leaves out; None without a reason.
        hash: SHA-256 of all plans of a run that was judged as a whole; it confirms them.
        confirmed: Hashes that override guards: that of the run, or those of plans.
        deadline: When the night's budget of hours ends, in UTC; None if it has none.
    """

    epoch: int = 0
    night: date
    mode: RunMode
    judge: Judge = "whole"
    state: RunState = "starting"
    started_at: datetime
    ended_at: datetime | None = None
    detail: str | None = None
    hash: str | None = None
    confirmed: tuple[str, ...] = ()
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRecord:
    """The work on one organization in one run. It is the unit that is handed out and resumed.

    Attributes:
        number: Position in the fleet, from 0.
        name: The organization's name in the fleet, unique in a run.
        key: The limit key.
        entry: The fleet's entry as JSON, from `FleetEntry.to_json`. Secrets are references.
        state: `"waiting"`, `"planning"`, `"planned"`, `"applying"`, `"done"`, `"unchanged"` (skipped without a
            request), `"guarded"` (a guard refuses its plan), `"failed"`, `"stopped"` (interrupted; `resume` continues
            it), or `"cancelled"`.
        reason: Why it is in that state, without secrets and addresses; None without a reason.
        taken: How often a worker has taken it without a result: it works on it, or ended while it did.
        attempts: How often a temporary failure ended the work on it.
        verify: Whether it is planned even if its roster is unchanged.
        verified: Night in which it was last planned and applied before this run; None if never. The oldest come first.
        fingerprint: Fingerprint of its roster and settings; None before it was read.
        plan_hash: Hash of its plan; None if there is none.
        members: Number of members in its plan.
        writes: Number of changes in its plan.
        removals: Number of members that its plan removes or suspends.
        new_admins: Number of users that its plan makes admins.
        failures: Number of changes that failed.
        estimate: Number of requests that are expected until it ends.
        requests: Number of requests that were sent for it.
        started_at: When a worker first took it, in UTC.
        ended_at: When it ended, in UTC.
    """

    number: int
    name: str
    key: str
    entry: str = field(repr=False)
    state: UnitState = "waiting"
    reason: str | None = None
    taken: int = 0
    attempts: int = 0
    verify: bool = False
    verified: date | None = None
    fingerprint: str | None = None
    plan_hash: str | None = None
    members: int = 0
    writes: int = 0
    removals: int = 0
    new_admins: int = 0
    failures: int = 0
    estimate: int = 0
    requests: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A limit key in one run: the sums of its units, and whether it is asleep or stopped.

    Attributes:
        key: The limit key.
        counts: Number of units of each state; states without units may be missing.
        members: Number of members in its plans.
        writes: Number of changes in its plans.
        removals: Number of members that its plans remove or suspend.
        new_admins: Number of users that its plans make admins.
        failures: Number of changes that failed.
        requests: Number of requests that were sent.
        estimate: Number of requests that are expected for its units that have not ended.
        reserved: The part of `estimate` that is for units that are planned or being applied.
        allowance: Largest number of requests by the night's budget; None if it has none.
        until: It is asleep until then, in UTC, because of its rate limit or a temporary failure; None if it is not.
        stopped: Why no unit of it is handed out any more in this run, such as a refused sign-in; None if it works.
        rate: How many requests the provider accepts; None if that is unknown.
    """

    key: str
    counts: Mapping[UnitState, int] = field(default_factory=dict[UnitState, int])
    members: int = 0
    writes: int = 0
    removals: int = 0
    new_admins: int = 0
    failures: int = 0
    requests: int = 0
    estimate: int = 0
    reserved: int = 0
    allowance: int | None = None
    until: datetime | None = None
    stopped: str | None = None
    rate: RequestRate | None = None

    @property
    def units(self) -> int:
        """Number of units of the key."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationRecord:
    """What is kept of an organization over the nights. It has no personal data but ids of missing members.

    Attributes:
        name: The organization's name in the fleet.
        fingerprint: Fingerprint of the roster and settings that were last applied without a failure; None if never.
        verified: Night in which that was; None if never.
        requests: Number of requests of the last night in which it was planned; None if never.
        latest_requests: Number of requests of the last night; 0 if it was skipped.
        rate: How many requests the provider accepted then; None if that is unknown.
        due: Day from which it is planned although its roster is unchanged: the time of members who are missing ends, or
            a date in the roster passes; None if there is no such day.
        previous: The last plan without its writes, as `Plan.to_json`: the next plan is compared with it.
    """

    name: str
    fingerprint: str | None = None
    verified: date | None = None
    requests: int | None = None
    latest_requests: int | None = None
    rate: RequestRate | None = None
    due: date | None = None
    previous: bytes | None = field(default=None, repr=False)
