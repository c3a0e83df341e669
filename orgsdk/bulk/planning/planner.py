"""Make a plan: read the organization once, match, build the writes and evaluate the guards."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from orgsdk._messages import count_noun
from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_instance
from orgsdk.bulk.errors import PlanError, SourceError
from orgsdk.bulk.planning.bad_rows import BadRows
from orgsdk.bulk.planning.departures import Departures, MissingRules, count_removable, find_departures, role_limit
from orgsdk.bulk.planning.elsewhere import find_elsewhere, keep_accounts_elsewhere
from orgsdk.bulk.planning.guards import GuardFigures, evaluate_guards, removals_by_role
from orgsdk.bulk.planning.mass_changes import evaluate_changes
from orgsdk.bulk.planning.matching import MatchedRows, RowProblem, match_rows, rows_without_key
from orgsdk.bulk.planning.member_store import MemberStore
from orgsdk.bulk.planning.members import unsupported_field_notes
from orgsdk.bulk.planning.plan import Plan
from orgsdk.bulk.planning.plan_builder import BuiltWrites, PlanBuilder
from orgsdk.bulk.planning.policy import Policy
from orgsdk.bulk.planning.role_resolver import RoleResolver
from orgsdk.bulk.planning.settled import Settled, settle
from orgsdk.bulk.planning.target import (
    FoundAccounts,
    RoleCatalog,
    Target,
    find_accounts,
    find_target,
    read_member_store,
    read_pending_invitations,
    read_roles,
)
from orgsdk.bulk.planning.user_index import STORED_WITH, UserIndex, stored_keys
from orgsdk.bulk.planning.write_validator import WriteValidator
from orgsdk.bulk.planning.writes import RosterRecord
from orgsdk.bulk.roster.iterables import Source, as_roster
from orgsdk.bulk.roster.keys import key_of
from orgsdk.bulk.stores.rows import RowStore
from orgsdk.domain import Capability, fields_to_update
from orgsdk.errors import Advice, UnsupportedError
from orgsdk.resources import OrganizationHandle

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from orgsdk.bulk.planning.members import Member
    from orgsdk.bulk.planning.writes import Kind
    from orgsdk.bulk.roster.spec import UserSpec

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


_NO_SUSPENSION = Advice(
    'Pass Policy(remove="membership"), which ends memberships, and leave suspended="suspend" out.',
    command="Pass --remove membership, which ends memberships, and leave --suspended suspend out.",
)


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
    if policy.may_suspend and Capability.USERS_SUSPEND not in organization.provider.capabilities:
        raise UnsupportedError(organization.provider.name, Capability.USERS_SUSPEND.value, _NO_SUSPENSION)
    if not stored_keys(policy.match_by, organization.provider.capabilities):
        # No member would have a row: all of them would be removed, and created again.
        organization.provider.require(STORED_WITH[policy.match_by[0]])
    roster = await as_roster(source)
    bad_rows = BadRows(roster, policy)
    rows = roster.users if isinstance(roster.users, RowStore) else RowStore(roster.users)
    snapshot = await _read_snapshot(organization, rows, policy)
    earlier = _previous_source(previous, snapshot.target)
    settled = _settle(organization, rows, bad_rows, snapshot, policy)
    bad_rows.rows = settled.rows
    since = _missing_since(previous)
    maker = _DraftMaker(organization, snapshot, settled, policy, incomplete=roster.incomplete, since=since)
    draft = await maker.draft(bad_rows)
    while bad_rows.leave_out(draft.problems):
        draft = await maker.draft(bad_rows)
    built, departures, capabilities = draft.built, draft.departures, organization.provider.capabilities
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
    writes, notes = built.writes()
    return Plan(
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
        rejected=tuple(rejected.problem for rejected in bad_rows.rejected),
        missing=departures.missing,
        notes=(
            *roster.notes,
            *unsupported_field_notes(bad_rows.rows, settled.defined, capabilities, snapshot.target.provider),
            *draft.notes(),
            *notes,
        ),
        requests=sum(
            len(of_kind) * organization.provider.requests_per_write.get(_REQUIRED_CAPABILITIES[kind], 1)
            for kind, of_kind in built.by_kind.items()
        ),
        rate=organization.provider.request_rate,
        writes=writes,
        guards=(*evaluate_guards(figures, policy), *evaluate_changes(built.changes, matched, policy)),
    )


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The organization as it was read."""

    read_at: datetime
    target: Target
    roles: RoleCatalog
    own_user_id: str | None
    members: MemberStore


