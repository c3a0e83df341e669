"""The requests of just-in-time provisioning: whose e-mail domain joins an organization, and with which roles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.logto.wire.base import IDS, delete, ids, paged, post, put
from orgsdk.providers.logto.wire.organizations import path_of
from orgsdk.transport import Safety, fill

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import JsonValue

    from orgsdk.transport import Request

# Labels with single dots between, so that no dot segment can stand in a path: `..` would be the organization itself.
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_LONGEST_DOMAIN = 128


def _check_domain(domain: str) -> str:
    if not isinstance(domain, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise InvalidArgumentError(f"The e-mail domain is of type {type(domain).__name__}: pass a string.")
    if len(domain) > _LONGEST_DOMAIN or not _DOMAIN.fullmatch(domain):
        raise InvalidArgumentError("The e-mail domain is none: pass it as in example.com, without @.")
    return domain


def list_organization_jit_email_domains(organization_id: str, position: str | None, page_size: int) -> Request:
    """Ask for a page of an organization's e-mail domains."""
    path = path_of(organization_id, "/jit/email-domains")
    return paged("list_organization_jit_email_domains", path, (), position, page_size)


def create_organization_jit_email_domain(organization_id: str, email_domain: str) -> Request:
    """Ask for one more e-mail domain: a repeat is refused."""
    body: dict[str, JsonValue] = {"emailDomain": _check_domain(email_domain)}
    path = path_of(organization_id, "/jit/email-domains")
    return post("create_organization_jit_email_domain", path, body, safety=Safety.UNSAFE)


def replace_organization_jit_email_domains(organization_id: str, email_domains: Iterable[str]) -> Request:
    """Ask for exactly these e-mail domains."""
    if isinstance(email_domains, str):
        raise InvalidArgumentError("The e-mail domains are one string: pass a list.")
    domains: list[JsonValue] = [_check_domain(domain) for domain in dict.fromkeys(email_domains)]
    path = path_of(organization_id, "/jit/email-domains")
    return put("replace_organization_jit_email_domains", path, {"emailDomains": domains})


def delete_organization_jit_email_domain(organization_id: str, email_domain: str) -> Request:
    """Ask for one e-mail domain less."""
    path = path_of(organization_id, f"/jit/email-domains/{quote(_check_domain(email_domain), safe='')}")
    return delete("delete_organization_jit_email_domain", path)


def list_organization_jit_roles(organization_id: str, position: str | None, page_size: int) -> Request:
    """Ask for a page of the roles that who joins holds."""
    return paged("list_organization_jit_roles", path_of(organization_id, "/jit/roles"), (), position, page_size)


def create_organization_jit_role(organization_id: str, role_ids: Iterable[str]) -> Request:
    """Ask for who joins to hold these roles too; the answer is the word `Created`."""
    body: dict[str, JsonValue] = {"organizationRoleIds": ids(role_ids, "organization role id")}
    return post(
        "create_organization_jit_role",
        path_of(organization_id, "/jit/roles"),
        body,
        safety=Safety.UNSAFE,  # nothing says what a repeat does
        expects_json=False,
    )


def replace_organization_jit_roles(organization_id: str, role_ids: Iterable[str]) -> Request:
    """Ask for who joins to hold exactly these roles."""
    body: dict[str, JsonValue] = {"organizationRoleIds": ids(role_ids, "organization role id", least=0)}
    return put("replace_organization_jit_roles", path_of(organization_id, "/jit/roles"), body)


def delete_organization_jit_role(organization_id: str, role_id: str) -> Request:
    """Ask for who joins to hold a role no more."""
    rest = fill("/jit/roles/{organization_role_id}", IDS, organization_role_id=role_id)
    return delete("delete_organization_jit_role", path_of(organization_id, rest))
