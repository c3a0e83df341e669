"""Every planted bug is found, by the check that is meant to; without bugs nothing is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import tests.testing.faulty_providers  # noqa: F401  # plants them
from orgsdk import OrgClient
from orgsdk.domain import Capability
from orgsdk.providers import Memory
from orgsdk.testing.conformance import CHECKS, CheckContext, run_checks
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.testing.bug_registry import BUGS, Bug

if TYPE_CHECKING:
    from orgsdk.testing.conformance import Check, CheckResult, ConformanceReport

NAMED = {check.name: check for check in CHECKS}


def held_to(provider: Memory, checks: list[Check], loop: Loop) -> ConformanceReport:
    async def run() -> ConformanceReport:
        async with OrgClient(provider) as client:
            return await run_checks(CheckContext(client, max_users=10, lose_answer=provider.lose_answer), checks)

    report: ConformanceReport = run_virtually(run, loop)
    return report


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("bug", [pytest.param(bug, id=bug.name) for bug in BUGS])
def test_a_bug_is_found_by_the_check_that_is_meant_to(bug: Bug, loop: Loop) -> None:
    report = held_to(bug.provider(), [NAMED[bug.found_by]], loop)
    (result,) = report.results
    assert (result.outcome, bool(result.reason)) == ("failed", True), result.reason
    assert not report.conforms


@pytest.mark.parametrize("loop", LOOPS)
def test_a_provider_without_a_bug_passes_whatever_it_is_held_to(loop: Loop) -> None:
    report = held_to(Memory(), list(CHECKS), loop)
    assert report.conforms
    assert [result.check.name for result in report.of("failed")] == []
    assert len(report.of("passed")) > 130


def test_at_least_fifteen_are_planted_and_each_once() -> None:
    assert len(BUGS) >= 15
    assert len({bug.name for bug in BUGS}) == len(BUGS)


def test_every_capability_is_looked_at_where_it_is_declared_and_where_it_is_not() -> None:
    needed = {capability for check in CHECKS for capability in check.needs}
    assert needed == set(Capability)
    undeclared = {check.name.partition("[")[2][:-1] for check in CHECKS if check.name.startswith("capabilities.")}
    assert undeclared == set(map(str, Capability))


def test_each_check_says_what_it_claims() -> None:
    assert all(check.claim.endswith(".") for check in CHECKS)
    assert len(NAMED) == len(CHECKS)


def test_what_is_reported_is_told_as_it_happens() -> None:
    told: list[CheckResult] = []

    async def run() -> ConformanceReport:
        client = OrgClient.memory()
        return await run_checks(CheckContext(client, max_users=0), CHECKS, on_result=told.append)

    report: ConformanceReport = run_virtually(run, "asyncio")
    assert tuple(told) == report.results
    reasons = {result.reason for result in report.of("skipped")}
    assert "it creates 6 users, and 0 are allowed" in reasons
    assert "responses cannot be lost: define the fixture lose_answer" in reasons
