"""Users of the token's organization at Flat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import UserQuery, mark_adopted
from orgsdk.errors import NotFoundError, UnsupportedError
from orgsdk.pagination import Paginator, Slice
from orgsdk.providers.base import UserOperations
from orgsdk.providers.flat import drafts, records, wire
from orgsdk.providers.flat.models.user import UserAdminUpdate
from orgsdk.providers.flat.room import Room, listing
from orgsdk.providers.matching import match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import Role, User, UserChanges, UserDraft
    from orgsdk.pagination import Listing
    from orgsdk.providers.base import Account


class FlatUsers(Room, UserOperations):
    """The users of one organization."""

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe `listOrganizationUsers`."""
        parameters = _filters(query).parameters()

        async def fetch(position: str | None, page_size: int) -> Slice[User]:
            request = wire.list_organization_users(parameters, position, page_size)
            await self._check_organization()
            return await self._connection.page(request, records.users.many)

        scope = (self._organization_id, query.query, query.role)
        return listing("users.list", scope, fetch, count=lambda: self.count(query))

    async def get(self, user_id: str) -> User:
        """Give one user, found by searching: Flat has no request for one.

        Costs one request where Flat's search knows the id; else the whole list is read, a request for each 1,000
        users, before it is said that there is none.
        """
        wire.IDS.check(user_id, "user id")
        for query in (UserQuery(query=user_id), UserQuery()):
            async for user in Paginator(self.list(query)):
                if user.id == user_id:
                    return user
        raise NotFoundError(
            f"the organization has no user {user_id}.",
            provider=wire.NAME,
            operation="list_organization_users",
        )

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Give the user of that address or username, by `listOrganizationUsers` with `q`."""
        found = Paginator(self.list(UserQuery(query=email or username)))
        return await match(
            found, email=email, username=username, provider=wire.NAME, operation="list_organization_users"
        )

    async def count(self, query: UserQuery) -> int:
        """Count by `countOrgaUsers`, which answers a bare integer."""
        request = wire.count_orga_users(_filters(query))
        await self._check_organization()
        return await self._connection.read(request, wire.read_count)

    def check_create(self, draft: UserDraft) -> None:
        """Raise what Flat does not take of the account that is to be made."""
        drafts.user_creation(draft).content()

    def check_update(self, changes: UserChanges) -> None:
        """Raise what Flat does not take of the changes."""
        update = drafts.user_update(changes)
        if update is not None:
            update.content()

    async def create(self, draft: UserDraft) -> User:
        """Make an account by `createOrganizationUser`; after a lost answer it is looked up by its username."""
        wanted = drafts.user_creation(draft)
        request = wire.create_organization_user(wanted)
        await self._check_organization()

        async def look_up() -> User | None:
            found = await self.find(email=None, username=wanted.username)
            return found if found is not None and drafts.is_as_created(found, wanted) else None

        user, adopted = await self._connection.create(request, records.users.one, look_up=look_up)
        if adopted:
            mark_adopted(user)
        return user

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Change a user by `updateOrganizationUser`."""
        update = drafts.user_update(changes)
        if update is None:
            return await self.get(user_id)
        return await self._update(user_id, update)

    async def remove(self, user_id: str, account: Account) -> None:
        """Remove a user by `removeOrganizationUser`: the account becomes an individual one, or is deleted."""
        request = wire.remove_organization_user(user_id, convert_to_individual=True if account == "keep" else None)
        await self._check_organization()
        await self._connection.send(request)

    async def list_roles(self, user_id: str) -> Sequence[Role]:
        """Give the one role of the user, who is read."""
        return [records.role_of(name) for name in (await self.get(user_id)).roles]

    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Give the user the one role by `updateOrganizationUser`."""
        await self._update(user_id, UserAdminUpdate(organization_role=drafts.one_role(roles, "users.set_roles")))

    async def add_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Do nothing where the user holds the role; another beside the one that they hold cannot be added."""
        wanted = {wire.check_role(role) for role in roles}
        held = (await self.get(user_id)).roles
        if not wanted <= set(held):
            if held:
                advice = f"The user holds {held[0]}: set_roles replaces it."
                raise UnsupportedError(wire.NAME, "users.add_roles beside a role", advice)
            await self.set_roles(user_id, roles)

    async def remove_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Do nothing where the user does not hold the roles; the one that they hold cannot be taken."""
        unwanted = {wire.check_role(role) for role in roles}
        held = (await self.get(user_id)).roles
        if unwanted & set(held):
            advice = "A member holds exactly one role: set another with set_roles."
            raise UnsupportedError(wire.NAME, "users.remove_roles of the only role", advice)

    async def _update(self, user_id: str, update: UserAdminUpdate) -> User:
        request = wire.update_organization_user(user_id, update)
        await self._check_organization()
        return await self._connection.read(request, records.users.one)


def _filters(query: UserQuery) -> wire.UserFilters:
    return wire.UserFilters(q=query.query, role=() if query.role is None else query.role)
