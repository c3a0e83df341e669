"""Lists in memory: pages, cursors, filters, and changes while a list is read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from orgsdk import InvalidCursorError, NotFoundError, OrgClient
from orgsdk.pagination import encode_cursor
from orgsdk.providers import Memory
from tests.reliability.event_loops import run_virtually

if TYPE_CHECKING:
    from orgsdk.resources import OrganizationHandle

pytestmark = pytest.mark.anyio


async def test_pages_have_both_cursors_and_a_total(org: OrganizationHandle) -> None:
    first = await org.users.list(page_size=5)
    assert (len(first), first.total, first.previous_cursor) == (5, 12, None)
    second = await org.users.list(cursor=first.next_cursor)
    third = await org.users.list(cursor=second.next_cursor)
    assert (len(second), len(third), third.next_cursor) == (5, 2, None)
    back = await org.users.list(cursor=third.previous_cursor)
    assert back.items == second.items
    assert (await org.users.list(cursor=back.previous_cursor)).items == first.items
    assert (await org.users.list(cursor=back.next_cursor)).items == third.items


async def test_the_maximum_page_size_is_the_default(client: OrgClient[Memory], org: OrganizationHandle) -> None:
    client.provider.calls.clear()
    assert len(await org.users.list().collect()) == 12
    assert client.provider.calls == ["users.list"]
    small = OrgClient(Memory(users=12, max_page_size=5))
    assert len(await small.organization().users.list().collect()) == 12
    assert small.provider.calls == ["users.list"] * 3


async def test_remaining_users_are_yielded_once_despite_changes(org: OrganizationHandle) -> None:
    came: list[str] = []
    late = ""
    before = [user.id for user in await org.users.list()]
    async for page in org.users.list(page_size=4).pages():
        came += [user.id for user in page]
        if len(came) == 4:
            await org.users.remove(came[0], account="keep")
            await org.users.remove(before[5], account="delete")
            late = (await org.users.create(username="late")).id
    assert came == [*before[:5], *before[6:], late]


async def test_an_emptied_page_has_a_previous_cursor(org: OrganizationHandle) -> None:
    first = await org.users.list(page_size=10)
    for user in (await org.users.list(cursor=first.next_cursor)).items:
        await org.users.remove(user.id, account="keep")
    gone = await org.users.list(cursor=first.next_cursor)
    assert (gone.items, gone.next_cursor) == ([], None)
    assert (await org.users.list(cursor=gone.previous_cursor)).items == first.items


async def test_users_are_filtered_by_text_and_role(org: OrganizationHandle) -> None:
    assert [user.username for user in await org.users.list(query="USER1")] == ["user1", "user10", "user11", "user12"]
    assert [user.username for user in await org.users.list(query="user1", role="teacher")] == ["user10"]
    assert await org.users.count(query="user1", role="teacher") == 1
    assert [user.username for user in await org.users.list(query="12@example")] == ["user12"]
    assert (await org.users.list(role="conductor")).items == []


async def test_an_account_of_no_organization_is_listed_among_all(
    client: OrgClient[Memory], org: OrganizationHandle
) -> None:
    alone = await client.accounts.create(username="alone", phone="+12025550143")
    assert [user.id for user in await client.accounts.list(query="5550143")] == [alone.id]
    assert await client.accounts.count() == 13
    assert await client.accounts.count(query="alone") == 1
    assert await org.users.find(username="alone") is None


@pytest.mark.parametrize("position", ["5", "after:", "after:x", "after:-1", "beside:1", "after:" + "9" * 19, "after:²"])
async def test_an_invalid_cursor_is_rejected(org: OrganizationHandle, memory: Memory, position: str) -> None:
    from orgsdk.domain import UserQuery

    listing = replace(memory.users(None).list(UserQuery()), tenant_key=memory.tenant_key)
    cursor = encode_cursor(listing, 5, position)
    with pytest.raises(InvalidCursorError):
        await org.users.list(cursor=cursor)


async def test_a_list_of_an_unknown_organization_raises(client: OrgClient[Memory]) -> None:
    for listed in (
        client.organization("organization_999").users.list(),
        client.organization("organization_999").invitations.list(),
    ):
        with pytest.raises(NotFoundError, match="no organization organization_999"):
            await listed


@given(size=st.integers(1, 9), users=st.integers(0, 30), steps=st.lists(st.booleans(), max_size=12))
def test_cursors_in_both_directions_reach_the_same_pages(size: int, users: int, steps: list[bool]) -> None:
    async def walk() -> None:
        users_of = OrgClient.memory(users=users).organization().users
        everybody = [user.id for user in await users_of.list()]
        page, at = await users_of.list(page_size=size), 0
        for forward in steps:
            assert [user.id for user in page] == everybody[at : at + size]
            assert (page.next_cursor is None, page.previous_cursor is None) == (at + size >= users, at == 0)
            cursor = page.next_cursor if forward else page.previous_cursor
            if cursor is not None:
                page, at = await users_of.list(cursor=cursor), at + (size if forward else -size)

    run_virtually(walk, "asyncio")
