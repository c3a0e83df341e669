"""One member leaves and another one joins while a list is read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from orgsdk.domain import Capability as Can
from orgsdk.errors import PaginationError
from tests.reliability.network import no_fault

if TYPE_CHECKING:
    from tests.reliability.network import Exchange, Injection, Network, Wire
    from tests.reliability.scenario import Scenario


async def swap_while_listing(
    scenario: Scenario, network: Network, position: int | None, leaving: int, page_size: int
) -> str | None:
    """Read a complete list, with a swap before an exchange. Return what is wrong with the list."""
    left = scenario.servers.user_id(leaving)
    stayed = {user.id for user in scenario.users()} - {left}

    async def swap(exchange: Exchange) -> Wire:
        await scenario.direct_org.users.remove(left, account="delete")
        names = scenario.if_supported(Can.USERS_USERNAME, username="newcomer")
        await scenario.direct_org.users.create(email="newcomer@example.com", roles=["teacher"], **names)
        return await exchange.run()

    def plan(exchange: Exchange) -> Injection:
        return swap if exchange.number == position else no_fault

    network.plan = plan
    try:
        found = await scenario.org.users.list(page_size=page_size, complete=True).collect()
    except PaginationError:
        return None
    counted = Counter(user.id for user in found)
    missing = stayed - set(counted)
    twice = [each for each, count in counted.items() if count > 1]
    wrong = f"position {position}, member {leaving}, pages of {page_size}: missing {missing}, twice {twice}"
    return wrong if missing or twice else None
