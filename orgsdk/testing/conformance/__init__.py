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
    from orgsdk.testing.conformance.context import CheckContext
    from orgsdk.testing.conformance.runner import CHECKS, CheckResult, ConformanceReport, run_checks
    from orgsdk.testing.conformance.suite import ProviderConformance

__all__ = [
    "CHECKS",
    "Check",
    "CheckContext",
    "CheckResult",
    "ConformanceError",
    "ConformanceReport",
    "ProviderConformance",
    "run_checks",
]

_ELSEWHERE = {
    "CHECKS": "runner",
    "Check": "check",
    "ConformanceError": "check",
    "ProviderConformance": "suite",
    "ConformanceReport": "runner",
    "CheckResult": "runner",
    "CheckContext": "context",
    "run_checks": "runner",
}


def __getattr__(name: str) -> object:
    # The suite alone needs pytest, which whoever runs the checks without it need not have.
    if name not in _ELSEWHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ELSEWHERE[name]}"), name)
