"""Every registered bug is detected by its check; a provider without bugs passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import tests.testing.faulty_lists  # registers bugs
import tests.testing.faulty_operations
import tests.testing.faulty_providers  # noqa: F401  # registers the bugs
from orgsdk import OrgClient
from orgsdk.domain import Capability
from orgsdk.providers import Memory
from orgsdk.testing.conformance import CHECKS, CheckContext, run_checks
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.testing.bug_registry import BUGS, Bug

if TYPE_CHECKING:
    from orgsdk.testing.conformance import Check, CheckResult, ConformanceReport

CHECKS_BY_NAME = {check.name: check for check in CHECKS}


def run_on(provider: Memory, checks: list[Check], loop: Loop) -> ConformanceReport:
    async def run() -> ConformanceReport:
        async with OrgClient(provider) as client:
            return await run_checks(CheckContext(client, max_users=10, lose_response=provider.lose_response), checks)

    report: ConformanceReport = run_virtually(run, loop)
    return report


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("bug", [pytest.param(bug, id=bug.name) for bug in BUGS])
def test_a_bug_is_detected_by_its_check(bug: Bug, loop: Loop) -> None:
    report = run_on(bug.provider(), [CHECKS_BY_NAME[bug.check]], loop)
    (result,) = report.results
    assert (result.outcome, bool(result.reason)) == ("failed", True), result.reason
    assert not report.conforms


@pytest.mark.parametrize("loop", LOOPS)
def test_a_provider_without_a_bug_passes(loop: Loop) -> None:
    report = run_on(Memory(), list(CHECKS), loop)
    assert report.conforms
    assert [result.check.name for result in report.of("failed")] == []
    assert len(report.of("passed")) > 130


def test_the_names_of_bugs_are_unique() -> None:
    assert len(BUGS) >= 15
    assert len({bug.name for bug in BUGS}) == len(BUGS)


def test_every_capability_is_checked_declared_and_undeclared() -> None:
    needed = {capability for check in CHECKS for capability in check.needs}
    assert needed == set(Capability)
    undeclared = {check.name.partition("[")[2][:-1] for check in CHECKS if check.name.startswith("capabilities.")}
    assert undeclared == set(map(str, Capability))


def test_each_check_has_a_claim() -> None:
    assert all(check.claim.endswith(".") for check in CHECKS)
    assert len(CHECKS_BY_NAME) == len(CHECKS)


def test_results_are_reported_as_they_happen() -> None:
    reported: list[CheckResult] = []

    async def run() -> ConformanceReport:
        client = OrgClient.memory()
        return await run_checks(CheckContext(client, max_users=0), CHECKS, on_result=reported.append)

    report: ConformanceReport = run_virtually(run, "asyncio")
    assert tuple(reported) == report.results
    reasons = {result.reason for result in report.of("skipped")}
    assert "it creates 6 users, and 0 are allowed" in reasons
    assert "responses cannot be lost: define the fixture lose_response" in reasons
