"""Flat as a provider: settings, capabilities, operations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import SecretStr

from orgsdk._parameters import name_parameters
from orgsdk.domain import Capability, UserFieldName
from orgsdk.errors import ConfigurationError
from orgsdk.providers.base import InvitationOperations, OrganizationOperations, RoleOperations, UserOperations
from orgsdk.providers.flat import requests
from orgsdk.providers.flat.auth import FlatRefreshToken, build_auth, tenant_credentials
from orgsdk.providers.flat.capabilities import ADVICE, CAPABILITIES, PERMISSIONS
from orgsdk.providers.flat.errors import FlatConnection, read_problem
from orgsdk.providers.flat.invitations import FlatInvitations
from orgsdk.providers.flat.organizations import FlatOrganizations, TokenAccount
from orgsdk.providers.flat.roles import FlatRoles
from orgsdk.providers.flat.users import FlatUsers
from orgsdk.providers.http.provider import HTTPProvider
from orgsdk.providers.settings import optional, required
from orgsdk.responses import RequestRate
from orgsdk.transport import DEFAULT_CONCURRENCY, HTTPClient, HTTPLibrary, IdAlphabet, check_base_url, read_rate_limit

if TYPE_CHECKING:
    from orgsdk.providers.flat.native import FlatAPI

BASE_URL = "https://api.flat.io/v2"


class Flat(HTTPProvider["FlatAPI"]):
    """Provider for Flat: the organization that an access token belongs to.

    Args:
        token: A personal or an OAuth 2 access token with the scopes for the calls (`edu.admin.users.readonly` to list
            users), or a function that returns one; it may be async, and is called again when a token is refused.
        refresh_token: An OAuth 2 refresh token, instead of `token`.
        base_url: Base URL of the API, such as a sandbox's. Tokens are fetched at its origin.
        http_client: Your own HTTP client. It is used as it is and never closed.
        http_library: Library for the connections without `http_client`: `"httpx"`, or `"httpx2"` or `"aiohttp"`, which
            are extras. `"aiohttp"` supports only asyncio.
        max_concurrency: Maximum number of concurrent requests.
        requests_per_second: Maximum rate of requests. Flat allows 2 a second on average (7,200 an hour). Default: no
            limit.

    Raises:
        ConfigurationError: A setting is invalid, or not exactly one of `token` and `refresh_token` is set.

    Source:
        https://flat.io/developers

    Example:
        ``OrgClient(Flat(token="…"))``
    """

    name: ClassVar[str] = requests.NAME
    contract: ClassVar[int] = 2
    capabilities: ClassVar[frozenset[Capability]] = CAPABILITIES
    advice: ClassVar[Mapping[Capability, str]] = ADVICE
    permissions: ClassVar[Mapping[Capability, str]] = PERMISSIONS
    environment: ClassVar[tuple[str, ...]] = ("FLAT_ACCESS_TOKEN",)
    address_variable: ClassVar[str | None] = "FLAT_BASE_URL"
    ids: ClassVar[IdAlphabet | None] = requests.IDS
    documented_rate: ClassVar[RequestRate | None] = RequestRate(7200, 3600)
    unique_fields: ClassVar[frozenset[UserFieldName]] = frozenset({"username"})

    @name_parameters
    def __init__(
        self,
        token: str | SecretStr | Callable[[], str | SecretStr | Awaitable[str | SecretStr]] | None = None,
        *,
        refresh_token: FlatRefreshToken | None = None,
        base_url: str = BASE_URL,
        http_client: HTTPClient | None = None,
        http_library: HTTPLibrary = "httpx",
        max_concurrency: int = DEFAULT_CONCURRENCY,
        requests_per_second: float | None = None,
    ) -> None:
        origin, root = split_base_url(_check_flat_base_url(base_url))
        super().__init__(
            base_url=origin,
            root=root,
            auth=build_auth(token, refresh_token),
            read_problem=read_problem,
            read_rate_limit=read_rate_limit,
            credentials=tenant_credentials(token, refresh_token),
            connection=FlatConnection,
            http_client=http_client,
            http_library=http_library,
            max_concurrency=max_concurrency,
            requests_per_second=requests_per_second,
        )
        self._account = TokenAccount()

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Create the provider from `FLAT_ACCESS_TOKEN` and, if set, `FLAT_BASE_URL`.

        Args:
            environ: Environment variables, such as `os.environ`.

        Returns:
            The provider.

        Raises:
            ConfigurationError: A variable is missing or invalid.
        """
        token = required(environ, "FLAT_ACCESS_TOKEN", "a personal access token of Flat")
        return cls(token, base_url=optional(environ, "FLAT_BASE_URL") or BASE_URL)

    @property
    def native(self) -> FlatAPI:
        """All of Flat's operations on an organization, under Flat's own names in snake case."""
        from orgsdk.providers.flat.native import FlatAPI  # on first use: its models take long to load

        return FlatAPI(self._connection)

    @property
    def organizations(self) -> OrganizationOperations:
        """The operations on organizations."""
        return FlatOrganizations(self._connection, self._account)

    @property
    def roles(self) -> RoleOperations:
        """The operations on roles."""
        return FlatRoles()

    async def own_user_id(self) -> str:
        """Return the id of the token's account, by `GET /me`, which is requested once."""
        return (await self._account.get(self._connection)).id

    async def own_organization_id(self) -> str | None:
        """Return the organization id of the token's account, by `GET /me`, which is requested once."""
        return (await self._account.get(self._connection)).organization_id

    async def limit_key(self) -> str:
        """Return the base URL and the id of the token's account, by which Flat counts requests.

        The account is requested once, by `GET /me`.
        """
        return f"{await super().limit_key()} {await self.own_user_id()}"

    def users(self, organization_id: str | None) -> UserOperations:
        """Return the operations on the organization's users.

        Args:
            organization_id: Id of the organization. None means the token's own.

        Returns:
            The operations.
        """
        return FlatUsers(self._connection, self._account, self._checked_id(organization_id))

    def invitations(self, organization_id: str | None) -> InvitationOperations:
        """Return the operations on the invitations to the organization.

        Args:
            organization_id: Id of the organization. None means the token's own.

        Returns:
            The operations.
        """
        return FlatInvitations(self._connection, self._account, self._checked_id(organization_id))

    def _checked_id(self, organization_id: str | None) -> str | None:
        if organization_id is not None:
            self.check_organization_id(organization_id)
        return organization_id


def split_base_url(base_url: str) -> tuple[str, str]:
    """Return the origin and the path of the API's base URL.

    Tokens are fetched at the origin, outside the API's path: `https://api.flat.io/oauth/access_token` (official
    document, securitySchemes).
    """
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}", parts.path


def _check_flat_base_url(base_url: str) -> str:
    checked = check_base_url(base_url, "Flat's base_url (FLAT_BASE_URL)")
    # The website, or the API without its version, would answer every request with 404.
    parts = urlsplit(checked)
    if parts.hostname in {"flat.io", "api.flat.io"} and (parts.hostname, parts.path) != ("api.flat.io", "/v2"):
        raise ConfigurationError(f"Flat's base_url (FLAT_BASE_URL) is not its API's: pass {BASE_URL}, or leave it out.")
    return checked
