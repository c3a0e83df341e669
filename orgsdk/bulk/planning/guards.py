"""Guards: the removal limit and other checks that refuse a plan, and the members that are never removed.

A source that is truncated, or read by the wrong column, looks like many users who left. No single guard detects
every such source; together they refuse whatever looks like one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from typing import TYPE_CHECKING, Literal, TypeAlias

from orgsdk._messages import count_noun
from orgsdk.bulk.errors import GuardError, PlanError
from orgsdk.bulk.planning.writes import GuardResult, RosterRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from orgsdk.bulk.planning.members import Member
    from orgsdk.bulk.planning.plan import Plan
    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.bulk.planning.target import Target

ProtectionReason: TypeAlias = Literal["own_user", "protected", "last_admin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardFigures:
    """The numbers that the guards decide by."""

    removals: int
    members: int
    matched: int
    source: RosterRecord
    previous: RosterRecord | None
    incomplete: bool


def evaluate_guards(figures: GuardFigures, policy: Policy) -> tuple[GuardResult, ...]:
    """Return the result of every guard. If a plan removes no member, all of them pass."""
    results = (
        _guard_whole(figures),
        _guard_header(figures),
        _guard_rows(figures),
        _guard_matched(figures, policy),
        _guard_removals(figures, policy),
    )
    if figures.removals:
        return results
    return tuple(GuardResult(result.name, True, "no member is removed", result.overridable) for result in results)


def removal_limit(matched: int, policy: Policy) -> int:
    """Return how many members may be removed: the smaller of the policy's share of `matched` and its number."""
    # 0.07 * 100 is 7.000000000000001 and 0.29 * 100 is 28.999999999999996: round, so that a share is exact.
    return min(int(round(policy.max_removal_share * matched, 6)), policy.max_removals)


def check_plan(plan: Plan, target: Target, *, now: datetime, confirm_removals: tuple[int, str] | None = None) -> None:
    """Raise unless a plan may be applied to `target` at the time `now`; sends nothing.

    `confirm_removals` is the number of removals and the plan's hash. It overrides the removal limit, and no other
    guard. Raises `PlanError` if the plan is of another target or too old, or the confirmation is of another plan, and
    `GuardError` with the guards that refuse it.
    """
    _check_target(plan, target)
    _check_age(plan, now)
    removals = plan.counts["remove"]
    if confirm_removals is not None and tuple(confirm_removals) != (removals, plan.hash):
        raise PlanError(
            f"confirm_removals does not match this plan, which removes {removals} and has the hash {plan.hash}: "
            "read the plan, then pass both."
        )
    failed = [
        guard for guard in plan.guards if not guard.passed and not (guard.overridable and confirm_removals is not None)
    ]
    if failed:
        only_removals = all(guard.overridable for guard in failed)
        raise GuardError(failed, advice=_confirmation(removals) if only_removals else None)


def protected_members(
    members: Iterable[Member],
    removing: Collection[str],
    demoting: Collection[str],
    *,
    policy: Policy,
    own_user_id: str | None,
) -> dict[str, ProtectionReason]:
    """Return the ids of members that are neither removed nor demoted, with the reason.

    `members` are all members, `removing` the ids of those that the plan would remove, `demoting` of those that would
    lose their last admin role. The user of the credentials and members that match a protected pattern are not
    removed; the user of the credentials is not demoted either. If no present admin would remain, none is removed or
    demoted: the creation of a new admin may fail.
    """
    reasons: dict[str, ProtectionReason] = {}
    patterns, admin_roles = _compile_patterns(policy.protect), frozenset(policy.admin_roles)
    admins: list[str] = []
    for member in members:
        is_removed, is_demoted = member.id in removing, member.id in demoting
        if (is_removed or is_demoted) and member.id == own_user_id:
            reasons[member.id] = "own_user"
        elif is_removed and patterns is not None and _matches_pattern(patterns, member):
            reasons[member.id] = "protected"
        if not admin_roles.isdisjoint(member.roles):
            admins.append(member.id)
    going = [admin for admin in admins if admin not in reasons and (admin in removing or admin in demoting)]
    if going and len(going) == len(admins):
        reasons.update(dict.fromkeys(going, "last_admin"))
    return reasons


def _guard_whole(figures: GuardFigures) -> GuardResult:
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
    detail = f"the source has {count_noun(now, 'row')}, {before:,} at the earlier plan"
    return GuardResult("rows", now * 2 > before, detail)


def _guard_matched(figures: GuardFigures, policy: Policy) -> GuardResult:
    share = policy.min_matched_share
    detail = f"{figures.matched:,} of {figures.members:,} members are in the source, more than {share:.0%} are needed"
    return GuardResult("matched", share == 0 or figures.matched > share * figures.members, detail)


def _guard_removals(figures: GuardFigures, policy: Policy) -> GuardResult:
    limit = removal_limit(figures.matched, policy)
    percent = f"{policy.max_removal_share * 100:.4g} %"
    detail = (
        f"{figures.removals:,} would be removed, {limit:,} may be: the smaller of {percent} of "
        f"{figures.matched:,} matched members and {policy.max_removals:,}"
    )
    return GuardResult("removals", figures.removals <= limit, detail, overridable=True)


def _confirmation(removals: int) -> str:
    return f"If the removals are intended: bulk.apply(plan, org, confirm_removals=({removals}, plan.hash))."


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


def _compile_patterns(protect: Iterable[str]) -> re.Pattern[str] | None:
    patterns = [translate(pattern.casefold()) for pattern in protect]
    return re.compile("|".join(patterns)) if patterns else None


def _matches_pattern(patterns: re.Pattern[str], member: Member) -> bool:
    names = (member.id, member.external_id, member.username, member.email)
    return any(patterns.match(name.casefold()) for name in names if name)
