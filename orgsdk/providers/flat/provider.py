"""Flat as a provider: settings, capabilities, rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from orgsdk.domain import Capability
from orgsdk.providers.base import OrganizationOperations, Provider, RoleOperations, UserOperations
from orgsdk.providers.flat import wire
from orgsdk.providers.flat.organizations import FlatOrganizations
from orgsdk.providers.flat.roles import FlatRoles
from orgsdk.providers.flat.users import FlatUsers
from orgsdk.providers.settings import optional, required
from orgsdk.transport import (
    DEFAULT_CONCURRENCY,
    DEFAULT_TIMEOUT,
    BearerToken,
    Transport,
    check_base_url,
    check_secret,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from pydantic import SecretStr

    from orgsdk.transport.transport import HTTPClient

BASE_URL = "https://api.flat.io/v2"


class Flat(Provider):
    """Reach the organization that a Flat access token belongs to.

    `token` is a personal or an OAuth 2 access token with the scopes of what is asked (`edu.admin.users.readonly`
    to list users). `base_url` is another address, such as a sandbox's. `http_client` is a client of your own,
    never closed here. `timeout` bounds a call in seconds, `max_concurrency` the requests in flight.

    Raises `ConfigurationError` where the token or the address cannot be right.

    Source: https://flat.io/developers

    Example: `OrgClient(Flat(token="…"))`
    """

    name: ClassVar[str] = wire.NAME
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.ORGANIZATIONS_LIST,
            Capability.ORGANIZATIONS_GET,
            Capability.USERS_LIST,
            Capability.USERS_QUERY,
            Capability.USERS_ROLE,
            Capability.USERS_GET,
            Capability.USERS_FIND,
            Capability.USERS_COUNT,
            Capability.ROLES_LIST,
            Capability.ROLES_QUERY,
            Capability.DEFAULT_ORGANIZATION,
        }
    )
    advice: ClassVar[Mapping[Capability, str]] = {
        Capability.ORGANIZATIONS_QUERY: "A token reaches its own organization alone: list without a query.",
        Capability.TOTAL: "Ask users.count() for the number of users.",
    }
    environment: ClassVar[tuple[str, ...]] = ("FLAT_ACCESS_TOKEN",)

    def __init__(
        self,
        token: str | SecretStr,
        *,
        base_url: str = BASE_URL,
        http_client: HTTPClient | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        max_concurrency: int = DEFAULT_CONCURRENCY,
    ) -> None:
        self._base_url = check_base_url(base_url, "Flat's base_url (FLAT_BASE_URL)")
        self._transport = Transport(
            provider=wire.NAME,
            base_url=self._base_url,
            auth=BearerToken(check_secret(token, "Flat's token (FLAT_ACCESS_TOKEN)")),
            read_problem=wire.read_problem,
            http_client=http_client,
            timeout=timeout,
            max_concurrency=max_concurrency,
        )
        self._organizations = FlatOrganizations(self._transport)

    def __repr__(self) -> str:
        return f"Flat(base_url={self._base_url!r})"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Make it from `FLAT_ACCESS_TOKEN` and, where set, `FLAT_BASE_URL`."""
        token = required(environ, "FLAT_ACCESS_TOKEN", "a personal access token of Flat")
        return cls(token, base_url=optional(environ, "FLAT_BASE_URL") or BASE_URL)

    @property
    def organizations(self) -> OrganizationOperations:
        """Give the room of organizations."""
        return self._organizations

    @property
    def roles(self) -> RoleOperations:
        """Give the room of roles."""
        return FlatRoles()

    def users(self, organization_id: str | None) -> UserOperations:
        """Give the room of the organization's users."""
        if organization_id is not None:
            wire.IDS.check(organization_id, "organization id")
        return FlatUsers(self._transport, self._organizations, organization_id)

    async def aclose(self) -> None:
        """Close the connections to Flat."""
        await self._transport.aclose()
