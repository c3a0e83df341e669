"""`apply` with every kind of fault in every exchange, then `resume`: the report matches the state of the server.

`python -m pytest -m proof tests/bulk/run/test_torture.py` is the full run.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import plan
from tests.bulk.scenario import PEOPLE, POLICY, expected, make_plan, roster_of, rows
from tests.bulk.torture import Tortured, Workload, simulate, torture
from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.servers import NAMES, Name

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.bulk import Plan
    from orgsdk.resources import OrganizationHandle

_SEEDS = range(int(os.environ.get("ORGSDK_SEEDS", "500")))
# Each provider on one loop, and each loop with one provider, in the short run.
_SHORT: list[tuple[Name, Loop]] = [("flat", "trio"), ("logto", "asyncio"), ("workos", "asyncio")]


async def _next_plan(org: OrganizationHandle, name: Name, _previous: Plan) -> Plan:
    return await plan(org, roster_of(rows(name)), POLICY)


_WORKLOAD = Workload(PEOPLE, rows, expected, make_plan, _next_plan)


@pytest.mark.parametrize(("name", "loop"), _SHORT)
def test_one_fault_at_each_exchange_of_apply(name: Name, loop: Loop, tmp_path: Path) -> None:
    tortured = Tortured(_WORKLOAD, name, tmp_path)
    run_virtually(partial(torture, tortured, 1), loop)
    assert tortured.wrong == []
    assert tortured.faults >= tortured.runs - 1 > 10


@pytest.mark.parametrize(("name", "loop"), _SHORT)
def test_some_seeds_of_random_faults_in_apply(name: Name, loop: Loop, tmp_path: Path) -> None:
    tortured = Tortured(_WORKLOAD, name, tmp_path)
    for seed in range(8):
        run_virtually(partial(simulate, tortured, seed), loop)
    assert tortured.wrong == []
    assert tortured.faults > tortured.runs


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", NAMES)
def test_every_fault_at_every_exchange_of_apply(name: Name, loop: Loop, tmp_path: Path) -> None:
    tortured = Tortured(_WORKLOAD, name, tmp_path)
    run_virtually(partial(torture, tortured, None), loop)
    COUNTS.append(tortured.counted("torture of apply", loop))
    assert tortured.wrong == []


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", NAMES)
def test_many_seeds_of_random_faults_in_apply(name: Name, loop: Loop, tmp_path: Path) -> None:
    tortured = Tortured(_WORKLOAD, name, tmp_path)
    for seed in _SEEDS:
        run_virtually(partial(simulate, tortured, seed), loop)
    COUNTS.append(tortured.counted("simulation of apply", loop))
    assert tortured.wrong == []
