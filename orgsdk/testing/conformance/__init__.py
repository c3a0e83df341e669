"""A suite that holds a provider to the contract of `orgsdk.providers.base`: one behaviour a check.

With pytest, subclass `ProviderConformance` and give it two fixtures; without, `run_checks(Stage(client, max_users=8),
CHECKS)` gives a `Report`, and `orgsdk conformance` prints one. A check is skipped, with the reason, where a capability
is not declared, and fails where one that is declared does not work, or one that is not does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgsdk.testing.conformance.check import Check, ConformanceError
    from orgsdk.testing.conformance.registry import CHECKS
    from orgsdk.testing.conformance.report import Report, Result, run_checks
    from orgsdk.testing.conformance.stage import Stage
    from orgsdk.testing.conformance.suite import ProviderConformance

__all__ = ["CHECKS", "Check", "ConformanceError", "ProviderConformance", "Report", "Result", "Stage", "run_checks"]

_ELSEWHERE = {
    "CHECKS": "registry",
    "Check": "check",
    "ConformanceError": "check",
    "ProviderConformance": "suite",
    "Report": "report",
    "Result": "report",
    "Stage": "stage",
    "run_checks": "report",
}


def __getattr__(name: str) -> object:
    # The suite alone needs pytest, which whoever runs the checks without it need not have.
    if name not in _ELSEWHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ELSEWHERE[name]}"), name)
