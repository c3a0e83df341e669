"""The work on one unit: read the roster, plan, and apply or resume. Every error becomes a state of the unit."""

from __future__ import annotations

from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from anyio import to_thread

from orgsdk import bulk
from orgsdk.errors import ConfigurationError, OrgError
from orgsdk.fleet.applying import open_run
from orgsdk.fleet.budget import OVER_BUDGET, expected_requests
from orgsdk.fleet.entries import FleetEntry
from orgsdk.fleet.failures import UnitFailure, describe_error, judge_error, retry_later, unsettled
from orgsdk.fleet.fingerprints import fingerprint_of
from orgsdk.fleet.guards import count_new_admins, count_removals
from orgsdk.fleet.observer import UnitObservation
from orgsdk.fleet.rosters import find_roster
from orgsdk.fleet.units import OPEN_STATES, OrganizationRecord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from orgsdk.fleet.context import WorkContext
    from orgsdk.fleet.credentials import FleetClient
    from orgsdk.fleet.rosters import RosterSource
    from orgsdk.fleet.store import KeySession
    from orgsdk.fleet.units import RunRecord, UnitRecord, UnitState
    from orgsdk.resources import OrganizationHandle

# A unit that ends its worker each time, for example for want of memory, must not do so for ever.
_MAX_TAKEN: Final = 50


