"""Flat as a provider: settings, capabilities, rooms."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from orgsdk.errors import ConfigurationError
from orgsdk.providers.base import (
    InvitationOperations,
    OrganizationOperations,
    Provider,
    RoleOperations,
    UserOperations,
)
from orgsdk.providers.flat import requests
from orgsdk.providers.flat.auth import FlatRefreshToken, build_auth
from orgsdk.providers.flat.capabilities import ADVICE, CAPABILITIES, PERMISSIONS
from orgsdk.providers.flat.connection import FlatConnection, split_base_url
from orgsdk.providers.flat.invitations import FlatInvitations
from orgsdk.providers.flat.organizations import FlatOrganizations, TokenAccount
from orgsdk.providers.flat.roles import FlatRoles
from orgsdk.providers.flat.users import FlatUsers
from orgsdk.providers.settings import optional, required
from orgsdk.transport import DEFAULT_CONCURRENCY, Transport, check_base_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Self

    from pydantic import SecretStr

    from orgsdk.domain import Capability
    from orgsdk.options import CallOptions
    from orgsdk.providers.flat.native import FlatAPI
    from orgsdk.responses import RateLimit
    from orgsdk.transport.pipeline import HTTPClient, HTTPLibrary

BASE_URL = "https://api.flat.io/v2"


class Flat(Provider["FlatAPI"]):
    """Reach the organization that a Flat access token belongs to.

    `token` is a personal or an OAuth 2 access token with the scopes of what is asked (`edu.admin.users.readonly`
    to list users), or an async callable that gives one, asked again when one was refused. `refresh_token` takes
    its place: see `FlatRefreshToken`. `base_url` is another address of the API, such as a sandbox's; tokens are
    bought at its origin. `http_client` is a client of your own, never closed here; without one, `http_library`
    connects: `"httpx"`, or the extras `"httpx2"` and `"aiohttp"` (asyncio alone). `max_concurrency` bounds the
    requests in flight, `requests_per_second` paces them (Flat allows 2 on average: 7,200 an hour).

    Raises `ConfigurationError` where a setting cannot be right, or not exactly one of both tokens is given.

    Source: https://flat.io/developers

    Example: `OrgClient(Flat(token="…"))`
    """

    name: ClassVar[str] = requests.NAME
    contract: ClassVar[int] = 1
    capabilities: ClassVar[frozenset[Capability]] = CAPABILITIES
    advice: ClassVar[Mapping[Capability, str]] = ADVICE
    permissions: ClassVar[Mapping[Capability, str]] = PERMISSIONS
    environment: ClassVar[tuple[str, ...]] = ("FLAT_ACCESS_TOKEN",)
    address_variable: ClassVar[str | None] = "FLAT_BASE_URL"

    def __init__(
        self,
        token: str | SecretStr | Callable[[], Awaitable[str | SecretStr]] | None = None,
        *,
        refresh_token: FlatRefreshToken | None = None,
        base_url: str = BASE_URL,
        http_client: HTTPClient | None = None,
        http_library: HTTPLibrary = "httpx",
        max_concurrency: int = DEFAULT_CONCURRENCY,
        requests_per_second: float | None = None,
    ) -> None:
        self._base_url = _check_flat_base_url(base_url)
        origin, self._root = split_base_url(self._base_url)
        self._transport = Transport(
            provider=requests.NAME,
            base_url=origin,
            auth=build_auth(token, refresh_token),
            read_problem=requests.read_problem,
            read_rate_limit=requests.read_rate_limit,
            http_client=http_client,
            http_library=http_library,
            max_concurrency=max_concurrency,
            requests_per_second=requests_per_second,
        )
        self._own = TokenAccount()

    def __repr__(self) -> str:
        return f"Flat(base_url={self._base_url!r})"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Make it from `FLAT_ACCESS_TOKEN` and, where set, `FLAT_BASE_URL`."""
        token = required(environ, "FLAT_ACCESS_TOKEN", "a personal access token of Flat")
        return cls(token, base_url=optional(environ, "FLAT_BASE_URL") or BASE_URL)

    @property
    def native(self) -> FlatAPI:
        """Give all that Flat has for an organization, under its own names in snake case."""
        from orgsdk.providers.flat.native import FlatAPI  # when used: its models take a while to load

        return FlatAPI(self._connection)

    @property
    def organizations(self) -> OrganizationOperations:
        """Give the room of organizations."""
        return self._organizations

    @property
    def roles(self) -> RoleOperations:
        """Give the room of roles."""
        return FlatRoles()

    @property
    def tenant(self) -> str:
        """Give the address of the API: an organization's id says the rest."""
        return self._base_url

    async def own_user_id(self) -> str:
        """Give the id of the token's account, by `GET /me`, which is asked once."""
        return (await self._organizations.token_account()).id

    async def own_organization_id(self) -> str | None:
        """Give the id of the organization of the token's account, by `GET /me`, which is asked once."""
        return (await self._organizations.token_account()).organization_id

    def check_organization_id(self, organization_id: str) -> None:
        """Check an organization's id without sending a request.

        Args:
            organization_id: The id as the caller passed it.

        Raises:
            InvalidArgumentError: The id is empty or has characters that ids never have.
        """
        requests.IDS.check(organization_id, "organization id")

    def users(self, organization_id: str | None) -> UserOperations:
        """Give the room of the organization's users."""
        return FlatUsers(self._connection, self._organizations, self._checked_id(organization_id))

    def invitations(self, organization_id: str | None) -> InvitationOperations:
        """Give the room of the invitations to the organization."""
        return FlatInvitations(self._connection, self._organizations, self._checked_id(organization_id))

    @property
    def rate_limit(self) -> RateLimit | None:
        """Give the rate limit as Flat last told it: 7,200 requests an hour for a token."""
        return self._transport.rate_limit

    def with_options(self, options: CallOptions) -> Self:
        """Give this provider with other options for each call."""
        other = copy.copy(self)
        other._transport = self._transport.with_options(options)
        return other

    async def aclose(self) -> None:
        """Close the connections to Flat."""
        await self._transport.aclose()

    @property
    def _connection(self) -> FlatConnection:
        return FlatConnection(self._transport, self._root)

    @property
    def _organizations(self) -> FlatOrganizations:
        return FlatOrganizations(self._connection, self._own)

    def _checked_id(self, organization_id: str | None) -> str | None:
        if organization_id is not None:
            self.check_organization_id(organization_id)
        return organization_id


def _check_flat_base_url(base_url: str) -> str:
    checked = check_base_url(base_url, "Flat's base_url (FLAT_BASE_URL)")
    # The site, and the API without its version, are no place of it: everything would be answered by 404.
    parts = urlsplit(checked)
    if parts.hostname in {"flat.io", "api.flat.io"} and (parts.hostname, parts.path) != ("api.flat.io", "/v2"):
        raise ConfigurationError(f"Flat's base_url (FLAT_BASE_URL) is not its API's: pass {BASE_URL}, or leave it out.")
    return checked
