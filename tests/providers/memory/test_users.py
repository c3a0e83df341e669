"""Accounts and members in memory: unique fields, clearing, removal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk import ConflictError, InvalidArgumentError, NotFoundError, UnprocessableError
from orgsdk.providers.memory.operations import read_row
from orgsdk.providers.memory.rows import USER_READER, AccountRow

if TYPE_CHECKING:
    from orgsdk import OrgClient, User
    from orgsdk.providers import Memory
    from orgsdk.resources import OrganizationHandle

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ada(org: OrganizationHandle) -> User:
    return await org.users.create(
        username="ada", email="Ada@example.com", phone="12025550143", name="Ada", given_name="A", roles=["teacher"]
    )


async def test_a_new_member_has_the_given_fields(org: OrganizationHandle, ada: User) -> None:
    assert await org.users.get(ada.id) == ada
    assert (ada.username, ada.email, ada.roles, ada.is_suspended) == ("ada", "Ada@example.com", ("teacher",), False)
    assert ada.created_at is not None
    assert ada.created_at.tzinfo is not None
    assert ada.raw["id"] == ada.id
    assert ada.raw["has_password"] is False


async def test_an_external_id_is_stored_found_and_cleared(org: OrganizationHandle, ada: User) -> None:
    assert ada.external_id is None
    assert (await org.users.update(ada.id, external_id="x-42")).external_id == "x-42"
    assert [user.id for user in await org.users.list(query="X-42")] == [ada.id]
    assert (await org.users.create(username="bob", external_id="x-42")).external_id == "x-42"
    assert (await org.users.update(ada.id, external_id=None)).external_id is None


async def test_only_the_existence_of_a_password_is_stored(org: OrganizationHandle, ada: User) -> None:
    changed = await org.users.update(ada.id, password="correct horse")
    assert changed.raw["has_password"] is True
    assert (await org.users.update(ada.id, name="Ada L.")).raw["has_password"] is True
    bob = await org.users.create(username="bob", password="battery staple")
    assert bob.raw["has_password"] is True


@pytest.mark.parametrize("taken", [{"username": "ada"}, {"email": "ADA@EXAMPLE.COM"}, {"phone": "12025550143"}])
async def test_a_taken_value_is_a_conflict_without_effect(
    client: OrgClient[Memory], org: OrganizationHandle, ada: User, taken: dict[str, str]
) -> None:
    (field, value) = next(iter(taken.items()))
    free = {"username": "free", "email": "free@example.com", "phone": "1"}
    with pytest.raises(ConflictError, match=f"the {field} is taken") as refused:
        await org.users.create(**{**free, **taken})
    assert value not in str(refused.value)
    assert refused.value.code == f"{field}_taken"
    with pytest.raises(ConflictError):
        await client.accounts.create(**{**free, **taken})
    first = (await org.users.list()).items[0]
    with pytest.raises(ConflictError):
        await org.users.update(first.id, **{**free, **taken})
    assert await org.users.get(first.id) == first
    assert await client.accounts.count() == 13
    assert (await client.accounts.create(**free)).username == "free"


async def test_usernames_are_case_sensitive_and_addresses_are_not(org: OrganizationHandle, ada: User) -> None:
    other = await org.users.create(username="ADA")
    assert await org.users.find(username="ADA") == other
    assert await org.users.find(username="ada") == ada
    assert await org.users.find(email="aDa@eXample.com") == ada


async def test_an_own_address_may_change_its_spelling(org: OrganizationHandle, ada: User) -> None:
    changed = await org.users.update(ada.id, email="ada@EXAMPLE.com", username="ada")
    assert changed.email == "ada@EXAMPLE.com"
    assert await org.users.find(email="ada@example.com") == changed


async def test_none_clears_and_an_omitted_field_is_unchanged(
    client: OrgClient[Memory], org: OrganizationHandle, ada: User
) -> None:
    changed = await org.users.update(ada.id, name=None, email=None)
    assert changed == ada.model_copy(update={"name": None, "email": None})
    assert await org.users.find(email="ada@example.com") is None
    assert await client.accounts.update(ada.id, given_name="Augusta") == (await client.accounts.get(ada.id))
    assert await org.users.update(ada.id) == changed.model_copy(update={"given_name": "Augusta"})
    assert (await org.users.create(username="bob", email="ada@example.com")).email == "ada@example.com"


async def test_a_kept_account_can_join_again(client: OrgClient[Memory], org: OrganizationHandle, ada: User) -> None:
    await org.users.remove(ada.id, account="keep")
    with pytest.raises(NotFoundError, match="has no member"):
        await org.users.get(ada.id)
    assert (await client.accounts.get(ada.id)).roles == ()
    await org.users.add([ada.id], roles=["admin"])
    await org.users.add([ada.id], roles=["student"])
    assert (await org.users.get(ada.id)).roles == ("admin", "student")
    await org.users.remove(ada.id, account="delete")
    with pytest.raises(NotFoundError, match="no account"):
        await client.accounts.get(ada.id)
    assert await client.accounts.find(username="ada") is None
    await org.users.create(username="ada")


async def test_an_account_is_deleted_from_every_organization(
    client: OrgClient[Memory], org: OrganizationHandle, ada: User
) -> None:
    other = client.organization((await client.organizations.create("Quartet")).id)
    await other.users.add([ada.id])
    await client.accounts.remove(ada.id, account="delete")
    assert await other.users.count() == 0
    assert await org.users.count() == 12


async def test_an_unknown_account_adds_no_account(client: OrgClient[Memory], org: OrganizationHandle) -> None:
    alone = await client.accounts.create(username="alone")
    with pytest.raises(UnprocessableError, match="no account user_999: no account was added"):
        await org.users.add([alone.id, "user_999"])
    with pytest.raises(NotFoundError, match="conductor"):
        await org.users.add([alone.id], roles=["conductor"])
    assert await org.users.count() == 12


async def test_roles_are_set_added_and_removed_by_name_and_id(
    client: OrgClient[Memory], org: OrganizationHandle, ada: User
) -> None:
    admin = await client.roles.get("admin")
    await org.users.add_roles(ada.id, [admin.id, "teacher"])
    assert [role.name for role in await org.users.list_roles(ada.id)] == ["teacher", "admin"]
    await org.users.remove_roles(ada.id, ["teacher", "student"])
    await org.users.remove_roles(ada.id, ["teacher"])
    assert (await org.users.get(ada.id)).roles == ("admin",)
    await org.users.set_roles(ada.id, ["student", "teacher"])
    assert (await org.users.get(ada.id)).roles == ("student", "teacher")
    for call in (org.users.set_roles, org.users.add_roles, org.users.remove_roles):
        with pytest.raises(NotFoundError, match="unknown role 'conductor'"):
            await call(ada.id, ["conductor"])
    await org.users.set_roles(ada.id, [])
    assert (await org.users.get(ada.id)).roles == ()


async def test_suspension_belongs_to_the_account(client: OrgClient[Memory], org: OrganizationHandle, ada: User) -> None:
    assert (await org.users.suspend(ada.id)).is_suspended is True
    assert (await client.accounts.get(ada.id)).is_suspended is True
    assert (await client.accounts.suspend(ada.id, suspended=False)).is_suspended is False
    assert (await org.users.get(ada.id)).is_suspended is False


async def test_an_account_without_an_organization_can_only_be_deleted(memory: Memory) -> None:
    with pytest.raises(InvalidArgumentError, match="can only be deleted"):
        await memory.accounts().remove("user_5", "keep")


async def test_concurrent_creates_of_one_username_create_one_user(org: OrganizationHandle) -> None:
    outcomes: list[str] = []

    async def want() -> None:
        try:
            await org.users.create(username="ada")
            outcomes.append("made")
        except ConflictError:
            outcomes.append("refused")

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(want)
    assert sorted(outcomes) == ["made"] + ["refused"] * 19


async def test_half_a_character_is_rejected_without_effect(client: OrgClient[Memory], org: OrganizationHandle) -> None:
    before = [user.id async for user in org.users.list()]
    for field in ("name", "given_name", "username", "phone", "locale"):
        with pytest.raises(
            InvalidArgumentError, match=f"The {field.replace('_', ' ')} is not valid Unicode"
        ) as refused:
            await org.users.create(**{"username": "new", field: "x\ud83d"})
        assert "\ud83d" not in str(refused.value)
    with pytest.raises(InvalidArgumentError, match="not valid Unicode"):
        await client.organizations.create("x\udc00")
    with pytest.raises(InvalidArgumentError, match="description is not valid Unicode"):
        await client.roles.create("new", description="x\udc00")
    assert [user.id async for user in org.users.list()] == before


def test_a_stored_odd_value_unsets_its_field() -> None:
    row = AccountRow(id="u1", sequence=1, created_at=datetime(2026, 1, 1, tzinfo=UTC), name="x\ud83d", username="ada")
    user = read_row(USER_READER, row.wire())
    assert (user.name, user.username, user.raw["name"]) == (None, "ada", "x\ud83d")
