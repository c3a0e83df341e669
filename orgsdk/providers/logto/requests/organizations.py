"""Requests for organizations and their just-in-time (JIT) provisioning."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.logto.requests.base import (
    IDS,
    checked_ids,
    delete,
    flag_parameter,
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

    from orgsdk.providers.logto.models import CreateOrganization, UpdateOrganization
    from orgsdk.transport import Request

_ORGANIZATIONS = "/api/organizations"


def organization_path(organization_id: str, rest: str = "") -> str:
    """Give the path of an organization, or of what is below it."""
    return build_path(f"{_ORGANIZATIONS}/{{organization_id}}", IDS, organization_id=organization_id) + rest


def list_organizations(
    query: str | None, position: str | None, page_size: int, *, show_featured: bool = False
) -> Request:
    """Ask for a page of the tenant's organizations."""
    asked = [*search_parameter(query), *flag_parameter("showFeatured", on=show_featured)]
    return get_page("list_organizations", _ORGANIZATIONS, asked, position, page_size)


def create_organization(organization: CreateOrganization) -> Request:
    """Ask for a new organization: names are not unique, so that a repeat makes another."""
    return post("create_organization", _ORGANIZATIONS, organization.to_wire(), safety=Safety.UNSAFE)


def get_organization(organization_id: str) -> Request:
    """Ask for one organization."""
    return get("get_organization", organization_path(organization_id))


def update_organization(organization_id: str, changes: UpdateOrganization) -> Request:
    """Ask for changes to an organization."""
    return patch("update_organization", organization_path(organization_id), changes.to_wire())


def delete_organization(organization_id: str) -> Request:
    """Ask for the end of an organization."""
    return delete("delete_organization", organization_path(organization_id))


# Labels with single dots between, so that no dot segment can stand in a path: `..` would be the organization itself.
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_MAX_DOMAIN_LENGTH = 128


def _check_domain(domain: str) -> str:
    if not isinstance(domain, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise InvalidArgumentError(f"The e-mail domain is of type {type(domain).__name__}: pass a string.")
    if len(domain) > _MAX_DOMAIN_LENGTH or not _DOMAIN.fullmatch(domain):
        raise InvalidArgumentError("The e-mail domain is none: pass it as in example.com, without @.")
    return domain


def list_organization_jit_email_domains(organization_id: str, position: str | None, page_size: int) -> Request:
    """Ask for a page of an organization's e-mail domains."""
    path = organization_path(organization_id, "/jit/email-domains")
    return get_page("list_organization_jit_email_domains", path, (), position, page_size)


def create_organization_jit_email_domain(organization_id: str, email_domain: str) -> Request:
    """Ask for one more e-mail domain: a repeat is refused."""
    body: dict[str, JsonValue] = {"emailDomain": _check_domain(email_domain)}
    path = organization_path(organization_id, "/jit/email-domains")
    return post("create_organization_jit_email_domain", path, body, safety=Safety.UNSAFE)


def replace_organization_jit_email_domains(organization_id: str, email_domains: Iterable[str]) -> Request:
    """Ask for exactly these e-mail domains."""
    if isinstance(email_domains, str):
        raise InvalidArgumentError("The e-mail domains are one string: pass a list.")
    domains: list[JsonValue] = [_check_domain(domain) for domain in dict.fromkeys(email_domains)]
    path = organization_path(organization_id, "/jit/email-domains")
    return put("replace_organization_jit_email_domains", path, {"emailDomains": domains})


def delete_organization_jit_email_domain(organization_id: str, email_domain: str) -> Request:
    """Ask for one e-mail domain less."""
    path = organization_path(organization_id, f"/jit/email-domains/{quote(_check_domain(email_domain), safe='')}")
    return delete("delete_organization_jit_email_domain", path)


def list_organization_jit_roles(organization_id: str, position: str | None, page_size: int) -> Request:
    """Ask for a page of the roles that who joins holds."""
    return get_page(
        "list_organization_jit_roles", organization_path(organization_id, "/jit/roles"), (), position, page_size
    )


def create_organization_jit_role(organization_id: str, role_ids: Iterable[str]) -> Request:
    """Ask for who joins to hold these roles too; the answer is the word `Created`."""
    body: dict[str, JsonValue] = {"organizationRoleIds": checked_ids(role_ids, "organization role id")}
    return post(
        "create_organization_jit_role",
        organization_path(organization_id, "/jit/roles"),
        body,
        safety=Safety.UNSAFE,  # nothing says what a repeat does
        expects_json=False,
    )


def replace_organization_jit_roles(organization_id: str, role_ids: Iterable[str]) -> Request:
    """Ask for who joins to hold exactly these roles."""
    body: dict[str, JsonValue] = {"organizationRoleIds": checked_ids(role_ids, "organization role id", least=0)}
    return put("replace_organization_jit_roles", organization_path(organization_id, "/jit/roles"), body)


def delete_organization_jit_role(organization_id: str, role_id: str) -> Request:
    """Ask for who joins to hold a role no more."""
    rest = build_path("/jit/roles/{organization_role_id}", IDS, organization_role_id=role_id)
    return delete("delete_organization_jit_role", organization_path(organization_id, rest))
