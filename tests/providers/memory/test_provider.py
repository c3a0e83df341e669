"""Organizations, roles and invitations in memory, and the provider itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from orgsdk import (
    Capability,
    ConfigurationError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    NotSentError,
    OrgClient,
    UnprocessableError,
    UnsupportedError,
)
from orgsdk.providers import Memory

if TYPE_CHECKING:
    from orgsdk.resources import OrganizationHandle

pytestmark = pytest.mark.anyio


async def test_two_organizations_may_have_one_name(client: OrgClient[Memory]) -> None:
    first, second = [await client.organizations.create("Quartet", description="strings") for _ in range(2)]
    assert first.id != second.id
    assert [one.id for one in await client.organizations.list(query="quartET")] == [first.id, second.id]
    assert [one.id for one in await client.organizations.list(query=first.id)] == [first.id]
    assert (await client.organizations.list()).total == 3
    changed = await client.organizations.update(first.id, description=None)
    assert (changed.name, changed.description) == ("Quartet", None)
    assert await client.organizations.update(first.id) == changed
    assert (await client.organizations.update(first.id, name="Quintet")).name == "Quintet"
    await client.organizations.remove(second.id)
    with pytest.raises(NotFoundError, match=f"no organization {second.id}"):
        await client.organizations.get(second.id)


async def test_a_deleted_organization_loses_memberships_but_no_accounts(
    client: OrgClient[Memory], org: OrganizationHandle
) -> None:
    (own,) = await client.organizations.list()
    await client.organizations.remove(own.id)
    assert await client.accounts.count() == 12
    with pytest.raises(NotFoundError):
        await org.users.count()


async def test_role_names_are_unique_and_deleting_one_updates_members(
    client: OrgClient[Memory], org: OrganizationHandle
) -> None:
    clerk = await client.roles.create("clerk", description="files", kind="User", scopes=["read"])
    assert (clerk.description, clerk.kind, clerk.scopes) == ("files", "User", ("read",))
    assert await client.roles.get(clerk.id) == await client.roles.get("clerk") == clerk
    with pytest.raises(ConflictError, match="'clerk' is taken"):
        await client.roles.create("clerk")
    with pytest.raises(ConflictError, match="'admin' is taken"):
        await client.roles.update("clerk", name="admin")
    ada = await org.users.create(username="ada", roles=["clerk"])
    invited = await org.invitations.create("bob@example.com", roles=["clerk"])
    changed = await client.roles.update("clerk", name="scribe", description=None, scopes=[])
    assert (changed.id, changed.name, changed.description, changed.scopes) == (clerk.id, "scribe", None, ())
    assert (await client.roles.update("scribe", name="scribe")).name == "scribe"
    assert (await client.roles.update("scribe")).name == "scribe"
    assert (await org.users.get(ada.id)).roles == ("scribe",)
    assert [role.name for role in await client.roles.list(query="SCR")] == ["scribe"]
    await client.roles.remove("scribe")
    assert (await org.users.get(ada.id)).roles == (await org.invitations.get(invited.id)).roles == ()
    with pytest.raises(NotFoundError):
        await client.roles.get("scribe")


async def test_one_address_has_one_pending_invitation(org: OrganizationHandle) -> None:
    first = await org.invitations.create("bob@example.com", roles=["teacher"])
    assert (first.status, first.roles, first.raw["messages"]) == ("pending", ("teacher",), 1)
    with pytest.raises(ConflictError, match="pending invitation") as refused:
        await org.invitations.create("BOB@example.com")
    assert "bob" not in str(refused.value).lower()
    revoked = await org.invitations.revoke(first.id)
    assert revoked == await org.invitations.get(first.id)
    assert revoked.status == "revoked"
    second = await org.invitations.create("BOB@example.com", send=False)
    assert second.raw["messages"] == 0
    assert [one.id for one in await org.invitations.list(email="bob@example.com")] == [first.id, second.id]
    assert [one.id for one in await org.invitations.list(status="pending")] == [second.id]
    assert (await org.invitations.list(status="unheard of")).items == []
    await org.invitations.resend(second.id)
    assert (await org.invitations.get(second.id)).raw["messages"] == 1
    await org.invitations.remove(second.id)
    for call in (org.invitations.get, org.invitations.remove, org.invitations.revoke, org.invitations.resend):
        with pytest.raises(NotFoundError):
            await call(second.id)


async def test_a_member_is_not_invited(org: OrganizationHandle) -> None:
    with pytest.raises(ConflictError, match="is a member"):
        await org.invitations.create("USER1@example.com")


async def test_an_invitation_is_accepted_once_by_its_address(
    client: OrgClient[Memory], org: OrganizationHandle
) -> None:
    bob = await client.accounts.create(email="Bob@example.com")
    eve = await client.accounts.create(email="eve@example.com")
    nobody = await client.accounts.create(username="nobody")
    invited = await org.invitations.create("bob@EXAMPLE.com", roles=["teacher", "admin"], inviter_id=eve.id)
    for other in (eve, nobody):
        with pytest.raises(ConflictError, match="another address"):
            await org.invitations.accept(invited.id, user_id=other.id)
    with pytest.raises(NotFoundError, match="no account"):
        await org.invitations.accept(invited.id, user_id="user_999")
    accepted = await org.invitations.accept(invited.id, user_id=bob.id)
    assert (accepted.status, accepted.accepted_user_id, accepted.inviter_id) == ("accepted", bob.id, eve.id)
    assert (await org.users.get(bob.id)).roles == ("teacher", "admin")
    for again in (
        org.invitations.accept(invited.id, user_id=bob.id),
        org.invitations.revoke(invited.id),
        org.invitations.resend(invited.id),
    ):
        with pytest.raises(ConflictError, match="is accepted"):
            await again
    await org.invitations.create("own@example.com")
    await client.accounts.remove(eve.id, account="delete")
    assert (await org.invitations.get(invited.id)).inviter_id is None
    with pytest.raises(UnprocessableError, match="no account"):
        await org.invitations.create("new@example.com", inviter_id=eve.id)


async def test_an_invitation_expires() -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    async with OrgClient(Memory(clock=lambda: now)) as client:
        org = client.organization()
        week = await org.invitations.create("bob@example.com")
        assert week.expires_at == now + timedelta(days=7)
        month = await org.invitations.create("eve@example.com", expires_at=now + timedelta(days=30))
        now += timedelta(days=7)
        assert (await org.invitations.get(week.id)).status == "expired"
        assert (await org.invitations.get(month.id)).status == "pending"
        assert [one.id for one in await org.invitations.list(status="expired")] == [week.id]
        with pytest.raises(ConflictError, match="is expired"):
            await org.invitations.resend(week.id)
        await org.invitations.create("bob@example.com")


async def test_an_invalid_id_is_rejected_without_showing_an_address(
    client: OrgClient[Memory], org: OrganizationHandle
) -> None:
    for call in (org.users.get, org.invitations.get, client.organizations.get, client.accounts.get):
        with pytest.raises(InvalidArgumentError) as refused:
            await call("ada@example.com")
        assert "ada" not in str(refused.value)
    with pytest.raises(InvalidArgumentError, match=r"^Invalid "):
        client.organization("../x")


async def test_it_has_every_capability_but_no_native_interface(client: OrgClient[Memory]) -> None:
    assert client.capabilities == frozenset(Capability)
    with pytest.raises(UnsupportedError, match="memory does not offer native"):
        _ = client.native


async def test_tenant_and_own_ids(client: OrgClient[Memory], memory: Memory) -> None:
    assert (memory.tenant, Memory(tenant="second").tenant) == ("memory", "second")
    assert await memory.own_user_id() is None
    memory.act_as("user_5")
    assert await memory.own_user_id() == "user_5"
    assert await memory.own_organization_id() == (await client.organizations.list()).items[0].id


async def test_two_providers_share_nothing() -> None:
    one, other = Memory(users=3), Memory(users=3)
    await OrgClient(one).organization().users.create(username="ada")
    assert [repr(one), repr(other)] == [
        "Memory(organizations=1, accounts=4)",
        "Memory(organizations=1, accounts=3)",
    ]
    ids = [[user.id async for user in OrgClient(memory).organization().users.list()] for memory in (one, other)]
    assert ids[0][:3] == ids[1]


async def test_the_data_outlives_a_closed_client(memory: Memory, client: OrgClient[Memory]) -> None:
    shared = client.with_options(timeout=5)
    await client.aclose()
    for closed in (client, shared):
        with pytest.raises(NotSentError, match="the client is closed"):
            await closed.organization().users.count()


async def test_the_number_of_users_from_the_environment() -> None:
    for environment, users in (({}, 0), ({"MEMORY_USERS": "7"}, 7)):
        async with OrgClient.from_env(environ={"ORGSDK_PROVIDER": "memory", **environment}) as client:
            assert await client.organization().users.count() == users
    with pytest.raises(ConfigurationError, match="MEMORY_USERS"):
        OrgClient.from_env(environ={"ORGSDK_PROVIDER": "memory", "MEMORY_USERS": "many"})


def test_invalid_numbers_are_rejected() -> None:
    with pytest.raises(ConfigurationError, match="users is -1"):
        Memory(users=-1)
    with pytest.raises(ConfigurationError, match="max_page_size is 0"):
        Memory(max_page_size=0)
