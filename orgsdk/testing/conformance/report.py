"""Running the checks without pytest, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import anyio

from orgsdk.testing.conformance.check import ConformanceError, NotApplicableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from orgsdk.testing.conformance.check import Check
    from orgsdk.testing.conformance.stage import Stage

Outcome = Literal["passed", "failed", "skipped"]

_LONGEST_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Result:
    """Hold what came of one check; `reason` says why it failed or was skipped."""

    check: Check
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Hold what came of all checks of one provider."""

    provider: str
    results: tuple[Result, ...]

    @property
    def conforms(self) -> bool:
        """Tell whether no check failed."""
        return not self.of("failed")

    def of(self, outcome: Outcome) -> list[Result]:
        """Give the results of one outcome."""
        return [result for result in self.results if result.outcome == outcome]


def why_not(check: Check, stage: Stage) -> str | None:
    """Say why the check does not concern this provider; None where it does."""
    missing = sorted(check.needs - stage.client.capabilities)
    if missing:
        return f"not declared: {', '.join(missing)}"
    if check.users > stage.max_users:
        return f"it makes {check.users} users, and {stage.max_users} are allowed"
    return None


async def perform(check: Check, stage: Stage) -> None:
    """Run one check and clear away what it made.

    Raises `NotApplicableError` where it does not concern the provider, `ConformanceError` where the provider does
    not do as the contract says, and whatever else the provider raises, which it should not.
    """
    reason = why_not(check, stage)
    if reason is not None:
        raise NotApplicableError(reason)
    try:
        with anyio.fail_after(_LONGEST_SECONDS):
            await check.run(stage)
    except TimeoutError:
        raise ConformanceError(f"{check.name} did not end within {_LONGEST_SECONDS} s") from None
    finally:
        await stage.clear()


async def run_checks(
    stage: Stage, checks: Iterable[Check], *, on_result: Callable[[Result], None] | None = None
) -> Report:
    """Run the checks one after the other and report on each; `on_result` is called as each ends.

    An error of the provider's fails the check that it came in, and ends nothing else.
    """
    results: list[Result] = []
    for check in checks:
        result = await _result(check, stage)
        results.append(result)
        if on_result is not None:
            on_result(result)
    return Report(stage.provider.name, tuple(results))


async def _result(check: Check, stage: Stage) -> Result:
    try:
        await perform(check, stage)
    except NotApplicableError as error:
        return Result(check, "skipped", str(error))
    except ConformanceError as error:
        return Result(check, "failed", str(error))
    except Exception as error:  # whatever a provider's code does
        return Result(check, "failed", _unexpected(error))
    return Result(check, "passed")


def _unexpected(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        # What failed in one of the tasks that a check ran at once.
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return str(error) if isinstance(error, ConformanceError) else f"it raised {type(error).__name__}: {error}"
