"""Whole workloads while a fifth of all exchanges fails, in every way that there is.

`ORGSDK_SEEDS=500 python -m pytest -m proof tests/reliability/test_simulation.py` is the full run, and
`ORGSDK_SEED=137 python -m pytest tests/reliability/test_simulation.py` one seed again.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.reliability.counts import COUNTS
from tests.reliability.loops import LOOPS, Loop, run_virtually
from tests.reliability.runs import Tally, capable_steps, simulate
from tests.reliability.world import NAMES, Name, World

if TYPE_CHECKING:
    from tests.reliability.scene import Step

_ONE = os.environ.get("ORGSDK_SEED")
_FEW = [int(_ONE)] if _ONE else range(3)
_MANY = range(int(os.environ.get("ORGSDK_SEEDS", "500")))


def _simulated(name: Name, loop: Loop, seeds: range | list[int]) -> Tally:
    tally, steps = Tally(), capable_steps(name)
    for seed in seeds:
        # A run for each, so that the servers' clock does not run away from the wall's.
        run_virtually(partial(_one, name, steps, seed, tally), loop)
    return tally


async def _one(name: Name, steps: list[Step], seed: int, tally: Tally) -> None:
    await simulate(World.of(name), steps, seed, tally)


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
