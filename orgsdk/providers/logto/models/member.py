"""What Logto answers of writes to an organization's members."""

from __future__ import annotations

from orgsdk.providers.logto.models.base import Model


class AddedOrganizationUsers(Model):
    """Echo the ids that were asked for, whether they were members before or not."""

    user_ids: list[str]


class AssignedOrganizationRoles(Model):
    """Name the roles that were asked for by their ids, names resolved."""

    organization_role_ids: list[str]
