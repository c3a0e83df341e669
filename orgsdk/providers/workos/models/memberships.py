"""Wire models of organization memberships and of the assignment of roles for single resources."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from pydantic import Field, JsonValue

from orgsdk.providers.workos.models.base import UNSENT, Time, WorkOSBody, WorkOSResponseModel
from orgsdk.providers.workos.models.users import WorkOSUser

MembershipStatus: TypeAlias = Literal["active", "inactive", "pending"]
"""The states of a membership. A pending one is that of an invitation."""


class RoleSlug(WorkOSResponseModel):
    """A role by its slug.

    Attributes:
        slug: The slug.
    """

    slug: str


class OrganizationMembership(WorkOSResponseModel):
    """A user's membership of an organization.

    Attributes:
        id: Id.
        user_id: Id of the user.
        organization_id: Id of the organization.
        organization_name: Name of the organization.
        status: ``"active"``, ``"inactive"`` or ``"pending"``.
        role: The primary role.
        roles: All roles. Empty at servers that know one role only.
        user: The user. None at servers that do not send it.
        directory_managed: Whether a directory manages the membership.
        custom_attributes: Attributes of the directory or the identity provider.
        created_at: When it was created.
        updated_at: When it was last changed.
    """

    id: str
    user_id: str | None = None
    organization_id: str | None = None
    organization_name: str | None = None
    status: str | None = None
    role: RoleSlug | None = None
    roles: tuple[RoleSlug, ...] = ()
    user: WorkOSUser | None = None
    directory_managed: bool | None = None
    custom_attributes: dict[str, JsonValue] | None = Field(None, repr=False)
    created_at: Time = None
    updated_at: Time = None


class CreateOrganizationMembership(WorkOSBody):
    """Request body that makes a user a member.

    Attributes:
        user_id: Id of the user.
        organization_id: Id of the organization.
        role_slug: Slug of the role. Default: the environment's default role, ``member``.
        role_slugs: Slugs of several roles, instead of `role_slug`, if the environment allows several.
    """

    alternatives: ClassVar[tuple[tuple[str, str], ...]] = (("role_slug", "role_slugs"),)

    user_id: str
    organization_id: str
    role_slug: str = UNSENT
    role_slugs: list[str] = UNSENT


class UpdateOrganizationMembership(WorkOSBody):
    """Request body that replaces the roles of a membership.

    Attributes:
        role_slug: Slug of the role.
        role_slugs: Slugs of several roles, instead of `role_slug`, if the environment allows several.
    """

    alternatives: ClassVar[tuple[tuple[str, str], ...]] = (("role_slug", "role_slugs"),)

    role_slug: str = UNSENT
    role_slugs: list[str] = UNSENT


class RoleAssignmentResource(WorkOSResponseModel):
    """The resource that a role is assigned for.

    Attributes:
        id: Id of the resource.
        external_id: Its id in the application.
        resource_type_slug: Its type.
    """

    id: str
    external_id: str | None = None
    resource_type_slug: str | None = None


class RoleAssignmentSource(WorkOSResponseModel):
    """Where an assignment comes from.

    Attributes:
        type: ``"direct"`` or ``"group"``.
        group_role_assignment_id: Id of the group's assignment.
    """

    type: str | None = None
    group_role_assignment_id: str | None = None


class RoleAssignment(WorkOSResponseModel):
    """A role that a membership has for one resource.

    Attributes:
        id: Id.
        organization_membership_id: Id of the membership.
        role: The role.
        resource: The resource.
        source: Where the assignment comes from.
        created_at: When it was created.
        updated_at: When it was last changed.
    """

    id: str
    organization_membership_id: str | None = None
    role: RoleSlug | None = None
    resource: RoleAssignmentResource | None = None
    source: RoleAssignmentSource | None = None
    created_at: Time = None
    updated_at: Time = None


class AssignRole(WorkOSBody):
    """Request body that assigns a role for one resource, or ends the assignment.

    Attributes:
        role_slug: Slug of the role.
        resource_id: Id of the resource.
        resource_external_id: The resource's id in the application, instead of `resource_id`.
        resource_type_slug: The resource's type, with `resource_external_id`.
    """

    alternatives: ClassVar[tuple[tuple[str, str], ...]] = (
        ("resource_id", "resource_external_id"),
        ("resource_id", "resource_type_slug"),
    )

    role_slug: str
    resource_id: str = UNSENT
    resource_external_id: str = UNSENT
    resource_type_slug: str = UNSENT
