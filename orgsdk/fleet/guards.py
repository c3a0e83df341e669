"""Guards of the fleet: judge all plans of a night together, and what one plan adds to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from orgsdk._messages import count_noun
from orgsdk.bulk import GuardResult
from orgsdk.fleet.units import KeyRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.bulk import Plan, Write
    from orgsdk.fleet.options import FleetGuards
    from orgsdk.fleet.units import UnitRecord, UnitState

# A few organizations, or members, are no sign of a wrong export.
_FEW_REFUSED: Final = 3
_FEW_REMOVALS: Final = 20
_ADMITTING: Final = frozenset({"create", "add", "invite", "set_roles", "add_roles"})


@dataclass(slots=True)
class PlanTotals:
    """Sums and the hash of the plans that would be applied, collected one by one.

    Attributes:
        members: Number of members of their organizations.
        removals: Number of members that they remove or suspend.
        new_admins: Number of users that they make admins.
    """

    members: int = 0
    removals: int = 0
    new_admins: int = 0
    _digest: bytes = field(default=b"", repr=False)

    def add(self, unit: UnitRecord) -> None:
        """Add the plan of a unit.

        Args:
            unit: The unit.
        """
        self.members += unit.members
        self.removals += unit.removals
        self.new_admins += unit.new_admins
        self._digest = sha256(
            self._digest + f"{unit.name}\0{unit.plan_hash}\n".encode("utf-8", "surrogatepass")
        ).digest()

    @property
    def hash(self) -> str:
        """The hash of all plans in their order, which confirms them: a SHA-256 in hexadecimal digits."""
        return sha256(self._digest).hexdigest()


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
    def of(cls, keys: Iterable[KeyRecord], totals: PlanTotals) -> FleetFigures:
        """Return the figures of a run whose plans are made.

        Args:
            keys: The keys.
            totals: The sums of the plans that would be applied.

        Returns:
            The figures.
        """
        counts: Counter[UnitState] = Counter()
        for key in keys:
            counts.update(key.counts)
        refused = counts["guarded"] + counts["failed"]
        return cls(
            judged=counts["planned"] + counts["applying"] + counts["done"] + refused,
            refused=refused,
            members=totals.members,
            removals=totals.removals,
            new_admins=totals.new_admins,
        )


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


def _share(share: float, number: int) -> int:
    return int(round(share * number, 6))  # 0.29 * 100 is 28.999999999999996


def _gives(write: Write, admin_roles: frozenset[str]) -> bool:
    had = {role.casefold() for role in write.roles_before}
    return bool({role.casefold() for role in write.roles} & admin_roles) and not had & admin_roles
