"""What keeps a run from removing what nobody meant to: pure decisions, each with a name that a report can show.

A source that is cut short, or read by the wrong column, looks like many people who left. None of these guards sees
the difference with certainty; together they refuse whatever looks like it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orgsdk.bulk.errors import GuardError, PlanError

if TYPE_CHECKING:
    from datetime import datetime

    from orgsdk.bulk.plans import Plan, RosterRecord
    from orgsdk.bulk.policy import Policy
    from orgsdk.bulk.reading import Place


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
class Tally:
    """Hold what the guards judge by."""

    removals: int
    members: int
    matched: int
    source: RosterRecord
    previous: RosterRecord | None
    incomplete: bool


def judge(tally: Tally, policy: Policy) -> tuple[GuardResult, ...]:
    """Give the result of every guard. Where nobody is removed there is nothing to guard, and all of them pass."""
    results = (
        _whole(tally),
        _header(tally),
        _rows(tally),
        _matched(tally, policy),
        _removals(tally, policy),
    )
    if tally.removals:
        return results
    return tuple(GuardResult(result.name, True, "nobody is removed", result.overridable) for result in results)


def _whole(tally: Tally) -> GuardResult:
    if tally.incomplete:
        return GuardResult("whole", False, "the source says that it is not whole, so that nobody is missing in it")
    rows = tally.source.rows
    return GuardResult("whole", rows > 0, f"the source has {rows:,} rows")


def _header(tally: Tally) -> GuardResult:
    if tally.previous is None:
        return GuardResult("header", True, "there is no earlier plan to compare with")
    before, now = set(tally.previous.columns), set(tally.source.columns)
    if before == now:
        return GuardResult("header", True, "the columns are those of the earlier plan")
    changes = [f"{name!r} is gone" for name in sorted(before - now)] + [
        f"{name!r} is new" for name in sorted(now - before)
    ]
    return GuardResult("header", False, f"the columns changed since the earlier plan: {', '.join(changes)}")


def _rows(tally: Tally) -> GuardResult:
    if tally.previous is None:
        return GuardResult("rows", True, "there is no earlier plan to compare with")
    before, now = tally.previous.rows, tally.source.rows
    detail = f"the source has {now:,} rows, {before:,} at the earlier plan"
    return GuardResult("rows", now * 2 > before, detail)


def _matched(tally: Tally, policy: Policy) -> GuardResult:
    share = policy.min_matched_share
    detail = f"{tally.matched:,} of {tally.members:,} members are in the source, more than {share:.0%} are needed"
    return GuardResult("matched", share == 0 or tally.matched > share * tally.members, detail)


def removal_limit(matched: int, policy: Policy) -> int:
    """Give how many may be removed without being asked: the smaller of the policy's share of `matched` and number."""
    # 0.07 * 100 is 7.000000000000001 and 0.29 * 100 is 28.999999999999996: a share means what it looks like.
    return min(int(round(policy.max_removal_share * matched, 6)), policy.max_removals)


def _removals(tally: Tally, policy: Policy) -> GuardResult:
    limit = removal_limit(tally.matched, policy)
    detail = (
        f"{tally.removals:,} would be removed, {limit:,} may be: the smaller of {policy.max_removal_share:.4g} of "
        f"{tally.matched:,} matched members and {policy.max_removals:,}"
    )
    return GuardResult("removals", tally.removals <= limit, detail, overridable=True)


def check_plan(plan: Plan, place: Place, *, now: datetime, confirm_removals: tuple[int, str] | None = None) -> None:
    """Raise unless a plan may be carried out at `place` at the time `now`; sends nothing.

    `confirm_removals` is the number of removals and the plan's hash, by which a plan that removes more than the
    policy allows passes all the same. No other guard is overridden.

    Raises `PlanError` where the plan is of another place or too old, or where the confirmation is not of this plan,
    and `GuardError` with the guards that refuse it.
    """
    _check_place(plan, place)
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


def _check_place(plan: Plan, place: Place) -> None:
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
