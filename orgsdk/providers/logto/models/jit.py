"""Just-in-time provisioning of organizations on the wire."""

from __future__ import annotations

from orgsdk.providers.logto.models.base import Model


class OrganizationJitEmailDomain(Model):
    """Hold an e-mail domain whose people join the organization when they first sign in."""

    tenant_id: str | None = None
    organization_id: str | None = None
    email_domain: str
