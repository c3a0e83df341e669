"""Requests for the members of an organization, their roles and their scopes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.logto.requests.base import (
    IDS,
    checked_ids,
    delete,
    filter_parameters,
    get,
    get_page,
    post,
    put,
    search_parameter,
    unique_texts,
)
from orgsdk.providers.logto.requests.organizations import organization_path
from orgsdk.transport import Safety, build_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import JsonValue

    from orgsdk.transport import Request


def _members_path(organization_id: str, rest: str = "") -> str:
    return organization_path(organization_id, f"/users{rest}")


def _member_path(organization_id: str, user_id: str, rest: str = "") -> str:
    return _members_path(organization_id, build_path("/{user_id}", IDS, user_id=user_id) + rest)


def list_organization_users(
    organization_id: str, query: str | None, role_id: str | None, position: str | None, page_size: int
) -> Request:
    """Build the request that lists a page of an organization's members."""
    parameters = [*search_parameter(query), *filter_parameters(organizationRoleId=role_id)]
    return get_page("list_organization_users", _members_path(organization_id), parameters, position, page_size)


def add_organization_users(organization_id: str, user_ids: Iterable[str]) -> Request:
    """Build the request that adds accounts as members. Existing members stay."""
    body: dict[str, JsonValue] = {"userIds": checked_ids(user_ids, "user id")}
    return post("add_organization_users", _members_path(organization_id), body, safety=Safety.IDEMPOTENT)


def replace_organization_users(organization_id: str, user_ids: Iterable[str]) -> Request:
    """Build the request that replaces all members by these accounts."""
    body: dict[str, JsonValue] = {"userIds": checked_ids(user_ids, "user id", minimum=0)}
    return put("replace_organization_users", _members_path(organization_id), body)


def delete_organization_user(organization_id: str, user_id: str) -> Request:
    """Build the request that removes a member."""
    return delete("delete_organization_user", _member_path(organization_id, user_id))


def assign_organization_roles_to_users(
    organization_id: str, user_ids: Iterable[str], role_ids: Iterable[str]
) -> Request:
    """Build the request that adds roles to members. The response is the word `Created`."""
    body: dict[str, JsonValue] = {
        "userIds": checked_ids(user_ids, "user id"),
        "organizationRoleIds": checked_ids(role_ids, "organization role id"),
    }
    return post(
        "assign_organization_roles_to_users",
        _members_path(organization_id, "/roles"),
        body,
        safety=Safety.IDEMPOTENT,
        expects_json=False,
    )


def list_organization_user_roles(organization_id: str, user_id: str, position: str | None, page_size: int) -> Request:
    """Build the request that lists a page of a member's roles."""
    return get_page(
        "list_organization_user_roles", _member_path(organization_id, user_id, "/roles"), (), position, page_size
    )


def assign_organization_roles_to_user(
    organization_id: str,
    user_id: str,
    *,
    role_ids: Iterable[str] | None = None,
    role_names: Iterable[str] | None = None,
) -> Request:
    """Build the request that adds roles to a member."""
    return post(
        "assign_organization_roles_to_user",
        _member_path(organization_id, user_id, "/roles"),
        _role_ids_and_names(role_ids, role_names),
        safety=Safety.IDEMPOTENT,
    )


def replace_organization_user_roles(
    organization_id: str,
    user_id: str,
    *,
    role_ids: Iterable[str] | None = None,
    role_names: Iterable[str] | None = None,
) -> Request:
    """Build the request that replaces a member's roles."""
    path = _member_path(organization_id, user_id, "/roles")
    return put("replace_organization_user_roles", path, _role_ids_and_names(role_ids, role_names))


def delete_organization_user_role(organization_id: str, user_id: str, role_id: str) -> Request:
    """Build the request that removes a role from a member."""
    rest = build_path("/roles/{organization_role_id}", IDS, organization_role_id=role_id)
    return delete("delete_organization_user_role", _member_path(organization_id, user_id, rest))


def list_organization_user_scopes(organization_id: str, user_id: str) -> Request:
    """Build the request that lists the scopes of all roles of a member."""
    return get("list_organization_user_scopes", _member_path(organization_id, user_id, "/scopes"))


def _role_ids_and_names(role_ids: Iterable[str] | None, role_names: Iterable[str] | None) -> dict[str, JsonValue]:
    if role_ids is None and role_names is None:
        # An empty object would remove all roles (facts/logto.md, section 6): the caller has to state that.
        raise InvalidArgumentError(
            "No roles are given. Pass role ids, role names, or both; an empty list means no role."
        )
    body: dict[str, JsonValue] = {}
    if role_ids is not None:
        body["organizationRoleIds"] = checked_ids(role_ids, "organization role id", minimum=0)
    if role_names is not None:
        body["organizationRoleNames"] = [*unique_texts(role_names, "role name")]
    return body
