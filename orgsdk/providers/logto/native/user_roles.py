"""Native operations on the tenant roles of an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import JsonReader
from orgsdk.providers.logto.models import AssignedUserRoles, UserRole
from orgsdk.providers.logto.native.base import LogtoNativeOperations
from orgsdk.providers.logto.requests import users as requests

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from orgsdk.pagination import Paginator

_ROLES = JsonReader(UserRole)
_ASSIGNED_ROLES = JsonReader(AssignedUserRoles)


class LogtoUserRolesAPI(LogtoNativeOperations):
    """Native operations on an account's tenant roles, which are for API resources. Organization roles are separate."""

    def list_user_roles(
        self,
        user_id: str,
        *,
        search_params: Mapping[str, str | Sequence[str]] | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[UserRole]:
        """List the tenant roles of an account.

        Args:
            user_id: Id of the account.
            search_params: Parameters of the search, as for `list_users`, on the fields `id`, `name` and `description`.
            page_size: Roles per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: The id, a parameter or the page size is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.
            NotFoundError: No such account.

        Source: Logto ListUserRoles.
        """
        return self._paginate(
            _ROLES,
            lambda position, size: requests.list_user_roles(user_id, search_params, position, size),
            page_size=page_size,
            cursor=cursor,
        )

    async def assign_user_roles(self, user_id: str, *, role_ids: Iterable[str]) -> AssignedUserRoles:
        """Add tenant roles to an account.

        Args:
            user_id: Id of the account.
            role_ids: Ids of the roles, at least one.

        Returns:
            The ids of the request, and those that the account did not have before.

        Raises:
            InvalidArgumentError: An id is invalid, or the list is empty.
            NotFoundError: No such account, or no such role. No role was added.
            UnprocessableError: A role is for machines. No role was added.

        Source: Logto AssignUserRoles.
        """
        return await self._read_one(requests.assign_user_roles(user_id, role_ids), _ASSIGNED_ROLES)

    async def replace_user_roles(self, user_id: str, *, role_ids: Iterable[str]) -> AssignedUserRoles:
        """Replace the tenant roles of an account.

        Logto removes roles before it adds others, without a transaction. A role for machines is refused after the
        removal: the account then has only those of its roles that are in `role_ids`. To change roles without this
        risk, use `assign_user_roles` and `delete_user_role`.

        Args:
            user_id: Id of the account.
            role_ids: Ids of the roles. An empty list removes all.

        Returns:
            The ids of the request, and those that the account did not have before.

        Raises:
            InvalidArgumentError: An id is invalid.
            NotFoundError: No such account, or no such role. No role was changed.
            UnprocessableError: A role is for machines (`entity.db_constraint_violated`). Roles that are not in
                `role_ids` are already removed.

        Source: Logto ReplaceUserRoles.
        """
        return await self._read_one(requests.replace_user_roles(user_id, role_ids), _ASSIGNED_ROLES)

    async def delete_user_role(self, user_id: str, *, role_id: str) -> None:
        """Remove a tenant role from an account.

        Args:
            user_id: Id of the account.
            role_id: Id of the role.

        Raises:
            InvalidArgumentError: An id is invalid.
            NotFoundError: The account does not have the role.

        Source: Logto DeleteUserRole.
        """
        await self._send(requests.delete_user_role(user_id, role_id))
