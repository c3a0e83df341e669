"""Errors of a fleet as a whole. The failure of one organization is a state of its unit, not an error."""

from __future__ import annotations

from collections.abc import Sequence

from orgsdk.bulk.errors import StoreError
from orgsdk.errors import ConfigurationError, OrgError

_MAX_SHOWN = 50


class FleetError(OrgError):
    """Base class of the errors of a fleet."""


class FleetConfigError(FleetError, ConfigurationError):
    """The fleet's configuration is invalid. The message lists all problems.

    Args:
        source: What is invalid, such as the path of `fleet.toml`.
        problems: Each problem, with where it is.
    """

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        self.source = source
        self.problems: tuple[str, ...] = tuple(problems)
        many = "1 problem" if len(problems) == 1 else f"{len(problems):,} problems"
        shown = [f"  {problem}" for problem in self.problems[:_MAX_SHOWN]]
        more = [f"  and {len(problems) - _MAX_SHOWN:,} more"] if len(problems) > _MAX_SHOWN else []
        super().__init__("\n".join([f"{source} has {many}; nothing was started.", *shown, *more]))


class DuplicateNameError(FleetError, ConfigurationError):
    """Two organizations of the fleet have the same name."""


class SecretError(FleetError, ConfigurationError):
    """A reference to a secret is invalid or cannot be resolved. The message has no secret."""


class RosterError(FleetError):
    """A roster cannot be loaded from its address."""


class FencedError(FleetError, StoreError):
    """A later run was started, the run was cancelled, or the lock of the key was lost: nothing more is written.

    It stops `bulk.apply`, as every `StoreError` does.
    """


class OpenRunError(FleetError):
    """A run of the night is still open: resume or cancel it."""


class NoRunError(FleetError):
    """There is no run to work on, or none in the state that the call needs."""


class FleetGuardError(FleetError):
    """A guard of the fleet refuses to apply the plans, or stopped the run; the rest was not applied."""


class BudgetError(FleetError):
    """The night would take more requests or hours than its budget; nothing was started."""
