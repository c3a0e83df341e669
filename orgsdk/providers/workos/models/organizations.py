"""Wire models of organizations and of their domains."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from orgsdk.providers.workos.models.base import UNSENT, Metadata, Time, WorkOSBody, WorkOSResponseModel


class OrganizationDomain(WorkOSResponseModel):
    """A domain of an organization.

    Attributes:
        id: Id.
        organization_id: Id of the organization.
        domain: The domain, such as ``example.com``.
        state: ``"pending"``, ``"verified"``, ``"failed"``, ``"unverified"`` or ``"legacy_verified"``.
        verification_prefix: Name of the DNS entry.
        verification_token: Content of the DNS entry.
        verification_strategy: ``"dns"`` or ``"manual"``.
        created_at: When it was created.
        updated_at: When it was last changed.
    """

    id: str
    organization_id: str | None = None
    domain: str | None = None
    state: str | None = None
    verification_prefix: str | None = None
    verification_token: str | None = Field(None, repr=False)
    verification_strategy: str | None = None
    created_at: Time = None
    updated_at: Time = None


class WorkOSOrganization(WorkOSResponseModel):
    """An organization of the environment.

    Attributes:
        id: Id.
        name: Name.
        domains: The domains.
        metadata: Texts of the application.
        external_id: The organization's id in another system.
        stripe_customer_id: Id of the customer at Stripe.
        allow_profiles_outside_organization: Whether users of other domains may join (deprecated).
        created_at: When it was created.
        updated_at: When it was last changed.
    """

    id: str
    name: str | None = None
    domains: tuple[OrganizationDomain, ...] = ()
    metadata: Metadata | None = None
    external_id: str | None = None
    stripe_customer_id: str | None = None
    allow_profiles_outside_organization: bool | None = None
    created_at: Time = None
    updated_at: Time = None


class DomainData(WorkOSBody):
    """A domain in the body of an organization.

    Attributes:
        domain: The domain, such as ``example.com``.
        state: ``"verified"`` for a domain whose owner is known.
    """

    domain: str
    state: Literal["pending", "verified"]


class CreateOrganization(WorkOSBody):
    """Request body that creates an organization.

    Attributes:
        name: Name. It need not be unique.
        domain_data: The domains, with their state.
        domains: The domains (deprecated: use `domain_data`).
        external_id: The organization's id in another system, unique in the environment.
        metadata: Texts of the application.
        allow_profiles_outside_organization: Whether users of other domains may join (deprecated).
    """

    name: str
    domain_data: list[DomainData] = UNSENT
    domains: list[str] = UNSENT
    external_id: str | None = None
    metadata: Metadata | None = None
    allow_profiles_outside_organization: bool = UNSENT


class UpdateOrganization(WorkOSBody):
    """Request body that updates an organization. A field that is not set stays as it is.

    Attributes:
        name: Name.
        domain_data: All domains, with their state.
        domains: All domains (deprecated: use `domain_data`).
        external_id: The organization's id in another system. None clears it.
        metadata: Texts of the application. Read them first: they may be replaced as a whole.
        stripe_customer_id: Id of the customer at Stripe.
        allow_profiles_outside_organization: Whether users of other domains may join (deprecated).
    """

    name: str = UNSENT
    domain_data: list[DomainData] = UNSENT
    domains: list[str] = UNSENT
    external_id: str | None = None
    metadata: Metadata | None = None
    stripe_customer_id: str = UNSENT
    allow_profiles_outside_organization: bool = UNSENT


class CreateOrganizationDomain(WorkOSBody):
    """Request body that adds a domain to an organization.

    Attributes:
        domain: The domain, such as ``example.com``.
        organization_id: Id of the organization.
    """

    domain: str
    organization_id: str
