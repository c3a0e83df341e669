"""Requests for organization roles and organization scopes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.logto.requests.base import (
    IDS,
    IdRelation,
    IdRequest,
    IdsRequest,
    PageRequest,
    delete,
    get,
    get_page,
    patch,
    post,
    search_parameter,
)
from orgsdk.transport import Safety, build_path

if TYPE_CHECKING:
    from pydantic import JsonValue

    from orgsdk.providers.logto.models import (
        CreateOrganizationRole,
        CreateOrganizationScope,
        UpdateOrganizationRole,
        UpdateOrganizationScope,
    )
    from orgsdk.transport import Request

_ROLES = "/api/organization-roles"


def _role_path(role_id: str, rest: str = "") -> str:
    return build_path(f"{_ROLES}/{{organization_role_id}}", IDS, organization_role_id=role_id) + rest


def list_organization_roles(query: str | None, position: str | None, page_size: int) -> Request:
    """Build the request that lists a page of the tenant's organization roles."""
    return get_page("list_organization_roles", _ROLES, search_parameter(query), position, page_size)


def create_organization_role(role: CreateOrganizationRole) -> Request:
    """Build the request that creates a role. A retry is refused, because names are unique."""
    body: dict[str, JsonValue] = {"organizationScopeIds": [], "resourceScopeIds": [], **role.to_wire()}
    return post("create_organization_role", _ROLES, body, safety=Safety.UNSAFE)


def get_organization_role(role_id: str) -> Request:
    """Build the request that reads a role, without its scopes."""
    return get("get_organization_role", _role_path(role_id))


def update_organization_role(role_id: str, changes: UpdateOrganizationRole) -> Request:
    """Build the request that updates a role."""
    return patch("update_organization_role", _role_path(role_id), changes.to_wire())


def delete_organization_role(role_id: str) -> Request:
    """Build the request that deletes a role, even if members hold it."""
    return delete("delete_organization_role", _role_path(role_id))


_ROLE_SCOPES = IdRelation(
    name="organization_role_scope",
    path=_role_path,
    segment="/scopes",
    field="organizationScopeIds",
    noun="scope id",
    safety=Safety.IDEMPOTENT,
)
list_organization_role_scopes: PageRequest = _ROLE_SCOPES.list
create_organization_role_scope: IdsRequest = _ROLE_SCOPES.create
replace_organization_role_scopes: IdsRequest = _ROLE_SCOPES.replace
delete_organization_role_scope: IdRequest = _ROLE_SCOPES.delete

_ROLE_RESOURCE_SCOPES = IdRelation(
    name="organization_role_resource_scope",
    path=_role_path,
    segment="/resource-scopes",
    field="scopeIds",  # `resourceScopeIds` in the role itself (facts/logto.md, section 7)
    noun="scope id",
    safety=Safety.IDEMPOTENT,
)
list_organization_role_resource_scopes: PageRequest = _ROLE_RESOURCE_SCOPES.list
create_organization_role_resource_scope: IdsRequest = _ROLE_RESOURCE_SCOPES.create
replace_organization_role_resource_scopes: IdsRequest = _ROLE_RESOURCE_SCOPES.replace
delete_organization_role_resource_scope: IdRequest = _ROLE_RESOURCE_SCOPES.delete


_SCOPES = "/api/organization-scopes"


def _scope_path(scope_id: str) -> str:
    return build_path(f"{_SCOPES}/{{organization_scope_id}}", IDS, organization_scope_id=scope_id)


def list_organization_scopes(query: str | None, position: str | None, page_size: int) -> Request:
    """Build the request that lists a page of the tenant's organization scopes."""
    return get_page("list_organization_scopes", _SCOPES, search_parameter(query), position, page_size)


def create_organization_scope(scope: CreateOrganizationScope) -> Request:
    """Build the request that creates a scope. A retry is refused, because names are unique."""
    return post("create_organization_scope", _SCOPES, scope.to_wire(), safety=Safety.UNSAFE)


def get_organization_scope(scope_id: str) -> Request:
    """Build the request that reads a scope."""
    return get("get_organization_scope", _scope_path(scope_id))


def update_organization_scope(scope_id: str, changes: UpdateOrganizationScope) -> Request:
    """Build the request that updates a scope."""
    return patch("update_organization_scope", _scope_path(scope_id), changes.to_wire())


def delete_organization_scope(scope_id: str) -> Request:
    """Build the request that deletes a scope, even if roles have it."""
    return delete("delete_organization_scope", _scope_path(scope_id))
