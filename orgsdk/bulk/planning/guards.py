"""Guards: the removal limit and other checks that refuse a plan, and the members that are never removed.

A source that is truncated, or read by the wrong column, looks like many users who left. No single guard detects
every such source; together they refuse whatever looks like one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from orgsdk._messages import count_noun
from orgsdk.bulk.errors import GuardError, PlanError
from orgsdk.bulk.planning.admins import AdminRoles
from orgsdk.bulk.planning.confirmation import NO_CONFIRMATION, Confirmation
from orgsdk.bulk.planning.patterns import UserPatterns
from orgsdk.bulk.planning.writes import GuardResult, RosterRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from orgsdk.bulk.planning.members import Member
    from orgsdk.bulk.planning.plan import Plan
    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.bulk.planning.target import Target

ProtectionReason: TypeAlias = Literal["own_user", "protected", "last_admin"]

_PARTIAL: Final = "the source lists only some users, and removes only those whose rows are gone"
# Half of a few users is no sign of a wrong source.
_FEW_OF_A_ROLE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardFigures:
    """The numbers that the guards decide by.

    `removals` counts members who are removed, suspended or lose an admin role, `explicit` those of them that a row of
    the source asks for, and `staying` those who stay members. `members` and `matched` are the members that the plan may
    remove, if that is `limited` to some. `by_role` has, for each role of a removed member, the number of removals and
    of members.
    """

    removals: int
    members: int
    matched: int
    limited: bool = False
    source: RosterRecord
    previous: RosterRecord | None
    incomplete: bool
    explicit: int = 0
    staying: int = 0
    by_role: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, "tuple[int, int]"])

    @property
    def is_partial(self) -> bool:
        """Whether the source lists only some users, and every removal is one that a row asks for."""
        return self.incomplete and self.explicit == self.removals


def evaluate_guards(figures: GuardFigures, policy: Policy) -> tuple[GuardResult, ...]:
    """Return the result of every guard against wrong removals. If a plan has none, all of them pass."""
    results = (
        _guard_whole(figures),
        _guard_header(figures),
        _guard_rows(figures),
        _guard_matched(figures, policy),
        _guard_removals(figures, policy),
        _guard_removed_roles(figures, policy),
    )
    if figures.removals:
        return results
    return tuple(GuardResult(result.name, True, "no member is removed", result.overridable) for result in results)


def removals_by_role(members: Mapping[tuple[str, ...], int], removed: Iterable[Member]) -> dict[str, tuple[int, int]]:
    """Return, for each role of the removed members, the number of removals and of members.

    `members` is the number of members with the same roles.
    """
    leaving = Counter(role for member in removed for role in member.roles)
    if not leaving:
        return {}
    held: Counter[str] = Counter()
    for roles, number in members.items():
        held.update(dict.fromkeys(roles, number))
    return {role: (number, held[role]) for role, number in leaving.items()}


def removal_limit(base: int, policy: Policy) -> int:
    """Return how many members may be removed: the smaller of the policy's share of `base` members and its number."""
    # 0.07 * 100 is 7.000000000000001 and 0.29 * 100 is 28.999999999999996: round, so that a share is exact.
    return min(int(round(policy.max_removal_share * base, 6)), policy.max_removals)


def check_plan(plan: Plan, target: Target, *, now: datetime, confirmation: Confirmation = NO_CONFIRMATION) -> None:
    """Raise unless a plan may be applied to `target` at the time `now`; sends nothing.

    Raises `PlanError` if the plan is of another target or too old, or the confirmation is of another plan, and
    `GuardError` with the guards that refuse it.
    """
    _check_target(plan, target)
    _check_age(plan, now)
    confirmation.check(plan)
    failed = [guard for guard in plan.guards if not (guard.passed or confirmation.overrides(guard))]
    if failed:
        advice = "If the changes are intended: bulk.apply(plan, org, confirm=plan.hash)."
        raise GuardError(failed, advice=advice if all(guard.overridable for guard in failed) else None)


def protected_members(
    members: Iterable[Member],
    removing: Collection[str],
    demoting: Collection[str],
    *,
    policy: Policy,
    own_user_id: str | None,
    other_admins: bool = False,
) -> dict[str, ProtectionReason]:
    """Return the ids of members that are neither removed nor demoted, with the reason.

    `members` are all members but the settled ones; `other_admins` is whether one of those has an admin role. `removing`
    are the ids of those that the plan would remove or suspend, `demoting` of those that would lose their last admin
    role. The user of the credentials and members that match a protected pattern are not removed; the user of the
    credentials is not demoted either. If no present and active admin would remain, none is removed or demoted: the
    creation of a new admin, or the end of an admin's suspension, may fail.
    """
    reasons: dict[str, ProtectionReason] = {}
    patterns, admin_roles = UserPatterns(policy.protect), AdminRoles(policy)
    admins: list[Member] = []
    for member in members:
        is_removed, is_demoted = member.id in removing, member.id in demoting
        if (is_removed or is_demoted) and member.id == own_user_id:
            reasons[member.id] = "own_user"
        elif is_removed and patterns and patterns.match(member):
            reasons[member.id] = "protected"
        if admin_roles.among(member.roles):
            admins.append(member)
    # A suspended admin cannot sign in, so that only active ones count while there is any.
    admins = [admin for admin in admins if not admin.is_suspended] or admins
    going = [admin.id for admin in admins if admin.id not in reasons and (admin.id in removing or admin.id in demoting)]
    if going and len(going) == len(admins) and not other_admins:
        reasons.update(dict.fromkeys(going, "last_admin"))
    return reasons


