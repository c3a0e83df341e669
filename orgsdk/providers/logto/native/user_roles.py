"""Logto's operations on the roles of the tenant that an account holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.logto import wire
from orgsdk.providers.logto.models import AssignedUserRoles, ModelReader, UserRole
from orgsdk.providers.logto.native.base import NativeOperations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from orgsdk.pagination import Paginator

_ROLES = ModelReader(UserRole)
_ASSIGNED = ModelReader(AssignedUserRoles)


class UserRolesAPI(NativeOperations):
    """Work with roles of the tenant, for API resources; those of organizations are others."""

    def list_user_roles(
        self,
        user_id: str,
        *,
        search_params: Mapping[str, str | Sequence[str]] | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[UserRole]:
        """List the roles of the tenant that an account holds.

        `search_params` are as for `list_users`. `page_size` is 1 to 100, which is the default; `cursor` resumes at a
        page's `next_cursor`.

        Raises `InvalidArgumentError` and `InvalidCursorError` at once, and `NotFoundError`.

        Source: `ListUserRoles`.
        """
        return self._paged(
            _ROLES,
            lambda position, size: wire.users.list_user_roles(user_id, search_params, position, size),
            page_size,
            cursor,
        )

    async def assign_user_roles(self, user_id: str, *, role_ids: Iterable[str]) -> AssignedUserRoles:
        """Have an account hold these roles of the tenant too, and tell which it did not hold before.

        Raises `InvalidArgumentError` for an empty list, `NotFoundError` for an account or a role that does not exist,
        and `UnprocessableError` for a role that is for machines.

        Source: `AssignUserRoles`.
        """
        return await self._connection.one(_ASSIGNED, wire.users.assign_user_roles(user_id, role_ids))

    async def replace_user_roles(self, user_id: str, *, role_ids: Iterable[str]) -> AssignedUserRoles:
        """Have an account hold exactly these roles of the tenant; an empty list takes all away.

        Raises `NotFoundError` and `UnprocessableError` as `assign_user_roles` does.

        Source: `ReplaceUserRoles`.
        """
        return await self._connection.one(_ASSIGNED, wire.users.replace_user_roles(user_id, role_ids))

    async def delete_user_role(self, user_id: str, *, role_id: str) -> None:
        """Have an account hold a role of the tenant no more.

        Raises `InvalidArgumentError` for what can be no id, and `NotFoundError` where it does not hold it.

        Source: `DeleteUserRole`.
        """
        await self._connection.send(wire.users.delete_user_role(user_id, role_id))