class UnitWork:
    """The work on one unit of a key.

    Args:
        context: What the work needs.
        session: The session of the key.
        run: The run as it now is.
        unit: The unit, as the session has handed it out.
        largest: How many requests it may be expected to take; None for any number.
    """

    def __init__(
        self, context: WorkContext, session: KeySession, run: RunRecord, unit: UnitRecord, largest: int | None
    ) -> None:
        self._context = context
        self._session = session
        self._run = run
        self._largest = largest
        self._unit = replace(unit, taken=unit.taken + 1, started_at=unit.started_at or context.now())
        self._sent_before = unit.requests
        self._client: FleetClient | None = None
        self._client_sent_before = 0
        self._known: OrganizationRecord | None = None
        self._made: bulk.Plan | None = None

    @property
    def state(self) -> UnitState:
        """The state of the unit, as it was last stored."""
        return self._unit.state

    async def work(self) -> UnitFailure | None:
        """Work on the unit until it ends or cannot go on now, and store its state.

        Returns:
            What a failure means for the key; None if there was none.

        Raises:
            FencedError: The run is fenced. Nothing was stored.
            StoreError: The store cannot be read or written.
        """
        unit = self._unit
        if unit.taken > _MAX_TAKEN:
            await self._save("failed", f"its worker ended {_MAX_TAKEN} times while it worked on it")
            return None
        try:
            entry = FleetEntry.from_json(unit.entry, name=unit.name, key=unit.key)
            provider, settings = self._context.clients.settings_of(entry)
        except OrgError as error:
            await self._save("failed", describe_error(error))
            return None
        observation = UnitObservation(epoch=self._run.epoch, key=unit.key, name=unit.name, provider=provider)
        with self._context.observer.unit(observation):
            failure = await self._work(entry, settings)
            observation.state = self._unit.state
            observation.requests = self._unit.requests - self._sent_before
        return failure

    async def _work(self, entry: FleetEntry, settings: Mapping[str, str]) -> UnitFailure | None:
        async with AsyncExitStack() as stack:
            try:
                source = None
                if self._unit.state in {"waiting", "planning"}:
                    source = await find_roster(entry, self._context.load_roster)
                    if not await self._must_plan(entry, settings, source):
                        return None
                try:
                    self._client = await stack.enter_async_context(self._context.clients.borrow(entry))
                except ConfigurationError as error:
                    return await self._end_by(UnitFailure("stop_key", describe_error(error)))
                self._client_sent_before = self._client.requests
                organization = self._client.client.organization(entry.organization)
                accounts = self._client.accounts_of(self._run.epoch)
                if source is not None and not await self._plan(entry, source, organization, accounts):
                    return None
                return await self._apply(organization)
            except bulk.StoreError:
                raise
            except OrgError as error:
                attempts = self._unit.attempts + 1
                return await self._end_by(judge_error(error, attempts, self._context.options, self._context.now()))

    async def _must_plan(self, entry: FleetEntry, settings: Mapping[str, str], source: RosterSource) -> bool:
        """Return whether the unit is planned now. If not, its state is stored."""
        unit, today = self._unit, max(self._run.night, self._context.now().astimezone().date())
        self._known = await to_thread.run_sync(self._session.organization, unit.name)
        fingerprint = fingerprint_of(entry, settings, source.digest)
        self._unit = replace(unit, fingerprint=fingerprint)
        known = self._known
        if known is not None and known.fingerprint == fingerprint and not unit.verify and not _is_due(known, today):
            await self._save("unchanged", organization=replace(known, latest_requests=0))
            return False
        needed = expected_requests(known, verify=True, budget=self._context.options.budget)
        if unit.estimate < needed and unit.state == "waiting":
            self._unit = replace(self._unit, estimate=needed)
            if self._largest is not None and needed > self._largest:
                await self._save("waiting", f"{OVER_BUDGET} for it")
                return False
        await self._save("planning")
        return True

    async def _plan(
        self, entry: FleetEntry, source: RosterSource, organization: OrganizationHandle, accounts: bulk.AccountIndex
    ) -> bool:
        """Make and store the plan. Returns whether it is applied now."""
        provider = organization.provider
        previous = _previous(self._known)
        if previous is not None and not _is_of(previous, organization):
            previous = None
        roster = await source.read()
        plan = await bulk.plan(organization, roster, entry.policy, previous=previous, accounts=accounts)
        known = self._known or OrganizationRecord(name=self._unit.name)
        reference = replace(plan, writes=(), notes=(), rejected=(), protected=())
        rate = provider.request_rate
        self._known = replace(known, rate=rate, due=_next_due(plan, roster), previous=reference.to_json())
        if rate is not None:
            await to_thread.run_sync(self._session.record_rate, rate)
        self._unit = replace(
            self._unit,
            plan_hash=plan.hash,
            members=plan.members,
            writes=len(plan.writes),
            removals=count_removals(plan),
            new_admins=count_new_admins(plan),
            estimate=plan.requests,
        )
        if plan.is_empty:
            await self._save_done()
            return False
        refused = [guard for guard in plan.guards if not guard.passed]
        is_confirmed = plan.hash in self._run.confirmed and all(guard.overridable for guard in refused)
        if refused and not is_confirmed:
            await self._save("guarded", _describe_guards(refused), plan=plan.to_json(), organization=self._known)
            return False
        applies = self._run.state == "applying"
        await self._save("applying" if applies else "planned", plan=plan.to_json(), organization=self._known)
        self._made = plan
        return applies

    async def _apply(self, organization: OrganizationHandle) -> UnitFailure | None:
        """Apply the stored plan, or resume its run, and store how it ended."""
        if self._unit.state != "applying":
            await self._save("applying")
        unit, context = self._unit, self._context
        try:
            run = await open_run(context, self._session, unit, organization, self._run.confirmed, self._made)
            if run is None:
                await self._save("waiting", "its plan is missing: it is planned again")
                return None
            report = await run
        except bulk.GuardError as error:
            # Its hash was confirmed, and not all of its guards can be overridden.
            await self._save("guarded", _describe_guards(error.failed))
            return None
        except bulk.PlanError as error:
            # Too old, or of another version of orgsdk. A new plan finds everything that was done.
            await self._save("waiting", f"it must be planned again: {describe_error(error)}")
            return None
        failed = report.failed + report.in_flight + report.not_reached
        if not failed:
            await self._save_done()
            return None
        self._unit = replace(unit, failures=failed)
        reason = f"{failed:,} of {report.planned:,} changes failed: the audit has the reasons"
        failure = UnitFailure("fail", reason)
        if unsettled(report):
            failure = retry_later(reason, unit.attempts + 1, context.options, context.now())
        return await self._end_by(failure)

    async def _save_done(self) -> None:
        """Store that the organization is as its roster describes it."""
        known = self._known or await to_thread.run_sync(self._session.organization, self._unit.name)
        requests = self._requests
        done = replace(
            known or OrganizationRecord(name=self._unit.name),
            fingerprint=self._unit.fingerprint,
            verified=self._run.night,
            requests=requests,
            latest_requests=requests,
        )
        self._unit = replace(self._unit, failures=0)
        await self._save("done", organization=done)

    async def _end_by(self, failure: UnitFailure) -> UnitFailure | None:
        """Store the state of a unit whose work has failed, and let its key sleep or stop."""
        is_applied = self._unit.state in {"planned", "applying"}
        open_state: UnitState = "applying" if is_applied else "waiting"
        attempts = self._unit.attempts + (failure.verdict == "retry")
        # Only a worker that ended without a result counts as one that has taken it.
        self._unit = replace(self._unit, attempts=attempts, taken=self._unit.taken - 1)
        if failure.verdict == "fail":
            await self._save("failed", failure.reason)
        elif failure.verdict == "stop_unit" or (failure.verdict == "stop_key" and is_applied):
            await self._save("stopped", failure.reason)
        else:
            await self._save(open_state, failure.reason)
        if failure.verdict == "stop_key":
            await to_thread.run_sync(self._session.stop, failure.reason)
        if failure.until is not None:
            await to_thread.run_sync(self._session.pause, failure.until)
            self._context.observer.paused(self._unit.key, failure.until)
        return failure

    @property
    def _requests(self) -> int:
        """Number of requests that were sent for the unit, in this run of the fleet."""
        now = 0 if self._client is None else self._client.requests - self._client_sent_before
        return self._sent_before + now

    async def _save(
        self,
        state: UnitState,
        reason: str | None = None,
        *,
        plan: bytes | None = None,
        organization: OrganizationRecord | None = None,
    ) -> None:
        has_ended = state not in OPEN_STATES
        unit = replace(
            self._unit,
            state=state,
            reason=reason,
            requests=self._requests,
            estimate=0 if has_ended else self._unit.estimate,
            ended_at=self._context.now() if has_ended else None,
        )
        if plan is None:
            await to_thread.run_sync(self._session.save, unit, organization)
        else:
            await to_thread.run_sync(self._session.save_plan, unit, plan, organization)
        self._unit = unit


