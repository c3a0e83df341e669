"""SCIM as a provider: settings, discovery of what the server supports, operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self

from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_instance
from orgsdk.domain import Capability
from orgsdk.errors import ConfigurationError
from orgsdk.providers.http import HTTPProvider, OAuthClient, TokenSetting, build_auth, stable_credentials
from orgsdk.providers.scim.capabilities import ADVICE, CAPABILITIES
from orgsdk.providers.scim.discovery import Service
from orgsdk.providers.scim.errors import ERRORS, SCIMConnection
from orgsdk.providers.scim.models import SCIMServer
from orgsdk.providers.scim.native.routes import IDS, NAME
from orgsdk.providers.scim.roles import SCIMRoles
from orgsdk.providers.scim.users import SCIMUsers
from orgsdk.providers.settings import required
from orgsdk.transport import (
    DEFAULT_CONCURRENCY,
    Auth,
    HTTPClient,
    HTTPLibrary,
    IdAlphabet,
    check_base_url,
    read_rate_limit,
)

if TYPE_CHECKING:
    from orgsdk.providers.scim.native import SCIMAPI


class SCIM(HTTPProvider["SCIMAPI"]):
    """Provider for a SCIM 2.0 service: its users, with its groups as roles.

    What the server supports is asked for once, when the client is entered or by `discover`. `capabilities` are then
    those of the server. Before, and without an answer, they are those of a server that has all of SCIM.

    Args:
        base_url: The address that `/Users` follows, such as `https://api.example.com/scim/v2`.
        token: A bearer token, or a function that returns one; may be async.
        oauth_client: OAuth 2.0 client credentials, instead of `token`.
        auth: Your own source of the `Authorization` header, instead of `token`.
        server: What the server supports, instead of what it announces. Nothing is asked then.
        http_client: Your own HTTP client. It is used as it is and never closed.
        http_library: Library for the connections without `http_client`: `"httpx"`, or `"httpx2"` or `"aiohttp"`, which
            are extras. `"aiohttp"` supports only asyncio.
        max_concurrency: Maximum number of concurrent requests.
        requests_per_second: Maximum rate of requests. Default: no limit.

    Raises:
        ConfigurationError: A setting is invalid, or not exactly one of `token`, `oauth_client` and `auth` is set.

    Source:
        RFC 7643, RFC 7644 and RFC 9865

    Example:
        ``OrgClient(SCIM("https://api.example.com/scim/v2", token="…"))``
    """

    name: ClassVar[str] = NAME
    contract: ClassVar[int] = 2
    capabilities: ClassVar[frozenset[Capability]] = CAPABILITIES
    advice: ClassVar[Mapping[Capability, str]] = ADVICE
    environment: ClassVar[tuple[str, ...]] = ("SCIM_BASE_URL", "SCIM_TOKEN")
    address_variable: ClassVar[str | None] = "SCIM_BASE_URL"
    ids: ClassVar[IdAlphabet | None] = IDS
    own_organization: ClassVar[str | None] = "scim"
    # A create, and a change of one group; a change and what it led to; the user, the groups, and a change of two.
    requests_per_write: ClassVar[Mapping[Capability, int]] = {
        Capability.USERS_CREATE: 2,
        Capability.USERS_UPDATE: 3,
        Capability.USERS_SUSPEND: 3,
        Capability.USERS_SET_ROLES: 4,
    }
    keeps_accounts: ClassVar[bool] = False
    limit_per_credentials: ClassVar[bool] = True

    @name_parameters
    def __init__(
        self,
        base_url: str,
        *,
        token: TokenSetting | None = None,
        oauth_client: OAuthClient | None = None,
        auth: Auth | None = None,
        server: SCIMServer | None = None,
        http_client: HTTPClient | None = None,
        http_library: HTTPLibrary = "httpx",
        max_concurrency: int = DEFAULT_CONCURRENCY,
        requests_per_second: float | None = None,
    ) -> None:
        check_instance("SCIM's server", server, SCIMServer | None, "a SCIMServer", error=ConfigurationError)
        super().__init__(
            base_url=check_base_url(base_url, "SCIM's base_url (SCIM_BASE_URL)"),
            auth=build_auth("SCIM's token (SCIM_TOKEN)", token, oauth_client, auth),
            read_problem=ERRORS.read,
            read_rate_limit=read_rate_limit,
            credentials=stable_credentials(token, oauth_client),
            connection=SCIMConnection,
            http_client=http_client,
            http_library=http_library,
            max_concurrency=max_concurrency,
            requests_per_second=requests_per_second,
            token_base_url=None if oauth_client is None else oauth_client.origin,
        )
        self._service = Service(server)
        self._set_supported(self.server.capabilities)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Create the provider from `SCIM_BASE_URL` and `SCIM_TOKEN`, or client credentials.

        Args:
            environ: Has `SCIM_BASE_URL`, and either `SCIM_TOKEN`, or `SCIM_CLIENT_ID`, `SCIM_CLIENT_SECRET` and
                `SCIM_TOKEN_URL`. May have `SCIM_SCOPE`.

        Returns:
            The provider.

        Raises:
            ConfigurationError: A variable is missing or invalid.
        """
        base_url = required(environ, "SCIM_BASE_URL", "the address of the SCIM service, which /Users follows")
        oauth_client = OAuthClient.from_env(environ, "SCIM")
        if oauth_client is not None:
            return cls(base_url, oauth_client=oauth_client)
        return cls(base_url, token=required(environ, "SCIM_TOKEN", "a bearer token of the SCIM server"))

    @property
    def server(self) -> SCIMServer:
        """What the server supports, as far as it is known."""
        return self._service.server

    async def discover(self) -> None:
        """Ask the server what it supports, by three requests, once for all copies of this provider.

        A server that cannot be reached changes nothing, and is asked again by the next call.
        """
        await self._service.discover(self._connection)
        self._set_supported(self.server.capabilities)

    @property
    def native(self) -> SCIMAPI:
        """Requests of SCIM as they are: any attribute, any filter, and changes of many members."""
        from orgsdk.providers.scim.native import SCIMAPI  # on first use, as at every provider

        return SCIMAPI(self._connection, self._service)

    @property
    def roles(self) -> SCIMRoles:
        """The operations on groups.

        Raises:
            UnsupportedError: The server has no groups.
        """
        self.require(Capability.ROLES_LIST)
        return SCIMRoles(self._connection, self._service)

    def users(self, organization_id: str | None) -> SCIMUsers:
        """Return the operations on the users of the service.

        Args:
            organization_id: `"scim"`, or None, which means the same.

        Returns:
            The operations.

        Raises:
            InvalidArgumentError: The id is another one.
        """
        if organization_id is not None:
            self.check_organization_id(organization_id)
        has_groups = Capability.ROLES_LIST in self.capabilities
        return SCIMUsers(self._connection, self.roles if has_groups else None, self._service)
