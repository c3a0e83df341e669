"""Checks of pagination: complete lists, page sizes, cursors, totals."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from orgsdk.domain import Capability, UserQuery
from orgsdk.errors import InvalidCursorError, PaginationError
from orgsdk.pagination import Paginator, encode_cursor
from orgsdk.testing.conformance.assertions import (
    NotApplicableError,
    expect,
    expect_error,
    expect_once,
    fail,
    ids,
    read_in_small_pages,
)
from orgsdk.testing.conformance.check import Check, check, register

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from orgsdk.domain import Page, User
    from orgsdk.resources import Users
    from orgsdk.testing.conformance.assertions import Identified
    from orgsdk.testing.conformance.context import CheckContext

_LIST = Capability.USERS_LIST
_MEMBERS = 6
_NEW_RECORDS = 3
_SWAPPED_MEMBERS = 5
_SWAPS = 4


async def _read_members(context: CheckContext) -> tuple[list[User], list[Page[User]], int]:
    await context.get_members(_MEMBERS)
    return await read_in_small_pages(lambda size: context.users.list(page_size=size))


async def _resume(users: Users, cursor: str | None, query: str | None = None, role: str | None = None) -> object:
    if cursor is None:
        fail("a page of one user among several has no next cursor")
    return await users.list(cursor=cursor, query=query, role=role)


# Lists of users


@check(_LIST, users=_MEMBERS)
async def list_has_every_user_once(context: CheckContext) -> None:
    """The list in the largest pages has every member once."""
    members = await context.get_members(_MEMBERS)
    found = await context.users.list().collect()
    unique = set(ids(found))
    expect(unique >= set(ids(members)), "a new member is not listed")
    expect_once(found, unique, "the largest pages")


@check(_LIST, users=_MEMBERS)
async def small_pages_have_the_same_users(context: CheckContext) -> None:
    """Small pages have the same members as large ones, each once, and end."""
    members, pages, _ = await _read_members(context)
    expect_once([user for page in pages for user in page], ids(members), "small pages")


@check(_LIST, users=_MEMBERS)
async def page_size_is_respected(context: CheckContext) -> None:
    """No page has more items than `page_size`."""
    _, pages, size = await _read_members(context)
    longest = max(len(page) for page in pages)
    expect(longest <= size, f"a page has {longest} items, although page_size is {size}")


@check(_LIST, users=_MEMBERS)
async def next_cursor_resumes(context: CheckContext) -> None:
    """The `next_cursor` of a page leads to the next page, without other information about the list."""
    _, pages, _ = await _read_members(context)
    for page, following in pairwise(pages):
        expect(page.next_cursor is not None, "a page that is not the last has no cursor")
        resumed = await context.users.list(cursor=page.next_cursor)
        expect(ids(resumed) == ids(following), "a resumed page differs from the page of the iteration")
        # Two cursors of one page can differ: some servers encrypt them.
        if resumed.next_cursor is None or following.next_cursor is None:
            expect(resumed.next_cursor == following.next_cursor, "the list ends at another page when it is resumed")
        elif resumed.next_cursor != following.next_cursor:
            after = [ids(await context.users.list(cursor=each.next_cursor)) for each in (resumed, following)]
            expect(after[0] == after[1], "the next cursor of a resumed page leads to another page")


@check(_LIST, users=_MEMBERS)
async def previous_cursor_goes_back(context: CheckContext) -> None:
    """The `previous_cursor` of a page, if it has one, leads to the previous page."""
    _, pages, _ = await _read_members(context)
    if not any(page.previous_cursor for page in pages):
        raise NotApplicableError("its pages have no previous cursor")
    expect(pages[0].previous_cursor is None, "the first page has a previous cursor")
    for page, following in pairwise(pages):
        previous = await context.users.list(cursor=following.previous_cursor)
        expect(ids(previous) == ids(page), "a previous cursor leads to another page")


@check(_LIST, users=_MEMBERS)
async def list_can_be_read_twice(context: CheckContext) -> None:
    """Two iterations of one paginator have the same items, and so has one with prefetching."""
    _, _, size = await _read_members(context)
    users = context.users.list(page_size=size)
    first = ids(await users.collect())
    expect(ids(await users.collect()) == first, "the second iteration differs from the first")
    async with users.prefetch() as ahead:
        expect([user.id async for user in ahead] == first, "prefetching returned other items")


@check(_LIST, users=_MEMBERS)
async def list_can_be_left_early(context: CheckContext) -> None:
    """A loop that is left early blocks no later call."""
    await _read_members(context)
    async for _ in context.users.list(page_size=1):
        break
    expect(await context.users.list(page_size=1), "the next page is empty")


@check(_LIST, Capability.TOTAL, users=_MEMBERS)
async def total_counts_the_whole_list(context: CheckContext) -> None:
    """Every page reports the number of items of the whole list."""
    members, pages, _ = await _read_members(context)
    totals = {page.total for page in pages}
    expect(totals == {len(members)}, f"the list has {len(members)} items, the pages report a total of {totals}")


@check(_LIST, Capability.USERS_QUERY, users=_MEMBERS)
async def cursor_of_another_query_is_refused(context: CheckContext) -> None:
    """A cursor is valid only with the filters of its list, which belong to the listing's scope."""
    await context.get_members(_MEMBERS)
    cursor = (await context.users.list(page_size=1)).next_cursor
    resumed = _resume(context.users, cursor, query="kit")
    await expect_error(resumed, InvalidCursorError, what="using a cursor of a list without a query with a query")


