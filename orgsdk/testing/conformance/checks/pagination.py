"""Checks of pagination: complete lists, page sizes, cursors, totals."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from orgsdk.domain import Capability, UserQuery
from orgsdk.errors import InvalidCursorError
from orgsdk.pagination import Paginator, encode_cursor
from orgsdk.testing.conformance.assertions import expect_once, ids, small_pages
from orgsdk.testing.conformance.check import Check, NotApplicableError, check, expect, expect_error, fail, register

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from orgsdk.domain import Page, User
    from orgsdk.resources import Users
    from orgsdk.testing.conformance.assertions import Identified
    from orgsdk.testing.conformance.context import CheckContext

    Listed = Callable[[int | None], Paginator[Identified]]
    Made = Callable[[], Awaitable[Identified]]

_LIST = Capability.USERS_LIST
_MEMBERS = 6


async def _members(stage: CheckContext) -> tuple[list[User], list[Page[User]], int]:
    await stage.members(_MEMBERS)
    return await small_pages(lambda size: stage.users.list(page_size=size))


@check(_LIST, users=_MEMBERS)
async def every_user_comes_once(stage: CheckContext) -> None:
    """The list with the largest pages has every member, each once."""
    members = await stage.members(_MEMBERS)
    found = await stage.users.list().collect()
    came = set(ids(found))
    expect(came >= set(ids(members)), "a member who was made did not come")
    expect_once(found, came, "the largest pages")


@check(_LIST, users=_MEMBERS)
async def small_pages_give_the_same(stage: CheckContext) -> None:
    """Small pages give the same members as large ones, each once, and end."""
    whole, pages, _ = await _members(stage)
    expect_once([user for page in pages for user in page], ids(whole), "small pages")


@check(_LIST, users=_MEMBERS)
async def no_page_is_longer_than_asked(stage: CheckContext) -> None:
    """No page holds more than `page_size`."""
    _, pages, size = await _members(stage)
    longest = max(len(page) for page in pages)
    expect(longest <= size, f"a page of {longest} came where {size} were asked for")


@check(_LIST, users=_MEMBERS)
async def any_page_is_resumed_from_its_cursor(stage: CheckContext) -> None:
    """A page's `next_cursor` gives the page after it, without anything else to know of the list."""
    _, pages, _ = await _members(stage)
    for page, following in pairwise(pages):
        expect(page.next_cursor is not None, "a page that is not the last has no cursor")
        resumed = await stage.users.list(cursor=page.next_cursor)
        expect(ids(resumed) == ids(following), "a resumed page is another than the one that the walk gave")
        expect(resumed.next_cursor == following.next_cursor, "a resumed page leads on elsewhere")


@check(_LIST, users=_MEMBERS)
async def a_previous_cursor_leads_back(stage: CheckContext) -> None:
    """A page's `previous_cursor`, where there is one, gives the page before it."""
    _, pages, _ = await _members(stage)
    if not any(page.previous_cursor for page in pages):
        raise NotApplicableError("it offers no way back")
    expect(pages[0].previous_cursor is None, "the first page has a page before it")
    for page, following in pairwise(pages):
        back = await stage.users.list(cursor=following.previous_cursor)
        expect(ids(back) == ids(page), "the way back leads to another page")


@check(_LIST, users=_MEMBERS)
async def a_list_can_be_walked_again(stage: CheckContext) -> None:
    """Two walks of one paginator give the same, and so does one that reads ahead."""
    _, _, size = await _members(stage)
    listed = stage.users.list(page_size=size)
    first = ids(await listed.collect())
    expect(ids(await listed.collect()) == first, "the second walk gave something else than the first")
    async with listed.prefetch() as ahead:
        expect([user.id async for user in ahead] == first, "reading ahead gave something else")


@check(_LIST, users=_MEMBERS)
async def a_list_left_early_does_no_harm(stage: CheckContext) -> None:
    """A loop that is left early holds nothing up."""
    await _members(stage)
    async for _ in stage.users.list(page_size=1):
        break
    expect(await stage.users.list(page_size=1), "no page came afterwards")


@check(_LIST, Capability.TOTAL, users=_MEMBERS)
async def the_total_is_that_of_the_whole_list(stage: CheckContext) -> None:
    """Every page tells how many items the whole list has."""
    whole, pages, _ = await _members(stage)
    totals = {page.total for page in pages}
    expect(totals == {len(whole)}, f"of a list of {len(whole)} the pages tell a total of {totals}")


@check(_LIST, Capability.USERS_QUERY, users=_MEMBERS)
async def a_cursor_of_another_query_is_refused(stage: CheckContext) -> None:
    """A cursor holds for the filters that it began with: they belong into the listing's scope."""
    await stage.members(_MEMBERS)
    cursor = (await stage.users.list(page_size=1)).next_cursor
    with_filter = _resumed(stage.users, cursor, query="kit")
    await expect_error(with_filter, InvalidCursorError, what="the cursor of a list without a query, with one")


