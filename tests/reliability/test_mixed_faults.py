"""Whole workloads while a fifth of all exchanges fails, in every way that there is.

`ORGSDK_SEEDS=500 python -m pytest -m proof tests/reliability/test_mixed_faults.py` is the full run, and
`ORGSDK_SEED=137 python -m pytest tests/reliability/test_mixed_faults.py` one seed again.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.servers import NAMES, Name, SimulatedServers
from tests.reliability.simulation import Counters, capable_steps, simulate

if TYPE_CHECKING:
    from tests.reliability.scenario import Step

_ONE = os.environ.get("ORGSDK_SEED")
_FEW = [int(_ONE)] if _ONE else range(3)
_MANY = range(int(os.environ.get("ORGSDK_SEEDS", "500")))


def _simulated(name: Name, loop: Loop, seeds: range | list[int]) -> Counters:
    tally, steps = Counters(), capable_steps(name)
    for seed in seeds:
        # A run for each, so that the servers' clock does not run away from the wall's.
        run_virtually(partial(_one, name, steps, seed, tally), loop)
    return tally


async def _one(name: Name, steps: list[Step], seed: int, tally: Counters) -> None:
    await simulate(SimulatedServers.of(name), steps, seed, tally)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", NAMES)
def test_some_seeds_of_mixed_faults_lose_double_and_misreport_nothing(name: Name, loop: Loop) -> None:
    tally = _simulated(name, loop, _FEW)
    assert tally.wrong == []
    assert tally.faults > tally.exchanges / 10


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", NAMES)
def test_many_seeds_of_mixed_faults_lose_double_and_misreport_nothing(name: Name, loop: Loop) -> None:
    tally = _simulated(name, loop, _MANY)
    COUNTS.append(f"simulation, {name} on {loop}: {len(_MANY)} seeds, {tally}")
    assert tally.wrong == []