async def _read_snapshot(organization: OrganizationHandle, rows: RowStore, policy: Policy) -> _Snapshot:
    # The time before reading, so that any change made during reading is later than the plan.
    read_at = datetime.now(UTC).replace(microsecond=0)
    names_roles = policy.default_roles or any(common.roles for common in rows.common)
    if names_roles and policy.roles == "add":
        organization.provider.require(Capability.USERS_SEVERAL_ROLES)
    return _Snapshot(
        read_at,
        await find_target(organization),
        await read_roles(organization) if names_roles else RoleCatalog(None),
        await organization.provider.own_user_id(),
        await read_member_store(organization.users.list(complete=True)),
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    """The parts of a plan, and the problems of its rows."""

    matched: MatchedRows
    departures: Departures
    removable_roles: AbstractSet[str] | None
    built: BuiltWrites
    roles: RoleResolver
    taken_notes: tuple[str, ...]
    problems: list[RowProblem]

    def notes(self) -> Iterable[str]:
        """Yield what the plan leaves out, and why."""
        yield from self.departures.notes
        yield from self.taken_notes
        yield from self.built.changes.notes()
        if number := self.roles.unchanged:
            yield (
                f"{count_noun(number, 'row')} without a role: a member has exactly one role here, so that the role of "
                "an existing member is unchanged"
            )
        if number := self.built.without_username:
            yield f"{count_noun(number, 'username')} cannot be stored and is left out: the address identifies the user"
        if number := self.built.still_suspended:
            yield (
                f"{count_noun(number, 'member')} whose row is active will stay suspended: "
                'Policy(suspended="suspend") ends suspensions'
            )


class _DraftMaker:
    """Draft a plan as often as rows are left out; nothing is requested twice."""

    def __init__(
        self,
        organization: OrganizationHandle,
        snapshot: _Snapshot,
        settled: Settled,
        policy: Policy,
        *,
        incomplete: bool,
        since: Mapping[str, datetime],
    ) -> None:
        self._organization = organization
        self._capabilities = organization.provider.capabilities
        self._snapshot = snapshot
        self._policy = policy
        self._incomplete = incomplete
        self._since = since
        self._kinds = stored_keys(policy.match_by, self._capabilities)
        self._settled = settled
        self._index = self._index_of(settled.contested, "member")
        self._elsewhere: dict[str, bool] = {}
        self._accounts: FoundAccounts | None = None
        self._pending: frozenset[str] | None = None

    async def draft(self, bad_rows: BadRows) -> _Draft:
        """Draft a plan of the rows that are not left out."""
        policy, members = self._policy, self._settled.members
        new = self._settled.new
        rows = [row for row in bad_rows.rows if id(row) not in new]
        problems = rows_without_key(rows, policy.match_by)
        if without_key := {id(problem.rows[0]) for problem in problems}:
            rows = [row for row in rows if id(row) not in without_key]
        others = [rejected.spec for rejected in bad_rows.rejected if rejected.spec is not None]
        matched = match_rows(rows, self._index, external_ids=policy.external_ids, others=others)
        problems += matched.problems
        roles = _role_resolver(self._snapshot, policy, self._capabilities)
        rules = self._missing_rules(bad_rows, matched, roles)
        departures = find_departures(members, matched.pairs, policy, rules)
        if departures.leaving and not problems:
            await self._keep_elsewhere(departures)
        validator = WriteValidator(self._organization, self._snapshot.target.organization)
        builder = PlanBuilder(policy, self._capabilities, roles, validator)
        builder.members(self._settled, matched, departures, self._snapshot.own_user_id)
        unmatched = new.union(map(id, matched.unmatched))
        active = [row for row in bad_rows.rows if id(row) in unmatched and row.state == "active"]
        problems += await self._plan_unmatched(builder, active)
        if roles.default_problem is not None:
            raise SourceError([roles.default_problem, *(problem.problem for problem in problems)])
        problems += [*roles.problems, *builder.built.problems]
        return _Draft(matched, departures, rules.roles, builder.built, roles, builder.taken.notes, problems)

    def _missing_rules(self, bad_rows: BadRows, matched: MatchedRows, roles: RoleResolver) -> MissingRules:
        spared: set[str] = set()
        reason = "the source lists only some of the users" if self._incomplete else None
        for rejected in bad_rows.rejected:
            keys = [] if rejected.spec is None else self._index.keys_of(rejected.spec)
            spared |= self._index.ids_like(keys)
            if not keys and reason is None:
                reason = "a row that was left out has no readable key"
        limit = None
        if self._policy.remove != "no":
            of_rows = (row.roles for row in bad_rows.rows if row.state != "gone")
            named = roles.names(chain(of_rows, self._settled.row_roles))
            limit = role_limit(
                self._policy, matched.pairs, named.union(*self._settled.roles), settled=self._settled.count
            )
        return MissingRules(now=self._snapshot.read_at, reason=reason, spared=spared, roles=limit, since=self._since)

    async def _keep_elsewhere(self, departures: Departures) -> None:
        target = self._snapshot.target.organization
        is_known = await find_elsewhere(self._organization, target, departures.leaving, self._elsewhere)
        known = self._elsewhere if is_known else None
        keep_accounts_elsewhere(departures, known, self._capabilities, self._policy)

    async def _plan_unmatched(self, builder: PlanBuilder, rows: Sequence[UserSpec]) -> Sequence[RowProblem]:
        """Build the writes of the rows that match no member, and return their problems."""
        if self._policy.create == "no":
            builder.built.absent += len(rows)
            return ()
        if self._policy.create == "invite":
            if rows and self._pending is None:
                self._pending = await read_pending_invitations(self._organization)
            builder.invite(rows, self._pending or frozenset(), self._members_with_addresses_of(rows))
            return ()
        if self._accounts is None:
            members = set(self._snapshot.members.ids())
            self._accounts = await find_accounts(self._organization, rows, members, self._policy)
        matched = MatchedRows(unmatched=list(rows))
        if self._accounts.accounts:
            index = self._index_of(self._accounts.accounts, "account")
            matched = match_rows(rows, index, external_ids=self._policy.external_ids)
        builder.add(matched)
        builder.create(matched.unmatched)
        planned = {id(row) for row in rows}
        of_search = [problem for problem in self._accounts.problems if id(problem.rows[0]) in planned]
        return [*of_search, *matched.problems]

    def _members_with_addresses_of(self, rows: Iterable[UserSpec]) -> Mapping[str, str]:
        """Return the ids of members by the address of a row that is not matched by e-mail address."""
        rows = () if "email" in self._kinds else rows
        wanted = {key for row in rows if (key := key_of("email", row)) is not None}
        members = chain(self._settled.members, self._settled) if wanted else ()
        return {key: member.id for member in members if (key := key_of("email", member)) in wanted}

    def _index_of(self, members: Iterable[Member], what: str) -> UserIndex:
        distinguishes = Capability.USERS_USERNAME_CASE in self._capabilities
        return UserIndex(members, self._kinds, what, distinguishes_case=distinguishes)


def _settle(
    organization: OrganizationHandle, rows: RowStore, bad_rows: BadRows, snapshot: _Snapshot, policy: Policy
) -> Settled:
    """Find the members that need no write, so that a plan of a large organization takes little memory."""
    capabilities = organization.provider.capabilities
    resolver = _role_resolver(snapshot, policy, capabilities)

    def are_same_roles(row: UserSpec, stored: tuple[str, ...]) -> bool:
        problems = len(resolver.problems)
        return resolver.changed(row, stored, policy.roles) is None and len(resolver.problems) == problems

    return settle(
        rows,
        snapshot.members,
        kinds=stored_keys(policy.match_by, capabilities),
        compared=set(policy.update).intersection(fields_to_update(capabilities)),
        are_same_roles=are_same_roles,
        bad=[rejected.spec for rejected in bad_rows.rejected if rejected.spec is not None],
    )


def _role_resolver(snapshot: _Snapshot, policy: Policy, capabilities: Collection[Capability]) -> RoleResolver:
    several = Capability.USERS_SEVERAL_ROLES in capabilities
    return RoleResolver(snapshot.roles, policy.default_roles, several=several)


def _previous_source(previous: Plan | None, target: Target) -> RosterRecord | None:
    if previous is None:
        return None
    if Target(previous.provider, previous.tenant, previous.organization) != target:
        raise PlanError("previous= is the plan of another organization: pass the latest plan of this organization.")
    # Do not compare with a plan that was refused: half of a roster would then pass when it comes a second time.
    return previous.source if _has_passed(previous) else previous.previous


def _missing_since(previous: Plan | None) -> Mapping[str, datetime]:
    """Return the dates since when members are missing. Those of a roster that was refused do not count."""
    if previous is None or _has_passed(previous):
        return {} if previous is None else previous.missing
    return {user_id: since for user_id, since in previous.missing.items() if since < previous.created_at}


def _has_passed(plan: Plan) -> bool:
    return all(guard.passed for guard in plan.guards)
