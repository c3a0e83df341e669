"""Conformance kit: test that a provider follows the contract of `orgsdk.providers.base`.

With pytest, subclass `ProviderConformance` and define two fixtures. Without pytest, call `run_checks`, or use the
command `orgsdk conformance`. A check is skipped, with the reason, if the provider does not declare a capability that it
needs. It fails if a declared capability does not work, or if one that is not declared does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.testing.conformance.assertions import ConformanceError as ConformanceError
    from orgsdk.testing.conformance.check import Check as Check
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
            ".assertions": ["ConformanceError"],
            ".check": ["Check"],
            ".context": ["CheckContext"],
            ".runner": ["CHECKS", "CheckResult", "ConformanceReport", "run_checks"],
            ".suite": ["ProviderConformance"],
        },
    )
