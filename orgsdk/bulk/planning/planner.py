"""Make a plan: read the organization once, match, build the writes and evaluate the guards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orgsdk.bulk.errors import PlanError, SourceError
from orgsdk.bulk.planning.guards import GuardFigures, evaluate_guards
from orgsdk.bulk.planning.matching import UserIndex, match_rows, rows_without_key
from orgsdk.bulk.planning.members import supported_fields, unsupported_field_notes
from orgsdk.bulk.planning.plan import Plan, RosterRecord
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
from orgsdk.bulk.roster import as_roster
from orgsdk.domain import Capability

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from orgsdk.bulk.planning.members import Member
    from orgsdk.bulk.planning.writes import Kind
    from orgsdk.bulk.roster.iterables import Source
    from orgsdk.bulk.roster.spec import Roster, RosterProblem, UserSpec
    from orgsdk.resources import OrganizationHandle

_REQUIRED_CAPABILITIES: Mapping[Kind, Capability] = {
    "create": Capability.USERS_CREATE,
    "add": Capability.USERS_ADD,
    "invite": Capability.INVITATIONS_CREATE,
    "update": Capability.USERS_UPDATE,
    "set_roles": Capability.USERS_SET_ROLES,
    "add_roles": Capability.USERS_ADD_ROLES,
    "remove": Capability.USERS_REMOVE,
}


async def plan(
    organization: OrganizationHandle, source: Source, policy: Policy | None = None, *, previous: Plan | None = None
) -> Plan:
    """Give what would have to be done for an organization to match a roster; nothing is written anywhere.

    `source` is what `read_csv` and its like give, an iterable or async iterable of `UserSpec`, or another provider's
    list of users. `policy` says what may be done; without one nobody is removed. `previous` is the last plan for
    the same organization: a roster that has lost half of its rows since, or has another header, removes nobody.

    The organization is read once and completely; its pending invitations where the policy invites; the tenant's
    accounts where a row is not found among the members, and the tenant has others.

    Raises `SourceError` with every row that is wrong, names nobody or several users, or would be refused by the
    provider; `PlanError` where `previous` is of another organization; `UnsupportedError` for what the provider
    cannot do; and what reading raises. There is no plan then.

    Example: `plan = await bulk.plan(client.organization("org_id"), bulk.read_csv("roster.csv"))`
    """
    policy = policy or Policy()
    roster = await as_roster(source)
    _raise_problems(rows_without_key(roster.users, policy.match_by))
    there = await _read_snapshot(organization, roster, policy)
    earlier = _previous_source(previous, there.place)
    matched = match_rows(roster.users, UserIndex(there.members, policy.match_by, "member"))
    _raise_problems(matched.problems)
    capabilities = organization.provider.capabilities
    several = Capability.USERS_SEVERAL_ROLES in capabilities
    roles = RoleResolver(there.roles, policy.default_roles, several=several)
    checks = WriteValidator(organization.provider, there.place.organization)
    builder = PlanBuilder(policy, supported_fields(capabilities), roles, checks)
    builder.members(there.members, matched.pairs, there.own_user_id)
    others = [row for row in matched.unmatched if row.enabled]
    await _plan_unmatched(builder, organization, others, {member.id for member in there.members}, policy)
    built = builder.built
    _raise_problems([*roles.problems, *built.problems])
    for kind, drafts in built.by_kind.items():
        if drafts:
            organization.provider.require(_REQUIRED_CAPABILITIES[kind])
    figures = GuardFigures(
        removals=len(built.by_kind["remove"]),
        members=len(there.members),
        matched=sum(row.enabled for row, _ in matched.pairs),
        source=RosterRecord(roster.name, roster.fingerprint, len(roster.users), roster.columns),
        previous=earlier,
        incomplete=roster.incomplete,
    )
    writes, notes = built.writes()
    return Plan(
        provider=there.place.provider,
        tenant=there.place.tenant,
        organization=there.place.organization,
        created_at=there.read_at,
        policy=policy,
        source=figures.source,
        previous=figures.previous,
        members=figures.members,
        matched=figures.matched,
        unchanged=built.unchanged,
        left=built.left,
        invited=built.invited,
        absent=built.absent,
        kept=built.kept,
        notes=(*unsupported_field_notes(roster.users, capabilities, there.place.provider), *notes),
        writes=writes,
        guards=evaluate_guards(figures, policy),
    )


@dataclass(frozen=True, slots=True)
class _Snapshot:
    read_at: datetime
    place: Target
    roles: RoleCatalog
    own_user_id: str | None
    members: list[Member]


async def _read_snapshot(organization: OrganizationHandle, roster: Roster, policy: Policy) -> _Snapshot:
    # The time before reading: what changes meanwhile is younger than the plan.
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
) -> None:
    if policy.create == "no":
        builder.built.absent += len(rows)
    elif policy.create == "invite":
        builder.invite(rows, await read_pending_invitations(organization) if rows else frozenset())
    else:
        accounts = await find_accounts(organization.provider, rows, members, policy)
        matched = match_rows(rows, UserIndex(accounts, policy.match_by, "account"))
        _raise_problems(matched.problems)
        builder.add(matched.pairs)
        builder.create(matched.unmatched)


def _previous_source(previous: Plan | None, place: Target) -> RosterRecord | None:
    if previous is None:
        return None
    if Target(previous.provider, previous.tenant, previous.organization) != place:
        raise PlanError("previous= is the plan of another organization: pass the last one of this.")
    # One that was refused is no measure: it would let the next night's half of a roster pass for a whole.
    return previous.source if all(guard.passed for guard in previous.guards) else previous.previous


def _raise_problems(problems: Sequence[RosterProblem]) -> None:
    if problems:
        raise SourceError(problems)
