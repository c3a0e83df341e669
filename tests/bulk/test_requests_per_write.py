"""Each provider states how many requests a bulk run sends for one write of each kind: counted at its server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk import bulk
from orgsdk.bulk import Policy, UserSpec
from orgsdk.domain import Capability
from tests.bulk.scenario import roster_of
from tests.bulk.test_request_counts import only_the_first_are_members, people, row
from tests.reliability.event_loops import run_virtually
from tests.reliability.network import Network
from tests.reliability.servers import NAMES, PROVIDERS, SimulatedServers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reliability.servers import Name

_MEMBERS = 200
ANY = Policy(
    search="find",
    max_removal_share=1,
    min_matched_share=0,
    max_update_share=1,
    max_role_share=1,
    max_new_admins=100,
    max_renamed=100,
    external_ids="replace",
)


def _of_members(name: Name) -> list[UserSpec]:
    return [row(name, number) for number in range(_MEMBERS)]


def _changed(name: Name, number: int, **values: object) -> list[UserSpec]:
    members = _of_members(name)
    return [*(replace(one, **values) for one in members[1 : number + 1]), members[0], *members[number + 1 :]]  # type: ignore[arg-type]  # fields of a row


def _new(name: Name, number: int) -> list[UserSpec]:
    return [*_of_members(name), *(row(name, 100_000 + one) for one in range(number))]


def _invited(name: Name, number: int) -> list[UserSpec]:
    # Flat invites no students.
    return [*_of_members(name), *(replace(row(name, 100_000 + one), roles=("teacher",)) for one in range(number))]


def _existing(name: Name, number: int) -> list[UserSpec]:
    return [*_of_members(name), *(row(name, _MEMBERS + one) for one in range(number))]


# How the rosters of each kind of write differ from the members: by so many of them.
KINDS: dict[str, tuple[Capability, Policy, Callable[[Name, int], list[UserSpec]]]] = {
    "create": (Capability.USERS_CREATE, ANY, _new),
    "add": (Capability.USERS_ADD, ANY, _existing),
    "invite": (Capability.INVITATIONS_CREATE, replace(ANY, create="invite"), _invited),
    "update": (Capability.USERS_UPDATE, ANY, lambda name, number: _changed(name, number, given_name="Other")),
    "set_roles": (Capability.USERS_SET_ROLES, ANY, lambda name, number: _changed(name, number, roles=("admin",))),
    "add_roles": (
        Capability.USERS_ADD_ROLES,
        replace(ANY, roles="add"),
        lambda name, number: _changed(name, number, roles=("admin",)),
    ),
    "suspend": (
        Capability.USERS_SUSPEND,
        replace(ANY, suspended="suspend"),
        lambda name, number: _changed(name, number, state="suspended"),
    ),
    "remove": (
        Capability.USERS_REMOVE,
        replace(ANY, remove="membership"),
        lambda name, number: _of_members(name)[number:],
    ),
}


def _requests(name: Name, kind: str, number: int) -> int:
    """Return the requests of a run with so many writes of one kind, and nothing else."""
    _, policy, rows_of = KINDS[kind]

    async def main() -> int:
        servers = SimulatedServers.of(name)
        servers.seed(people()[:_MEMBERS] if name == "flat" else people())
        servers.flat.page_cap = None
        only_the_first_are_members(servers)
        async with anyio.create_task_group() as tasks:
            async with servers.client(Network(servers, tasks)) as client:
                plan = await bulk.plan(servers.org(client), roster_of(rows_of(name, number)), policy)
                assert {write.kind for write in plan.writes} == {kind}
                assert len(plan.writes) == number
                before = len(servers.requests)
                report = await bulk.apply(plan, servers.org(client), confirm=plan.hash)
                assert not report.failures
                sent = len(servers.requests) - before
            tasks.cancel_scope.cancel()
        return sent

    found: int = run_virtually(main, "asyncio")
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_write_takes_as_many_requests_as_the_provider_states(name: Name, kind: str) -> None:
    provider = PROVIDERS[name]
    capability, policy, _ = KINDS[kind]
    is_possible = capability in provider.capabilities and (
        policy.roles != "add" or Capability.USERS_SEVERAL_ROLES in provider.capabilities
    )
    if not is_possible:
        return
    # What a run sends once, such as a look-up of roles, is in both.
    each = (_requests(name, kind, 12) - _requests(name, kind, 4)) / 8
    # Logto adds 500 accounts by one request: a plan of a few counts one for each.
    assert each == (0 if (name, kind) == ("logto", "add") else provider.requests_per_write.get(capability, 1))
