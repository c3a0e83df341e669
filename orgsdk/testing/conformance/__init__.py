"""A suite that holds a provider to the contract of `orgsdk.providers.base`: one behaviour a check.

With pytest, subclass `ProviderConformance` and give it two fixtures; without, `run_checks(Stage(client, max_users=8),
CHECKS)` gives a `Report`, and `orgsdk conformance` prints one. A check is skipped, with the reason, where a capability
is not declared, and fails where one that is declared does not work, or one that is not does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.testing.conformance.check import Check as Check, ConformanceError as ConformanceError
    from orgsdk.testing.conformance.context import CheckContext as CheckContext
    from orgsdk.testing.conformance.runner import (
        CHECKS as CHECKS,
        CheckResult as CheckResult,
        ConformanceReport as ConformanceReport,
        run_checks as run_checks,
    )
    from orgsdk.testing.conformance.suite import ProviderConformance as ProviderConformance
else:
    # Only the suite needs pytest.
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__,
        {
            ".check": ["Check", "ConformanceError"],
            ".context": ["CheckContext"],
            ".runner": ["CHECKS", "CheckResult", "ConformanceReport", "run_checks"],
            ".suite": ["ProviderConformance"],
        },
    )
