"""Guards of the fleet: judge all plans of a night together, and what one plan adds to them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from orgsdk._messages import count_noun
from orgsdk.bulk import GuardResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orgsdk.bulk import Plan, Write
    from orgsdk.fleet.options import FleetGuards
    from orgsdk.fleet.units import KeyRecord, UnitRecord, UnitState

# A few organizations, or members, are no sign of a wrong export.
_FEW_REFUSED: Final = 3
_FEW_REMOVALS: Final = 20
_ADMITTING: Final = frozenset({"create", "add", "invite", "set_roles", "add_roles"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetFigures:
    """The numbers that the guards of the fleet decide by: sums over the plans of a night.

    Attributes:
        judged: Number of organizations that were planned, or could not be.
        refused: Number of those whose plan is refused by a guard, or failed.
        members: Number of members of the organizations that would be changed.
        removals: Number of members who would be removed or suspended.
        new_admins: Number of users who would become admins.
    """

    judged: int = 0
    refused: int = 0
    members: int = 0
    removals: int = 0
    new_admins: int = 0

    @classmethod
    def of(cls, keys: Iterable[KeyRecord]) -> FleetFigures:
        """Return the sums over the keys of a run.

        Args:
            keys: The keys.

        Returns:
            The figures.
        """
        counts: Counter[UnitState] = Counter()
        members = removals = new_admins = 0
        for key in keys:
            counts.update(key.counts)
            members, removals, new_admins = members + key.members, removals + key.removals, new_admins + key.new_admins
        refused = counts["guarded"] + counts["failed"]
        planned = counts["planned"] + counts["applying"] + counts["done"]
        return cls(judged=planned + refused, refused=refused, members=members, removals=removals, new_admins=new_admins)


def judge_fleet(figures: FleetFigures, guards: FleetGuards) -> tuple[GuardResult, ...]:
    """Return the result of each guard of the fleet. All can be overridden by a confirmation.

    Args:
        figures: The sums over all plans.
        guards: The limits.

    Returns:
        The results.
    """
    refused = max(_FEW_REFUSED, _share(guards.max_refused_share, figures.judged))
    removals = min(max(_FEW_REMOVALS, _share(guards.max_removal_share, figures.members)), guards.max_removals)
    return (
        GuardResult(
            "organizations",
            figures.refused <= refused,
            f"{figures.refused:,} of {count_noun(figures.judged, 'plan')} are refused or failed, {refused:,} may be: "
            f"{guards.max_refused_share:.4g} of them, or {_FEW_REFUSED}",
            overridable=True,
        ),
        GuardResult(
            "removals",
            figures.removals <= removals,
            f"{figures.removals:,} of {count_noun(figures.members, 'member')} would be removed or suspended, "
            f"{removals:,} may be",
            overridable=True,
        ),
        GuardResult(
            "new_admins",
            figures.new_admins <= guards.max_new_admins,
            f"{count_noun(figures.new_admins, 'user')} would become admins, {guards.max_new_admins:,} may",
            overridable=True,
        ),
    )


def trips_stream(latest: Sequence[UnitState], guards: FleetGuards) -> bool:
    """Return whether a stream is stopped by the states of the organizations that ended last.

    Args:
        latest: The states, the latest first.
        guards: The limits.

    Returns:
        True if too many plans were refused.
    """
    return list(latest[: guards.of_latest]).count("guarded") >= guards.stop_after


def count_removals(plan: Plan) -> int:
    """Return how many members a plan removes or suspends.

    Args:
        plan: The plan.

    Returns:
        The number of users.
    """
    return plan.counts["remove"] + plan.counts["suspend"]


def count_new_admins(plan: Plan) -> int:
    """Return how many users a plan makes admins.

    Args:
        plan: The plan.

    Returns:
        The number of users.
    """
    admin_roles = frozenset(role.casefold() for role in plan.policy.admin_roles)
    return len({write.key for write in plan.writes if write.kind in _ADMITTING and _gives(write, admin_roles)})


def hash_of_plans(units: Iterable[UnitRecord]) -> str:
    """Return the hash of all plans of a run, which confirms them.

    Args:
        units: The units that would be applied, in order.

    Returns:
        A SHA-256 in hexadecimal digits.
    """
    digest = sha256()
    for unit in units:
        digest.update(f"{unit.name}\0{unit.plan_hash}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _share(share: float, number: int) -> int:
    return int(round(share * number, 6))  # 0.29 * 100 is 28.999999999999996


def _gives(write: Write, admin_roles: frozenset[str]) -> bool:
    had = {role.casefold() for role in write.roles_before}
    return bool({role.casefold() for role in write.roles} & admin_roles) and not had & admin_roles
