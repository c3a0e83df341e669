"""Confirm a plan that guards refuse: by its hash, or by the number of its removals and its hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from orgsdk.arguments import check_instance, describe_value, is_integer
from orgsdk.bulk.errors import PlanError
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.bulk.planning.plan import Plan
    from orgsdk.bulk.planning.writes import GuardResult

_REMOVAL_LIMITS: Final = ("removals", "removed_roles")


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What overrides guards of one plan.

    `plan_hash` overrides every guard that can be overridden. `removals`, the number of removals and the plan's hash,
    overrides the removal limits only.
    """

    plan_hash: str | None = None
    removals: tuple[int, str] | None = None

    def __post_init__(self) -> None:
        check_instance("confirm", self.plan_hash, str | None, "the hash of the plan, plan.hash")
        if self.removals is not None and not _is_number_and_hash(self.removals):
            shown = describe_value(self.removals)
            raise InvalidArgumentError(f"confirm_removals is {shown}: pass (number of removals, hash of the plan).")

    def check(self, plan: Plan) -> None:
        """Raise `PlanError` if this is the confirmation of another plan."""
        if self.plan_hash is not None and self.plan_hash != plan.hash:
            raise PlanError(f"confirm is not the hash of this plan, {plan.hash}: read the plan, then pass its hash.")
        number = plan.counts["remove"]
        if self.removals is not None and tuple(self.removals) != (number, plan.hash):
            raise PlanError(
                f"confirm_removals does not match this plan, which removes {number} and has the hash {plan.hash}: "
                "read the plan, then pass both."
            )

    def overrides(self, guard: GuardResult) -> bool:
        """Return whether a guard that refuses the plan is overridden."""
        if not guard.overridable:
            return False
        return self.plan_hash is not None or (self.removals is not None and guard.name in _REMOVAL_LIMITS)

    def to_settings(self) -> dict[str, str]:
        """Return the confirmation as settings of a journal, which has the plan."""
        settings = {} if self.plan_hash is None else {"confirmed_hash": self.plan_hash}
        return settings if self.removals is None else {**settings, "confirmed": str(self.removals[0])}

    @classmethod
    def stored(cls, settings: Mapping[str, str], plan: Plan) -> Confirmation:
        """Return the confirmation in the settings of a journal."""
        removals = (int(settings["confirmed"]), plan.hash) if "confirmed" in settings else None
        return cls(settings.get("confirmed_hash"), removals)


NO_CONFIRMATION: Final = Confirmation()


def _is_number_and_hash(value: object) -> bool:
    if not isinstance(value, tuple | list):
        return False
    number, *others = tuple(cast("Sequence[object]", value)) or (None,)
    return is_integer(number) and len(others) == 1 and isinstance(others[0], str)