def _guard_whole(figures: GuardFigures) -> GuardResult:
    if figures.is_partial:
        return GuardResult("whole", True, _PARTIAL)
    if figures.incomplete:
        return GuardResult("whole", False, "the source is incomplete, so a user that is missing in it may still belong")
    rows = figures.source.rows
    return GuardResult("whole", rows > 0, f"the source has {count_noun(rows, 'row')}")


def _guard_header(figures: GuardFigures) -> GuardResult:
    if figures.previous is None:
        return GuardResult("header", True, "there is no earlier plan to compare with")
    before, now = set(figures.previous.columns), set(figures.source.columns)
    if before == now:
        return GuardResult("header", True, "the columns are those of the earlier plan")
    changes = [f"{name!r} is missing" for name in sorted(before - now)] + [
        f"{name!r} is new" for name in sorted(now - before)
    ]
    return GuardResult("header", False, f"the columns changed since the earlier plan: {', '.join(changes)}")


def _guard_rows(figures: GuardFigures) -> GuardResult:
    if figures.previous is None:
        return GuardResult("rows", True, "there is no earlier plan to compare with")
    before, now = figures.previous.rows, figures.source.rows
    if figures.is_partial:
        return GuardResult("rows", True, _PARTIAL)
    detail = f"the source has {count_noun(now, 'row')}, {before:,} at the earlier plan"
    return GuardResult("rows", now * 2 > before, detail)


def _guard_matched(figures: GuardFigures, policy: Policy) -> GuardResult:
    share = policy.min_matched_share
    if figures.is_partial:
        return GuardResult("matched", True, _PARTIAL)
    which = "members that may be removed" if figures.limited else "members"
    detail = f"{figures.matched:,} of {figures.members:,} {which} are in the source, more than {share:.0%} are needed"
    return GuardResult("matched", share == 0 or figures.matched > share * figures.members, detail)


def _guard_removals(figures: GuardFigures, policy: Policy) -> GuardResult:
    base, what = (figures.members, "members") if figures.is_partial else (figures.matched, "matched members")
    limit = removal_limit(base, policy)
    if figures.is_partial and policy.max_removal_share:
        limit = max(limit, min(1, policy.max_removals))  # one row is no mass removal
    others = " or suspended, or lose an admin role" if figures.staying else ""
    percent = f"{policy.max_removal_share * 100:.4g} %"
    detail = (
        f"{figures.removals:,} would be removed{others}, {limit:,} may be: the smaller of {percent} of "
        f"{base:,} {what} and {policy.max_removals:,}"
    )
    return GuardResult("removals", figures.removals <= limit, detail, overridable=True)


def _guard_removed_roles(figures: GuardFigures, policy: Policy) -> GuardResult:
    largest = 1 - policy.min_matched_share
    failed = {
        role: numbers
        for role, numbers in figures.by_role.items()
        if numbers[0] > _FEW_OF_A_ROLE and numbers[0] >= largest * numbers[1] and policy.min_matched_share
    }
    shown = ", ".join(f"{gone:,} of {held:,} with the role {role}" for role, (gone, held) in sorted(failed.items()))
    detail = f"{shown} would be removed" if failed else f"of each role, fewer than {largest:.0%} would be removed"
    return GuardResult("removed_roles", not failed, detail, overridable=True)


def _check_target(plan: Plan, target: Target) -> None:
    for what, planned, found in (
        ("provider", plan.provider, target.provider),
        ("tenant", plan.tenant, target.tenant),
        ("organization", plan.organization, target.organization),
    ):
        if planned != found:
            raise PlanError(f"The plan is for {what} {planned!r}, this is {found!r}: make a plan for this one.")


def _check_age(plan: Plan, now: datetime) -> None:
    age, oldest = now - plan.created_at, plan.policy.max_age
    if age > oldest:
        raise PlanError(f"The plan was made {age} ago, and may be at most {oldest} old: make a new plan.")
    if -age > oldest:
        raise PlanError(f"The plan was made at {plan.created_at}, in the future: check the clock of this machine.")