@check(_LIST, Capability.USERS_ROLE, users=_MEMBERS)
async def a_cursor_of_another_role_is_refused(stage: CheckContext) -> None:
    """A cursor of all users is none of those who hold a role."""
    (role,) = await stage.role_names(1)
    await stage.members(_MEMBERS)
    cursor = (await stage.users.list(page_size=1)).next_cursor
    with_filter = _resumed(stage.users, cursor, role=role)
    await expect_error(with_filter, InvalidCursorError, what="the cursor of a list of all roles, with one")


@check(_LIST, Capability.ORGANIZATIONS_CREATE, users=_MEMBERS)
async def a_cursor_of_another_organization_is_refused(stage: CheckContext) -> None:
    """A cursor of one organization's users is none of another's."""
    await stage.members(_MEMBERS)
    other = stage.client.organization((await stage.new_organization()).id)
    cursor = (await stage.users.list(page_size=1)).next_cursor
    await expect_error(_resumed(other.users, cursor), InvalidCursorError, what="another organization's cursor")


@check(_LIST)
async def a_cursor_of_no_page_is_refused(stage: CheckContext) -> None:
    """A position that the provider never gave is refused as a cursor, not as whatever it led to."""
    listing = stage.provider.users(stage.organization.id).list(UserQuery())
    for position in ("no page", ":", "-1", "\N{SUPERSCRIPT TWO}", "1e9", "9" * 30):
        forged = encode_cursor(listing, 1, position)
        await expect_error(_resumed(stage.users, forged), InvalidCursorError, what=f"the position {position!r}")


@check(_LIST, Capability.USERS_CREATE, Capability.USERS_REMOVE, users=_MEMBERS + 2)
async def who_stays_comes_once_in_a_complete_list(stage: CheckContext) -> None:
    """With `complete=True` whoever is there from first to last comes once, whoever comes and goes meanwhile."""
    await stage.members(_MEMBERS)
    before = ids(await stage.users.list().collect())
    came: list[User] = []
    gone: str | None = None
    listing = stage.provider.users(stage.organization.id).list(UserQuery(complete=True))
    most = 4 * len(before)
    async for page in Paginator(listing, page_size=max(1, len(before) // 4)).pages():
        came += page.items
        if gone is None and len(page):
            gone = next((user.id for user in came if user.username and user.username.startswith("kit")), "")
            if gone:
                await stage.users.remove(gone, account="delete")
            await stage.user()
        most -= 1
        expect(most > 0, "the list does not end")
    stayed = set(before) - {gone}
    expect_once([user for user in came if user.id in stayed], stayed, "a complete list that changes")


async def _resumed(users: Users, cursor: str | None, query: str | None = None, role: str | None = None) -> object:
    if cursor is None:
        fail("a page of one among several has no next cursor")
    return await users.list(cursor=cursor, query=query, role=role)


_NEW = 3


def _listed(stage: CheckContext, name: str) -> Listed:
    lists: Mapping[str, Callable[[], Any]] = {
        "organizations": lambda: stage.client.organizations,
        "accounts": lambda: stage.client.accounts,
        "roles": lambda: stage.client.roles,
        "invitations": lambda: stage.organization.invitations,
    }
    return lambda size: cast("Paginator[Identified]", lists[name]().list(page_size=size))


def _maker(stage: CheckContext, name: str) -> Made:
    async def invite() -> Identified:
        made = await stage.organization.invitations.create(f"{stage.text()}@example.com")
        if stage.can(Capability.INVITATIONS_REMOVE):
            stage.undo(lambda: stage.organization.invitations.remove(made.id))
        return made

    makers: Mapping[str, Made] = {
        "organizations": stage.new_organization,
        "accounts": stage.account,
        "roles": stage.role,
        "invitations": invite,
    }
    return makers[name]


def _check(name: str) -> Check:
    async def every_one_comes_once(stage: CheckContext) -> None:
        make, new = _maker(stage, name), list[str]()
        if stage.can(Capability(f"{name}.create")):
            new = [(await make()).id for _ in range(_NEW)]
        whole, pages, size = await small_pages(_listed(stage, name))
        expect(set(ids(whole)) >= set(new), "one that was made did not come")
        expect_once(whole, ids(whole), "the largest pages")
        expect_once([item for page in pages for item in page], ids(whole), "small pages")
        # One that is never paged comes whole, whatever size is asked for.
        expect(len(pages) == 1 or all(len(page) <= size for page in pages), f"a page is longer than {size}")

    claim = f"The list of {name} has each of them once, in large and in small pages."
    needs = frozenset({Capability(f"{name}.list")})
    return Check(f"pagination.every_one_comes_once[{name}]", claim, every_one_comes_once, needs, users=_NEW)


for _name in ("organizations", "accounts", "roles", "invitations"):
    register(_check(_name))
