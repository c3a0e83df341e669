"""Make a plan: read the organization once, match, build the writes and evaluate the guards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_instance
from orgsdk.bulk.errors import PlanError, SourceError
from orgsdk.bulk.planning.guards import GuardFigures, evaluate_guards
from orgsdk.bulk.planning.matching import UserIndex, has_key, match_rows, rows_without_key
from orgsdk.bulk.planning.members import Member, unsupported_field_notes
from orgsdk.bulk.planning.plan import Plan
from orgsdk.bulk.planning.plan_builder import PlanBuilder, RoleResolver, WriteValidator
from orgsdk.bulk.planning.policy import Policy
from orgsdk.bulk.planning.target import (
    RoleCatalog,
    Target,
    find_accounts,
    find_target,
    read_members,
    read_pending_invitations,
    read_roles,
)
from orgsdk.bulk.planning.writes import RosterRecord
from orgsdk.bulk.roster.iterables import Source, as_roster
from orgsdk.domain import Capability
from orgsdk.resources import OrganizationHandle

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from orgsdk.bulk.planning.writes import Kind
    from orgsdk.bulk.roster.spec import Roster, RosterProblem, UserSpec

_REQUIRED_CAPABILITIES: Mapping[Kind, Capability] = {
    "create": Capability.USERS_CREATE,
    "add": Capability.USERS_ADD,
    "invite": Capability.INVITATIONS_CREATE,
    "update": Capability.USERS_UPDATE,
    "set_roles": Capability.USERS_SET_ROLES,
    "add_roles": Capability.USERS_ADD_ROLES,
    "remove": Capability.USERS_REMOVE,
}


@name_parameters
async def plan(
    organization: OrganizationHandle, source: Source, policy: Policy | None = None, *, previous: Plan | None = None
) -> Plan:
    """Plan the changes that make an organization match a roster. It only reads.

    It reads the organization once and completely, its pending invitations if the policy invites, and the tenant's
    accounts if a row matches no member and the tenant has accounts that are not members.

    Args:
        organization: The handle of the organization.
        source: A roster (from `read_csv`, `read_jsonl`, `read_oneroster` or `from_users`), an iterable or async
            iterable of `UserSpec`, or another provider's list of users.
        policy: What a run may do. The default policy removes no member.
        previous: The latest plan for the same organization. If the roster has lost half of its rows since then, or
            has another header, a guard refuses removals.

    Returns:
        The plan.

    Raises:
        SourceError: Rows are invalid, match no key or several users, or would be refused by the provider.
        PlanError: `previous` is of another organization.
        UnsupportedError: The provider lacks a capability that the plan needs.
        OrgError: Reading failed.

    Example:
        ``plan = await bulk.plan(client.organization("org_id"), bulk.read_csv("roster.csv"))``
    """
    policy = Policy() if policy is None else policy
    check_instance("organization", organization, OrganizationHandle, "client.organization('id') of an async client")
    check_instance("policy", policy, Policy, "a bulk.Policy, or leave it out")
    check_instance("previous", previous, Plan | None, "a bulk.Plan, or leave it out")
    roster = await as_roster(source)
    # All problems of all stages are raised together: a roster is not corrected and read again for each of them.
    problems = rows_without_key(roster.users, policy.match_by)
    rows = [row for row in roster.users if has_key(row, policy.match_by)] if problems else roster.users
    snapshot = await _read_snapshot(organization, roster, policy)
    earlier = _previous_source(previous, snapshot.target)
    matched = match_rows(rows, UserIndex(snapshot.members, policy.match_by, "member"))
    problems += matched.problems
    capabilities = organization.provider.capabilities
    several = Capability.USERS_SEVERAL_ROLES in capabilities
    roles = RoleResolver(snapshot.roles, policy.default_roles, several=several)
    validator = WriteValidator(organization, snapshot.target.organization)
    builder = PlanBuilder(policy, capabilities, roles, validator)
    builder.members(snapshot.members, matched.pairs, snapshot.own_user_id)
    others = [row for row in matched.unmatched if row.enabled]
    problems += await _plan_unmatched(builder, organization, others, {member.id for member in snapshot.members}, policy)
    built = builder.built
    _raise_problems([*problems, *roles.problems, *built.problems])
    for kind, of_kind in built.by_kind.items():
        if of_kind:
            organization.provider.require(_REQUIRED_CAPABILITIES[kind])
    figures = GuardFigures(
        removals=len(built.by_kind["remove"]),
        members=len(snapshot.members),
        matched=sum(row.state != "gone" for row, _ in matched.pairs),
        source=RosterRecord(roster.name, roster.fingerprint, len(roster.users), roster.columns),
        previous=earlier,
        incomplete=roster.incomplete,
    )
    writes, notes = built.writes()
    return Plan(
        provider=snapshot.target.provider,
        tenant=snapshot.target.tenant,
        organization=snapshot.target.organization,
        created_at=snapshot.read_at,
        policy=policy,
        source=figures.source,
        previous=figures.previous,
        members=figures.members,
        matched=figures.matched,
        unchanged=built.unchanged,
        left=built.left,
        invited=built.invited,
        absent=built.absent,
        protected=built.protected,
        notes=(
            *roster.notes,
            *unsupported_field_notes(roster.users, capabilities, snapshot.target.provider),
            *notes,
        ),
        requests=sum(
            len(of_kind) * organization.provider.requests_per_write.get(_REQUIRED_CAPABILITIES[kind], 1)
            for kind, of_kind in built.by_kind.items()
        ),
        rate=organization.provider.request_rate,
        writes=writes,
        guards=evaluate_guards(figures, policy),
    )


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The organization as it was read."""

    read_at: datetime
    target: Target
    roles: RoleCatalog
    own_user_id: str | None
    members: list[Member]


