"""The rooms of the contract by the first half of their capabilities' names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.base import (
    AccountOperations,
    InvitationOperations,
    OrganizationOperations,
    RoleOperations,
    UserOperations,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.providers.base import Provider

ROOMS: Mapping[str, type] = {
    "organizations": OrganizationOperations,
    "users": UserOperations,
    "accounts": AccountOperations,
    "invitations": InvitationOperations,
    "roles": RoleOperations,
}


def room_of(provider: Provider, name: str, organization_id: str | None) -> object:
    """Give the provider's room. Raises `UnsupportedError` where it has none."""
    match name:
        case "organizations":
            return provider.organizations
        case "roles":
            return provider.roles
        case "accounts":
            return provider.accounts()
        case "users":
            return provider.users(organization_id)
        case _:
            return provider.invitations(organization_id)
