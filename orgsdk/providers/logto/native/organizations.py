"""Native operations on organizations and their just-in-time (JIT) provisioning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.logto import requests
from orgsdk.providers.logto.models import ModelReader, Organization, OrganizationJitEmailDomain, OrganizationRole
from orgsdk.providers.logto.native.base import NativeOperations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.pagination import Paginator
    from orgsdk.providers.logto.models import CreateOrganization, UpdateOrganization

_ORGANIZATIONS = ModelReader(Organization)


class OrganizationsAPI(NativeOperations):
    """Work with organizations."""

    def list_organizations(
        self,
        *,
        q: str | None = None,
        show_featured: bool = False,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[Organization]:
        """List the tenant's organizations, which Logto keeps in no order from page to page.

        `q` narrows to those whose name or id contains it; `%` and `_` in it stand for anything. `show_featured`
        adds `users_count` and 3 `featured_users` at most. `page_size` is 1 to 100, which is the default; `cursor`
        resumes at a page's `next_cursor`.

        Raises `InvalidArgumentError` for the page size and `InvalidCursorError`, at once.

        Source: `ListOrganizations`.

        Example: `async for organization in client.native.list_organizations(show_featured=True): ...`
        """
        return self._paged(
            _ORGANIZATIONS,
            lambda position, size: requests.organizations.list_organizations(
                q, position, size, show_featured=show_featured
            ),
            page_size,
            cursor,
        )

    async def create_organization(self, organization: CreateOrganization) -> Organization:
        """Make an organization and give it.

        Names are not unique, and a lost answer leaves its error: `client.organizations.create` finds what was made.

        Raises `BadRequestError` for what Logto finds invalid.

        Source: `CreateOrganization`.

        Example: `await client.native.create_organization(CreateOrganization(name="Band"))`
        """
        return await self._connection.read_one(_ORGANIZATIONS, requests.organizations.create_organization(organization))

    async def get_organization(self, organization_id: str) -> Organization:
        """Give one organization.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `GetOrganization`.
        """
        return await self._connection.read_one(_ORGANIZATIONS, requests.organizations.get_organization(organization_id))

    async def update_organization(self, organization_id: str, *, changes: UpdateOrganization) -> Organization:
        """Change what `changes` sets and give the organization; custom data is replaced as a whole.

        Raises `NotFoundError`, `BadRequestError` for what Logto finds invalid, and `UnprocessableError` where
        `changes` sets nothing.

        Source: `UpdateOrganization`.
        """
        return await self._connection.read_one(
            _ORGANIZATIONS, requests.organizations.update_organization(organization_id, changes)
        )

    async def delete_organization(self, organization_id: str) -> None:
        """Delete an organization with its memberships and invitations, for good.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `DeleteOrganization`.
        """
        await self._connection.send(requests.organizations.delete_organization(organization_id))


_EMAIL_DOMAINS = ModelReader(OrganizationJitEmailDomain)
_JIT_ROLES = ModelReader(OrganizationRole)


class JitAPI(NativeOperations):
    """Work with just-in-time provisioning. Who is created by the API does not join by it."""

    def list_organization_jit_email_domains(
        self, organization_id: str, *, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[OrganizationJitEmailDomain]:
        """List the e-mail domains whose people join an organization.

        `page_size` is 1 to 100, which is the default; `cursor` resumes at a page's `next_cursor`.

        Raises `InvalidArgumentError` and `InvalidCursorError`, at once.

        Source: `ListOrganizationJitEmailDomains`.
        """
        return self._paged(
            _EMAIL_DOMAINS,
            lambda position, size: requests.organizations.list_organization_jit_email_domains(
                organization_id, position, size
            ),
            page_size,
            cursor,
        )

    async def create_organization_jit_email_domain(
        self, organization_id: str, *, email_domain: str
    ) -> OrganizationJitEmailDomain:
        """Have the people of one more e-mail domain join, such as `example.com`.

        Raises `InvalidArgumentError` for what is no domain, `ConflictError` where it is there already, and
        `UnprocessableError` where the organization does not exist.

        Source: `CreateOrganizationJitEmailDomain`.
        """
        request = requests.organizations.create_organization_jit_email_domain(organization_id, email_domain)
        return await self._connection.read_one(_EMAIL_DOMAINS, request)

    async def replace_organization_jit_email_domains(
        self, organization_id: str, *, email_domains: Iterable[str]
    ) -> None:
        """Have the people of exactly these e-mail domains join; an empty list takes all away.

        Raises `InvalidArgumentError` for what is no domain.

        Source: `ReplaceOrganizationJitEmailDomains`.
        """
        request = requests.organizations.replace_organization_jit_email_domains(organization_id, email_domains)
        await self._connection.send(request)

    async def delete_organization_jit_email_domain(self, organization_id: str, *, email_domain: str) -> None:
        """Have the people of an e-mail domain join no more. Members stay.

        Raises `InvalidArgumentError` for what is no domain, and `NotFoundError`.

        Source: `DeleteOrganizationJitEmailDomain`.
        """
        await self._connection.send(
            requests.organizations.delete_organization_jit_email_domain(organization_id, email_domain)
        )

    def list_organization_jit_roles(
        self, organization_id: str, *, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[OrganizationRole]:
        """List the roles that who joins an organization holds.

        `page_size` is 1 to 100, which is the default; `cursor` resumes at a page's `next_cursor`.

        Raises `InvalidArgumentError` and `InvalidCursorError`, at once.

        Source: `ListOrganizationJitRoles`.
        """
        return self._paged(
            _JIT_ROLES,
            lambda position, size: requests.organizations.list_organization_jit_roles(organization_id, position, size),
            page_size,
            cursor,
        )

    async def assign_organization_jit_roles(
        self, organization_id: str, *, organization_role_ids: Iterable[str]
    ) -> None:
        """Have who joins hold these roles too.

        Raises `InvalidArgumentError` for an empty list, and `UnprocessableError` where the organization or one of
        the roles does not exist.

        Source: `CreateOrganizationJitRole`.
        """
        await self._connection.send(
            requests.organizations.create_organization_jit_role(organization_id, organization_role_ids)
        )

    async def replace_organization_jit_roles(
        self, organization_id: str, *, organization_role_ids: Iterable[str]
    ) -> None:
        """Have who joins hold exactly these roles; an empty list takes all away.

        Raises `UnprocessableError` where the organization or one of the roles does not exist.

        Source: `ReplaceOrganizationJitRoles`.
        """
        await self._connection.send(
            requests.organizations.replace_organization_jit_roles(organization_id, organization_role_ids)
        )

    async def delete_organization_jit_role(self, organization_id: str, *, organization_role_id: str) -> None:
        """Have who joins hold a role no more.

        Raises `InvalidArgumentError` for what can be no id, and `NotFoundError`.

        Source: `DeleteOrganizationJitRole`.
        """
        await self._connection.send(
            requests.organizations.delete_organization_jit_role(organization_id, organization_role_id)
        )
