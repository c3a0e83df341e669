"""Native operations on the permissions that roles consist of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.http import build_body
from orgsdk.providers.workos.models.roles import CreatePermission, Permission, UpdatePermission
from orgsdk.providers.workos.native.base import WorkOSNativeOperations

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from orgsdk.pagination import Paginator
    from orgsdk.providers.workos.models.keywords import CreatePermissionFields, UpdatePermissionFields
    from orgsdk.providers.workos.native.base import Order


class WorkOSPermissionsAPI(WorkOSNativeOperations):
    """Native operations on permissions."""

    def list_permissions(
        self, *, order: Order = "desc", page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[Permission]:
        """List the permissions of the environment.

        Args:
            order: ``"desc"`` is newest first.
            page_size: Permissions per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: The page size is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.

        Source:
            GET /authorization/permissions.
        """
        return self._list(Permission, "list_permissions", order=order, page_size=page_size, cursor=cursor)

    async def create_permission(
        self, permission: CreatePermission | None = None, /, **fields: Unpack[CreatePermissionFields]
    ) -> Permission:
        """Create a permission.

        Args:
            permission: The permission, as a model.
            **fields: The fields of `CreatePermission`, instead of the model.

        Returns:
            The permission.

        Raises:
            InvalidArgumentError: A field is invalid, or both the model and fields are passed.
            ConflictError: The slug is taken.
            OutcomeUnknownError: The response was lost: read the permission by its slug.

        Source:
            POST /authorization/permissions.
        """
        return await self._call(Permission, "create_permission", build_body(CreatePermission, permission, fields))

    async def get_permission(self, slug: str) -> Permission:
        """Return one permission.

        Args:
            slug: Slug of the permission.

        Returns:
            The permission.

        Raises:
            NotFoundError: No such permission.

        Source:
            GET /authorization/permissions/{slug}.
        """
        return await self._call(Permission, "get_permission", slug=slug)

    async def update_permission(
        self, slug: str, changes: UpdatePermission | None = None, /, **fields: Unpack[UpdatePermissionFields]
    ) -> Permission:
        """Update the display name or the description of a permission.

        Args:
            slug: Slug of the permission.
            changes: The changes, as a model.
            **fields: The fields of `UpdatePermission`, instead of the model.

        Returns:
            The permission after the change.

        Raises:
            NotFoundError: No such permission.

        Source:
            PATCH /authorization/permissions/{slug}.
        """
        body = build_body(UpdatePermission, changes, fields)
        return await self._call(Permission, "update_permission", body, slug=slug)

    async def delete_permission(self, slug: str) -> None:
        """Delete a permission.

        Args:
            slug: Slug of the permission.

        Raises:
            NotFoundError: No such permission.

        Source:
            DELETE /authorization/permissions/{slug}.
        """
        await self._delete("delete_permission", slug=slug)