@check(_LIST, Capability.USERS_ROLE, users=_MEMBERS)
async def cursor_of_another_role_is_refused(context: CheckContext) -> None:
    """A cursor of the list of all users is not valid for the users with a role."""
    (role,) = await context.get_role_names(1)
    await context.get_members(_MEMBERS)
    cursor = (await context.users.list(page_size=1)).next_cursor
    resumed = _resume(context.users, cursor, role=role)
    await expect_error(resumed, InvalidCursorError, what="using a cursor of a list without a role with a role")


@check(_LIST, Capability.ORGANIZATIONS_CREATE, users=_MEMBERS)
async def cursor_of_another_organization_is_refused(context: CheckContext) -> None:
    """A cursor of one organization's users is not valid for another organization."""
    await context.get_members(_MEMBERS)
    other = context.client.organization((await context.create_organization()).id)
    cursor = (await context.users.list(page_size=1)).next_cursor
    await expect_error(_resume(other.users, cursor), InvalidCursorError, what="using another organization's cursor")


@check(_LIST)
async def invalid_position_is_refused(context: CheckContext) -> None:
    """A position that the provider never returned raises InvalidCursorError."""
    listing = context.provider.users(context.organization.id).list(UserQuery())
    listing = replace(listing, tenant_key=context.provider.tenant_key)
    for position in ("no page", ":", "-1", "\N{SUPERSCRIPT TWO}", "1e9", "9" * 30):
        forged = encode_cursor(listing, 1, position)
        await expect_error(_resume(context.users, forged), InvalidCursorError, what=f"the position {position!r}")


