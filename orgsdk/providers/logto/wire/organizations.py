"""The requests of organizations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.logto.wire.base import IDS, delete, flag, get, paged, patch, post, q
from orgsdk.transport import Safety, fill

if TYPE_CHECKING:
    from orgsdk.providers.logto.models import CreateOrganization, UpdateOrganization
    from orgsdk.transport import Request

_ALL = "/api/organizations"


def path_of(organization_id: str, rest: str = "") -> str:
    """Give the path of an organization, or of what is below it."""
    return fill(f"{_ALL}/{{organization_id}}", IDS, organization_id=organization_id) + rest


def list_organizations(
    query: str | None, position: str | None, page_size: int, *, show_featured: bool = False
) -> Request:
    """Ask for a page of the tenant's organizations."""
    asked = [*q(query), *flag("showFeatured", on=show_featured)]
    return paged("list_organizations", _ALL, asked, position, page_size)


def create_organization(organization: CreateOrganization) -> Request:
    """Ask for a new organization: names are not unique, so that a repeat makes another."""
    return post("create_organization", _ALL, organization.to_wire(), safety=Safety.UNSAFE)


def get_organization(organization_id: str) -> Request:
    """Ask for one organization."""
    return get("get_organization", path_of(organization_id))


def update_organization(organization_id: str, changes: UpdateOrganization) -> Request:
    """Ask for changes to an organization."""
    return patch("update_organization", path_of(organization_id), changes.to_wire())


def delete_organization(organization_id: str) -> Request:
    """Ask for the end of an organization."""
    return delete("delete_organization", path_of(organization_id))
