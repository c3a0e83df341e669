"""Native operations on organizations and their just-in-time (JIT) provisioning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from orgsdk.domain import JsonReader
from orgsdk.providers.http.bodies import build_body
from orgsdk.providers.logto.models import (
    CreateOrganization,
    CreateOrganizationFields,
    OrganizationJitEmailDomain,
    OrganizationRole,
    TenantOrganization,
    UpdateOrganization,
    UpdateOrganizationFields,
)
from orgsdk.providers.logto.native.base import LogtoNativeOperations
from orgsdk.providers.logto.requests import organizations as requests

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.pagination import Paginator

_ORGANIZATIONS = JsonReader(TenantOrganization)
_EMAIL_DOMAINS = JsonReader(OrganizationJitEmailDomain)
_ROLES = JsonReader(OrganizationRole)


class LogtoOrganizationsAPI(LogtoNativeOperations):
    """Native operations on organizations."""

    def list_organizations(
        self,
        *,
        q: str | None = None,
        show_featured: bool = False,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[TenantOrganization]:
        """List the tenant's organizations. Logto keeps no order between pages while organizations change.

        Args:
            q: Text that the name or the id contains. `%` and `_` are wildcards.
            show_featured: Add `users_count` and `featured_users` (3 at most) to each organization.
            page_size: Organizations per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: The page size or the search text is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.

        Source: Logto ListOrganizations.

        Example:
            ``async for organization in client.native.list_organizations(show_featured=True): ...``
        """
        return self._paginate(
            _ORGANIZATIONS,
            lambda position, size: requests.list_organizations(q, position, size, show_featured=show_featured),
            page_size=page_size,
            cursor=cursor,
        )

    async def create_organization(
        self, organization: CreateOrganization | None = None, **fields: Unpack[CreateOrganizationFields]
    ) -> TenantOrganization:
        """Create an organization.

        Names are not unique. `client.organizations.create` looks the organization up after a lost response.

        Args:
            organization: The new organization.
            **fields: Its fields, instead of `organization`.

        Returns:
            The organization.

        Raises:
            InvalidArgumentError: A field is invalid.
            OutcomeUnknownError: The response was lost.
            BadRequestError: Logto refuses a value as invalid.

        Source: Logto CreateOrganization.

        Example:
            ``await client.native.create_organization(name="School")``
        """
        body = build_body(CreateOrganization, organization, fields)
        return await self._read_one(requests.create_organization(body), _ORGANIZATIONS)

    async def get_organization(self, organization_id: str) -> TenantOrganization:
        """Return one organization.

        Args:
            organization_id: Id of the organization.

        Returns:
            The organization.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such organization.

        Source: Logto GetOrganization.
        """
        return await self._read_one(requests.get_organization(organization_id), _ORGANIZATIONS)

    async def update_organization(
        self,
        organization_id: str,
        changes: UpdateOrganization | None = None,
        **fields: Unpack[UpdateOrganizationFields],
    ) -> TenantOrganization:
        """Update an organization.

        Args:
            organization_id: Id of the organization.
            changes: The fields to change. `custom_data` replaces the whole object.
            **fields: The fields, instead of `changes`.

        Returns:
            The updated organization.

        Raises:
            InvalidArgumentError: The id or a field is invalid.
            NotFoundError: No such organization.
            BadRequestError: Logto refuses a value as invalid.
            UnprocessableError: There is no field to change.

        Source: Logto UpdateOrganization.
        """
        body = build_body(UpdateOrganization, changes, fields)
        return await self._read_one(requests.update_organization(organization_id, body), _ORGANIZATIONS)

    async def delete_organization(self, organization_id: str) -> None:
        """Delete an organization permanently, with its memberships and invitations.

        Args:
            organization_id: Id of the organization.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such organization.

        Source: Logto DeleteOrganization.
        """
        await self._send(requests.delete_organization(organization_id))


class LogtoJitAPI(LogtoNativeOperations):
    """Native operations on just-in-time (JIT) provisioning: users join when they first sign in.

    A user that the API creates does not join.
    """

    def list_organization_jit_email_domains(
        self, organization_id: str, *, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[OrganizationJitEmailDomain]:
        """List the e-mail domains whose users join an organization.

        Args:
            organization_id: Id of the organization.
            page_size: Domains per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: The id or the page size is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.

        Source: Logto ListOrganizationJitEmailDomains.
        """
        return self._paginate(
            _EMAIL_DOMAINS,
            lambda position, size: requests.list_organization_jit_email_domains(organization_id, position, size),
            page_size=page_size,
            cursor=cursor,
        )

    async def create_organization_jit_email_domain(
        self, organization_id: str, *, email_domain: str
    ) -> OrganizationJitEmailDomain:
        """Add an e-mail domain whose users join an organization.

        Args:
            organization_id: Id of the organization.
            email_domain: Domain without `@`, such as `example.com`.

        Returns:
            The added domain.

        Raises:
            InvalidArgumentError: The id or the domain is invalid.
            ConflictError: The organization has the domain already.
            OutcomeUnknownError: The response was lost.
            UnprocessableError: No such organization.

        Source: Logto CreateOrganizationJitEmailDomain.
        """
        request = requests.create_organization_jit_email_domain(organization_id, email_domain)
        return await self._read_one(request, _EMAIL_DOMAINS)

    async def replace_organization_jit_email_domains(
        self, organization_id: str, *, email_domains: Iterable[str]
    ) -> None:
        """Replace the e-mail domains whose users join an organization.

        Args:
            organization_id: Id of the organization.
            email_domains: Domains without `@`. An empty list removes all.

        Raises:
            InvalidArgumentError: The id or a domain is invalid.

        Source: Logto ReplaceOrganizationJitEmailDomains.
        """
        request = requests.replace_organization_jit_email_domains(organization_id, email_domains)
        await self._send(request)

    async def delete_organization_jit_email_domain(self, organization_id: str, *, email_domain: str) -> None:
        """Remove an e-mail domain. Its users who are members stay members.

        Args:
            organization_id: Id of the organization.
            email_domain: Domain without `@`.

        Raises:
            InvalidArgumentError: The id or the domain is invalid.
            NotFoundError: No such organization, or it does not have the domain.

        Source: Logto DeleteOrganizationJitEmailDomain.
        """
        await self._send(requests.delete_organization_jit_email_domain(organization_id, email_domain))

    def list_organization_jit_roles(
        self, organization_id: str, *, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[OrganizationRole]:
        """List the roles that a user receives when they join an organization.

        Args:
            organization_id: Id of the organization.
            page_size: Roles per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: The id or the page size is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.

        Source: Logto ListOrganizationJitRoles.
        """
        return self._paginate(
            _ROLES,
            lambda position, size: requests.list_organization_jit_roles(organization_id, position, size),
            page_size=page_size,
            cursor=cursor,
        )

    async def assign_organization_jit_roles(
        self, organization_id: str, *, organization_role_ids: Iterable[str]
    ) -> None:
        """Add roles that a user receives when they join an organization.

        Args:
            organization_id: Id of the organization.
            organization_role_ids: Ids of the roles, at least one.

        Raises:
            InvalidArgumentError: An id is invalid, or the list is empty.
            UnprocessableError: No such organization, or no such role.
            OutcomeUnknownError: The response was lost.

        Source: Logto CreateOrganizationJitRole.
        """
        await self._send(requests.create_organization_jit_role(organization_id, organization_role_ids))

    async def replace_organization_jit_roles(
        self, organization_id: str, *, organization_role_ids: Iterable[str]
    ) -> None:
        """Replace the roles that a user receives when they join an organization.

        Args:
            organization_id: Id of the organization.
            organization_role_ids: Ids of the roles. An empty list removes all.

        Raises:
            InvalidArgumentError: An id is invalid.
            UnprocessableError: No such organization, or no such role.

        Source: Logto ReplaceOrganizationJitRoles.
        """
        await self._send(requests.replace_organization_jit_roles(organization_id, organization_role_ids))

    async def delete_organization_jit_role(self, organization_id: str, *, organization_role_id: str) -> None:
        """Remove a role that a user receives when they join an organization.

        Args:
            organization_id: Id of the organization.
            organization_role_id: Id of the role.

        Raises:
            InvalidArgumentError: An id is invalid.
            NotFoundError: No such organization, or it does not have the role.

        Source: Logto DeleteOrganizationJitRole.
        """
        await self._send(requests.delete_organization_jit_role(organization_id, organization_role_id))
