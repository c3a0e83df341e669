"""Run the conformance checks, and collect their results in a report."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, cast

import anyio

from orgsdk._callables import call_function, check_function
from orgsdk.arguments import as_list, check_instance
from orgsdk.errors import ConfigurationError
from orgsdk.testing.conformance.assertions import ConformanceError, NotApplicableError
from orgsdk.testing.conformance.check import Check, registered_checks
from orgsdk.testing.conformance.context import CheckContext

CheckOutcome = Literal["passed", "failed", "skipped"]

import_module("orgsdk.testing.conformance.checks")  # registers the checks

# All checks, in the order in which they run.
CHECKS = tuple(registered_checks())


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check.

    Attributes:
        check: The check.
        outcome: ``"passed"``, ``"failed"`` or ``"skipped"``.
        reason: Why it failed or was skipped; empty if it passed.
    """

    check: Check
    outcome: CheckOutcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ConformanceReport:
    """The results of all checks for one provider.

    Attributes:
        provider: Name of the provider.
        results: One result per check, in order.
    """

    provider: str
    results: tuple[CheckResult, ...]

    @property
    def conforms(self) -> bool:
        """Return whether no check failed."""
        return not self.of("failed")

    def of(self, outcome: CheckOutcome) -> list[CheckResult]:
        """Return the results with one outcome.

        Args:
            outcome: ``"passed"``, ``"failed"`` or ``"skipped"``.

        Returns:
            The results, in order.
        """
        return [result for result in self.results if result.outcome == outcome]


async def run_checks(
    context: CheckContext,
    checks: Iterable[Check],
    *,
    on_result: Callable[[CheckResult], Awaitable[None] | None] | None = None,
) -> ConformanceReport:
    """Run checks one after the other.

    An error of the provider fails its check; the next check still runs.

    Args:
        context: The client and the limits of the checks.
        checks: The checks, such as `CHECKS`.
        on_result: Called with each result as soon as it is known; may be async.

    Returns:
        The report.

    Raises:
        ConfigurationError: An argument is of a wrong type, or `on_result` is not a function of one result.
    """
    check_instance("context", context, CheckContext, "a CheckContext", error=ConfigurationError)
    checks = as_list("checks", checks, error=ConfigurationError)
    for check in checks:
        check_instance("one of the checks", check, Check, "a Check, such as those of CHECKS", error=ConfigurationError)
    if on_result is not None:
        check_function(on_result, "on_result", "one result")
    results: list[CheckResult] = []
    for check in checks:
        result = await _collect_result(check, context)
        results.append(result)
        if on_result is not None:
            await call_function(on_result, result)
    return ConformanceReport(context.provider.name, tuple(results))


async def run_check(check: Check, context: CheckContext) -> None:
    """Run one check and remove what it created.

    Args:
        check: The check.
        context: The client and the limits of the checks.

    Raises:
        NotApplicableError: The check does not apply to the provider.
        ConformanceError: The provider violates the contract.
    """
    reason = skip_reason(check, context)
    if reason is not None:
        raise NotApplicableError(reason)
    try:
        with anyio.fail_after(context.check_timeout):
            await check.run(context)
    except TimeoutError:
        raise ConformanceError(f"{check.name} did not end within {context.check_timeout:g} s") from None
    finally:
        await context.clean_up()


def skip_reason(check: Check, context: CheckContext) -> str | None:
    """Return why the check does not apply to the provider, or None if it applies."""
    missing = sorted(check.needs - context.client.capabilities)
    if missing:
        return f"not declared: {', '.join(missing)}"
    if check.users > context.max_users:
        return f"it creates {check.users} users, and {context.max_users} are allowed"
    return None


async def _collect_result(check: Check, context: CheckContext) -> CheckResult:
    try:
        await run_check(check, context)
    except NotApplicableError as error:
        return CheckResult(check, "skipped", str(error))
    except ConformanceError as error:
        return CheckResult(check, "failed", str(error))
    except Exception as error:  # the provider's code can raise anything
        return CheckResult(check, "failed", _describe_error(error))
    return CheckResult(check, "passed")


def _describe_error(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        # The first error of the tasks that a check ran in parallel.
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return str(error) if isinstance(error, ConformanceError) else f"it raised {type(error).__name__}: {error}"
