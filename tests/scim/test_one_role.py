"""Groups where a user has one role (Flat, WorkOS): those that the identity provider has put a user into are shown.

Beside them Logto, where a user has several roles, and all roles are shown.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from orgsdk.domain import Capability
from orgsdk.sandbox.faults import CloseConnection, Respond
from orgsdk.scim import DeactivationLimit
from orgsdk.scim.map_check import repair_map
from tests.scim.gateways import Backend, IdentityProvider, provisioning, running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox

__all__ = ["running"]

pytestmark = pytest.mark.anyio

NONE: Final = frozenset[str]()
# The role of a user in no group, and two that count more.
ROLES = {"flat": ("admin", "teacher", "user"), "workos": ("admin", "teacher", "member")}


@dataclass
class School:
    """An identity provider of a gateway over a provider with one role a user, and the ids of its groups by name."""

    idp: IdentityProvider
    organization: OrganizationHandle
    groups: dict[str, str]
    default: str

    async def change(self, op: str, group: str, *users: str, status: int = 204) -> None:
        """Send a PATCH of the members of a group."""
        value = [{"value": user} for user in users]
        await self.idp.patch(
            f"/Groups/{self.groups[group]}", {"op": op, "path": "members", "value": value}, status=status
        )

    async def shown(self, user: str) -> set[str]:
        """Return the groups of a user. Both kinds of resources show the same."""
        found = await self.idp.get(f"/Users/{user}")
        names = {one["display"] for one in found.get("groups", [])}
        for group, group_id in self.groups.items():
            members = (await self.idp.get(f"/Groups/{group_id}")).get("members", [])
            assert (user in {one["value"] for one in members}) == (group in names), group
        listed = (await self.idp.get("/Groups"))["Resources"]
        listing = {one["displayName"] for one in listed for member in one.get("members", []) if member["value"] == user}
        assert listing == names
        return names

    async def role(self, user: str) -> str:
        """Return the one role that a user has at the provider."""
        (role,) = (await self.organization.users.get(user)).roles
        return role


@asynccontextmanager
async def school(backend: Backend, folder: Path, **options: Any) -> AsyncGenerator[School]:
    chosen: dict[str, Any] = {"role_order": ROLES[backend.name], "default_role": None, "snapshot_age": 0, **options}
    async with provisioning(backend, folder, **chosen) as idp:
        listed = (await idp.get("/Groups"))["Resources"]
        groups = {one["displayName"]: one["id"] for one in listed}
        organization = idp.client.organization(backend.organization)
        yield School(idp, organization, groups, ROLES[backend.name][-1])


@pytest.fixture(params=["flat", "workos"])
def backend(request: pytest.FixtureRequest, running: Sandbox) -> Backend:
    running.reset()
    return Backend(str(request.param), running)


async def test_a_user_is_in_the_groups_that_the_identity_provider_has_named(backend: Backend, tmp_path: Path) -> None:
    async with school(backend, tmp_path) as there:
        kim = (await there.idp.create_user("kim@acme.example"))["id"]
        assert (await there.shown(kim), await there.role(kim)) == (set(), there.default)
        for op, group, expected, role in (
            ("remove", there.default, NONE, there.default),
            ("add", there.default, {there.default}, there.default),
            ("add", "teacher", {there.default, "teacher"}, "teacher"),
            ("remove", "teacher", {there.default}, there.default),
            ("remove", there.default, NONE, there.default),
            ("add", "teacher", {"teacher"}, "teacher"),
            ("remove", there.default, {"teacher"}, "teacher"),
            ("remove", "teacher", NONE, there.default),
        ):
            await there.change(op, group, kim)
            assert (await there.shown(kim), await there.role(kim)) == (expected, role), (op, group)


async def test_members_of_before_are_in_the_group_of_a_role_that_somebody_gave_them(
    backend: Backend, tmp_path: Path
) -> None:
    async with school(backend, tmp_path) as there:
        users = there.organization.users
        has_usernames = Capability.USERS_USERNAME in there.idp.client.capabilities
        plain = await users.create(username="plain" if has_usernames else None, email="plain@acme.example")
        teacher = await users.create(
            username="tea" if has_usernames else None, email="tea@acme.example", roles=["teacher"]
        )
        assert await there.shown(plain.id) == set()
        assert await there.shown(teacher.id) == {"teacher"}
        # The identity provider names the first: from now on, it is in the group.
        await there.change("add", there.default, plain.id, teacher.id)
        assert await there.shown(plain.id) == {there.default}
        assert (await there.shown(teacher.id), await there.role(teacher.id)) == ({there.default, "teacher"}, "teacher")


async def test_the_group_of_everybody_is_replaced_without_touching_members_of_before(
    backend: Backend, tmp_path: Path
) -> None:
    limit = DeactivationLimit(users=0, always=0)
    async with school(backend, tmp_path, max_deactivations=limit) as there:
        before = {user.id: user.roles async for user in there.organization.users.list()}
        kim = (await there.idp.create_user("kim@acme.example"))["id"]
        # Okta's push of a whole group. Nobody leaves it, so that nobody counts as taken out.
        await there.change("replace", there.default, kim)
        assert await there.shown(kim) == {there.default}
        after = {user.id: user.roles async for user in there.organization.users.list()}
        assert {user: after[user] for user in before} == before


async def test_a_role_that_was_changed_at_the_provider_counts(backend: Backend, tmp_path: Path) -> None:
    async with school(backend, tmp_path) as there:
        kim = (await there.idp.create_user("kim@acme.example"))["id"]
        await there.change("add", there.default, kim)
        await there.change("add", "teacher", kim)
        for role, expected in (
            ("admin", {"admin"}),  # no identity provider has named it
            (there.default, {there.default}),  # the one of the kept groups that is left
            ("teacher", {there.default, "teacher"}),
        ):
            await there.organization.users.set_roles(kim, [role])
            assert await there.shown(kim) == expected, role


async def test_a_role_that_is_no_group_is_kept_if_it_counts_more(backend: Backend, tmp_path: Path) -> None:
    default = ROLES[backend.name][-1]
    table = {"All staff": default, "Teachers": "teacher"}
    async with school(backend, tmp_path, group_roles=table) as there:
        kim = (await there.idp.create_user("kim@acme.example"))["id"]
        await there.organization.users.set_roles(kim, ["admin"])
        for op, group, expected in (
            ("add", "All staff", {"All staff"}),
            ("add", "Teachers", {"All staff", "Teachers"}),
            ("remove", "All staff", {"Teachers"}),
            ("remove", "Teachers", NONE),
        ):
            await there.change(op, group, kim)
            assert (await there.shown(kim), await there.role(kim)) == (expected, "admin"), (op, group)


@pytest.mark.parametrize("is_written", [False, True])
async def test_no_membership_is_lost_if_the_change_of_the_role_fails(
    backend: Backend, is_written: bool, tmp_path: Path
) -> None:
    default = ROLES[backend.name][-1]
    client = backend.client(max_attempts=1)
    async with provisioning(backend, tmp_path, client=client, role_order=ROLES[backend.name], snapshot_age=0) as idp:
        groups = {one["displayName"]: one["id"] for one in (await idp.get("/Groups"))["Resources"]}
        there = School(idp, client.organization(backend.organization), groups, default)
        kim = (await idp.create_user("kim@acme.example"))["id"]
        await there.change("add", default, kim)
        await there.change("add", "teacher", kim)
        action = CloseConnection(after_commit=True) if is_written else Respond(500, b"{}")
        faults = getattr(backend.sandbox, f"{backend.name}_faults")
        for op, before, after in (
            ("add", {default, "teacher"}, {default, "teacher", "admin"}),
            ("remove", {default, "teacher", "admin"}, {default, "teacher"}),
        ):
            fault = faults.add(action, method="PUT")
            await there.change(op, "admin", kim, status=503)
            assert fault.applied == 1
            assert await there.shown(kim) == (after if is_written else before), op
            await there.change(op, "admin", kim)
            assert (await there.shown(kim), await there.role(kim)) == (after, "admin" if op == "add" else "teacher")


async def test_a_repaired_map_shows_the_role_and_changes_none(backend: Backend, tmp_path: Path) -> None:
    async with school(backend, tmp_path) as there:
        kim, lee = [(await there.idp.create_user(f"{name}@acme.example"))["id"] for name in ("kim", "lee")]
        await there.change("add", there.default, kim, lee)
        await there.change("add", "teacher", kim)
    for file in tmp_path.iterdir():  # noqa: ASYNC240  # the map is lost
        file.unlink()
    async with school(backend, tmp_path) as there:
        organization = backend.organization
        repaired = repair_map(there.idp.client, there.idp.id_map, "default", organization=organization)
        assert {one.is_repaired async for one in repaired} == {True}
        assert (await there.shown(kim), await there.role(kim)) == ({"teacher"}, "teacher")
        assert (await there.shown(lee), await there.role(lee)) == (set(), there.default)
        # The identity provider does not know of the loss: what it sends next has its effect.
        await there.change("remove", there.default, lee)
        await there.change("remove", "teacher", kim)
        assert await there.role(kim) == await there.role(lee) == there.default


async def test_a_new_user_gets_the_role_of_a_user_in_no_group(backend: Backend, tmp_path: Path) -> None:
    async with school(backend, tmp_path, default_role="teacher") as there:
        kim = (await there.idp.create_user("kim@acme.example"))["id"]
        assert (await there.shown(kim), await there.role(kim)) == (set(), "teacher")
        await there.change("add", "admin", kim)
        await there.change("remove", "admin", kim)
        assert (await there.shown(kim), await there.role(kim)) == (set(), "teacher")


async def test_without_a_default_role_the_role_of_a_new_user_is_a_group(running: Sandbox, tmp_path: Path) -> None:
    running.reset()
    async with school(Backend("workos", running), tmp_path, role_order=()) as there:
        kim = (await there.idp.create_user("kim@acme.example"))["id"]
        assert await there.shown(kim) == {"member"}
        # What a user without a group would have is not known, so that the last one cannot be left.
        await there.change("remove", "member", kim, status=400)
        await there.change("add", "teacher", kim)
        await there.change("remove", "member", kim)
        assert (await there.shown(kim), await there.role(kim)) == ({"teacher"}, "teacher")


async def test_all_roles_are_groups_where_a_user_can_have_several(running: Sandbox, tmp_path: Path) -> None:
    running.reset()
    backend = Backend("logto", running)
    async with provisioning(backend, tmp_path, snapshot_age=0) as idp:
        users = idp.client.organization(backend.organization).users
        roles = [role.name async for role in idp.client.roles.list() if role.kind != "MachineToMachine"][:2]
        before = await users.create(username="kim", email="kim@acme.example", roles=roles)
        found = await idp.get(f"/Users/{before.id}")
        assert {one["display"] for one in found["groups"]} == set(roles)
        created = await idp.create_user("lee@acme.example")
        assert "groups" not in created
