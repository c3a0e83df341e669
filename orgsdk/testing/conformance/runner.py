"""Run the conformance checks and collect their results in a report."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, cast

import anyio

from orgsdk.testing.conformance.check import ConformanceError, NotApplicableError, registered_checks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from orgsdk.testing.conformance.check import Check
    from orgsdk.testing.conformance.context import CheckContext

CheckOutcome = Literal["passed", "failed", "skipped"]

_CHECK_TIMEOUT = 120


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Hold what came of one check; `reason` says why it failed or was skipped."""

    check: Check
    outcome: CheckOutcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ConformanceReport:
    """Hold what came of all checks of one provider."""

    provider: str
    results: tuple[CheckResult, ...]

    @property
    def conforms(self) -> bool:
        """Tell whether no check failed."""
        return not self.of("failed")

    def of(self, outcome: CheckOutcome) -> list[CheckResult]:
        """Give the results of one outcome."""
        return [result for result in self.results if result.outcome == outcome]


def skip_reason(check: Check, stage: CheckContext) -> str | None:
    """Say why the check does not concern this provider; None where it does."""
    missing = sorted(check.needs - stage.client.capabilities)
    if missing:
        return f"not declared: {', '.join(missing)}"
    if check.users > stage.max_users:
        return f"it makes {check.users} users, and {stage.max_users} are allowed"
    return None


async def run_check(check: Check, stage: CheckContext) -> None:
    """Run one check and clear away what it made.

    Raises `NotApplicableError` where it does not concern the provider, `ConformanceError` where the provider does
    not do as the contract says, and whatever else the provider raises, which it should not.
    """
    reason = skip_reason(check, stage)
    if reason is not None:
        raise NotApplicableError(reason)
    try:
        with anyio.fail_after(_CHECK_TIMEOUT):
            await check.run(stage)
    except TimeoutError:
        raise ConformanceError(f"{check.name} did not end within {_CHECK_TIMEOUT} s") from None
    finally:
        await stage.clear()


async def run_checks(
    stage: CheckContext, checks: Iterable[Check], *, on_result: Callable[[CheckResult], None] | None = None
) -> ConformanceReport:
    """Run the checks one after the other and report on each; `on_result` is called as each ends.

    An error of the provider's fails the check that it came in, and ends nothing else.
    """
    results: list[CheckResult] = []
    for check in checks:
        result = await _run_one(check, stage)
        results.append(result)
        if on_result is not None:
            on_result(result)
    return ConformanceReport(stage.provider.name, tuple(results))


async def _run_one(check: Check, stage: CheckContext) -> CheckResult:
    try:
        await run_check(check, stage)
    except NotApplicableError as error:
        return CheckResult(check, "skipped", str(error))
    except ConformanceError as error:
        return CheckResult(check, "failed", str(error))
    except Exception as error:  # whatever a provider's code does
        return CheckResult(check, "failed", _unexpected_error(error))
    return CheckResult(check, "passed")


def _unexpected_error(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        # What failed in one of the tasks that a check ran at once.
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return str(error) if isinstance(error, ConformanceError) else f"it raised {type(error).__name__}: {error}"


import_module("orgsdk.testing.conformance.checks")  # which registers them

CHECKS = tuple(registered_checks())
