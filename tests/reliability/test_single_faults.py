"""Every exchange of every operation, struck by every kind of fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.faults import FAULT_KINDS, kinds_of
from tests.reliability.servers import NAMES, Name, SimulatedServers
from tests.reliability.simulation import Counters, capable_steps, torture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.reliability.faults import FaultKind

# How many of the kinds each exchange meets in the short run: other ones at each.
_SAMPLE = 3


def _tortured(name: Name, loop: Loop, sample: int | None) -> Counters:
    tally = Counters()
    kinds = kinds_of(name)
    turn = 0

    def some(_number: int) -> Sequence[FaultKind]:
        nonlocal turn
        turn += 1
        count = len(kinds) if sample is None else sample
        return [kinds[(turn * count + index) % len(kinds)] for index in range(count)]

    async def main() -> None:
        world = SimulatedServers.of(name)
        for step in capable_steps(name):
            await torture(world, step, tally, some)

    run_virtually(main, loop)
    return tally


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", NAMES)
def test_a_fault_at_any_exchange_loses_doubles_and_misreports_nothing(name: Name, loop: Loop) -> None:
    tally = _tortured(name, loop, _SAMPLE)
    assert tally.wrong == []
    assert tally.faults == tally.runs > 100


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", NAMES)
def test_every_fault_at_every_exchange_loses_doubles_and_misreports_nothing(name: Name, loop: Loop) -> None:
    tally = _tortured(name, loop, None)
    COUNTS.append(f"torture, {name} on {loop}: {len(kinds_of(name))} kinds, {tally}")
    assert tally.wrong == []


def test_there_are_kinds_enough_and_each_has_a_name_of_its_own() -> None:
    assert len(FAULT_KINDS) >= 24
    assert len({kind.name for kind in FAULT_KINDS}) == len(FAULT_KINDS)
