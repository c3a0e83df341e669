"""The requests of organization scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.logto.wire.base import IDS, delete, get, paged, patch, post, q
from orgsdk.transport import Safety, fill

if TYPE_CHECKING:
    from orgsdk.providers.logto.models import CreateOrganizationScope, UpdateOrganizationScope
    from orgsdk.transport import Request

_ALL = "/api/organization-scopes"


def _scope(scope_id: str) -> str:
    return fill(f"{_ALL}/{{organization_scope_id}}", IDS, organization_scope_id=scope_id)


def list_organization_scopes(query: str | None, position: str | None, page_size: int) -> Request:
    """Ask for a page of the tenant's organization scopes."""
    return paged("list_organization_scopes", _ALL, q(query), position, page_size)


def create_organization_scope(scope: CreateOrganizationScope) -> Request:
    """Ask for a new scope: a repeat is refused, for names are unique."""
    return post("create_organization_scope", _ALL, scope.to_wire(), safety=Safety.UNSAFE)


def get_organization_scope(scope_id: str) -> Request:
    """Ask for one scope."""
    return get("get_organization_scope", _scope(scope_id))


def update_organization_scope(scope_id: str, changes: UpdateOrganizationScope) -> Request:
    """Ask for changes to a scope."""
    return patch("update_organization_scope", _scope(scope_id), changes.to_wire())


def delete_organization_scope(scope_id: str) -> Request:
    """Ask for the end of a scope, whichever role carries it."""
    return delete("delete_organization_scope", _scope(scope_id))
