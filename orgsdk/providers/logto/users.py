"""The members of one Logto organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import UserQuery
from orgsdk.errors import DecodeError, NotFoundError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import UserOperations
from orgsdk.providers.logto import records, wire
from orgsdk.providers.logto.reading import paged
from orgsdk.providers.matching import match

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.domain import User
    from orgsdk.pagination import Listing
    from orgsdk.providers.logto.roles import LogtoRoles
    from orgsdk.transport import Request, Transport

_OPERATION = "list_organization_users"


class LogtoUsers(UserOperations):
    """Read the members of the organization of `organization_id`."""

    def __init__(self, transport: Transport, roles: LogtoRoles, organization_id: str) -> None:
        self._transport = transport
        self._roles = roles
        self._organization_id = organization_id

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe `ListOrganizationUsers`, in the order of their ids.

        A role is looked up by name before the first page, which costs one more request.
        """
        return paged(
            self._transport,
            records.users,
            name="users.list",
            scope=(self._organization_id, query.query, query.role),
            ask=self._asking(query),
        )

    async def get(self, user_id: str) -> User:
        """Give one member, found by searching: Logto has no request for one member with their roles."""
        wire.IDS.check(user_id, "user id")
        async for user in Paginator(self.list(UserQuery(query=user_id))):
            if user.id == user_id:
                return user
        raise NotFoundError(
            f"organization {self._organization_id} has no member {user_id}.",
            provider=wire.NAME,
            operation=_OPERATION,
        )

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Give the member of that address or username, by `ListOrganizationUsers` with `q`.

        `q` is a search in which `%` and `_` stand for anything, so it finds too many rather than too few.
        """
        found = Paginator(self.list(UserQuery(query=email or username)))
        return await match(found, email=email, username=username, provider=wire.NAME, operation=_OPERATION)

    async def count(self, query: UserQuery) -> int:
        """Count by the total that comes with a page of one."""
        request = await self._asking(query)(None, 1)
        found = wire.total(await self._transport.send(request))
        if found is None:
            raise DecodeError("the answer has no Total-Number.", provider=wire.NAME, operation=request.operation)
        return found

    def _asking(self, query: UserQuery) -> Callable[[str | None, int], Awaitable[Request]]:
        role_id: str | None = None

        async def ask(position: str | None, page_size: int) -> Request:
            nonlocal role_id
            if query.role is not None and role_id is None:
                role_id = await self._roles.id_of(query.role)
            return wire.list_organization_users(self._organization_id, query.query, role_id, position, page_size)

        return ask
