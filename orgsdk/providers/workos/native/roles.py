"""Native operations on the roles of the environment and of one organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.http import build_body
from orgsdk.providers.workos.models.roles import (
    AddRolePermission,
    CreateOrganizationRole,
    CreateRole,
    SetRolePermissions,
    UpdateRole,
    WorkOSRole,
)
from orgsdk.providers.workos.native.base import WorkOSNativeOperations

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from orgsdk.pagination import Paginator
    from orgsdk.providers.workos.models.keywords import (
        AddRolePermissionFields,
        CreateOrganizationRoleFields,
        CreateRoleFields,
        SetRolePermissionsFields,
        UpdateRoleFields,
    )


class WorkOSEnvironmentRolesAPI(WorkOSNativeOperations):
    """Native operations on the roles of the environment, which every organization has."""

    def list_environment_roles(self) -> Paginator[WorkOSRole]:
        """List the roles of the environment.

        Returns:
            A paginator of one page; it has sent no request.

        Source:
            GET /authorization/roles.
        """
        return self._list_whole(WorkOSRole, "list_environment_roles")

    async def create_environment_role(
        self, role: CreateRole | None = None, /, **fields: Unpack[CreateRoleFields]
    ) -> WorkOSRole:
        """Create a role of the environment. It cannot be deleted by the API.

        Args:
            role: The role, as a model.
            **fields: The fields of `CreateRole`, instead of the model.

        Returns:
            The role.

        Raises:
            InvalidArgumentError: A field is invalid, or both the model and fields are passed.
            ConflictError: The slug is taken.
            OutcomeUnknownError: The response was lost. `roles.create` looks the role up in this case.

        Source:
            POST /authorization/roles.
        """
        return await self._call(WorkOSRole, "create_environment_role", build_body(CreateRole, role, fields))

    async def get_environment_role(self, slug: str) -> WorkOSRole:
        """Return one role of the environment.

        Args:
            slug: Slug of the role.

        Returns:
            The role.

        Raises:
            NotFoundError: No such role.

        Source:
            GET /authorization/roles/{slug}.
        """
        return await self._call(WorkOSRole, "get_environment_role", slug=slug)

    async def update_environment_role(
        self, slug: str, changes: UpdateRole | None = None, /, **fields: Unpack[UpdateRoleFields]
    ) -> WorkOSRole:
        """Update the display name or the description of a role of the environment.

        Args:
            slug: Slug of the role.
            changes: The changes, as a model.
            **fields: The fields of `UpdateRole`, instead of the model.

        Returns:
            The role after the change.

        Raises:
            NotFoundError: No such role.

        Source:
            PATCH /authorization/roles/{slug}.
        """
        body = build_body(UpdateRole, changes, fields)
        return await self._call(WorkOSRole, "update_environment_role", body, slug=slug)

    async def set_environment_role_permissions(
        self, slug: str, body: SetRolePermissions | None = None, /, **fields: Unpack[SetRolePermissionsFields]
    ) -> WorkOSRole:
        """Replace the permissions of a role of the environment.

        Args:
            slug: Slug of the role.
            body: The permissions, as a model.
            **fields: The fields of `SetRolePermissions`, instead of the model.

        Returns:
            The role after the change.

        Raises:
            NotFoundError: No such role or permission.

        Source:
            PUT /authorization/roles/{slug}/permissions.
        """
        sent = build_body(SetRolePermissions, body, fields)
        return await self._call(WorkOSRole, "set_environment_role_permissions", sent, slug=slug)

    async def add_environment_role_permission(
        self, slug: str, permission: AddRolePermission | None = None, /, **fields: Unpack[AddRolePermissionFields]
    ) -> WorkOSRole:
        """Add a permission to a role of the environment.

        Args:
            slug: Slug of the role.
            permission: The permission, as a model.
            **fields: The fields of `AddRolePermission`, instead of the model.

        Returns:
            The role after the change.

        Raises:
            NotFoundError: No such role or permission.
            OutcomeUnknownError: The response was lost: read the role.

        Source:
            POST /authorization/roles/{slug}/permissions.
        """
        body = build_body(AddRolePermission, permission, fields)
        return await self._call(WorkOSRole, "add_environment_role_permission", body, slug=slug)


class WorkOSOrganizationRolesAPI(WorkOSNativeOperations):
    """Native operations on the roles that one organization has for itself. Their slugs start with ``org-``."""

    def list_organization_roles(self, organization_id: str) -> Paginator[WorkOSRole]:
        """List the roles that members of an organization can have: the environment's, and its own.

        Args:
            organization_id: Id of the organization.

        Returns:
            A paginator of one page; it has sent no request.

        Raises:
            InvalidArgumentError: The id is invalid. Raised at once.

        Source:
            GET /authorization/organizations/{organizationId}/roles.
        """
        return self._list_whole(WorkOSRole, "list_organization_roles", organization_id=organization_id)

    async def create_organization_role(
        self,
        organization_id: str,
        role: CreateOrganizationRole | None = None,
        /,
        **fields: Unpack[CreateOrganizationRoleFields],
    ) -> WorkOSRole:
        """Create a role of one organization.

        Args:
            organization_id: Id of the organization.
            role: The role, as a model.
            **fields: The fields of `CreateOrganizationRole`, instead of the model.

        Returns:
            The role.

        Raises:
            ConflictError: The slug is taken.
            OutcomeUnknownError: The response was lost: read the role by its slug.

        Source:
            POST /authorization/organizations/{organizationId}/roles.
        """
        body = build_body(CreateOrganizationRole, role, fields)
        return await self._call(WorkOSRole, "create_organization_role", body, organization_id=organization_id)

    async def get_organization_role(self, organization_id: str, slug: str) -> WorkOSRole:
        """Return one role of an organization.

        Args:
            organization_id: Id of the organization.
            slug: Slug of the role.

        Returns:
            The role.

        Raises:
            NotFoundError: No such organization or role.

        Source:
            GET /authorization/organizations/{organizationId}/roles/{slug}.
        """
        return await self._call(WorkOSRole, "get_organization_role", organization_id=organization_id, slug=slug)

    async def update_organization_role(
        self,
        organization_id: str,
        slug: str,
        changes: UpdateRole | None = None,
        /,
        **fields: Unpack[UpdateRoleFields],
    ) -> WorkOSRole:
        """Update the display name or the description of a role of one organization.

        Args:
            organization_id: Id of the organization.
            slug: Slug of the role.
            changes: The changes, as a model.
            **fields: The fields of `UpdateRole`, instead of the model.

        Returns:
            The role after the change.

        Raises:
            NotFoundError: No such organization or role.

        Source:
            PATCH /authorization/organizations/{organizationId}/roles/{slug}.
        """
        return await self._call(
            WorkOSRole,
            "update_organization_role",
            build_body(UpdateRole, changes, fields),
            organization_id=organization_id,
            slug=slug,
        )

    async def delete_organization_role(self, organization_id: str, slug: str) -> None:
        """Delete a role of one organization that no member has.

        Args:
            organization_id: Id of the organization.
            slug: Slug of the role.

        Raises:
            NotFoundError: No such organization or role.
            ConflictError: A member or a group has the role.

        Source:
            DELETE /authorization/organizations/{organizationId}/roles/{slug}.
        """
        await self._delete("delete_organization_role", organization_id=organization_id, slug=slug)

    async def set_organization_role_permissions(
        self,
        organization_id: str,
        slug: str,
        body: SetRolePermissions | None = None,
        /,
        **fields: Unpack[SetRolePermissionsFields],
    ) -> WorkOSRole:
        """Replace the permissions of a role of one organization.

        Args:
            organization_id: Id of the organization.
            slug: Slug of the role.
            body: The permissions, as a model.
            **fields: The fields of `SetRolePermissions`, instead of the model.

        Returns:
            The role after the change.

        Raises:
            NotFoundError: No such organization, role or permission.

        Source:
            PUT /authorization/organizations/{organizationId}/roles/{slug}/permissions.
        """
        return await self._call(
            WorkOSRole,
            "set_organization_role_permissions",
            build_body(SetRolePermissions, body, fields),
            organization_id=organization_id,
            slug=slug,
        )

    async def add_organization_role_permission(
        self,
        organization_id: str,
        slug: str,
        permission: AddRolePermission | None = None,
        /,
        **fields: Unpack[AddRolePermissionFields],
    ) -> WorkOSRole:
        """Add a permission to a role of one organization.

        Args:
            organization_id: Id of the organization.
            slug: Slug of the role.
            permission: The permission, as a model.
            **fields: The fields of `AddRolePermission`, instead of the model.

        Returns:
            The role after the change.

        Raises:
            NotFoundError: No such organization, role or permission.
            OutcomeUnknownError: The response was lost: read the role.

        Source:
            POST /authorization/organizations/{organizationId}/roles/{slug}/permissions.
        """
        return await self._call(
            WorkOSRole,
            "add_organization_role_permission",
            build_body(AddRolePermission, permission, fields),
            organization_id=organization_id,
            slug=slug,
        )

    async def remove_organization_role_permission(self, organization_id: str, slug: str, permission_slug: str) -> None:
        """Take a permission from a role of one organization.

        Args:
            organization_id: Id of the organization.
            slug: Slug of the role.
            permission_slug: Slug of the permission.

        Raises:
            NotFoundError: No such organization, role or permission.

        Source:
            DELETE /authorization/organizations/{organizationId}/roles/{slug}/permissions/{permissionSlug}.
        """
        await self._delete(
            "remove_organization_role_permission",
            organization_id=organization_id,
            slug=slug,
            permission_slug=permission_slug,
        )
