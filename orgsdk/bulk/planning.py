"""Making a plan: read what is there once, compare, and judge. Nothing that writes is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orgsdk.bulk.accounts import find_accounts
from orgsdk.bulk.checks import Checks
from orgsdk.bulk.comparing import kept_fields, unkept
from orgsdk.bulk.drafting import Drafter
from orgsdk.bulk.errors import PlanError, SourceError
from orgsdk.bulk.guards import Tally, judge
from orgsdk.bulk.matching import Index, match, without_key
from orgsdk.bulk.plans import Plan, RosterRecord
from orgsdk.bulk.policy import Policy
from orgsdk.bulk.reading import Place, RoleNames, locate, read_invited, read_members, read_roles
from orgsdk.bulk.row_roles import RowRoles
from orgsdk.bulk.sources import as_roster
from orgsdk.domain import Capability

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from orgsdk.bulk.members import Member
    from orgsdk.bulk.sources.users import Source
    from orgsdk.bulk.spec import Problem, Roster, UserSpec
    from orgsdk.bulk.writes import Kind
    from orgsdk.resources import OrganizationHandle

_NEEDED: Mapping[Kind, Capability] = {
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
    _refuse(without_key(roster.users, policy.match_by))
    there = await _read(organization, roster, policy)
    earlier = _earlier(previous, there.place)
    matched = match(roster.users, Index(there.members, policy.match_by, "member"))
    _refuse(matched.problems)
    capabilities = organization.provider.capabilities
    several = Capability.USERS_SEVERAL_ROLES in capabilities
    roles = RowRoles(there.roles, policy.default_roles, several=several)
    checks = Checks(organization.provider, there.place.organization)
    drafter = Drafter(policy, kept_fields(capabilities), roles, checks)
    drafter.members(there.members, matched.pairs, there.own_user_id)
    others = [row for row in matched.unmatched if row.enabled]
    await _draft_others(drafter, organization, others, {member.id for member in there.members}, policy)
    drafted = drafter.drafted
    _refuse([*roles.problems, *drafted.problems])
    for kind, drafts in drafted.by_kind.items():
        if drafts:
            organization.provider.require(_NEEDED[kind])
    tally = Tally(
        removals=len(drafted.by_kind["remove"]),
        members=len(there.members),
        matched=sum(row.enabled for row, _ in matched.pairs),
        source=RosterRecord(roster.name, roster.fingerprint, len(roster.users), roster.columns),
        previous=earlier,
        incomplete=roster.incomplete,
    )
    writes, notes = drafted.writes()
    return Plan(
        provider=there.place.provider,
        tenant=there.place.tenant,
        organization=there.place.organization,
        created_at=there.read_at,
        policy=policy,
        source=tally.source,
        previous=tally.previous,
        members=tally.members,
        matched=tally.matched,
        unchanged=drafted.unchanged,
        left=drafted.left,
        invited=drafted.invited,
        absent=drafted.absent,
        kept=drafted.kept,
        notes=(*unkept(roster.users, capabilities, there.place.provider), *notes),
        writes=writes,
        guards=judge(tally, policy),
    )


@dataclass(frozen=True, slots=True)
class _There:
    read_at: datetime
    place: Place
    roles: RoleNames
    own_user_id: str | None
    members: list[Member]


async def _read(organization: OrganizationHandle, roster: Roster, policy: Policy) -> _There:
    # The time before reading: what changes meanwhile is younger than the plan.
    read_at = datetime.now(UTC).replace(microsecond=0)
    names_roles = policy.default_roles or any(row.roles for row in roster.users)
    if names_roles and policy.roles == "add":
        organization.provider.require(Capability.USERS_SEVERAL_ROLES)
    return _There(
        read_at,
        await locate(organization),
        await read_roles(organization) if names_roles else RoleNames(None),
        await organization.provider.own_user_id(),
        await read_members(organization.users.list(complete=True)),
    )


async def _draft_others(
    drafter: Drafter,
    organization: OrganizationHandle,
    rows: Sequence[UserSpec],
    members: Collection[str],
    policy: Policy,
) -> None:
    if policy.create == "no":
        drafter.drafted.absent += len(rows)
    elif policy.create == "invite":
        drafter.invite(rows, await read_invited(organization) if rows else frozenset())
    else:
        accounts = await find_accounts(organization.provider, rows, members, policy)
        matched = match(rows, Index(accounts, policy.match_by, "account"))
        _refuse(matched.problems)
        drafter.add(matched.pairs)
        drafter.create(matched.unmatched)


def _earlier(previous: Plan | None, place: Place) -> RosterRecord | None:
    if previous is None:
        return None
    if Place(previous.provider, previous.tenant, previous.organization) != place:
        raise PlanError("previous= is the plan of another organization: pass the last one of this.")
    # One that was refused is no measure: it would let the next night's half of a roster pass for a whole.
    return previous.source if all(guard.passed for guard in previous.guards) else previous.previous


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise SourceError(problems)
