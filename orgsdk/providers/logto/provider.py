"""Logto as a provider: settings, authentication, capabilities, operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import urlsplit

import anyio
from pydantic import SecretStr

from orgsdk._parameters import name_parameters
from orgsdk.domain import Capability, Role, UserFieldName
from orgsdk.errors import ConfigurationError
from orgsdk.providers.http.advice import usual_advice
from orgsdk.providers.http.provider import HTTPProvider
from orgsdk.providers.logto.accounts import LogtoAccounts
from orgsdk.providers.logto.errors import REQUEST_ID_HEADER, LogtoConnection, read_problem
from orgsdk.providers.logto.invitations import LogtoInvitations
from orgsdk.providers.logto.organizations import LogtoOrganizations
from orgsdk.providers.logto.requests import IDS, NAME, TOKEN_PATH
from orgsdk.providers.logto.roles import LogtoRoles
from orgsdk.providers.logto.users import LogtoUsers
from orgsdk.providers.settings import optional, required
from orgsdk.responses import RequestRate
from orgsdk.transport import (
    DEFAULT_CONCURRENCY,
    ClientCredentials,
    HTTPClient,
    HTTPLibrary,
    IdAlphabet,
    TokenCache,
    check_base_url,
    check_secret,
)

if TYPE_CHECKING:
    from orgsdk.providers.logto.native import LogtoAPI

_CLOUD = ".logto.app"
_SELF_HOSTED_RESOURCE = "https://default.logto.app/api"


class Logto(HTTPProvider["LogtoAPI"]):
    """A Logto tenant, used as a machine-to-machine application.

    The application needs a role with access to the Management API.

    Args:
        endpoint: The tenant's address without `/api`: `https://[tenant].logto.app`, or a self-hosted one.
        app_id: Id of the application.
        app_secret: Secret of the application.
        resource: Indicator of the Management API. Default: the tenant's own at `*.logto.app`, else that of a
            self-hosted Logto.
        http_client: Your own HTTP client. It is used as it is and never closed.
        http_library: Library of the connections when there is no `http_client`: `"httpx"` (default), or the extras
            `"httpx2"` and `"aiohttp"` (asyncio only).
        max_concurrency: Maximum number of requests at a time.
        requests_per_second: Maximum rate of requests. Default: no maximum. Logto Cloud accepts 200 in 10 s.

    Raises:
        ConfigurationError: A setting is missing or invalid.

    Source: https://docs.logto.io/integrate-logto/interact-with-management-api

    Example:
        ``OrgClient(Logto(endpoint="https://t.logto.app", app_id="…", app_secret="…"))``
    """

    name: ClassVar[str] = NAME
    contract: ClassVar[int] = 2
    # A tenant has many organizations. None of them belongs to the application.
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.DEFAULT_ORGANIZATION}
    advice: ClassVar[Mapping[Capability, str]] = usual_advice("Logto", Capability.DEFAULT_ORGANIZATION)
    # The Management API has one scope for all operations, `all`, which a role grants.
    permissions: ClassVar[Mapping[Capability, str]] = dict.fromkeys(
        Capability, "a machine-to-machine role with access to the Management API"
    )
    environment: ClassVar[tuple[str, ...]] = ("LOGTO_ENDPOINT", "LOGTO_APP_ID", "LOGTO_APP_SECRET")
    # Codes: facts/logto.md, sections 1 and 2. `auth.unauthorized` is also the answer to a token for another resource.
    settings_by_error: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "oidc.invalid_target": ("LOGTO_RESOURCE",),
        "oidc.invalid_client": ("LOGTO_APP_ID", "LOGTO_APP_SECRET"),
        "auth.unauthorized": (*environment, "LOGTO_RESOURCE"),
    }
    address_variable: ClassVar[str | None] = "LOGTO_ENDPOINT"
    ids: ClassVar[IdAlphabet | None] = IDS
    unique_fields: ClassVar[frozenset[UserFieldName]] = frozenset({"username", "email", "phone"})
    # An update reads the member. A suspension concerns the account: its organizations and roles are read first. An
    # invitation names roles by ids, which are read first.
    requests_per_write: ClassVar[Mapping[Capability, int]] = {
        Capability.USERS_UPDATE: 2,
        Capability.USERS_SUSPEND: 3,
        Capability.INVITATIONS_CREATE: 2,
    }

    @name_parameters
    def __init__(
        self,
        endpoint: str,
        *,
        app_id: str,
        app_secret: str | SecretStr,
        resource: str | None = None,
        http_client: HTTPClient | None = None,
        http_library: HTTPLibrary = "httpx",
        max_concurrency: int = DEFAULT_CONCURRENCY,
        requests_per_second: float | None = None,
    ) -> None:
        endpoint = check_endpoint(endpoint)
        if not isinstance(resource, str | None):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
            raise ConfigurationError(
                f"Logto's resource (LOGTO_RESOURCE) is of type {type(resource).__name__}: pass a string."
            )
        exchange = ClientCredentials(
            (
                check_secret(app_id, "Logto's app_id (LOGTO_APP_ID)").get_secret_value(),
                check_secret(app_secret, "Logto's app_secret (LOGTO_APP_SECRET)"),
            ),
            path=TOKEN_PATH,
            # Without the scope, the token has no permission (facts/logto.md, section 1).
            parameters={"resource": resource or default_resource(endpoint), "scope": "all"},
        )
        super().__init__(
            base_url=endpoint,
            auth=TokenCache(exchange),
            read_problem=read_problem,
            request_id_header=REQUEST_ID_HEADER,
            credentials=(app_id, app_secret),
            connection=LogtoConnection,
            http_client=http_client,
            http_library=http_library,
            max_concurrency=max_concurrency,
            requests_per_second=requests_per_second,
        )
        self._known_roles: dict[str, Role] = {}
        self._roles_lock = anyio.Lock()

    def _accepted_rate(self, reported: int | None) -> RequestRate | None:
        # A self-hosted Logto has no limit, and Logto Cloud does not report its own.
        return RequestRate(200, 10) if (urlsplit(self.tenant).hostname or "").endswith(_CLOUD) else None

    def __repr__(self) -> str:
        return f"Logto(endpoint={self.tenant!r})"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Create the provider from environment variables.

        Args:
            environ: Has `LOGTO_ENDPOINT`, `LOGTO_APP_ID` and `LOGTO_APP_SECRET`, and may have `LOGTO_RESOURCE`.

        Returns:
            The provider.

        Raises:
            ConfigurationError: A variable is missing or invalid.
        """
        return cls(
            required(environ, "LOGTO_ENDPOINT", "the tenant's address, https://[tenant].logto.app"),
            app_id=required(environ, "LOGTO_APP_ID", "the id of a machine-to-machine application"),
            app_secret=required(environ, "LOGTO_APP_SECRET", "the secret of that application"),
            resource=optional(environ, "LOGTO_RESOURCE"),
        )

    @property
    def native(self) -> LogtoAPI:
        """Every operation of Logto's Management API on organizations and users, by its own name."""
        from orgsdk.providers.logto.native import LogtoAPI  # on first use: it takes long to load

        return LogtoAPI(self._connection)

    @property
    def organizations(self) -> LogtoOrganizations:
        """The operations on organizations."""
        return LogtoOrganizations(self._connection)

    @property
    def roles(self) -> LogtoRoles:
        """The operations on organization roles."""
        return LogtoRoles(self._connection, self._known_roles, self._roles_lock)

    def users(self, organization_id: str | None) -> LogtoUsers:
        """Return the operations on the members of an organization.

        Args:
            organization_id: Id of the organization; required at Logto.

        Returns:
            The operations.

        Raises:
            InvalidArgumentError: The id is missing or invalid.
        """
        organization_id = self._require_organization_id(organization_id)
        return LogtoUsers(self._connection, self.roles, self.accounts(), organization_id)

    def invitations(self, organization_id: str | None) -> LogtoInvitations:
        """Return the operations on the invitations to an organization.

        Args:
            organization_id: Id of the organization; required at Logto.

        Returns:
            The operations.

        Raises:
            InvalidArgumentError: The id is missing or invalid.
        """
        return LogtoInvitations(
            self._connection,
            roles=self.roles,
            members=self.users(organization_id),
            accounts=self.accounts(),
            organization_id=self._require_organization_id(organization_id),
        )

    def accounts(self) -> LogtoAccounts:
        """Return the operations on all accounts of the tenant.

        Returns:
            The operations.
        """
        return LogtoAccounts(self._connection)


def check_endpoint(endpoint: str) -> str:
    """Return the tenant's address, checked. Refuse a suffix `/api`, which every path has."""
    checked = check_base_url(endpoint, "Logto's endpoint (LOGTO_ENDPOINT)")
    if checked.endswith(("/api", "/oidc")):
        raise ConfigurationError(
            "Logto's endpoint (LOGTO_ENDPOINT) is the tenant's address only: leave /api or /oidc out."
        )
    return checked


def default_resource(endpoint: str) -> str:
    """Return the Management API's resource indicator: the tenant's own on Logto Cloud, else the self-hosted one."""
    host = urlsplit(endpoint).hostname or ""
    return f"https://{host}/api" if host.endswith(_CLOUD) else _SELF_HOSTED_RESOURCE
