"""One index of a tenant's accounts for many plans: few requests, also if others change accounts meanwhile."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from orgsdk import OrgClient, bulk
from orgsdk.bulk import AccountIndex, PlanError, Policy, UserSpec
from orgsdk.domain import Capability
from orgsdk.providers import Memory
from orgsdk.sandbox import Person
from tests.bulk.scenario import roster_of
from tests.reliability.event_loops import LOOPS, run_virtually
from tests.reliability.network import Network
from tests.reliability.servers import SimulatedServers

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from orgsdk.providers.base import Provider
    from orgsdk.resources import OrganizationHandle
    from tests.reliability.event_loops import Loop
    from tests.reliability.servers import Name

_ACCOUNTS = 1_500
POLICY = Policy(match_by=("external_id", "email"), external_ids="replace", max_renamed=50)


def row(number: int, **values: Any) -> UserSpec:
    """Return the row of an account, as it is in the tenant."""
    fields: dict[str, Any] = {
        "external_id": f"x{number}",
        "email": f"person{number}@example.com",
        "given_name": f"Given{number}",
        "family_name": "Example",
        "origin": f"row {number}",
    }
    return UserSpec(**(fields | values))


@dataclass
class Tenant:
    """A tenant whose accounts are no members, the clients of the job and of others, and the index of the job."""

    servers: SimulatedServers
    client: OrgClient[Provider]
    others: OrgClient[Provider]
    index: AccountIndex

    @property
    def org(self) -> OrganizationHandle:
        return self.servers.org(self.client)

    async def plan(self, *rows: UserSpec, policy: Policy = POLICY) -> tuple[bulk.Plan, int]:
        """Plan with the index. Return the plan, and the number of requests."""
        before = len(self.servers.requests)
        plan = await bulk.plan(self.org, roster_of(rows), policy, accounts=self.index)
        return plan, len(self.servers.requests) - before

    async def id_of(self, number: int) -> str:
        found = await self.others.accounts.find(email=f"person{number}@example.com")
        assert found is not None
        return found.id


@asynccontextmanager
async def tenant(name: Name) -> AsyncGenerator[Tenant]:
    servers = SimulatedServers.of(name)
    servers.seed(
        [
            Person(f"x{n}", f"person{n}", f"person{n}@example.com", f"Given{n}", "Example", "student", None)
            for n in range(_ACCOUNTS)
        ]
    )
    state: Any = servers.state
    for account in list(state.store.users):
        if name == "logto":
            state.store.memberships.remove(servers.organization_id, account.id)
    for membership in list(state.store.memberships) if name == "workos" else ():
        state.store.remove_membership(membership)
    async with anyio.create_task_group() as tasks:
        async with servers.client(Network(servers, tasks)) as client, servers.client(Network(servers, tasks)) as others:
            yield Tenant(servers, client, others, AccountIndex())
        tasks.cancel_scope.cancel()


def run(name: Name, test: Callable[[Tenant], Awaitable[None]], loop: Loop = "asyncio") -> None:
    async def main() -> None:
        async with tenant(name) as found:
            await test(found)

    run_virtually(partial(main), loop)


NAMES = pytest.mark.parametrize("name", ["logto", "workos"])


@NAMES
@pytest.mark.parametrize("loop", LOOPS)
def test_the_list_is_read_once_for_many_plans(name: Name, loop: Loop) -> None:
    async def test(found: Tenant) -> None:
        _, first = await found.plan(row(1))
        assert len(found.index) == _ACCOUNTS
        assert first > 15
        for number in range(2, 6):
            plan, requests = await found.plan(row(number), row(10_000 + number))
            assert plan.counts["add"] == plan.counts["create"] == 1
            # Members, the newest accounts, one candidate, and two addresses.
            assert requests <= 8
            assert [write.user_id for write in plan.writes if write.kind == "add"] == [await found.id_of(number)]

    run(name, test, loop)


async def change_by_others(found: Tenant) -> None:
    """Create, rename, delete and mark accounts, as another program does after the index was read."""
    accounts = found.others.accounts
    await accounts.create(email="elsewhere@example.com", given_name="Given9001", external_id="x9001")
    await accounts.create(email="person9002@other.example", given_name="Given9002")
    await accounts.update(await found.id_of(2), email="moved2@example.com", given_name="Moved")
    await accounts.update(await found.id_of(3), email="moved3@example.com")
    await accounts.update(await found.id_of(5), external_id="x5005")
    await accounts.remove(await found.id_of(4), account="delete")


@NAMES
def test_a_stale_index_plans_what_a_plan_without_one_does(name: Name) -> None:
    async def test(found: Tenant) -> None:
        await found.plan(row(1))
        await change_by_others(found)
        rows = [
            row(2),  # its address is another one now
            row(3, external_id=None, email="moved3@example.com"),  # the address is new to the index
            row(4),  # it is deleted: it is created again
            row(5),  # its external id is another one now
            row(6, email="moved6@example.com"),  # only the roster is newer
            row(9001, given_name="Given9001", email="else@example.com"),  # only the external id finds the new account
            row(9002, external_id="x9002", email="person9002@other.example"),
            row(2000),
        ]
        plan, _ = await found.plan(*rows)
        without = await bulk.plan(found.org, roster_of(rows), POLICY)
        assert plan.writes == without.writes
        assert plan.counts == without.counts
        assert {write.origin for write in plan.writes if write.kind == "create"} == {"row 4", "row 2000"}
        report = await bulk.apply(plan, found.org, confirm=plan.hash)
        assert not report.failures
        again, _ = await found.plan(*rows)
        assert again.is_empty, again.table()

    run(name, test)


@NAMES
def test_accounts_that_earlier_plans_create_and_mark_are_found(name: Name) -> None:
    async def test(found: Tenant) -> None:
        marked = await found.others.accounts.create(email="new@example.com", given_name="New")
        await found.plan(row(1))
        policy = Policy(match_by=("external_id", "email"), max_renamed=9, max_update_share=1, max_role_share=1)
        first = [row(3000), row(3001, email="new@example.com", given_name="New")]
        plan, _ = await found.plan(*first, policy=policy)
        await bulk.apply(plan, found.org, confirm=plan.hash)
        found_ids: list[str] = []
        for number in (3000, 3001):  # as the rows of another organization, with other addresses
            user = await found.others.accounts.find(email=first[number - 3000].email)
            assert user is not None
            await found.org.users.remove(user.id, account="keep")
            plan, _ = await found.plan(row(number, email=f"another{number}@example.com"), policy=policy)
            assert [write.user_id for write in plan.writes if write.kind == "add"] == [user.id]
            assert plan.counts["create"] == 0
            found_ids.append(user.id)
        assert found_ids[1] == marked.id

    run(name, test)


def test_a_phone_number_of_an_account_that_is_no_member_is_left_out() -> None:
    async def test(found: Tenant) -> None:
        await found.others.accounts.create(email="phone@example.com", phone="4915112345678")
        await found.plan(row(1))
        plan, _ = await found.plan(row(4000, phone="+4915112345678"))
        (create,) = plan.writes
        assert "phone" not in create.fields
        assert any("phone of user" in note for note in plan.notes)

    run("logto", test)


def test_many_rows_read_the_list_again() -> None:
    async def test(found: Tenant) -> None:
        await found.plan(row(1))
        plan, requests = await found.plan(*[row(number) for number in range(50)])
        assert plan.counts["add"] == 50
        assert requests < 50  # 50 accounts and 50 addresses would be 100

    run("logto", test)


class OldestFirst(Memory):
    """A provider that lists the newest accounts last. Its accounts can be members of several organizations."""


@pytest.mark.anyio
async def test_a_provider_in_another_order_is_read_again() -> None:
    client = OrgClient(OldestFirst(users=0))
    assert {Capability.ACCOUNTS_GET, Capability.USERS_ADD} <= client.provider.capabilities
    for number in range(300):
        await client.accounts.create(email=f"person{number}@example.com", external_id=f"x{number}")
    index = AccountIndex()
    org = client.organization()
    await bulk.plan(org, roster_of([row(1)]), POLICY, accounts=index)
    user = await client.accounts.create(email="elsewhere@example.com", external_id="x900")
    plan = await bulk.plan(org, roster_of([row(900)]), POLICY, accounts=index)
    assert [write.user_id for write in plan.writes if write.kind == "add"] == [user.id]


@pytest.mark.anyio
async def test_an_index_is_of_one_tenant() -> None:
    index = AccountIndex()
    await bulk.plan(OrgClient.memory(users=2).organization(), [], accounts=index)
    await bulk.plan(OrgClient.memory(users=3).organization(), [], accounts=index)
    other = OrgClient(Elsewhere())
    with pytest.raises(PlanError, match="make one AccountIndex for each client"):
        await bulk.plan(other.organization(), [], accounts=index)


class Elsewhere(Memory):
    @property
    def tenant(self) -> str:
        return "another"
