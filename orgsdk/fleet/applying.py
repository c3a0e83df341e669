"""The bulk run of one unit: its plan is applied, or the interrupted run is resumed, under the fleet's stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import to_thread

from orgsdk import bulk
from orgsdk.domain import Capability

if TYPE_CHECKING:
    from collections.abc import Collection

    from orgsdk.fleet.context import WorkContext
    from orgsdk.fleet.store import KeySession
    from orgsdk.fleet.units import UnitRecord
    from orgsdk.resources import OrganizationHandle


async def open_run(
    context: WorkContext,
    session: KeySession,
    unit: UnitRecord,
    organization: OrganizationHandle,
    confirmed: Collection[str],
    made: bulk.Plan | None = None,
) -> bulk.Run | None:
    """Return the run of a unit's plan, which sends nothing before it is awaited.

    Args:
        context: What the work needs.
        session: The session of the key.
        unit: The unit.
        organization: The handle of its organization.
        confirmed: Hashes of plans whose guards are overridden.
        made: The unit's plan, if this worker has just made it: a run that follows at once does not read the members
            again.

    Returns:
        The run: a new one, or the one that was interrupted. None if the unit has no plan.

    Raises:
        PlanError: The plan is of another version of orgsdk.
        SecretError: The key of the passwords cannot be found.
    """
    journal, audit, lock = session.journal(unit), session.audit(unit), session.lock(unit)
    passwords = await _passwords(context, session, unit, organization)
    if await to_thread.run_sync(_has_started, journal):
        return bulk.resume(
            journal,
            organization,
            concurrency=context.options.writes,
            audit=audit,
            passwords=passwords,
            lock=lock,
            max_pause=context.options.max_pause,
        )
    plan = made
    if plan is None:
        content = await to_thread.run_sync(session.plan, unit)
        if content is None:
            return None
        plan = bulk.Plan.from_json(content)
    return bulk.apply(
        plan,
        organization,
        concurrency=context.options.writes,
        journal=journal,
        audit=audit,
        passwords=passwords,
        lock=lock,
        max_pause=context.options.max_pause,
        confirm=plan.hash if plan.hash in confirmed else None,
    )


async def _passwords(
    context: WorkContext, session: KeySession, unit: UnitRecord, organization: OrganizationHandle
) -> bulk.PasswordStore | None:
    """Return what derives the passwords of new accounts; None if the fleet or the provider generates none."""
    if Capability.USERS_PASSWORD not in organization.provider.capabilities:
        return None
    return await context.derived_passwords(session.epoch, unit.name)


def _has_started(journal: bulk.JournalStore) -> bool:
    journal.open()
    try:
        return journal.has_started
    finally:
        journal.close()
