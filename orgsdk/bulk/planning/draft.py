"""The draft of a plan: match the rows, then build the writes, as often as rows are left out."""

from __future__ import annotations

from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from orgsdk._messages import count_noun
from orgsdk.bulk.errors import SourceError
from orgsdk.bulk.planning.bad_rows import BadRows, find_spared
from orgsdk.bulk.planning.departures import Departures, MissingRules, find_departures, role_limit
from orgsdk.bulk.planning.elsewhere import find_elsewhere, find_named, is_named, keep_accounts_elsewhere
from orgsdk.bulk.planning.matched_rows import MatchedRows, RowProblem, rows_without_key
from orgsdk.bulk.planning.matching import match_rows
from orgsdk.bulk.planning.member_store import MemberStore
from orgsdk.bulk.planning.plan_builder import BuiltWrites, PlanBuilder
from orgsdk.bulk.planning.policy import Policy
from orgsdk.bulk.planning.role_resolver import RoleResolver
from orgsdk.bulk.planning.settled import Settled, settle
from orgsdk.bulk.planning.suspensions import Suspensions
from orgsdk.bulk.planning.target import (
    SEARCHABLE_KEYS,
    FoundAccounts,
    RoleCatalog,
    Target,
    find_accounts,
    read_pending_invitations,
)
from orgsdk.bulk.planning.unique_values import UniqueValues
from orgsdk.bulk.planning.user_index import UserIndex, stored_keys
from orgsdk.bulk.planning.write_validator import WriteValidator
from orgsdk.bulk.roster.keys import key_of
from orgsdk.bulk.roster.spec import UserSpec
from orgsdk.bulk.stores.rows import RowStore
from orgsdk.domain import Capability, fields_to_update
from orgsdk.resources import OrganizationHandle

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from orgsdk.bulk.planning.account_index import AccountIndex
    from orgsdk.bulk.planning.members import Member
    from orgsdk.bulk.planning.writes import Write


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The organization as it was read; `started` is when, by `time.monotonic`.

    `role_sources` are the source's own names of mapped roles.
    """

    read_at: datetime
    started: float
    target: Target
    roles: RoleCatalog
    own_user_id: str | None
    members: MemberStore
    role_sources: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Draft:
    """The parts of a plan, and the problems of its rows."""

    matched: MatchedRows
    departures: Departures
    removable_roles: AbstractSet[str] | None
    built: BuiltWrites
    unique: UniqueValues
    roles: RoleResolver
    suspensions: Suspensions
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
            verb = "is" if number == 1 else "are"
            yield (
                f"{count_noun(number, 'username')} that cannot be stored {verb} left out: the address identifies the "
                "user"
            )
        yield from self.suspensions.notes(len(self.built.by_kind["activate"]), self.built.suspended_by_others)
        if number := self.built.protected_suspended:
            yield f"{count_noun(number, 'protected member')} will stay suspended: a run never suspended them"
        if number := self.built.still_suspended:
            yield (
                f"{count_noun(number, 'member')} whose row is active will stay suspended: "
                'Policy(suspended="suspend") ends suspensions'
            )


class DraftMaker:
    """Draft a plan as often as rows are left out; nothing is requested twice."""

    def __init__(
        self,
        organization: OrganizationHandle,
        snapshot: Snapshot,
        settled: Settled,
        policy: Policy,
        *,
        incomplete: bool,
        elsewhere: Sequence[UserSpec],
        since: Mapping[str, datetime],
        suspensions: Suspensions,
        account_index: AccountIndex | None = None,
    ) -> None:
        self._organization = organization
        self._account_index = account_index
        self._capabilities = organization.provider.capabilities
        self._snapshot = snapshot
        self._policy = policy
        self._incomplete = incomplete
        self._since = since
        self._suspensions = suspensions
        self._kinds = stored_keys(policy.match_by, self._capabilities)
        self._settled = settled
        self._index = self._index_of(settled.contested, "member")
        self._named_elsewhere = elsewhere
        self._elsewhere: dict[str, bool] = {}
        self._accounts: FoundAccounts | None = None
        self._holders: list[Member] | None = None
        self._pending: frozenset[str] | None = None

    @property
    def accounts(self) -> Sequence[Member]:
        """The accounts that were read; none if no row needed them."""
        return () if self._accounts is None else self._accounts.accounts

    async def draft(self, bad_rows: BadRows) -> Draft:
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
        can_suspend = Capability.USERS_SUSPEND in self._capabilities
        departures = find_departures(members, matched.pairs, policy, rules, can_suspend=can_suspend)
        if departures.leaving and not problems:
            await self._keep_elsewhere(departures)
        validator = WriteValidator(self._organization, self._snapshot.target.organization)
        builder = PlanBuilder(policy, self._capabilities, roles, validator, self._suspensions)
        builder.members(self._settled, matched, departures, self._snapshot.own_user_id)
        unmatched = new.union(map(id, matched.unmatched))
        active = [row for row in bad_rows.rows if id(row) in unmatched and row.state == "active"]
        problems += await self._plan_unmatched(builder, active)
        if roles.default_problem is not None:
            raise SourceError([roles.default_problem, *(problem.problem for problem in problems)])
        problems += [*roles.problems, *builder.built.problems]
        unique = await self._unique_values(builder.built.by_kind["update"])
        return Draft(
            matched=matched,
            departures=departures,
            removable_roles=rules.roles,
            built=builder.built,
            unique=unique,
            roles=roles,
            suspensions=self._suspensions,
            taken_notes=builder.taken.notes,
            problems=problems,
        )

    async def _unique_values(self, updates: Sequence[Write]) -> UniqueValues:
        """Return the values that users have; those of accounts that are no members are searched for the updates."""
        provider = self._organization.provider
        if self._holders is None and not (self._accounts is not None and self._accounts.is_complete):
            emails, usernames = ("email" in provider.unique_fields), ("username" in provider.unique_fields)
            values = (
                UserSpec(
                    email=one.fields.get("email") if emails else None,
                    username=one.fields.get("username") if usernames else None,
                )
                for one in updates
            )
            searched = [row for row in values if row.email or row.username]
            policy = replace(self._policy, match_by=SEARCHABLE_KEYS)
            found = await find_accounts(
                self._organization, searched, set(self._snapshot.members.ids()), policy, self._account_index
            )
            self._holders = found.accounts
        return UniqueValues(
            provider.unique_fields.difference(self._kinds),
            provider.unique_fields.intersection(self._kinds),
            self._snapshot.members,
            [*(self._accounts.accounts if self._accounts else ()), *(self._holders or ())],
            distinguishes_case=Capability.USERS_USERNAME_CASE in self._capabilities,
        )

    def _missing_rules(self, bad_rows: BadRows, matched: MatchedRows, roles: RoleResolver) -> MissingRules:
        spared, reason = find_spared(bad_rows.rejected, self._index, {member.id for _, member in matched.pairs})
        if self._incomplete:
            reason = "the source lists only some of the users"
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
        named = find_named(departures.leaving, self._named_elsewhere, self._kinds)
        others = [found for found in departures.leaving if not is_named(found, named, self._capabilities)]
        is_known = await find_elsewhere(self._organization, target, others, self._elsewhere)
        known = self._elsewhere if is_known else None
        keep_accounts_elsewhere(departures, known, named, self._organization.provider, self._policy)

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
            self._accounts = await find_accounts(self._organization, rows, members, self._policy, self._account_index)
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


def settle_members(
    organization: OrganizationHandle, rows: RowStore, bad_rows: BadRows, snapshot: Snapshot, policy: Policy
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


def _role_resolver(snapshot: Snapshot, policy: Policy, capabilities: Collection[Capability]) -> RoleResolver:
    several = Capability.USERS_SEVERAL_ROLES in capabilities
    return RoleResolver(snapshot.roles, policy.default_roles, several=several, sources=snapshot.role_sources)
