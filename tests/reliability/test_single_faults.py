"""Every exchange of every operation, with every kind of fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.faults import FAULT_KINDS, OPEN_KINDS, kinds_of
from tests.reliability.servers import ALL_NAMES, Name, SimulatedServers
from tests.reliability.simulation import Counters, capable_steps, inject_each_fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.reliability.faults import FaultKind

# Number of kinds per exchange in the short run: different ones for each exchange.
_SAMPLE = 3
# Each provider on one loop, and each loop with one provider, in the short run. The proof has every pair.
_SHORT: list[tuple[Name, Loop]] = [("flat", "trio"), ("logto", "asyncio"), ("workos", "asyncio"), ("scim", "trio")]


def _run_single_faults(name: Name, loop: Loop, sample: int | None) -> Counters:
    counters = Counters()
    kinds = kinds_of(name)
    turn = 0

    def some(_number: int) -> Sequence[FaultKind]:
        nonlocal turn
        turn += 1
        count = len(kinds) if sample is None else sample
        return [kinds[(turn * count + index) % len(kinds)] for index in range(count)]

    async def main() -> None:
        servers = SimulatedServers.of(name)
        for step in capable_steps(name):
            await inject_each_fault(servers, step, counters, some)

    run_virtually(main, loop)
    return counters


@pytest.mark.parametrize(("name", "loop"), _SHORT)
def test_a_fault_at_any_exchange_loses_doubles_and_misreports_nothing(name: Name, loop: Loop) -> None:
    counters = _run_single_faults(name, loop, _SAMPLE)
    assert counters.wrong == []
    assert counters.faults == counters.runs > 100


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", ALL_NAMES)
def test_every_fault_at_every_exchange_loses_doubles_and_misreports_nothing(name: Name, loop: Loop) -> None:
    counters = _run_single_faults(name, loop, None)
    COUNTS.append(f"torture, {name} on {loop}: {len(kinds_of(name))} kinds, {counters}")
    assert counters.wrong == []


@pytest.mark.parametrize("name", ALL_NAMES)
@pytest.mark.parametrize("problem", [pytest.param(each, marks=pytest.mark.xfail(strict=True)) for each in OPEN_KINDS])
def test_open_kinds_of_faults(problem: str, name: Name) -> None:
    """A fix fails this test: then move the kinds to `FAULT_KINDS`."""
    counters = Counters()
    kinds = [kind for kind in OPEN_KINDS[problem] if name in kind.only]

    async def main() -> None:
        servers = SimulatedServers.of(name)
        for step in capable_steps(name):
            await inject_each_fault(servers, step, counters, lambda _: kinds)

    run_virtually(main, "asyncio")
    assert counters.wrong == []


def test_there_are_kinds_enough_and_each_has_a_name_of_its_own() -> None:
    assert len(FAULT_KINDS) >= 24
    assert len({kind.name for kind in FAULT_KINDS}) == len(FAULT_KINDS)
