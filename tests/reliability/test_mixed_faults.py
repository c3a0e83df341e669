"""Whole workloads with random faults in a fifth of all exchanges.

`ORGSDK_SEEDS=500 python -m pytest -m proof tests/reliability/test_mixed_faults.py` is the full run, and
`ORGSDK_SEED=137 python -m pytest tests/reliability/test_mixed_faults.py` repeats one seed.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.servers import ALL_NAMES, ALL_SHORT, Name, SimulatedServers
from tests.reliability.simulation import Counters, capable_steps, run_with_random_faults

if TYPE_CHECKING:
    from tests.reliability.scenario import Step

_ONE = os.environ.get("ORGSDK_SEED")
_FEW = [int(_ONE)] if _ONE else range(3)
_MANY = range(int(os.environ.get("ORGSDK_SEEDS", "500")))


def _run_seeds(name: Name, loop: Loop, seeds: range | list[int]) -> Counters:
    counters, steps = Counters(), capable_steps(name)
    for seed in seeds:
        # One run per seed, so that the server's clock stays near the real time.
        run_virtually(partial(_one, name, steps, seed, counters), loop)
    return counters


async def _one(name: Name, steps: list[Step], seed: int, counters: Counters) -> None:
    await run_with_random_faults(SimulatedServers.of(name), steps, seed, counters)


@pytest.mark.parametrize(("name", "loop"), ALL_SHORT)
def test_some_seeds_of_mixed_faults_lose_and_duplicate_nothing(name: Name, loop: Loop) -> None:
    counters = _run_seeds(name, loop, _FEW)
    assert counters.wrong == []
    assert counters.faults > counters.exchanges / 10


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", ALL_NAMES)
def test_many_seeds_of_mixed_faults_lose_and_duplicate_nothing(name: Name, loop: Loop) -> None:
    counters = _run_seeds(name, loop, _MANY)
    COUNTS.append(f"mixed faults, {name} on {loop}: {len(_MANY)} seeds, {counters}")
    assert counters.wrong == []
