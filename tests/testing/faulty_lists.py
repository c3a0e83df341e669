"""Providers with one bug each in their lists: pages, cursors, totals, filters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orgsdk.domain import InvitationQuery, UserQuery
from orgsdk.errors import NotFoundError
from orgsdk.pagination import Slice
from orgsdk.providers.memory.invitations import MemoryInvitations
from orgsdk.providers.memory.users import MemoryUsers
from tests.testing.bug_registry import detected_by, with_fetch

if TYPE_CHECKING:
    from orgsdk.domain import (
        Invitation,
        User,
    )
    from orgsdk.pagination import Listing, Take
    from tests.testing.bug_registry import Fetch


class Users(MemoryUsers):
    """Users whose list has a bug, implemented by `page`."""

    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        return await fetch(position, page_size)

    def list(self, query: UserQuery) -> Listing[User]:
        return with_fetch(super().list(query), self.page)


# Pages


@detected_by("pagination.small_pages_have_the_same_users")
class RepeatedItems(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        found = await fetch(position, page_size)
        if position is None or not found.items:
            return found
        before = await fetch(f"before:{position.partition(':')[2]}", 1)
        return replace(found, items=[*before.items, *found.items][:page_size])


@detected_by("pagination.small_pages_have_the_same_users")
class MissingItem(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        found = await fetch(position, page_size)
        return found if position is None else replace(found, items=found.items[1:])


@detected_by("pagination.small_pages_have_the_same_users")
class LoopingCursor(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        found = await fetch(position, page_size)
        return replace(found, next=found.next or "after:0") if position is not None else found


@detected_by("pagination.small_pages_have_the_same_users")
class TruncatedList(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        found = await fetch(position, page_size)
        return replace(found, next=None) if position is not None else found


@detected_by("pagination.small_pages_have_the_same_users")
class EndlessList(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        number = int((position or ":0").partition(":")[2])
        user = (await fetch(None, 1)).items[0].model_copy(update={"id": f"user_{number}"})
        return Slice([user], next=f"after:{number + 1}")


@detected_by("pagination.list_has_every_user_once")
class OnlyThreeItems(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        found = await fetch(position, page_size)
        return replace(found, items=found.items[:3])


@detected_by("pagination.page_size_is_respected")
class IgnoredPageSize(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        return await fetch(position, 100)


@detected_by("pagination.next_cursor_resumes")
class CursorInMemory(Users):
    def list(self, query: UserQuery) -> Listing[User]:
        listing, positions = super().list(query), dict[str, str]()

        async def page(fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
            found = await fetch(positions.get(position or ""), page_size)
            token = f"after:{len(positions) + 1}"
            if found.next is not None:
                positions[token] = found.next
            return replace(found, next=token if found.next else None, previous=None)

        return with_fetch(listing, page)


@detected_by("pagination.previous_cursor_goes_back")
class PreviousCursorToStart(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        found = await fetch(position, page_size)
        return replace(found, previous=found.previous and "after:0")


@detected_by("pagination.total_counts_the_whole_list")
class TotalOfThePage(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        found = await fetch(position, page_size)
        return replace(found, total=len(found.items))


@detected_by("pagination.list_can_be_read_twice")
class ListWithMemory(Users):
    def list(self, query: UserQuery) -> Listing[User]:
        listed: set[str] = set()

        async def page(fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
            found = await fetch(position, page_size)
            items = [user for user in found.items if user.id not in listed]
            listed.update(user.id for user in items)
            return replace(found, items=items)

        return with_fetch(super().list(query), page)


@detected_by("pagination.cursor_of_another_query_is_refused")
class CursorForAnyQuery(MemoryUsers):
    def list(self, query: UserQuery) -> Listing[User]:
        return replace(super().list(query), scope=(self._organization_id, query.role))


@detected_by("pagination.cursor_of_another_role_is_refused")
class CursorForAnyRole(MemoryUsers):
    def list(self, query: UserQuery) -> Listing[User]:
        return replace(super().list(query), scope=(self._organization_id, query.query))


@detected_by("pagination.cursor_of_another_organization_is_refused")
class CursorForAnyOrganization(MemoryUsers):
    def list(self, query: UserQuery) -> Listing[User]:
        return replace(super().list(query), scope=(query.query, query.role))


@detected_by("pagination.invalid_position_is_refused")
class UncheckedPosition(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        return await fetch(None if position is None else f"after:{int(position.partition(':')[2])}", page_size)


@detected_by("pagination.complete_list_survives_changes")
class ShiftingPages(MemoryUsers):
    def list(self, query: UserQuery) -> Listing[User]:
        async def page(fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
            start = int((position or "after:0").partition(":")[2])
            whole = (await fetch(None, 100)).items
            more = start + page_size < len(whole)
            return Slice(whole[start : start + page_size], next=f"after:{start + page_size}" if more else None)

        return with_fetch(super().list(query), page)


@detected_by("pagination.complete_list_survives_swaps")
class CompleteByTotal(MemoryUsers):
    """Complete lists that end when as many users came as the total states, which proves nothing."""

    def list(self, query: UserQuery) -> Listing[User]:
        async def numbered(fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
            start = int((position or "after:0").partition(":")[2])
            whole = (await fetch(None, 100)).items
            end = start + page_size
            following = f"after:{end}" if end < len(whole) else "after:0"
            return Slice(whole[start:end], next=following, total=len(whole))

        listing = with_fetch(super().list(query), numbered)
        return replace(listing, walk=self._until_the_total, resumable=False) if query.complete else super().list(query)

    def _until_the_total(self) -> Take[User]:
        came: dict[str, User] = {}

        def take(found: Slice[User]) -> Slice[User]:
            items = [user for user in found.items if user.id not in came]
            came.update((user.id, user) for user in items)
            return replace(found, items=items, next=None if len(came) >= (found.total or 0) else found.next)

        return take


@detected_by("pagination.complete_list_survives_swaps")
class ShiftingAtOneBoundary(MemoryUsers):
    """Complete lists whose fourth page starts at a number of users, and not behind the last one."""

    def list(self, query: UserQuery) -> Listing[User]:
        pages = 0

        async def page(fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
            nonlocal pages
            pages = 1 if position is None else pages + 1
            if pages != 4:
                return await fetch(position, page_size)
            behind = await fetch(None, 3 * page_size)  # its next position is behind so many users
            return await fetch(behind.next, page_size)

        return with_fetch(super().list(query), page)


@detected_by("users.count_matches_the_list[users]")
class StaleCount(MemoryUsers):
    async def count(self, query: UserQuery) -> int:
        return await super().count(query) - 1


# Filters


@detected_by("users.query_filters_the_list[users]")
class IgnoredQuery(MemoryUsers):
    def list(self, query: UserQuery) -> Listing[User]:
        return replace(super().list(UserQuery(role=query.role)), scope=super().list(query).scope)


@detected_by("users.query_filters_the_list[users]")
class CountWithoutFilter(MemoryUsers):
    async def count(self, query: UserQuery) -> int:
        return await super().count(UserQuery())


@detected_by("users.role_filters_the_list")
class IgnoredRole(MemoryUsers):
    def list(self, query: UserQuery) -> Listing[User]:
        return replace(super().list(UserQuery(query=query.query)), scope=super().list(query).scope)


@detected_by("not_found.unknown_status_matches_nothing")
class IgnoredStatus(MemoryInvitations):
    def list(self, query: InvitationQuery) -> Listing[Invitation]:
        return super().list(InvitationQuery(email=query.email))


@detected_by("not_found.users_of_removed_organization_raise")
class EmptyListForUnknownOrganization(Users):
    async def page(self, fetch: Fetch, position: str | None, page_size: int) -> Slice[User]:
        try:
            return await fetch(position, page_size)
        except NotFoundError:
            return Slice([])
