"""Guards: the removal limit and other checks that refuse a plan, and the members that are never removed.

A source that is cut short, or read by the wrong column, looks like many people who left. None of these guards sees
the difference with certainty; together they refuse whatever looks like it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from typing import TYPE_CHECKING, Literal, TypeAlias

from orgsdk.bulk.errors import GuardError, PlanError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from orgsdk.bulk.planning.members import Member
    from orgsdk.bulk.planning.plan import Plan, RosterRecord
    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.bulk.planning.target import Target

ProtectionReason: TypeAlias = Literal["own_user", "protected", "last_admin"]


def protected_members(
    members: Iterable[Member],
    removing: Collection[str],
    demoting: Collection[str],
    *,
    policy: Policy,
    own_user_id: str | None,
) -> dict[str, ProtectionReason]:
    """Give the ids of those who are to stay as they are, with the reason, out of those to be removed or demoted.

    `members` is everybody who is there, `removing` the ids of those whom the run would remove, `demoting` of those
    others from whom it would take their last role of an admin. Whose id is the credentials' own, or fits a protected
    pattern, is not removed; the credentials' own user is not demoted either. Where no admin would be left of those
    who are there now, none of them is removed or demoted: a new one may come to nothing.
    """
    kept: dict[str, ProtectionReason] = {}
    protected, admin_roles = _compile_patterns(policy.protect), frozenset(policy.admin_roles)
    admins: list[str] = []
    for member in members:
        goes, falls = member.id in removing, member.id in demoting
        if (goes or falls) and member.id == own_user_id:
            kept[member.id] = "own_user"
        elif goes and protected is not None and _matches_pattern(protected, member):
            kept[member.id] = "protected"
        if not admin_roles.isdisjoint(member.roles):
            admins.append(member.id)
    going = [admin for admin in admins if admin not in kept and (admin in removing or admin in demoting)]
    if going and len(going) == len(admins):
        kept.update(dict.fromkeys(going, "last_admin"))
    return kept


def _compile_patterns(protect: Iterable[str]) -> re.Pattern[str] | None:
    patterns = [translate(pattern.casefold()) for pattern in protect]
    return re.compile("|".join(patterns)) if patterns else None


def _matches_pattern(patterns: re.Pattern[str], member: Member) -> bool:
    names = (member.id, member.external_id, member.username, member.email)
    return any(patterns.match(name.casefold()) for name in names if name)


@dataclass(frozen=True, slots=True)
class GuardResult:
    """Say whether one guard lets the plan pass, and by what numbers.

    `overridable` is True where naming the number of removals and the plan's hash lets a refused plan pass.
    """

    name: str
    passed: bool
    detail: str
    overridable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardFigures:
    """Hold what the guards judge by."""

    removals: int
    members: int
    matched: int
    source: RosterRecord
    previous: RosterRecord | None
    incomplete: bool


def evaluate_guards(figures: GuardFigures, policy: Policy) -> tuple[GuardResult, ...]:
    """Give the result of every guard. Where nobody is removed there is nothing to guard, and all of them pass."""
    results = (
        _guard_whole(figures),
        _guard_header(figures),
        _guard_rows(figures),
        _guard_matched(figures, policy),
        _guard_removals(figures, policy),
    )
    if figures.removals:
        return results
    return tuple(GuardResult(result.name, True, "nobody is removed", result.overridable) for result in results)


def _guard_whole(figures: GuardFigures) -> GuardResult:
    if figures.incomplete:
        return GuardResult("whole", False, "the source says that it is not whole, so that nobody is missing in it")
    rows = figures.source.rows
    return GuardResult("whole", rows > 0, f"the source has {rows:,} rows")


def _guard_header(figures: GuardFigures) -> GuardResult:
    if figures.previous is None:
        return GuardResult("header", True, "there is no earlier plan to compare with")
    before, now = set(figures.previous.columns), set(figures.source.columns)
    if before == now:
        return GuardResult("header", True, "the columns are those of the earlier plan")
    changes = [f"{name!r} is gone" for name in sorted(before - now)] + [
        f"{name!r} is new" for name in sorted(now - before)
    ]
    return GuardResult("header", False, f"the columns changed since the earlier plan: {', '.join(changes)}")


def _guard_rows(figures: GuardFigures) -> GuardResult:
    if figures.previous is None:
        return GuardResult("rows", True, "there is no earlier plan to compare with")
    before, now = figures.previous.rows, figures.source.rows
    detail = f"the source has {now:,} rows, {before:,} at the earlier plan"
    return GuardResult("rows", now * 2 > before, detail)


def _guard_matched(figures: GuardFigures, policy: Policy) -> GuardResult:
    share = policy.min_matched_share
    detail = f"{figures.matched:,} of {figures.members:,} members are in the source, more than {share:.0%} are needed"
    return GuardResult("matched", share == 0 or figures.matched > share * figures.members, detail)


def removal_limit(matched: int, policy: Policy) -> int:
    """Give how many may be removed without being asked: the smaller of the policy's share of `matched` and number."""
    # 0.07 * 100 is 7.000000000000001 and 0.29 * 100 is 28.999999999999996: a share means what it looks like.
    return min(int(round(policy.max_removal_share * matched, 6)), policy.max_removals)


def _guard_removals(figures: GuardFigures, policy: Policy) -> GuardResult:
    limit = removal_limit(figures.matched, policy)
    detail = (
        f"{figures.removals:,} would be removed, {limit:,} may be: the smaller of {policy.max_removal_share:.4g} of "
        f"{figures.matched:,} matched members and {policy.max_removals:,}"
    )
    return GuardResult("removals", figures.removals <= limit, detail, overridable=True)


def check_plan(plan: Plan, place: Target, *, now: datetime, confirm_removals: tuple[int, str] | None = None) -> None:
    """Raise unless a plan may be carried out at `place` at the time `now`; sends nothing.

    `confirm_removals` is the number of removals and the plan's hash, by which a plan that removes more than the
    policy allows passes all the same. No other guard is overridden.

    Raises `PlanError` where the plan is of another place or too old, or where the confirmation is not of this plan,
    and `GuardError` with the guards that refuse it.
    """
    _check_target(plan, place)
    _check_age(plan, now)
    removals = plan.counts["remove"]
    if confirm_removals is not None and tuple(confirm_removals) != (removals, plan.hash):
        raise PlanError(
            f"confirm_removals is not of this plan, which removes {removals} and has the hash {plan.hash}: "
            "read the plan, then name both."
        )
    failed = [
        guard for guard in plan.guards if not guard.passed and not (guard.overridable and confirm_removals is not None)
    ]
    if failed:
        raise GuardError(failed)


def _check_target(plan: Plan, place: Target) -> None:
    for what, planned, found in (
        ("provider", plan.provider, place.provider),
        ("tenant", plan.tenant, place.tenant),
        ("organization", plan.organization, place.organization),
    ):
        if planned != found:
            raise PlanError(f"The plan is for {what} {planned!r}, this is {found!r}: make one for it.")


def _check_age(plan: Plan, now: datetime) -> None:
    age, oldest = now - plan.created_at, plan.policy.max_age
    if age > oldest:
        raise PlanError(f"The plan was made {age} ago, and may be {oldest} old at most: make a new one.")
    if -age > oldest:
        raise PlanError(f"The plan was made at {plan.created_at}, which is yet to come: look at this machine's clock.")
