"""One member leaves and another one joins between two pages: a complete list has all who stay, or raises."""

from __future__ import annotations

import pytest

from tests.reliability.event_loops import Loop, run_virtually
from tests.reliability.servers import SEED_USERS, SHORT, Name, SimulatedServers
from tests.reliability.simulation import scenario_of
from tests.reliability.swaps import swap_while_listing

_PAGE_SIZES = (2, 3)


async def _swap_at(name: Name, position: int | None, leaving: int, page_size: int) -> tuple[int, str | None]:
    """Swap a member before an exchange. Return the number of exchanges, and what is wrong with the list."""
    servers = SimulatedServers.of(name)
    async with scenario_of(servers) as (scenario, network):
        wrong = await swap_while_listing(scenario, network, position, leaving, page_size)
        return network.sent, wrong


@pytest.mark.parametrize(("name", "loop"), [*SHORT, pytest.param("scim", "trio", marks=pytest.mark.proof)])
@pytest.mark.parametrize("page_size", _PAGE_SIZES)
def test_a_swap_between_any_two_pages_hides_nobody(name: Name, loop: Loop, page_size: int) -> None:
    wrong: list[str] = []
    swaps = 0

    async def main() -> None:
        nonlocal swaps
        exchanges, _ = await _swap_at(name, None, 0, page_size)
        for position in range(1, exchanges + 1):
            for leaving in range(len(SEED_USERS)):
                _, problem = await _swap_at(name, position, leaving, page_size)
                swaps += 1
                if problem:
                    wrong.append(problem)

    run_virtually(main, loop)
    assert wrong == []
    assert swaps >= len(SEED_USERS)
