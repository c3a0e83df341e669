"""Make a plan: read the organization once, draft the writes and evaluate the guards."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_instance
from orgsdk.bulk.errors import PlanError
from orgsdk.bulk.planning.account_index import AccountIndex
from orgsdk.bulk.planning.bad_rows import BadRows
from orgsdk.bulk.planning.departures import count_removable
from orgsdk.bulk.planning.draft import DraftMaker, Snapshot, settle_members
from orgsdk.bulk.planning.elsewhere import check_memberships
from orgsdk.bulk.planning.guards import GuardFigures, evaluate_guards, removals_by_role
from orgsdk.bulk.planning.mass_changes import evaluate_changes
from orgsdk.bulk.planning.members import unsupported_field_notes
from orgsdk.bulk.planning.plan import Plan
from orgsdk.bulk.planning.policy import Policy
from orgsdk.bulk.planning.recent import attach as attach_recent_read
from orgsdk.bulk.planning.suspensions import check_suspensions, find_suspensions
from orgsdk.bulk.planning.target import (
    Target,
    find_roles,
    find_target,
    read_member_store,
)
from orgsdk.bulk.planning.user_index import STORED_WITH, stored_keys
from orgsdk.bulk.planning.writes import RosterRecord
from orgsdk.bulk.roster.iterables import Source, as_roster
from orgsdk.bulk.stores.rows import RowStore
from orgsdk.domain import Capability
from orgsdk.resources import OrganizationHandle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.bulk.planning.writes import Kind

_REQUIRED_CAPABILITIES: Mapping[Kind, Capability] = {
    "create": Capability.USERS_CREATE,
    "add": Capability.USERS_ADD,
    "invite": Capability.INVITATIONS_CREATE,
    "activate": Capability.USERS_SUSPEND,
    "update": Capability.USERS_UPDATE,
    "set_roles": Capability.USERS_SET_ROLES,
    "add_roles": Capability.USERS_ADD_ROLES,
    "suspend": Capability.USERS_SUSPEND,
    "remove": Capability.USERS_REMOVE,
}


@name_parameters
async def plan(
    organization: OrganizationHandle,
    source: Source,
    policy: Policy | None = None,
    *,
    previous: Plan | None = None,
    accounts: AccountIndex | None = None,
) -> Plan:
    """Plan the changes that make an organization match a roster. It only reads.

    It reads the organization once and completely, its pending invitations if the policy invites, and the tenant's
    accounts if a row matches no member and the tenant has accounts that are not members.

    Args:
        organization: The handle of the organization.
        source: A roster (from `read_roster` or another reader), an iterable or async iterable of `UserSpec`, or another
            provider's list of users.
        policy: What a run may do. The default policy removes no member.
        previous: The latest plan for the same organization. If the roster has lost half of its rows since then, or
            has another header, a guard refuses removals. `Policy.grace` counts the days from it, and `Policy.activate`
            takes from it which suspensions the job made.
        accounts: The tenant's accounts, for the plans of many of its organizations: their list is read once.

    Returns:
        The plan.

    Raises:
        SourceError: Rows are invalid, match no key or several users, or would be refused by the provider.
        PlanError: `previous` is of another organization, or `accounts` of another tenant.
        UnsupportedError: The provider lacks a capability that the plan needs.
        OrgError: Reading failed.

    Example:
        ``plan = await bulk.plan(client.organization("org_id"), bulk.read_csv("roster.csv"))``
    """
    policy = Policy() if policy is None else policy
    check_instance("organization", organization, OrganizationHandle, "client.organization('id') of an async client")
    check_instance("policy", policy, Policy, "a bulk.Policy, or leave it out")
    check_instance("previous", previous, Plan | None, "a bulk.Plan, or leave it out")
    check_suspensions(policy, organization.provider)
    check_memberships(policy, organization.provider)
    check_instance("accounts", accounts, AccountIndex | None, "a bulk.AccountIndex, or leave it out")
    if accounts is not None:
        accounts.check_tenant(organization)
    if not stored_keys(policy.match_by, organization.provider.capabilities):
        # No member would have a row: all of them would be removed, and created again.
        organization.provider.require(STORED_WITH[policy.match_by[0]])
    roster = await as_roster(source)
    bad_rows = BadRows(roster, policy)
    rows = roster.users if isinstance(roster.users, RowStore) else RowStore(roster.users)
    snapshot = await _read_snapshot(organization, rows, policy, roster.role_sources)
    earlier = _previous_source(previous, snapshot.target)
    settled = settle_members(organization, rows, bad_rows, snapshot, policy)
    bad_rows.rows = settled.rows
    capabilities = organization.provider.capabilities
    suspensions = find_suspensions(previous, policy, settled.members, snapshot.members, capabilities)
    maker = DraftMaker(
        organization,
        snapshot,
        settled,
        policy,
        incomplete=roster.incomplete,
        elsewhere=roster.elsewhere,
        since=_missing_since(previous),
        suspensions=suspensions,
        account_index=accounts,
    )
    draft = await maker.draft(bad_rows)
    while bad_rows.leave_out(draft.problems):
        draft = await maker.draft(bad_rows)
    built, departures = draft.built, draft.departures
    for kind, of_kind in built.by_kind.items():
        if of_kind:
            organization.provider.require(_REQUIRED_CAPABILITIES[kind])
    number = len(roster.users) + len(roster.rejected)
    found = [member for row, member in draft.matched.pairs if row.state != "gone"]
    matched = len(found) + settled.count
    limited = draft.removable_roles is not None or bool(policy.remove_only)
    scope = [
        count_removable(group, settled, policy, draft.removable_roles)
        if limited and built.departed
        else len(group) + settled.count
        for group in (settled.members, found)
    ]
    figures = GuardFigures(
        removals=len(built.departed) + built.changes.demoted,
        explicit=sum(departure.row is not None for departure in built.departed) + built.changes.demoted,
        staying=sum(departure.action == "suspend" for departure in built.departed) + built.changes.demoted,
        members=scope[0],
        matched=scope[1],
        limited=scope[0] != len(snapshot.members),
        source=RosterRecord(roster.name, roster.fingerprint, number, roster.columns),
        previous=earlier,
        incomplete=roster.incomplete,
        by_role=removals_by_role(settled.roles_of_all, (departure.member for departure in built.departed)),
    )
    writes, notes = built.writes(draft.unique)
    guards = (*evaluate_guards(figures, policy), *evaluate_changes(built.changes, matched, policy))
    made = Plan(
        provider=snapshot.target.provider,
        tenant=snapshot.target.tenant,
        organization=snapshot.target.organization,
        created_at=snapshot.read_at,
        policy=policy,
        source=figures.source,
        previous=figures.previous,
        members=len(snapshot.members),
        matched=matched,
        unchanged=built.unchanged,
        left=built.left,
        invited=built.invited,
        absent=built.absent,
        protected=built.protected,
        rejected=bad_rows.problems,
        missing=departures.missing,
        suspended=suspensions.after(policy, settled.members, writes, guards),
        notes=(
            *roster.notes,
            *unsupported_field_notes(bad_rows.rows, settled.defined, capabilities, snapshot.target.provider),
            *draft.notes(),
            *notes,
        ),
        requests=sum(
            organization.provider.requests_per_write.get(_REQUIRED_CAPABILITIES[write.kind], 1) for write in writes
        ),
        rate=organization.provider.request_rate,
        writes=writes,
        guards=guards,
    )
    for write in writes:
        if accounts is not None and write.kind == "update" and write.user_id is not None:
            accounts.note(write.user_id, write.fields)
    attach_recent_read(made, snapshot.started, snapshot.members, maker.accounts)
    return made


async def _read_snapshot(
    organization: OrganizationHandle, rows: RowStore, policy: Policy, role_sources: Mapping[str, tuple[str, ...]]
) -> Snapshot:
    # The time before reading, so that any change made during reading is later than the plan.
    read_at, started = datetime.now(UTC).replace(microsecond=0), time.monotonic()
    named = {
        role for roles in (policy.default_roles, *(common.roles for common in rows.common)) for role in roles or ()
    }
    if named and policy.roles == "add":
        organization.provider.require(Capability.USERS_SEVERAL_ROLES)
    target, own_user_id = await find_target(organization), await organization.provider.own_user_id()
    members = await read_member_store(organization.users.list(complete=True))
    held = {role for roles, _ in members.common for role in roles}
    roles = await find_roles(organization, named, held)
    return Snapshot(read_at, started, target, roles, own_user_id, members, role_sources)


def _previous_source(previous: Plan | None, target: Target) -> RosterRecord | None:
    if previous is None:
        return None
    if Target.of_plan(previous) != target:
        raise PlanError(
            "The earlier plan is of another organization: pass the latest plan of this one (previous=). On the command "
            "line, name another file by --output."
        )
    # Do not compare with a plan that was refused: half of a roster would then pass when it comes a second time.
    return previous.source if _has_passed(previous) else previous.previous


def _missing_since(previous: Plan | None) -> Mapping[str, datetime]:
    """Return the dates since when members are missing. Those of a roster that was refused do not count."""
    if previous is None or _has_passed(previous):
        return {} if previous is None else previous.missing
    return {user_id: since for user_id, since in previous.missing.items() if since < previous.created_at}


def _has_passed(plan: Plan) -> bool:
    return all(guard.passed for guard in plan.guards)
