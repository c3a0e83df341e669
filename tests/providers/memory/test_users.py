"""Accounts and members in memory: what is unique, what is cleared, what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk import ConflictError, InvalidArgumentError, NotFoundError, UnprocessableError

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


async def test_a_member_is_as_made(org: OrganizationHandle, ada: User) -> None:
    assert await org.users.get(ada.id) == ada
    assert (ada.username, ada.email, ada.roles, ada.is_suspended) == ("ada", "Ada@example.com", ("teacher",), False)
    assert ada.created_at is not None
    assert ada.created_at.tzinfo is not None
    assert ada.raw["id"] == ada.id
    assert ada.raw["has_password"] is False


async def test_an_external_id_is_kept_found_and_cleared(org: OrganizationHandle, ada: User) -> None:
    assert ada.external_id is None
    assert (await org.users.update(ada.id, external_id="x-42")).external_id == "x-42"
    assert [user.id for user in await org.users.list(query="X-42")] == [ada.id]
    assert (await org.users.create(username="bob", external_id="x-42")).external_id == "x-42"
    assert (await org.users.update(ada.id, external_id=None)).external_id is None


async def test_a_password_is_known_to_be_there_and_not_kept(org: OrganizationHandle, ada: User) -> None:
    changed = await org.users.update(ada.id, password="correct horse")
    assert changed.raw["has_password"] is True
    assert (await org.users.update(ada.id, name="Ada L.")).raw["has_password"] is True
    bob = await org.users.create(username="bob", password="battery staple")
    assert bob.raw["has_password"] is True


@pytest.mark.parametrize("taken", [{"username": "ada"}, {"email": "ADA@EXAMPLE.COM"}, {"phone": "12025550143"}])
async def test_what_is_taken_is_refused_and_nothing_is_made(
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


async def test_usernames_are_told_apart_by_case_and_addresses_are_not(org: OrganizationHandle, ada: User) -> None:
    other = await org.users.create(username="ADA")
    assert await org.users.find(username="ADA") == other
    assert await org.users.find(username="ada") == ada
    assert await org.users.find(email="aDa@eXample.com") == ada


async def test_ones_own_address_may_be_spelled_anew(org: OrganizationHandle, ada: User) -> None:
    changed = await org.users.update(ada.id, email="ada@EXAMPLE.com", username="ada")
    assert changed.email == "ada@EXAMPLE.com"
    assert await org.users.find(email="ada@example.com") == changed


async def test_none_clears_and_what_is_left_out_stays(
    client: OrgClient[Memory], org: OrganizationHandle, ada: User
) -> None:
    changed = await org.users.update(ada.id, name=None, email=None)
    assert changed == ada.model_copy(update={"name": None, "email": None})
    assert await org.users.find(email="ada@example.com") is None
    assert await client.accounts.update(ada.id, given_name="Augusta") == (await client.accounts.get(ada.id))
    assert await org.users.update(ada.id) == changed.model_copy(update={"given_name": "Augusta"})
    assert (await org.users.create(username="bob", email="ada@example.com")).email == "ada@example.com"


async def test_a_kept_account_may_join_again_and_a_deleted_one_is_gone(
    client: OrgClient[Memory], org: OrganizationHandle, ada: User
) -> None:
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


async def test_an_unknown_account_adds_nobody(client: OrgClient[Memory], org: OrganizationHandle) -> None:
    alone = await client.accounts.create(username="alone")
    with pytest.raises(UnprocessableError, match="no account user_999: no account was added"):
        await org.users.add([alone.id, "user_999"])
    with pytest.raises(NotFoundError, match="conductor"):
        await org.users.add([alone.id], roles=["conductor"])
    assert await org.users.count() == 12


async def test_roles_are_set_added_and_taken_by_name_and_by_id(
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
        with pytest.raises(NotFoundError, match="no role 'conductor'"):
            await call(ada.id, ["conductor"])
    await org.users.set_roles(ada.id, [])
    assert (await org.users.get(ada.id)).roles == ()


async def test_suspension_is_the_accounts(client: OrgClient[Memory], org: OrganizationHandle, ada: User) -> None:
    assert (await org.users.suspend(ada.id)).is_suspended is True
    assert (await client.accounts.get(ada.id)).is_suspended is True
    assert (await client.accounts.suspend(ada.id, suspended=False)).is_suspended is False
    assert (await org.users.get(ada.id)).is_suspended is False


async def test_an_account_without_an_organization_can_only_be_deleted(memory: Memory) -> None:
    with pytest.raises(InvalidArgumentError, match="can only be deleted"):
        await memory.accounts().remove("user_5", "keep")


async def test_of_many_who_want_one_username_one_has_it(org: OrganizationHandle) -> None:
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