async def _read_snapshot(organization: OrganizationHandle, roster: Roster, policy: Policy) -> _Snapshot:
    # The time before reading, so that any change made during reading is later than the plan.
    read_at = datetime.now(UTC).replace(microsecond=0)
    names_roles = policy.default_roles or any(row.roles for row in roster.users)
    if names_roles and policy.roles == "add":
        organization.provider.require(Capability.USERS_SEVERAL_ROLES)
    return _Snapshot(
        read_at,
        await find_target(organization),
        await read_roles(organization) if names_roles else RoleCatalog(None),
        await organization.provider.own_user_id(),
        await read_members(organization.users.list(complete=True)),
    )


async def _plan_unmatched(
    builder: PlanBuilder,
    organization: OrganizationHandle,
    rows: Sequence[UserSpec],
    members: Collection[str],
    policy: Policy,
) -> Sequence[RosterProblem]:
    """Build the writes of the rows that match no member, and return the problems of those that match no one account."""
    if policy.create == "no":
        builder.built.absent += len(rows)
    elif policy.create == "invite":
        builder.invite(rows, await read_pending_invitations(organization) if rows else frozenset())
    else:
        try:
            accounts = await find_accounts(organization, rows, members, policy)
        except SourceError as error:
            return error.problems
        matched = match_rows(rows, UserIndex(accounts, policy.match_by, "account"))
        builder.add(matched.pairs)
        builder.create(matched.unmatched)
        return matched.problems
    return ()


def _previous_source(previous: Plan | None, target: Target) -> RosterRecord | None:
    if previous is None:
        return None
    if Target(previous.provider, previous.tenant, previous.organization) != target:
        raise PlanError("previous= is the plan of another organization: pass the latest plan of this organization.")
    # Do not compare with a plan that was refused: half of a roster would then pass when it comes a second time.
    return previous.source if all(guard.passed for guard in previous.guards) else previous.previous


def _raise_problems(problems: Sequence[RosterProblem]) -> None:
    if problems:
        raise SourceError(problems)
