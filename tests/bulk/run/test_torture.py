"""`apply` with every kind of fault in every exchange, then `resume`: the report matches the state of the server.

Two rosters are applied: one of ordinary changes, and one of departures (suspensions, returns and removals).
`python -m pytest -m proof tests/bulk/run/test_torture.py` is the full run, and `-k departures` one of them.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.bulk import departures
from tests.bulk.torture import Tortured, simulate, torture
from tests.bulk.workloads import WORKLOADS
from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.servers import NAMES, Name, SimulatedServers
from tests.reliability.simulation import scenario_of

if TYPE_CHECKING:
    from pathlib import Path

_SEEDS = range(int(os.environ.get("ORGSDK_SEEDS", "500")))


_FULL: list[tuple[str, Name]] = [(workload, name) for workload in WORKLOADS for name in NAMES]
# In the short run each provider on one loop, each loop with one provider, and some exchanges of departures.
_SHORT: list[tuple[str, Name, Loop, int]] = [
    ("apply", "flat", "trio", 1),
    ("apply", "logto", "asyncio", 1),
    ("apply", "workos", "asyncio", 1),
    ("departures", "flat", "asyncio", 2),
    ("departures", "logto", "asyncio", 5),
    ("departures", "workos", "trio", 5),
]


@pytest.mark.parametrize(("workload", "name", "loop", "step"), _SHORT)
def test_one_fault_at_an_exchange(workload: str, name: Name, loop: Loop, step: int, tmp_path: Path) -> None:
    tortured = Tortured(WORKLOADS[workload], name, tmp_path)
    run_virtually(partial(torture, tortured, 1, step=step), loop)
    assert tortured.wrong == []
    assert tortured.faults >= tortured.runs - 1 > 5


@pytest.mark.parametrize(("workload", "name", "loop", "_step"), _SHORT)
def test_some_seeds_of_random_faults(workload: str, name: Name, loop: Loop, _step: int, tmp_path: Path) -> None:
    tortured = Tortured(WORKLOADS[workload], name, tmp_path)
    for seed in range(8):
        run_virtually(partial(simulate, tortured, seed), loop)
    assert tortured.wrong == []
    assert tortured.faults > tortured.runs


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(("workload", "name"), _FULL)
def test_every_fault_at_every_exchange(workload: str, name: Name, loop: Loop, tmp_path: Path) -> None:
    tortured = Tortured(WORKLOADS[workload], name, tmp_path)
    run_virtually(partial(torture, tortured, None), loop)
    COUNTS.append(tortured.counted(f"torture of {workload}", loop))
    assert tortured.wrong == []


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(("workload", "name"), _FULL)
def test_many_seeds_of_random_faults(workload: str, name: Name, loop: Loop, tmp_path: Path) -> None:
    tortured = Tortured(WORKLOADS[workload], name, tmp_path)
    for seed in _SEEDS:
        run_virtually(partial(simulate, tortured, seed), loop)
    COUNTS.append(tortured.counted(f"simulation of {workload}", loop))
    assert tortured.wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_the_plan_has_each_kind_of_departure(name: Name) -> None:
    async def check() -> None:
        servers = SimulatedServers.of(name)
        async with scenario_of(servers) as (found, _):
            servers.seed(departures.PEOPLE)
            made = await departures.first_plan(found.direct_client, found.direct_org, name)
        counts = {kind: number for kind, number in made.counts.items() if number}
        suspensions = {"add": 1, "activate": 3 if name == "logto" else 2, "suspend": 2}
        changed = {"create": 2, "update": 2, "set_roles": 2, "remove": 3}
        assert counts == (changed if name == "flat" else {**changed, "create": 1, **suspensions})
        assert [(problem.origin or "").rpartition(" ")[2] for problem in made.rejected] == ["5", "11"]
        assert len(made.missing) == 3

    run_virtually(check, "asyncio")