@check(_LIST, Capability.USERS_CREATE, Capability.USERS_REMOVE, users=_MEMBERS + 2)
async def complete_list_survives_changes(context: CheckContext) -> None:
    """With `complete=True`, a user who is a member all the time is listed once, whatever is added or removed."""
    await context.get_members(_MEMBERS)
    before = ids(await context.users.list().collect())
    found: list[User] = []
    removed: str | None = None
    listing = context.provider.users(context.organization.id).list(UserQuery(complete=True))
    pages_left = 4 * len(before)
    size = min(max(1, len(before) // 4), listing.max_page_size)
    async for page in Paginator(listing, page_size=size).pages():
        found += page.items
        if removed is None and len(page):
            removed = next((user.id for user in found if context.key_of(user).startswith("kit")), "")
            if removed:
                await context.users.remove(removed, account="delete")
            await context.create_user()
        pages_left -= 1
        expect(pages_left > 0, "the list does not end")
    stayed = set(before) - {removed}
    expect_once([user for user in found if user.id in stayed], stayed, "a complete list that changes")


@check(_LIST, Capability.USERS_CREATE, Capability.USERS_REMOVE, users=_SWAPPED_MEMBERS + _SWAPS)
async def complete_list_survives_swaps(context: CheckContext) -> None:
    """With `complete=True`, a user who leaves while another one joins hides nobody, between any two pages.

    The total stays the same, so that it proves nothing. A list that cannot be proved complete raises PaginationError.
    """
    await context.get_members(_SWAPPED_MEMBERS)
    for boundary in range(1, _SWAPS + 1):
        await _swap_at(context, boundary)


async def _swap_at(context: CheckContext, boundary: int) -> None:
    before = set(ids(await context.users.list().collect()))
    listing = context.provider.users(context.organization.id).list(UserQuery(complete=True))
    size = min(max(1, len(before) // (_SWAPS + 1)), listing.max_page_size)
    found: list[User] = []
    left: str | None = None
    pages = 0
    try:
        async for page in Paginator(listing, page_size=size).pages():
            found += page.items
            pages += 1
            expect(pages <= 4 * len(before) + 40, "the list does not end")
            if pages >= boundary and left is None:
                left = next((user.id for user in found if context.key_of(user).startswith("kit")), None)
                if left is not None:
                    await context.users.remove(left, account="delete")
                    await context.create_user()
    except PaginationError:
        return
    stayed = before - {left}
    what = f"a complete list in which a user left and another one joined after page {boundary}"
    expect_once([user for user in found if user.id in stayed], stayed, what)


# Lists of other records


def _list_records(context: CheckContext, name: str) -> Callable[[int | None], Paginator[Identified]]:
    resources: Mapping[str, Callable[[], Any]] = {
        "organizations": lambda: context.client.organizations,
        "accounts": lambda: context.client.accounts,
        "roles": lambda: context.client.roles,
        "invitations": lambda: context.organization.invitations,
    }
    return lambda size: cast("Paginator[Identified]", resources[name]().list(page_size=size))


def _create_record(context: CheckContext, name: str) -> Callable[[], Awaitable[Identified]]:
    functions: Mapping[str, Callable[[], Awaitable[Identified]]] = {
        "organizations": context.create_organization,
        "accounts": context.create_account,
        "roles": context.create_role,
        "invitations": context.invite,
    }
    return functions[name]


def _check_list(name: str) -> Check:
    async def list_has_every_record_once(context: CheckContext) -> None:
        create, new = _create_record(context, name), list[str]()
        if context.supports(Capability(f"{name}.create")):
            new = [(await create()).id for _ in range(_NEW_RECORDS)]
        listing = _list_records(context, name)
        items, pages, size = await read_in_small_pages(listing)
        expect(set(ids(items)) >= set(new), "a new record is not listed")
        expect_once(items, ids(items), "the largest pages")
        # Others may use the tenant: only a record that was listed before and after must be in the small pages.
        before, after = set(ids(items)), set(ids(await listing(None).collect()))
        small = [item for page in pages for item in page]
        expect_once(small, before & after | set(ids(small)), "small pages")
        # A list without paging is returned as one page, whatever page size is requested.
        expect(len(pages) == 1 or all(len(page) <= size for page in pages), f"a page has more than {size} items")

    claim = f"The list of {name} has each record once, in large and in small pages."
    needs = frozenset({Capability(f"{name}.list")})
    full_name = f"pagination.list_has_every_record_once[{name}]"
    return Check(full_name, claim, list_has_every_record_once, needs, users=_NEW_RECORDS)


for _name in ("organizations", "accounts", "roles", "invitations"):
    register(_check_list(_name))
