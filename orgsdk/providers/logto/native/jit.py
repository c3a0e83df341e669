"""Logto's operations on just-in-time provisioning: who joins an organization when they first sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.logto import wire
from orgsdk.providers.logto.models import ModelReader, OrganizationJitEmailDomain, OrganizationRole
from orgsdk.providers.logto.native.base import NativeOperations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.pagination import Paginator

_DOMAINS = ModelReader(OrganizationJitEmailDomain)
_ROLES = ModelReader(OrganizationRole)


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
            _DOMAINS,
            lambda position, size: wire.jit.list_organization_jit_email_domains(organization_id, position, size),
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
        request = wire.jit.create_organization_jit_email_domain(organization_id, email_domain)
        return await self._connection.one(_DOMAINS, request)

    async def replace_organization_jit_email_domains(
        self, organization_id: str, *, email_domains: Iterable[str]
    ) -> None:
        """Have the people of exactly these e-mail domains join; an empty list takes all away.

        Raises `InvalidArgumentError` for what is no domain.

        Source: `ReplaceOrganizationJitEmailDomains`.
        """
        request = wire.jit.replace_organization_jit_email_domains(organization_id, email_domains)
        await self._connection.send(request)

    async def delete_organization_jit_email_domain(self, organization_id: str, *, email_domain: str) -> None:
        """Have the people of an e-mail domain join no more. Members stay.

        Raises `InvalidArgumentError` for what is no domain, and `NotFoundError`.

        Source: `DeleteOrganizationJitEmailDomain`.
        """
        await self._connection.send(wire.jit.delete_organization_jit_email_domain(organization_id, email_domain))

    def list_organization_jit_roles(
        self, organization_id: str, *, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[OrganizationRole]:
        """List the roles that who joins an organization holds.

        `page_size` is 1 to 100, which is the default; `cursor` resumes at a page's `next_cursor`.

        Raises `InvalidArgumentError` and `InvalidCursorError`, at once.

        Source: `ListOrganizationJitRoles`.
        """
        return self._paged(
            _ROLES,
            lambda position, size: wire.jit.list_organization_jit_roles(organization_id, position, size),
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
        await self._connection.send(wire.jit.create_organization_jit_role(organization_id, organization_role_ids))

    async def replace_organization_jit_roles(
        self, organization_id: str, *, organization_role_ids: Iterable[str]
    ) -> None:
        """Have who joins hold exactly these roles; an empty list takes all away.

        Raises `UnprocessableError` where the organization or one of the roles does not exist.

        Source: `ReplaceOrganizationJitRoles`.
        """
        await self._connection.send(wire.jit.replace_organization_jit_roles(organization_id, organization_role_ids))

    async def delete_organization_jit_role(self, organization_id: str, *, organization_role_id: str) -> None:
        """Have who joins hold a role no more.

        Raises `InvalidArgumentError` for what can be no id, and `NotFoundError`.

        Source: `DeleteOrganizationJitRole`.
        """
        await self._connection.send(wire.jit.delete_organization_jit_role(organization_id, organization_role_id))
