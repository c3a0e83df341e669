"""Departures: which members a plan removes or suspends, which stay, and why.

A member departs because its row is gone or suspended, or because no row names it. The second can also mean that the
source is partial, so that it has more conditions: a complete source, roles that the source names, and a grace period.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Literal, TypeAlias

from orgsdk._messages import count_noun
from orgsdk.bulk.planning.members import Member
from orgsdk.bulk.planning.patterns import UserPatterns
from orgsdk.bulk.roster.spec import UserSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.bulk.planning.settled import Settled

Action: TypeAlias = Literal["suspend", "keep", "delete"]
"""What happens to a member who departs: a suspension, the end of the membership, or the account's deletion."""

_ACTIONS: dict[str, Action] = {"suspend": "suspend", "membership": "keep", "account": "delete"}


@dataclass(frozen=True, slots=True)
class Departure:
    """One member who departs; `row` is None for a member that no row names."""

    member: Member
    action: Action
    row: UserSpec | None = None


@dataclass(slots=True)
class Departures:
    """The members who depart, and those who stay although no active row names them.

    `left` is the number of members without a row, or with a row that is gone, who stay. `missing` are the dates since
    when members are missing, by id, if the policy has a grace period.
    """

    leaving: list[Departure] = field(default_factory=list[Departure])
    left: int = 0
    unchanged: int = 0
    missing: dict[str, datetime] = field(default_factory=dict[str, datetime])
    notes: list[str] = field(default_factory=list[str])

    @property
    def explicit(self) -> int:
        """The number of departures that a row asks for."""
        return sum(departure.row is not None for departure in self.leaving)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRules:
    """What limits the departures of members that no row names.

    `is_partial`: nobody is removed for being missing, for the `reason`. `spared` are ids of members that rows name
    which were left out. `roles` are the roles that members may have; None for any. `since` are the dates of the
    previous plan, by member's id.
    """

    now: datetime
    reason: str | None = None
    spared: Collection[str] = frozenset()
    roles: AbstractSet[str] | None = None
    since: Mapping[str, datetime] = field(default_factory=dict[str, datetime])


def find_departures(
    members: Sequence[Member],
    pairs: Iterable[tuple[UserSpec, Member]],
    policy: Policy,
    rules: MissingRules,
    *,
    can_suspend: bool,
) -> Departures:
    """Return the departures; `pairs` are the members that a row names, `can_suspend` whether the provider suspends."""
    inactive = {member.id: row for row, member in pairs if row.state != "active"}
    active = {member.id for row, member in pairs if row.state == "active"}
    found = Departures()
    limits = _Limits(policy, rules, found)
    words: Counter[str] = Counter()
    for member in members:
        if member.id in active:
            continue
        row = inactive.get(member.id)
        if row is not None and row.state == "suspended" and policy.suspended != "remove":
            words[row.word or "suspended"] += policy.suspended == "ignore" and not member.is_suspended
            limits.suspend(member, row)
        elif policy.remove == "no":
            found.left += 1
        else:
            limits.remove(member, row)
    found.notes += limits.notes()
    if ignored := words.total():
        shown = ", ".join(f"{word} {number:,}" for word, number in sorted(words.items()) if number)
        remedy = (
            ': Policy(suspended="suspend") suspends them'
            if can_suspend
            else ', because the provider cannot suspend: Policy(suspended="remove") treats them as gone'
        )
        found.notes.append(
            f"{count_noun(ignored, 'member')} whose row is suspended ({shown}) {_stay(ignored)} active{remedy}"
        )
    return found


def role_limit(
    policy: Policy, pairs: Iterable[tuple[UserSpec, Member]], named: Iterable[str], *, settled: int
) -> AbstractSet[str] | None:
    """Return the roles that a member must have to be removed for being missing; None for any.

    `named` are the roles that rows name, without those that are gone, and the roles of the `settled` members. A source
    of students names no teacher, so that it does not remove teachers, even if the row of one teacher is gone.
    """
    if policy.remove_roles is not None:
        return frozenset(policy.remove_roles)
    of_members = {member.roles for row, member in pairs if row.state != "gone"}
    found = {*named, *(role for roles in of_members for role in roles)}
    # A source of members without a role removes members without a role. One that names nobody shows nothing.
    return found if found or settled or of_members else None


def count_removable(members: Iterable[Member], settled: Settled, policy: Policy, roles: AbstractSet[str] | None) -> int:
    """Return how many of these members, and of the settled ones, the limits of roles and patterns let a plan remove."""
    only, has_roles = UserPatterns(policy.remove_only), _RoleCheck(roles)
    if only:
        return sum(has_roles(member) and only.match(member) for member in chain(members, settled))
    of_settled = sum(number for held, number in settled.roles.items() if roles is None or roles >= set(held))
    return sum(map(has_roles, members)) + of_settled


