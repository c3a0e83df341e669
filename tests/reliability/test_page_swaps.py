"""One member leaves and another one joins between two pages: a complete list has all who stay, or raises."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from orgsdk.errors import PaginationError
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.network import no_fault
from tests.reliability.servers import NAMES, SEED_USERS, Name, SimulatedServers
from tests.reliability.simulation import scenario_of

if TYPE_CHECKING:
    from tests.reliability.network import Exchange, Injection, Wire

_PAGE_SIZES = (2, 3)


async def _swap_at(name: Name, position: int | None, leaving: int, page_size: int) -> tuple[int, str | None]:
    """Swap a member before an exchange. Return the number of exchanges, and what is wrong with the list."""
    servers = SimulatedServers.of(name)
    async with scenario_of(servers) as (scenario, network):
        left = servers.user_id(leaving)
        stayed = {user.id for user in scenario.users()} - {left}

        async def swap(exchange: Exchange) -> Wire:
            await scenario.direct_org.users.remove(left, account="delete")
            await scenario.direct_org.users.create(username="newcomer", roles=["teacher"])
            return await exchange.run()

        def plan(exchange: Exchange) -> Injection:
            return swap if exchange.number == position else no_fault

        network.plan = plan
        try:
            found = await scenario.org.users.list(page_size=page_size, complete=True).collect()
        except PaginationError:
            return network.sent, None
        counted = Counter(user.id for user in found)
        missing = stayed - set(counted)
        twice = [each for each, count in counted.items() if count > 1]
        wrong = f"position {position}, member {leaving}, pages of {page_size}: missing {missing}, twice {twice}"
        return network.sent, wrong if missing or twice else None


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", NAMES)
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
