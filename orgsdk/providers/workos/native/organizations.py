"""Native operations on organizations and their domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.http import build_body
from orgsdk.providers.workos.models.organizations import (
    CreateOrganization,
    CreateOrganizationDomain,
    OrganizationDomain,
    UpdateOrganization,
    WorkOSOrganization,
)
from orgsdk.providers.workos.native.base import WorkOSNativeOperations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Unpack

    from orgsdk.pagination import Paginator
    from orgsdk.providers.workos.models.keywords import (
        CreateOrganizationDomainFields,
        CreateOrganizationFields,
        UpdateOrganizationFields,
    )
    from orgsdk.providers.workos.native.base import Order


class WorkOSOrganizationsAPI(WorkOSNativeOperations):
    """Native operations on organizations and their domains."""

    def list_organizations(
        self,
        *,
        domains: Iterable[str] = (),
        search: str | None = None,
        order: Order = "desc",
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[WorkOSOrganization]:
        """List the organizations of the environment.

        Args:
            domains: Only organizations with one of these domains.
            search: Only organizations whose name has this text.
            order: ``"desc"`` is newest first.
            page_size: Organizations per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: A filter is empty, or the page size is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.

        Source:
            GET /organizations.
        """
        return self._list(
            WorkOSOrganization,
            "list_organizations",
            ("domains", ",".join(domains) or None),
            ("search", search),
            order=order,
            page_size=page_size,
            cursor=cursor,
        )

    async def create_organization(
        self, organization: CreateOrganization | None = None, /, **fields: Unpack[CreateOrganizationFields]
    ) -> WorkOSOrganization:
        """Create an organization. With an `external_id`, WorkOS refuses a second one.

        Args:
            organization: The organization, as a model.
            **fields: The fields of `CreateOrganization`, instead of the model.

        Returns:
            The organization.

        Raises:
            InvalidArgumentError: A field is invalid, or both the model and fields are passed.
            ConflictError: The external id or a domain is taken.
            OutcomeUnknownError: The response was lost. Look it up by its `external_id`. `organizations.create` looks
                it up by itself.

        Source:
            POST /organizations.

        Example:
            ``await client.native.create_organization(name="School", external_id="school-7")``
        """
        body = build_body(CreateOrganization, organization, fields)
        return await self._call(WorkOSOrganization, "create_organization", body)

    async def get_organization(self, organization_id: str) -> WorkOSOrganization:
        """Return one organization.

        Args:
            organization_id: Id of the organization.

        Returns:
            The organization.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such organization.

        Source:
            GET /organizations/{id}.
        """
        return await self._call(WorkOSOrganization, "get_organization", organization_id=organization_id)

    async def get_organization_by_external_id(self, external_id: str) -> WorkOSOrganization:
        """Return the organization with an id of another system.

        Args:
            external_id: The id in the other system.

        Returns:
            The organization.

        Raises:
            NotFoundError: No such organization.

        Source:
            GET /organizations/external_id/{external_id}.
        """
        return await self._call(WorkOSOrganization, "get_organization_by_external_id", external_id=external_id)

    async def update_organization(
        self,
        organization_id: str,
        changes: UpdateOrganization | None = None,
        /,
        **fields: Unpack[UpdateOrganizationFields],
    ) -> WorkOSOrganization:
        """Update an organization.

        Args:
            organization_id: Id of the organization.
            changes: The changes, as a model.
            **fields: The fields of `UpdateOrganization`, instead of the model.

        Returns:
            The organization after the change.

        Raises:
            NotFoundError: No such organization.
            ConflictError: The external id or a domain is taken.

        Source:
            PUT /organizations/{id}.
        """
        body = build_body(UpdateOrganization, changes, fields)
        return await self._call(WorkOSOrganization, "update_organization", body, organization_id=organization_id)

    async def delete_organization(self, organization_id: str) -> None:
        """Delete an organization permanently, with its memberships and domains. Its users stay.

        Args:
            organization_id: Id of the organization.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such organization.

        Source:
            DELETE /organizations/{id}.
        """
        await self._delete("delete_organization", organization_id=organization_id)

    async def create_organization_domain(
        self, body: CreateOrganizationDomain | None = None, /, **fields: Unpack[CreateOrganizationDomainFields]
    ) -> OrganizationDomain:
        """Add a domain to an organization.

        Args:
            body: The domain, as a model.
            **fields: The fields of `CreateOrganizationDomain`, instead of the model.

        Returns:
            The domain, which is pending.

        Raises:
            ConflictError: An organization has the domain.
            OutcomeUnknownError: The response was lost: read the organization.

        Source:
            POST /organization_domains.
        """
        sent = build_body(CreateOrganizationDomain, body, fields)
        return await self._call(OrganizationDomain, "create_organization_domain", sent)

    async def get_organization_domain(self, organization_domain_id: str) -> OrganizationDomain:
        """Return one domain.

        Args:
            organization_domain_id: Id of the domain.

        Returns:
            The domain.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such domain.

        Source:
            GET /organization_domains/{id}.
        """
        return await self._call(
            OrganizationDomain, "get_organization_domain", organization_domain_id=organization_domain_id
        )

    async def verify_organization_domain(self, organization_domain_id: str) -> OrganizationDomain:
        """Start the verification of a domain by its DNS entry.

        Args:
            organization_domain_id: Id of the domain.

        Returns:
            The domain.

        Raises:
            NotFoundError: No such domain.
            ConflictError: The domain is verified already.
            OutcomeUnknownError: The response was lost: read the domain.

        Source:
            POST /organization_domains/{id}/verify.
        """
        return await self._call(
            OrganizationDomain, "verify_organization_domain", organization_domain_id=organization_domain_id
        )

    async def delete_organization_domain(self, organization_domain_id: str) -> None:
        """Delete a domain.

        Args:
            organization_domain_id: Id of the domain.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such domain.

        Source:
            DELETE /organization_domains/{id}.
        """
        await self._delete("delete_organization_domain", organization_domain_id=organization_domain_id)
