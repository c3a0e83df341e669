"""Organization roles of a Logto tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk import ConflictError, NotFoundError, Role, UnprocessableError
from orgsdk.providers.logto.models import CreateOrganizationScope
from orgsdk.sandbox.faults import Respond
from orgsdk.sandbox.logto.seed import role_id

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers import Logto
    from orgsdk.sandbox import Sandbox
    from tests.providers.logto.conftest import Call, SentRequests

pytestmark = pytest.mark.anyio


async def test_a_role_is_created_with_scopes_by_name_and_id(client: OrgClient[Logto], sent: SentRequests) -> None:
    tune = await client.native.create_organization_scope(CreateOrganizationScope(name="tune"))
    sent.clear()
    made = await client.roles.create("tuner", description="tunes", scopes=["read:members", tune.id, "tune"])
    assert (made.name, made.description, made.kind, made.scopes) == ("tuner", "tunes", "User", ("read:members", "tune"))
    assert sent() == ["GET /organization-scopes", "POST /organization-roles"]
    found = await client.roles.get("tuner")
    assert (found.id, set(found.scopes or ())) == (made.id, {"read:members", "tune"})
    assert await client.roles.get(made.id) == found
    # A single id: the search by `q` does not cover the ids of scopes.
    assert (await client.roles.create("t2", scopes=[tune.id])).scopes == ("tune",)
    machine = await client.roles.create("bot", kind="MachineToMachine")
    assert (machine.kind, machine.scopes) == ("MachineToMachine", ())


async def test_an_unknown_scope_creates_no_role(client: OrgClient[Logto], sent: SentRequests) -> None:
    for scopes in (["nope"], ["read:members", "nope"]):
        with pytest.raises(NotFoundError, match="unknown scope 'nope'"):
            await client.roles.create("tuner", scopes=scopes)
        with pytest.raises(NotFoundError, match="'nope'"):
            await client.roles.update("teacher", name="t", scopes=scopes)
    assert sent(reads=False) == []


async def test_a_role_is_updated_by_name_or_id(client: OrgClient[Logto], sent: SentRequests) -> None:
    sent.clear()
    teacher = await client.roles.update("teacher", name="master", description=None)
    assert (teacher.id, teacher.name, teacher.description) == (role_id("teacher"), "master", None)
    assert set(teacher.scopes or ()) == {"invite:members", "read:members"}
    assert sent() == ["GET /organization-roles", f"PATCH /organization-roles/{teacher.id}"]
    changed = await client.roles.update(teacher.id, scopes=["manage:members"])
    assert (changed.name, changed.scopes) == ("master", ("manage:members",))
    assert changed.raw["scopes"] == [{"id": changed.raw["scopes"][0]["id"], "name": "manage:members"}]  # type: ignore[index,call-overload]
    assert (await client.roles.update("master", scopes=[])).scopes == ()
    sent.clear()
    assert (await client.roles.update("master")).name == "master"
    assert sent() == ["GET /organization-roles"]


async def test_refused_scopes_have_the_renamed_role_as_partial_result(
    client: OrgClient[Logto], sandbox: Sandbox
) -> None:
    failure = Respond(422, b'{"code": "entity.db_constraint_violated"}', (("content-type", "application/json"),))
    sandbox.logto_faults.add(failure, method="PUT", path=f"/api/organization-roles/{role_id('teacher')}/scopes")
    with pytest.raises(UnprocessableError) as caught:
        await client.roles.update("teacher", name="master", scopes=[])
    partial = caught.value.partial_result
    assert isinstance(partial, Role)
    assert (partial.name, partial) == ("master", await client.roles.get("master"))


async def test_a_role_is_removed_by_name_or_id(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    await client.roles.remove("teacher")
    await client.roles.remove(role_id("student"))
    assert [role.name async for role in client.roles.list()] == ["admin", "importer"]
    for call in (
        lambda: client.roles.remove("teacher"),
        lambda: client.roles.get("teacher"),
        lambda: client.roles.update("teacher", name="x"),
    ):
        with pytest.raises(NotFoundError, match="unknown role 'teacher'"):
            await call()


async def test_a_taken_name_is_a_conflict(client: OrgClient[Logto]) -> None:
    calls: list[Call] = [lambda: client.roles.create("admin"), lambda: client.roles.update("teacher", name="admin")]
    for call in calls:
        with pytest.raises(ConflictError) as caught:
            await call()
        assert caught.value.code == "entity.unique_integrity_violation"


async def test_an_id_has_priority_over_a_name(client: OrgClient[Logto]) -> None:
    impostor = await client.roles.create(role_id("admin"))
    odd = await client.roles.create("100%_a\\b")
    assert (await client.roles.get(role_id("admin"))).name == "admin"
    assert (await client.roles.get(impostor.id)).id == impostor.id
    assert (await client.roles.get("100%_a\\b")).id == odd.id
    assert [role.name async for role in client.roles.list(query="%_a\\")] == [odd.name]


async def test_roles_of_all_pages_are_found(client: OrgClient[Logto], sandbox: Sandbox) -> None:
    for number in range(120):
        await client.roles.create(f"r{number:03}")
    assert [role.name for role in await client.provider.roles.resolve(["r119", "r000", "r119"])] == ["r119", "r000"]
    assert await client.provider.roles.resolve([]) == []
