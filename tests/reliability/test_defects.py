"""Each known defect, found anew: expected to fail until it is mended."""

from __future__ import annotations

import random

import pytest

from tests.reliability.defects import DEFECTS, Defect
from tests.reliability.kinds import kinds_of
from tests.reliability.loops import run_virtually
from tests.reliability.runs import Tally, capable_steps, mixed, run_step, torture
from tests.reliability.world import World

_CASES = [pytest.param(one, marks=pytest.mark.xfail(strict=True, reason=one.reason), id=one.step) for one in DEFECTS]


@pytest.mark.parametrize("defect", _CASES)
def test_a_step_is_reported_as_it_ended(defect: Defect) -> None:
    step = next(step for step in capable_steps(defect.name) if step.name == defect.step)
    tally = Tally()

    async def main() -> None:
        world, kinds = World.of(defect.name), kinds_of(defect.name)
        await torture(world, step, tally)
        for seed in range(300):
            verdict, _ = await run_step(world, step, mixed(random.Random(seed), kinds, 0.4))
            tally.add(verdict, 0, 0, f"{defect.name} {step.name}, seed {seed}")

    run_virtually(main, "asyncio")
    assert tally.wrong == []
