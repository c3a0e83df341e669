"""Wire models of roles and permissions."""

from __future__ import annotations

from orgsdk.providers.workos.models.base import UNSENT, Strings, Time, WorkOSBody, WorkOSResponseModel


class WorkOSRole(WorkOSResponseModel):
    """A role of the environment or of one organization.

    Attributes:
        id: Id. Requests name a role by its slug.
        slug: The slug, which never changes.
        name: Display name.
        description: Description.
        type: ``"EnvironmentRole"`` or ``"OrganizationRole"``.
        resource_type_slug: Type of the resources that the role is for.
        permissions: Slugs of the permissions.
        created_at: When it was created.
        updated_at: When it was last changed.
    """

    id: str
    slug: str | None = None
    name: str | None = None
    description: str | None = None
    type: str | None = None
    resource_type_slug: str | None = None
    permissions: Strings = ()
    created_at: Time = None
    updated_at: Time = None


class CreateRole(WorkOSBody):
    """Request body that creates a role of the environment.

    Attributes:
        slug: The slug, at most 48 characters.
        name: Display name, at most 48 characters.
        description: Description, at most 150 characters.
        resource_type_slug: Type of the resources that the role is for.
    """

    slug: str
    name: str
    description: str | None = None
    resource_type_slug: str = UNSENT


class CreateOrganizationRole(WorkOSBody):
    """Request body that creates a role of one organization.

    Attributes:
        name: Display name, at most 48 characters.
        slug: The slug: ``org-``, then ``a-z``, ``0-9``, ``_`` and ``-``. Without one, WorkOS makes a random one.
        description: Description, at most 150 characters.
        resource_type_slug: Type of the resources that the role is for.
    """

    name: str
    slug: str = UNSENT
    description: str | None = None
    resource_type_slug: str = UNSENT


class UpdateRole(WorkOSBody):
    """Request body that updates a role of the environment or of one organization. The slug never changes.

    Attributes:
        name: Display name.
        description: Description. None clears it.
    """

    name: str = UNSENT
    description: str | None = None


class SetRolePermissions(WorkOSBody):
    """Request body that replaces the permissions of a role.

    Attributes:
        permissions: Slugs of the permissions.
    """

    permissions: list[str]


class AddRolePermission(WorkOSBody):
    """Request body that adds a permission to a role.

    Attributes:
        slug: Slug of the permission.
    """

    slug: str


class Permission(WorkOSResponseModel):
    """A permission of the environment.

    Attributes:
        id: Id. Requests name a permission by its slug.
        slug: The slug, which never changes.
        name: Display name.
        description: Description.
        system: Whether it is WorkOS' own.
        resource_type_slug: Type of the resources that the permission is for.
        created_at: When it was created.
        updated_at: When it was last changed.
    """

    id: str
    slug: str | None = None
    name: str | None = None
    description: str | None = None
    system: bool | None = None
    resource_type_slug: str | None = None
    created_at: Time = None
    updated_at: Time = None


class CreatePermission(WorkOSBody):
    """Request body that creates a permission.

    Attributes:
        slug: The slug, at most 48 characters.
        name: Display name, at most 48 characters.
        description: Description, at most 150 characters.
        resource_type_slug: Type of the resources that the permission is for.
    """

    slug: str
    name: str
    description: str | None = None
    resource_type_slug: str = UNSENT


class UpdatePermission(WorkOSBody):
    """Request body that updates a permission. The slug never changes.

    Attributes:
        name: Display name.
        description: Description. None clears it.
    """

    name: str = UNSENT
    description: str | None = None
