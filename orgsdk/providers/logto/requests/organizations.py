"""Requests for organizations and their just-in-time (JIT) provisioning: e-mail domains and default roles. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.logto.requests.base import (
    IDS,
    IdRelation,
    IdRequest,
    IdsRequest,
    PageRequest,
    delete,
    flag_parameter,
    get,
    get_page,
    patch,
    post,
    put,
    search_parameter,
    unique_texts,
)
from orgsdk.transport import Safety, build_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import JsonValue

    from orgsdk.providers.logto.models import CreateOrganization, UpdateOrganization
    from orgsdk.transport import Request

_ORGANIZATIONS = "/api/organizations"
# Labels joined by single dots. A dot segment (`..`) in the path would address the organization itself.
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_MAX_DOMAIN_LENGTH = 128


def organization_path(organization_id: str, rest: str = "") -> str:
    """Return the path of an organization, or of something below it."""
    return build_path(f"{_ORGANIZATIONS}/{{organization_id}}", IDS, organization_id=organization_id) + rest


def list_organizations(
    query: str | None, position: str | None, page_size: int, *, show_featured: bool = False
) -> Request:
    """Build the request that lists a page of the tenant's organizations."""
    parameters = [*search_parameter(query), *flag_parameter("showFeatured", on=show_featured)]
    return get_page("list_organizations", _ORGANIZATIONS, parameters, position, page_size)


def create_organization(organization: CreateOrganization) -> Request:
    """Build the request that creates an organization. Names are not unique: a retry would create a second one."""
    return post("create_organization", _ORGANIZATIONS, organization.to_wire(), safety=Safety.UNSAFE)


def get_organization(organization_id: str) -> Request:
    """Build the request that reads an organization."""
    return get("get_organization", organization_path(organization_id))


def update_organization(organization_id: str, changes: UpdateOrganization) -> Request:
    """Build the request that updates an organization."""
    return patch("update_organization", organization_path(organization_id), changes.to_wire())


def delete_organization(organization_id: str) -> Request:
    """Build the request that deletes an organization."""
    return delete("delete_organization", organization_path(organization_id))


def list_organization_jit_email_domains(organization_id: str, position: str | None, page_size: int) -> Request:
    """Build the request that lists a page of an organization's e-mail domains."""
    return get_page(
        "list_organization_jit_email_domains", _email_domains_path(organization_id), (), position, page_size
    )


def create_organization_jit_email_domain(organization_id: str, email_domain: str) -> Request:
    """Build the request that adds an e-mail domain. A retry is refused."""
    body: dict[str, JsonValue] = {"emailDomain": _check_domain(email_domain)}
    path = _email_domains_path(organization_id)
    return post("create_organization_jit_email_domain", path, body, safety=Safety.UNSAFE)


def replace_organization_jit_email_domains(organization_id: str, email_domains: Iterable[str]) -> Request:
    """Build the request that replaces an organization's e-mail domains."""
    domains: list[JsonValue] = [_check_domain(domain) for domain in unique_texts(email_domains, "e-mail domain")]
    path = _email_domains_path(organization_id)
    return put("replace_organization_jit_email_domains", path, {"emailDomains": domains})


def delete_organization_jit_email_domain(organization_id: str, email_domain: str) -> Request:
    """Build the request that removes an e-mail domain."""
    path = _email_domains_path(organization_id, f"/{quote(_check_domain(email_domain), safe='')}")
    return delete("delete_organization_jit_email_domain", path)


_JIT_ROLES = IdRelation(
    name="organization_jit_role",
    path=organization_path,
    segment="/jit/roles",
    field="organizationRoleIds",
    noun="organization role id",
    safety=Safety.UNSAFE,  # the effect of a retry is not documented
)
list_organization_jit_roles: PageRequest = _JIT_ROLES.list
create_organization_jit_role: IdsRequest = _JIT_ROLES.create
replace_organization_jit_roles: IdsRequest = _JIT_ROLES.replace
delete_organization_jit_role: IdRequest = _JIT_ROLES.delete


def _email_domains_path(organization_id: str, rest: str = "") -> str:
    return organization_path(organization_id, f"/jit/email-domains{rest}")


def _check_domain(domain: str) -> str:
    if not isinstance(domain, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise InvalidArgumentError(f"The e-mail domain is of type {type(domain).__name__}. Pass a string.")
    if len(domain) > _MAX_DOMAIN_LENGTH or not _DOMAIN.fullmatch(domain):
        raise InvalidArgumentError("The e-mail domain is invalid. Pass it without @, as in example.com.")
    return domain
