"""Partial results of several steps, times in milliseconds, one order of roles, and calls with nothing to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
import respx

from orgsdk import OrgClient, RateLimitError, ServerError
from orgsdk.providers import Logto
from orgsdk.providers.logto.records import invitation_reader, organization_reader, role_reader, user_reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.anyio

ENDPOINT = "https://logto.test"
API = f"{ENDPOINT}/api"
MEMBER = f"{API}/organizations/abc/users/u1"
ROLES: list[dict[str, object]] = [
    {"id": f"r{name}", "name": name, "type": "User", "scopes": []} for name in ("a", "b", "c")
]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        router.post(f"{ENDPOINT}/oidc/token").respond(json={"access_token": "at", "expires_in": 3600})
        router.get(f"{API}/organization-roles").respond(json=ROLES, headers={"Total-Number": "3"})
        yield router


@pytest.fixture
async def client(server: respx.MockRouter) -> AsyncIterator[OrgClient[Logto]]:
    async with OrgClient(Logto(ENDPOINT, app_id="a", app_secret="s"), max_attempts=1) as client:
        yield client


# Several steps


@pytest.mark.parametrize("done", [0, 1, 2])
@pytest.mark.parametrize(("status", "kind"), [(429, RateLimitError), (500, ServerError)])
async def test_remove_roles_reports_the_roles_that_were_removed(
    server: respx.MockRouter, client: OrgClient[Logto], done: int, status: int, kind: type[Exception]
) -> None:
    server.delete(url__startswith=f"{MEMBER}/roles/").mock(
        side_effect=[*[httpx.Response(204)] * done, httpx.Response(status, json={"code": "x", "message": "y"})]
    )
    with pytest.raises(kind) as caught:
        await client.organization("abc").users.remove_roles("u1", ["c", "a", "b"])
    expected = (None, ("c",), ("c", "a"))[done]
    assert getattr(caught.value, "partial_result", "missing") == expected


# Times


@pytest.mark.parametrize("milliseconds", [0, 1, 1000, -1000, 20_000_000_000, 20_000_000_001, 1_767_225_600_000])
def test_every_time_is_in_milliseconds(milliseconds: int) -> None:
    expected = EPOCH + timedelta(milliseconds=milliseconds)
    user = user_reader.one(f'{{"id": "u", "createdAt": {milliseconds}, "lastSignInAt": {milliseconds}}}'.encode())
    assert (user.created_at, user.last_active_at) == (expected, expected)
    assert organization_reader.one(f'{{"id": "o", "name": "n", "createdAt": {milliseconds}}}'.encode()).created_at == (
        expected
    )
    invitation = invitation_reader.one(
        f'{{"id": "i", "status": "Pending", "createdAt": {milliseconds}, "expiresAt": {milliseconds}}}'.encode()
    )
    assert (invitation.created_at, invitation.expires_at) == (expected, expected)


# One order


async def test_a_users_roles_have_one_order_from_every_verb(server: respx.MockRouter, client: OrgClient[Logto]) -> None:
    def named(*names: str) -> list[dict[str, str]]:
        return [{"id": f"r{name}", "name": name} for name in names]

    account = {"id": "u1", "username": "ada"}
    member = {**account, "organizationRoles": named("c", "a", "b")}
    server.get(f"{API}/organizations/abc/users").respond(json=[member], headers={"Total-Number": "1"})
    server.get(f"{MEMBER}/roles").respond(json=named("b", "c", "a"), headers={"Total-Number": "3"})
    server.patch(f"{API}/users/u1").respond(json=account)
    server.patch(f"{API}/users/u1/is-suspended").respond(json=account)
    users = client.organization("abc").users
    got = await users.get("u1")
    updated = await users.update("u1", username="ada")
    suspended = await users.suspend("u1")
    assert got.roles == updated.roles == suspended.roles == ("a", "b", "c")
    assert [role.name for role in await users.list_roles("u1")] == ["a", "b", "c"]


async def test_a_created_user_has_the_roles_in_the_same_order(
    server: respx.MockRouter, client: OrgClient[Logto]
) -> None:
    server.post(f"{API}/users").respond(json={"id": "u1", "username": "ada"})
    server.post(url__startswith=f"{API}/organizations/abc/users").respond(201, json={})
    created = await client.organization("abc").users.create(username="ada", roles=["c", "a"])
    assert created.roles == ("a", "c")


def test_scopes_and_roles_of_an_invitation_have_one_order() -> None:
    role = role_reader.one(b'{"id": "r", "name": "n", "scopes": [{"name": "b"}, {"name": "a"}]}')
    assert role.scopes == ("a", "b")
    invitation = invitation_reader.one(
        b'{"id": "i", "status": "Pending", "organizationRoles": [{"name": "b"}, {"name": "a"}]}'
    )
    assert invitation.roles == ("a", "b")


# Nothing to do


@pytest.mark.parametrize("verb", ["add_roles", "remove_roles"])
async def test_an_empty_list_of_roles_sends_nothing(
    server: respx.MockRouter, client: OrgClient[Logto], verb: str
) -> None:
    await getattr(client.organization("abc").users, verb)("u1", [])
    assert not server.calls