class _RoleCheck:
    """Whether a member's roles are all among some, or whether any role will do (None)."""

    def __init__(self, roles: AbstractSet[str] | None) -> None:
        self._roles = roles
        self._known: dict[tuple[str, ...], bool] = {}

    def __call__(self, member: Member) -> bool:
        if self._roles is None:
            return True
        if member.roles not in self._known:
            self._known[member.roles] = self._roles >= set(member.roles)
        return self._known[member.roles]


class _Limits:
    """Apply the limits of a policy to one member after the other, and count the members who stay."""

    def __init__(self, policy: Policy, rules: MissingRules, found: Departures) -> None:
        self._policy = policy
        self._rules = rules
        self._found = found
        self._only = UserPatterns(policy.remove_only)
        self._has_roles = _RoleCheck(rules.roles)
        self._staying: Counter[str] = Counter()
        self._roles: Counter[str] = Counter()

    def suspend(self, member: Member, row: UserSpec) -> None:
        """Suspend a member whose row is suspended, unless the policy ignores it."""
        if self._policy.suspended == "ignore" or member.is_suspended or self._is_spared(member):
            self._found.unchanged += 1
        else:
            self._found.leaving.append(Departure(member, "suspend", row))

    def remove(self, member: Member, row: UserSpec | None) -> None:
        """Remove a member, unless a limit keeps it."""
        action: Action | None = _ACTIONS[self._policy.remove]
        if row is None:
            action = self._action_for_missing(member, action)
        elif self._is_spared(member) or (self._policy.remove_roles is not None and not self._has_role(member)):
            action = None
        if action is not None and self._only and not self._only.match(member):
            self._staying["remove_only"] += 1
            action = None
        if action is None or (action == "suspend" and member.is_suspended):
            self._found.left += 1
        else:
            self._found.leaving.append(Departure(member, action, row))

    def _action_for_missing(self, member: Member, action: Action | None) -> Action | None:
        rules = self._rules
        if rules.reason is not None:
            # A source that is not whole neither shows that the member is back nor starts a count.
            if self._policy.grace and member.id in rules.since and member.id not in rules.spared:
                self._found.missing[member.id] = rules.since[member.id]
            self._staying["partial"] += 1
            return None
        if self._is_spared(member) or not self._has_role(member):
            return None
        if self._policy.grace is None:
            return action
        since = self._found.missing[member.id] = rules.since.get(member.id, rules.now)
        if rules.now - since >= self._policy.grace:
            return action
        self._staying["grace"] += 1
        return "suspend" if self._policy.suspended == "suspend" else None

    def _is_spared(self, member: Member) -> bool:
        is_spared = member.id in self._rules.spared
        self._staying["spared"] += is_spared
        return is_spared

    def _has_role(self, member: Member) -> bool:
        if self._has_roles(member):
            return True
        self._roles.update(role for role in member.roles if role not in (self._rules.roles or ()))
        self._staying["roles"] += 1
        return False

    def notes(self) -> Iterator[str]:
        """Yield a note for each limit that members stay because of."""

        def members(limit: str) -> str:
            number = self._staying[limit]
            return f"{count_noun(number, 'member')} {_stay(number)}"

        if self._staying["partial"]:
            yield f"{members('partial')} although no row names them: {self._rules.reason}"
        if self._staying["spared"]:
            yield f"{members('spared')}, because rows that were left out name them"
        if self._staying["roles"]:
            shown = ", ".join(f"{role} {number:,}" for role, number in sorted(self._roles.items()))
            of = "the policy does not remove" if self._policy.remove_roles is not None else "the source does not name"
            yield (
                f"{members('roles')}, because of roles that {of} ({shown}): Policy.remove_roles lists the roles to "
                "remove"
            )
        if self._staying["remove_only"]:
            yield f"{members('remove_only')}, because no pattern of Policy.remove_only matches"
        grace = self._policy.grace
        if self._staying["grace"] and grace is not None:
            first = min(since for since in self._found.missing.values() if self._rules.now - since < grace)
            yield (
                f"{members('grace')} without a row until the grace period of {_duration(grace)} ends, for the first on "
                f"{first + grace:%Y-%m-%d}"
            )


def _stay(number: int) -> str:
    return "stays" if number == 1 else "stay"


def _duration(grace: timedelta) -> str:
    return count_noun(grace.days, "day") if not grace % timedelta(days=1) else str(grace)
