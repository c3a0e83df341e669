"""One long scenario: against the sandbox always, and against a live Logto if the environment has its settings.

Set `LOGTO_ENDPOINT`, `LOGTO_APP_ID` and `LOGTO_APP_SECRET` (and `LOGTO_RESOURCE` if it is not the default) to
the values of a test tenant. It removes everything that it creates, and changes nothing else. Others may use the tenant
at the same time: it looks only at records that have its mark.
"""

from __future__ import annotations

import os
import secrets
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk import ConflictError, NotFoundError, OrgClient, ServerError
from orgsdk.providers import Logto
from orgsdk.providers.logto.models import CreateOrganizationScope, MessagePayload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from orgsdk import User
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox

pytestmark = pytest.mark.anyio

PEOPLE = 130


@pytest.fixture(params=["sandbox", "live"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[OrgClient[Logto]]:
    if request.param == "live":
        unset = [name for name in Logto.environment if not os.environ.get(name)]
        if unset:
            pytest.skip(f"no live Logto: {', '.join(unset)} not set")
        provider = Logto.from_env(os.environ)
    else:
        sandbox: Sandbox = request.getfixturevalue("sandbox")
        state = sandbox.logto
        provider = Logto(sandbox.logto_url, app_id=state.app_id, app_secret=state.app_secret)
    async with OrgClient(provider) as client:
        yield client


async def test_an_organization_from_creation_to_removal(client: OrgClient[Logto]) -> None:
    mark = f"orgsdk_{secrets.token_hex(4)}"
    async with AsyncExitStack() as cleaning:
        await _story(client, mark, cleaning)
    assert await client.accounts.count(query=mark) == 0
    assert [found async for found in client.organizations.list(query=mark)] == []
    assert [role async for role in client.roles.list(query=mark)] == []
    assert [scope async for scope in client.native.list_organization_scopes(q=mark)] == []


async def _story(client: OrgClient[Logto], mark: str, cleaning: AsyncExitStack) -> None:
    native = client.native

    # An organization, a scope and two roles.
    organization = await client.organizations.create(mark, description="a test of orgsdk")
    cleaning.push_async_callback(client.organizations.remove, organization.id)
    scope = await native.create_organization_scope(CreateOrganizationScope(name=f"{mark}:play"))
    cleaning.push_async_callback(native.delete_organization_scope, scope.id)
    player = await client.roles.create(f"{mark} player", scopes=[scope.name])
    cleaning.push_async_callback(client.roles.remove, player.id)
    leader = await client.roles.create(f"{mark} leader", description="leads")
    cleaning.push_async_callback(client.roles.remove, leader.id)
    assert (player.scopes, leader.scopes) == ((scope.name,), ())
    assert (await client.roles.update(leader.id, scopes=[scope.id])).scopes == (scope.name,)
    renamed = await client.organizations.update(organization.id, name=f"{mark} org", description=None)
    assert (renamed.name, renamed.description) == (f"{mark} org", None)

    # Users: created concurrently, then added in one call.
    users: list[User] = []

    async def make(number: int) -> None:
        user = await client.accounts.create(username=f"{mark}_{number:03}", email=f"{mark}.{number}@example.org")
        cleaning.push_async_callback(client.accounts.remove, user.id, account="delete")
        users.append(user)

    async with anyio.create_task_group() as tasks:
        for number in range(PEOPLE):
            tasks.start_soon(make, number)
    org = client.organization(organization.id)
    await org.users.add([user.id for user in users], roles=[player.name])
    assert await org.users.count() == PEOPLE
    assert await org.users.count(role=player.name) == PEOPLE

    # Pages of users.
    pages = [page async for page in org.users.list().pages()]
    assert [len(page) for page in pages] == [100, 30]
    assert {user.id for page in pages for user in page} == {user.id for user in users}
    again = await org.users.list(cursor=pages[0].next_cursor)
    assert [user.id for user in again] == [user.id for user in pages[1]]
    everybody = [user.id async for user in client.accounts.list(query=mark, complete=True, page_size=20)]
    assert sorted(everybody) == sorted(user.id for user in users)

    # One user: found, updated, suspended, with other roles.
    ada = await org.users.find(email=f"{mark}.7@EXAMPLE.org")
    assert ada is not None
    assert ada.roles == (player.name,)
    assert (await org.users.update(ada.id, name="Ada", given_name="Ada", family_name="L")).family_name == "L"
    assert (await org.users.update(ada.id, given_name=None)).given_name is None
    assert (await org.users.suspend(ada.id)).is_suspended is True
    assert (await org.users.suspend(ada.id, suspended=False)).is_suspended is False
    await org.users.add_roles(ada.id, [leader.id])
    assert {role.name for role in await org.users.list_roles(ada.id)} == {player.name, leader.name}
    await org.users.set_roles(ada.id, [leader.name])
    assert (await org.users.get(ada.id)).roles == (leader.name,)
    await org.users.remove_roles(ada.id, [leader.id, player.id])
    assert await org.users.list_roles(ada.id) == []

    # All members are replaced by three.
    kept = sorted(user.id for user in users)[:3]
    await native.replace_organization_users(organization.id, user_ids=kept)
    assert [user.id async for user in org.users.list()] == kept

    await _invitations(client, org_id=organization.id, mark=mark, users=users, role=player.name)

    # The membership ends and the account stays.
    await org.users.remove(kept[0], account="keep")
    with pytest.raises(NotFoundError):
        await org.users.get(kept[0])
    assert (await client.accounts.get(kept[0])).id == kept[0]


async def _invitations(client: OrgClient[Logto], *, org_id: str, mark: str, users: list[User], role: str) -> None:
    org = client.organization(org_id)
    members = {user.id async for user in org.users.list()}
    guest, other = [user for user in users if user.id not in members][:2]
    assert guest.email is not None
    assert other.email is not None

    invitation = await org.invitations.create(
        guest.email, roles=[role], expires_in=timedelta(days=1), inviter_id=min(members), send=False
    )
    assert (invitation.status, invitation.email, invitation.roles) == ("pending", guest.email, (role,))
    with pytest.raises(ConflictError, match="pending invitation"):
        await org.invitations.create(guest.email, send=False)
    with pytest.raises(ConflictError, match="another e-mail address"):
        await org.invitations.accept(invitation.id, user_id=other.id)
    await _resend(client, org, invitation.id)
    accepted = await org.invitations.accept(invitation.id, user_id=guest.id)
    assert (accepted.status, accepted.accepted_user_id) == ("accepted", guest.id)
    assert (await org.users.get(guest.id)).roles == (role,)
    with pytest.raises(ConflictError, match="is accepted"):
        await org.invitations.revoke(invitation.id)
    with pytest.raises(ConflictError, match="member"):
        await org.invitations.create(guest.email, send=False)

    second = await org.invitations.create(other.email, send=False)
    assert (await org.invitations.revoke(second.id)).status == "revoked"
    assert [found.id for found in await org.invitations.list(status="revoked")] == [second.id]
    assert [found.id for found in await org.invitations.list(email=guest.email.upper())] == [invitation.id]
    for found in (invitation, second):
        await org.invitations.remove(found.id)
    assert (await org.invitations.list()).items == []
    assert mark in (await client.organizations.get(org_id)).name  # type: ignore[operator]  # the organization has a name


async def _resend(client: OrgClient[Logto], org: OrganizationHandle, invitation_id: str) -> None:
    try:
        await org.invitations.resend(invitation_id)
    except ServerError as error:
        if error.code != "connector.not_found":
            raise
        return  # the tenant has no e-mail connector
    payload = MessagePayload(link="https://app.example.org")
    await client.native.resend_organization_invitation_message(invitation_id, payload=payload)


async def test_the_scenario_passes_while_another_client_uses_the_tenant(sandbox: Sandbox) -> None:
    state = sandbox.logto
    provider = Logto(sandbox.logto_url, app_id=state.app_id, app_secret=state.app_secret)
    async with OrgClient(provider) as client, OrgClient(provider) as other, anyio.create_task_group() as tasks:
        tasks.start_soon(_use, other)
        await test_an_organization_from_creation_to_removal(client)
        tasks.cancel_scope.cancel()


async def _use(client: OrgClient[Logto]) -> None:
    for number in range(10_000):
        name = f"neighbour_{number}"
        await client.accounts.create(username=name)
        if number % 20 == 0:
            organization = await client.organizations.create(name)
            await client.organization(organization.id).invitations.create(f"{name}@example.org", send=False)
            await client.roles.create(name)
