"""`apply` of suspensions, returns and removals under faults, then `resume`: each member ends as the roster means.

`python -m pytest -m proof tests/bulk/run/test_torture_departures.py` is the full run.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.bulk.departures import PEOPLE, expected, first_plan, next_plan, rows
from tests.bulk.torture import Tortured, Workload, simulate, torture
from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.servers import Name, SimulatedServers
from tests.reliability.simulation import scenario_of

if TYPE_CHECKING:
    from pathlib import Path

_SEEDS = range(int(os.environ.get("ORGSDK_SEEDS", "500")))
# The providers that can suspend users.
_NAMES: tuple[Name, ...] = ("logto", "workos")
_SHORT: list[tuple[Name, Loop]] = [("logto", "asyncio"), ("workos", "trio")]
_WORKLOAD = Workload(PEOPLE, rows, expected, first_plan, next_plan)


@pytest.mark.parametrize("name", _NAMES)
def test_the_plan_has_each_kind_of_departure(name: Name) -> None:
    async def check() -> None:
        servers = SimulatedServers.of(name)
        async with scenario_of(servers) as (scenario, _):
            servers.seed(PEOPLE)
            made = await first_plan(scenario.direct_client, scenario.direct_org, name)
        counts = {kind: number for kind, number in made.counts.items() if number}
        activated = 3 if name == "logto" else 2
        changed = {"create": 1, "add": 1, "activate": activated, "update": 2, "set_roles": 2}
        assert counts == {**changed, "suspend": 2, "remove": 3}
        assert [problem.origin for problem in made.rejected] == ["row of gus"]
        assert len(made.missing) == 3

    run_virtually(check, "asyncio")


@pytest.mark.parametrize(("name", "loop"), _SHORT)
def test_one_fault_at_some_exchanges_of_departures(name: Name, loop: Loop, tmp_path: Path) -> None:
    tortured = Tortured(_WORKLOAD, name, tmp_path)
    run_virtually(partial(torture, tortured, 1, step=5), loop)
    assert tortured.wrong == []
    assert tortured.faults >= tortured.runs - 1 > 5


@pytest.mark.parametrize(("name", "loop"), _SHORT)
def test_some_seeds_of_random_faults_in_departures(name: Name, loop: Loop, tmp_path: Path) -> None:
    tortured = Tortured(_WORKLOAD, name, tmp_path)
    for seed in range(8):
        run_virtually(partial(simulate, tortured, seed), loop)
    assert tortured.wrong == []
    assert tortured.faults > tortured.runs


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", _NAMES)
def test_every_fault_at_every_exchange_of_departures(name: Name, loop: Loop, tmp_path: Path) -> None:
    tortured = Tortured(_WORKLOAD, name, tmp_path)
    run_virtually(partial(torture, tortured, None), loop)
    COUNTS.append(tortured.counted("torture of departures", loop))
    assert tortured.wrong == []


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", _NAMES)
def test_many_seeds_of_random_faults_in_departures(name: Name, loop: Loop, tmp_path: Path) -> None:
    tortured = Tortured(_WORKLOAD, name, tmp_path)
    for seed in _SEEDS:
        run_virtually(partial(simulate, tortured, seed), loop)
    COUNTS.append(tortured.counted("simulation of departures", loop))
    assert tortured.wrong == []
