"""Native operations on organization memberships, and on the roles that they have for single resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.http import build_body
from orgsdk.providers.workos.models.memberships import (
    AssignRole,
    CreateOrganizationMembership,
    OrganizationMembership,
    RoleAssignment,
    UpdateOrganizationMembership,
)
from orgsdk.providers.workos.native.base import WorkOSNativeOperations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Unpack

    from orgsdk.pagination import Paginator
    from orgsdk.providers.workos.models.keywords import (
        AssignRoleFields,
        CreateOrganizationMembershipFields,
        UpdateOrganizationMembershipFields,
    )
    from orgsdk.providers.workos.models.memberships import MembershipStatus
    from orgsdk.providers.workos.native.base import Order


class WorkOSMembershipsAPI(WorkOSNativeOperations):
    """Native operations on organization memberships."""

    def list_organization_memberships(
        self,
        *,
        organization_id: str | None = None,
        user_id: str | None = None,
        statuses: Iterable[MembershipStatus] = (),
        order: Order = "desc",
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[OrganizationMembership]:
        """List the memberships of an organization, of a user, or of a user in an organization.

        Args:
            organization_id: Only memberships of this organization. WorkOS needs it or `user_id`.
            user_id: Only memberships of this user.
            statuses: Only memberships with one of these states. Default: active ones.
            order: ``"desc"`` is newest first.
            page_size: Memberships per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: A filter is empty, or the page size is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.

        Source:
            GET /user_management/organization_memberships.
        """
        return self._list(
            OrganizationMembership,
            "list_organization_memberships",
            ("organization_id", organization_id),
            ("user_id", user_id),
            ("statuses", ",".join(statuses) or None),
            order=order,
            page_size=page_size,
            cursor=cursor,
        )

    async def create_organization_membership(
        self,
        membership: CreateOrganizationMembership | None = None,
        /,
        **fields: Unpack[CreateOrganizationMembershipFields],
    ) -> OrganizationMembership:
        """Make a user a member of an organization. An inactive membership becomes active, with the new role.

        Args:
            membership: The membership, as a model.
            **fields: The fields of `CreateOrganizationMembership`, instead of the model.

        Returns:
            The membership.

        Raises:
            NotFoundError: No such user or organization.
            ConflictError: The user is a member.
            UnprocessableError: No such role, or several roles in an environment that allows one.
            OutcomeUnknownError: The response was lost. `users.add` looks the membership up in this case.

        Source:
            POST /user_management/organization_memberships.
        """
        body = build_body(CreateOrganizationMembership, membership, fields)
        return await self._call(OrganizationMembership, "create_organization_membership", body)

    async def get_organization_membership(self, organization_membership_id: str) -> OrganizationMembership:
        """Return one membership.

        Args:
            organization_membership_id: Id of the membership.

        Returns:
            The membership.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such membership.

        Source:
            GET /user_management/organization_memberships/{id}.
        """
        return await self._call(
            OrganizationMembership,
            "get_organization_membership",
            organization_membership_id=organization_membership_id,
        )

    async def update_organization_membership(
        self,
        organization_membership_id: str,
        changes: UpdateOrganizationMembership | None = None,
        /,
        **fields: Unpack[UpdateOrganizationMembershipFields],
    ) -> OrganizationMembership:
        """Replace the roles of a membership.

        Args:
            organization_membership_id: Id of the membership.
            changes: The roles, as a model.
            **fields: The fields of `UpdateOrganizationMembership`, instead of the model.

        Returns:
            The membership after the change.

        Raises:
            NotFoundError: No such membership.
            UnprocessableError: No such role, or several roles in an environment that allows one.

        Source:
            PUT /user_management/organization_memberships/{id}.
        """
        return await self._call(
            OrganizationMembership,
            "update_organization_membership",
            build_body(UpdateOrganizationMembership, changes, fields),
            organization_membership_id=organization_membership_id,
        )

    async def delete_organization_membership(self, organization_membership_id: str) -> None:
        """End a membership. The user stays.

        Args:
            organization_membership_id: Id of the membership.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such membership.

        Source:
            DELETE /user_management/organization_memberships/{id}.
        """
        await self._delete("delete_organization_membership", organization_membership_id=organization_membership_id)

    async def deactivate_organization_membership(self, organization_membership_id: str) -> OrganizationMembership:
        """Deactivate a membership, which keeps its roles.

        Args:
            organization_membership_id: Id of the membership.

        Returns:
            The membership, which is inactive.

        Raises:
            NotFoundError: No such membership.
            ConflictError: The membership is pending.

        Source:
            PUT /user_management/organization_memberships/{id}/deactivate.
        """
        return await self._call(
            OrganizationMembership,
            "deactivate_organization_membership",
            organization_membership_id=organization_membership_id,
        )

    async def reactivate_organization_membership(self, organization_membership_id: str) -> OrganizationMembership:
        """Activate an inactive membership again, with the roles that it had.

        Args:
            organization_membership_id: Id of the membership.

        Returns:
            The membership, which is active.

        Raises:
            NotFoundError: No such membership.
            ConflictError: The membership is pending.

        Source:
            PUT /user_management/organization_memberships/{id}/reactivate.
        """
        return await self._call(
            OrganizationMembership,
            "reactivate_organization_membership",
            organization_membership_id=organization_membership_id,
        )

    def list_role_assignments(
        self,
        organization_membership_id: str,
        *,
        resource_id: str | None = None,
        resource_external_id: str | None = None,
        resource_type_slug: str | None = None,
        order: Order = "desc",
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[RoleAssignment]:
        """List the roles that a membership has for single resources.

        Args:
            organization_membership_id: Id of the membership.
            resource_id: Only the roles for this resource.
            resource_external_id: Only the roles for the resource with this id in the application.
            resource_type_slug: Type of that resource.
            order: ``"desc"`` is newest first.
            page_size: Assignments per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: The id, a filter or the page size is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.

        Source:
            GET /authorization/organization_memberships/{organization_membership_id}/role_assignments.
        """
        return self._list(
            RoleAssignment,
            "list_role_assignments",
            ("resource_id", resource_id),
            ("resource_external_id", resource_external_id),
            ("resource_type_slug", resource_type_slug),
            order=order,
            page_size=page_size,
            cursor=cursor,
            organization_membership_id=organization_membership_id,
        )

    async def assign_role(
        self,
        organization_membership_id: str,
        assignment: AssignRole | None = None,
        /,
        **fields: Unpack[AssignRoleFields],
    ) -> RoleAssignment:
        """Assign a role for one resource to a membership.

        Args:
            organization_membership_id: Id of the membership.
            assignment: The role and the resource, as a model.
            **fields: The fields of `AssignRole`, instead of the model.

        Returns:
            The assignment.

        Raises:
            NotFoundError: No such membership, role or resource.
            OutcomeUnknownError: The response was lost: list the assignments.

        Source:
            POST /authorization/organization_memberships/{organization_membership_id}/role_assignments.
        """
        return await self._call(
            RoleAssignment,
            "assign_role",
            build_body(AssignRole, assignment, fields),
            organization_membership_id=organization_membership_id,
        )

    async def remove_role(
        self,
        organization_membership_id: str,
        assignment: AssignRole | None = None,
        /,
        **fields: Unpack[AssignRoleFields],
    ) -> None:
        """Take a role for one resource from a membership.

        Args:
            organization_membership_id: Id of the membership.
            assignment: The role and the resource, as a model.
            **fields: The fields of `AssignRole`, instead of the model.

        Raises:
            NotFoundError: No such membership or assignment.

        Source:
            DELETE /authorization/organization_memberships/{organization_membership_id}/role_assignments.
        """
        await self._delete(
            "remove_role",
            build_body(AssignRole, assignment, fields),
            organization_membership_id=organization_membership_id,
        )

    async def remove_role_assignment(self, organization_membership_id: str, role_assignment_id: str) -> None:
        """End an assignment by its id.

        Args:
            organization_membership_id: Id of the membership.
            role_assignment_id: Id of the assignment.

        Raises:
            NotFoundError: No such membership or assignment.

        Source:
            DELETE /authorization/organization_memberships/{organization_membership_id}/role_assignments/{id}.
        """
        await self._delete(
            "remove_role_assignment",
            organization_membership_id=organization_membership_id,
            role_assignment_id=role_assignment_id,
        )
