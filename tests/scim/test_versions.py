"""Versions of users and groups: what a client has seen, compared with what it would see now, also after changes at the
provider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.domain import Capability
from tests.scim.gateways import GROUP, PATCH, PROVIDERS, USER, Backend, IdentityProvider, provisioning, running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from orgsdk.resources import Users
    from orgsdk.sandbox import Sandbox

__all__ = ["running"]

pytestmark = pytest.mark.anyio


@pytest.fixture(params=PROVIDERS)
def backend(request: pytest.FixtureRequest, running: Sandbox) -> Backend:
    running.reset()
    return Backend(str(request.param), running)


@pytest.fixture
async def idp(backend: Backend, tmp_path: Path) -> AsyncGenerator[IdentityProvider]:
    async with provisioning(backend, tmp_path, snapshot_age=0) as idp:
        yield idp


def members_of(idp: IdentityProvider, backend: Backend) -> Users:
    return idp.client.organization(backend.organization).users


async def teachers(idp: IdentityProvider) -> str:
    """Return the path of a group that is a role of the provider, or is created."""
    found = await idp.find('displayName eq "teacher"', "Groups", excludedAttributes="members")
    return f"/Groups/{found[0]['id'] if found else (await idp.create_group('teacher'))['id']}"


async def check_condition(idp: IdentityProvider, path: str, seen: Any, *, is_current: bool) -> None:
    """Read a resource if it is not as it was seen."""
    version = seen["meta"]["version"]
    response = await idp.http.get(path, headers={"If-None-Match": version})
    assert response.status_code == (304 if is_current else 200)
    assert (response.headers["ETag"] == version) is is_current


async def test_a_change_of_members_at_the_provider_changes_the_version_of_the_group(
    idp: IdentityProvider, backend: Backend
) -> None:
    path, members = await teachers(idp), members_of(idp, backend)
    kim = (await idp.create_user("kim@acme.example"))["id"]
    before = await idp.get(path)
    await check_condition(idp, path, before, is_current=True)
    await members.set_roles(kim, ["teacher"])
    await check_condition(idp, path, before, is_current=False)
    seen = await idp.get(path)
    (listed,) = await idp.find('displayName eq "teacher"', "Groups")
    assert listed["meta"]["version"] == seen["meta"]["version"]
    # A condition of what is no longer true stops every write.
    stale = {"If-Match": before["meta"]["version"]}
    value = [{"value": kim}]
    for operation in ({"op": "add", "path": "members", "value": value}, {"op": "remove", "path": "members"}):
        await idp.send("PATCH", path, {"schemas": [PATCH], "Operations": [operation]}, 412, **stale)
    await idp.send("PUT", path, {"schemas": [GROUP], "displayName": "teacher"}, 412, **stale)
    await idp.send("DELETE", path, None, 412, **stale)
    assert await idp.get(path) == seen
    leave = {"schemas": [PATCH], "Operations": [{"op": "remove", "path": "members", "value": value}]}
    await idp.send("PATCH", path, leave, 204, **{"If-Match": seen["meta"]["version"]})
    assert kim not in {one["value"] for one in (await idp.get(path)).get("members", [])}
    await idp.send("DELETE", path, None, 204, **{"If-Match": "*"})


async def test_an_answer_without_members_has_no_version(idp: IdentityProvider) -> None:
    path = await teachers(idp)
    for query in ("excludedAttributes=members", "attributes=displayName"):
        assert "version" not in (await idp.get(f"{path}?{query}")).get("meta", {})
        assert "ETag" not in idp.sent[-1].headers
        for listed in (await idp.get(f"/Groups?{query}"))["Resources"]:
            assert "version" not in listed.get("meta", {})
    kim = (await idp.create_user("kim@acme.example"))["id"]
    await idp.patch(path, {"op": "add", "path": "members", "value": [{"value": kim}]})
    assert "ETag" not in idp.sent[-1].headers


async def test_a_change_of_a_user_at_the_provider_changes_the_version_of_the_user(
    idp: IdentityProvider, backend: Backend
) -> None:
    await teachers(idp)
    members = members_of(idp, backend)
    kim = await idp.create_user("kim@acme.example", name={"givenName": "Kim"})
    path = f"/Users/{kim['id']}"
    (found,) = await idp.find('userName eq "kim@acme.example"')
    listed = {one["id"]: one for one in (await idp.get("/Users?count=100"))["Resources"]}
    seen = await idp.get(path)
    for other in (kim, found, listed[kim["id"]]):
        assert other["meta"]["version"] == seen["meta"]["version"]
    await members.set_roles(kim["id"], ["teacher"])
    await check_condition(idp, path, seen, is_current=False)
    seen = await idp.get(path)
    assert [one["display"] for one in seen["groups"]] == ["teacher"]
    for capability, suspend in (
        (Capability.ACCOUNTS_SUSPEND, idp.client.accounts.suspend),
        (Capability.USERS_SUSPEND, members.suspend),
    ):
        if capability in idp.client.capabilities:
            await suspend(kim["id"])
            await check_condition(idp, path, seen, is_current=False)
            address = "kim@acme.example"
            body = {"schemas": [USER], "userName": address, "emails": [{"value": address}]}
            await idp.send("PUT", path, body, 412, **{"If-Match": seen["meta"]["version"]})
            assert (await idp.get(path))["active"] is False
            break


async def test_an_adopted_group_shows_the_members_of_its_role(idp: IdentityProvider, backend: Backend) -> None:
    path, members = await teachers(idp), members_of(idp, backend)
    kim, lee = [(await idp.create_user(f"{name}@acme.example"))["id"] for name in ("kim", "lee")]
    await members.set_roles(kim, ["teacher"])
    await idp.id_map.delete("default", "group", path.rpartition("/")[2])
    created = await idp.create_group("teacher", lee)
    assert {one["value"] for one in created["members"]} >= {kim, lee}
    await check_condition(idp, path, created, is_current=True)
