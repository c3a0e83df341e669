"""Requests for organization roles and organization scopes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.logto.requests.base import (
    IDS,
    checked_ids,
    delete,
    get,
    get_page,
    patch,
    post,
    put,
    search_parameter,
)
from orgsdk.transport import Safety, build_path

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def _scope_ids(key: str, scope_ids: Iterable[str], *, minimum: int) -> dict[str, JsonValue]:
    return {key: checked_ids(scope_ids, "scope id", minimum=minimum)}


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


def list_organization_role_scopes(role_id: str, position: str | None, page_size: int) -> Request:
    """Build the request that lists a page of a role's organization scopes."""
    return get_page("list_organization_role_scopes", _role_path(role_id, "/scopes"), (), position, page_size)


def create_organization_role_scope(role_id: str, scope_ids: Iterable[str]) -> Request:
    """Build the request that adds organization scopes to a role. The response is the word `Created`."""
    body = _scope_ids("organizationScopeIds", scope_ids, minimum=1)
    return post(
        "create_organization_role_scope",
        _role_path(role_id, "/scopes"),
        body,
        safety=Safety.IDEMPOTENT,
        expects_json=False,
    )


def replace_organization_role_scopes(role_id: str, scope_ids: Iterable[str]) -> Request:
    """Build the request that replaces a role's organization scopes."""
    body = _scope_ids("organizationScopeIds", scope_ids, minimum=0)
    return put("replace_organization_role_scopes", _role_path(role_id, "/scopes"), body)


def delete_organization_role_scope(role_id: str, scope_id: str) -> Request:
    """Build the request that removes an organization scope from a role."""
    rest = build_path("/scopes/{organization_scope_id}", IDS, organization_scope_id=scope_id)
    return delete("delete_organization_role_scope", _role_path(role_id, rest))


def list_organization_role_resource_scopes(role_id: str, position: str | None, page_size: int) -> Request:
    """Build the request that lists a page of a role's API resource scopes."""
    path = _role_path(role_id, "/resource-scopes")
    return get_page("list_organization_role_resource_scopes", path, (), position, page_size)


def create_organization_role_resource_scope(role_id: str, scope_ids: Iterable[str]) -> Request:
    """Build the request that adds API resource scopes to a role. The response is the word `Created`."""
    # The key is `scopeIds` here, and `resourceScopeIds` in the role itself (facts/logto.md, section 7).
    body = _scope_ids("scopeIds", scope_ids, minimum=1)
    return post(
        "create_organization_role_resource_scope",
        _role_path(role_id, "/resource-scopes"),
        body,
        safety=Safety.IDEMPOTENT,
        expects_json=False,
    )


def replace_organization_role_resource_scopes(role_id: str, scope_ids: Iterable[str]) -> Request:
    """Build the request that replaces a role's API resource scopes."""
    body = _scope_ids("scopeIds", scope_ids, minimum=0)
    return put("replace_organization_role_resource_scopes", _role_path(role_id, "/resource-scopes"), body)


def delete_organization_role_resource_scope(role_id: str, scope_id: str) -> Request:
    """Build the request that removes an API resource scope from a role."""
    rest = build_path("/resource-scopes/{scope_id}", IDS, scope_id=scope_id)
    return delete("delete_organization_role_resource_scope", _role_path(role_id, rest))


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
