"""Rosters at a SCIM service: a second plan has nothing to do, and users of another provider can be copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import Policy, UserSpec, apply, from_users, plan
from tests.docs.blocks import DOCS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from orgsdk import OrgClient, User
    from orgsdk.providers import SCIM
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connect
    from tests.providers.scim.servers import Peer

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

ROWS = [
    UserSpec(
        username=f"u{number}",
        email=f"u{number}@example.com",
        name=f"User {number}",
        given_name="User",
        family_name=str(number),
        phone=f"1202555{number:04}",
        external_id=f"x{number}",
        locale="fr",
        roles=("teacher", "clerk") if number % 2 else ("teacher",),
    )
    for number in range(6)
]


async def test_a_second_plan_is_empty(
    client: OrgClient[SCIM], org: OrganizationHandle, peer: Peer, tmp_path: Path
) -> None:
    for role in ("teacher", "clerk"):
        await client.roles.create(role)
    await org.users.create(username="u0", email="old@example.com", roles=["clerk"])
    await org.users.create(username="u1")
    gone = await org.users.create(username="gone")
    policy = Policy(remove="account", max_removal_share=1.0)
    first = await plan(org, ROWS, policy)
    report = await apply(first, org, journal=tmp_path / "journal")
    assert (report.created, report.failed) == (4, 0)
    second = await plan(org, ROWS, policy)
    assert list(second.writes) == []
    users = {user.username: user for user in await org.users.list(complete=True).collect()}
    assert gone.username not in users
    assert {name: set(user.roles) for name, user in users.items()} == {
        row.username: set(row.roles or ()) for row in ROWS
    }
    assert {user.email for user in users.values()} == {row.email for row in ROWS}
    # A create, and one request for each group; the groups are looked up once.
    peer.received.clear()
    rows = [*ROWS, *(UserSpec(username=f"n{number}", roles=("teacher",)) for number in range(10))]
    planned = await plan(org, rows, policy)
    peer.received.clear()
    await apply(planned, org, journal=tmp_path / "journal2")
    assert len([call for call in peer.calls if not call.startswith("GET")]) == 2 * 10


async def test_users_of_logto_are_copied(
    client: OrgClient[SCIM], org: OrganizationHandle, sandbox: Sandbox, connect: Connect, tmp_path: Path
) -> None:
    logto = await connect("logto")
    members = logto.organization(connect.organization_id("logto")).users
    users = await members.list().collect(limit=20)

    async def chosen() -> AsyncIterator[User]:
        for user in users:
            yield user

    for role in {role for user in users for role in user.roles}:
        await client.roles.create(role)
    rows = await from_users(chosen())
    report = await apply(await plan(org, rows, Policy()), org, journal=tmp_path / "journal")
    assert (report.created, report.failed) == (len(users), 0)
    copied = {user.username: user for user in await org.users.list().collect()}
    for user in users:
        found = copied[user.username]
        assert (found.email, found.given_name, found.family_name) == (user.email, user.given_name, user.family_name)
        assert set(found.roles) == set(user.roles)
    assert list((await plan(org, rows, Policy())).writes) == []


async def test_a_night_takes_the_requests_that_the_page_states(peer: Peer, tmp_path: Path) -> None:
    rows = [UserSpec(username=f"u{n}", email=f"u{n}@example.com", name="U", roles=("teacher",)) for n in range(40)]
    changed = [UserSpec(username=f"u{n}", email=f"u{n}@example.com", name="V", roles=("clerk",)) for n in range(4)]
    nights = [rows, rows, [*changed, *rows[4:]], [*changed[2:], *rows[4:]]]
    async with peer.client() as first:
        for role in ("teacher", "clerk"):
            await first.roles.create(role)
    policy = Policy(remove="account", max_removal_share=1.0)
    counted = []
    for number, night in enumerate(nights):
        async with peer.client() as client:
            org = client.organization()
            peer.received.clear()
            planned = await plan(org, night, policy)
            planning = len(peer.calls)
            await apply(planned, org, journal=tmp_path / f"journal{number}")
            counted.append((planning, len(peer.calls) - planning))
            assert (await plan(org, night, policy)).is_empty
    assert counted == [(2, 82), (3, 0), (4, 30), (3, 2)]
    # The page has these figures.
    page = (DOCS / "providers" / "scim.md").read_text("utf-8")
    for text in (
        "| 40 new users with one role | 2 | 82 |",
        "| 4 with another name and another role | 4 | 30 |",
        "| nothing changed | 3 | 0 |",
        "| 2 removed | 3 | 2 |",
    ):
        assert text in page