def _describe_guards(refused: Sequence[bulk.GuardResult]) -> str:
    """Return why guards refuse a plan, and which of them no confirmation overrides."""
    final = "" if all(guard.overridable for guard in refused) else " (no confirmation overrides this)"
    return "; ".join(f"{guard.name}: {guard.detail}" for guard in refused) + final


def _is_due(known: OrganizationRecord, today: date) -> bool:
    return known.due is not None and known.due <= today


def _next_due(plan: bulk.Plan, roster: bulk.Roster) -> date | None:
    """Return the day from which an unchanged roster gives another plan: the time of missing members ends, or a date."""
    days = [day for day in (roster.changes_on,) if day is not None]
    if plan.policy.grace is not None and plan.missing:
        days.append((min(plan.missing.values()) + plan.policy.grace).date())
    return min(days, default=None)


def _previous(known: OrganizationRecord | None) -> bulk.Plan | None:
    """Return the last plan without its writes; None if there is none, or it is of another version of orgsdk."""
    if known is not None and known.previous is not None:
        with suppress(bulk.PlanError):
            return bulk.Plan.from_json(known.previous)
    return None


def _is_of(plan: bulk.Plan, organization: OrganizationHandle) -> bool:
    """Return whether a plan is of an organization, as far as its handle shows: the entry may name another one now."""
    provider = organization.provider
    of_tenant = (plan.provider, plan.tenant) == (provider.name, provider.tenant)
    return of_tenant and organization.id in {None, plan.organization}
