"""WorkOS as a provider: settings, authentication, capabilities, operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar
from urllib.parse import urlsplit

import anyio
from pydantic import SecretStr

from orgsdk._parameters import name_parameters
from orgsdk.domain import Capability, UserFieldName
from orgsdk.errors import ConfigurationError
from orgsdk.providers.http import MEMBERSHIP_REQUESTS, HTTPProvider, RoleNames
from orgsdk.providers.settings import check_key_prefix, optional, required
from orgsdk.providers.workos.accounts import WorkOSAccounts
from orgsdk.providers.workos.capabilities import ADVICE, CAPABILITIES, ONE_ROLE_ADVICE
from orgsdk.providers.workos.errors import INVALID_ROLE, REQUEST_ID_HEADER, error_codes
from orgsdk.providers.workos.invitations import WorkOSInvitations
from orgsdk.providers.workos.native.routes import IDS, NAME
from orgsdk.providers.workos.organizations import WorkOSOrganizations
from orgsdk.providers.workos.roles import WorkOSRoles
from orgsdk.providers.workos.users import WorkOSUsers
from orgsdk.responses import RequestRate
from orgsdk.transport import (
    DEFAULT_CONCURRENCY,
    BearerToken,
    HTTPClient,
    HTTPLibrary,
    IdAlphabet,
    check_base_url,
    check_secret,
    read_rate_limit,
)
from orgsdk.transport.urls import is_loopback

if TYPE_CHECKING:
    from orgsdk.providers.workos.native import WorkOSAPI

BASE_URL = "https://api.workos.com"
_SETTING = "WorkOS' api_key (WORKOS_API_KEY)"
_OTHER_KINDS = {
    "client_": "a client id",
    "pk_": "a publishable key",
    "eyJ": "an access token of a user",
    "org_": "an organization's id",
}
EMULATOR_KEY = "sk_test_default"  # of every emulator (facts/workos.md, section 1)
_STAGING_HOST = "api.workos-test.com"

InOrganizationT = TypeVar("InOrganizationT", WorkOSUsers, WorkOSInvitations)


class WorkOS(HTTPProvider["WorkOSAPI"]):
    """Provider for WorkOS: the organizations and users of one environment.

    Args:
        api_key: An API key of the environment, which starts with `sk_`.
        base_url: Another address of the API, such as a sandbox's.
        http_client: Your own HTTP client. It is used as it is and never closed.
        http_library: Library for the connections without `http_client`: `"httpx"`, or `"httpx2"` or `"aiohttp"`, which
            are extras. `"aiohttp"` supports only asyncio.
        max_concurrency: Maximum number of concurrent requests.
        requests_per_second: Maximum rate of requests. Default: no limit.

    Raises:
        ConfigurationError: A setting is invalid, such as a client id instead of an API key.

    Source:
        https://workos.com/docs/reference

    Example:
        ``OrgClient(WorkOS(api_key="sk_…"))``
    """

    name: ClassVar[str] = NAME
    contract: ClassVar[int] = 2
    capabilities: ClassVar[frozenset[Capability]] = CAPABILITIES
    advice: ClassVar[Mapping[Capability, str]] = ADVICE
    # A key has the permissions that it was created with, by default all of them.
    permissions: ClassVar[Mapping[Capability, str]] = dict.fromkeys(
        CAPABILITIES, "an API key with the permissions for User Management and Organizations"
    )
    environment: ClassVar[tuple[str, ...]] = ("WORKOS_API_KEY",)
    address_variable: ClassVar[str | None] = "WORKOS_BASE_URL"
    ids: ClassVar[IdAlphabet | None] = IDS
    unique_fields: ClassVar[frozenset[UserFieldName]] = frozenset({"email", "external_id"})
    requests_per_write: ClassVar[Mapping[Capability, int]] = MEMBERSHIP_REQUESTS
    limit_per_credentials: ClassVar[bool] = True

    @name_parameters
    def __init__(
        self,
        api_key: str | SecretStr,
        *,
        base_url: str = BASE_URL,
        http_client: HTTPClient | None = None,
        http_library: HTTPLibrary = "httpx",
        max_concurrency: int = DEFAULT_CONCURRENCY,
        requests_per_second: float | None = None,
    ) -> None:
        base_url = check_base_url(base_url, "WorkOS' base_url (WORKOS_BASE_URL)")
        key = _check_key(check_secret(api_key, _SETTING), base_url)
        is_test_key = key.get_secret_value().startswith("sk_test_")
        super().__init__(
            base_url=base_url,
            auth=BearerToken(key),
            read_problem=error_codes("its test environment" if is_test_key else "one environment").read,
            read_rate_limit=read_rate_limit,
            request_id_header=REQUEST_ID_HEADER,
            credentials=[key],
            http_client=http_client,
            http_library=http_library,
            max_concurrency=max_concurrency,
            requests_per_second=requests_per_second,
        )
        self._known_roles: dict[str, dict[str, str]] = {}
        self._roles_lock = anyio.Lock()

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Create the provider from `WORKOS_API_KEY` and, if set, `WORKOS_BASE_URL`.

        Args:
            environ: Environment variables, such as `os.environ`.

        Returns:
            The provider.

        Raises:
            ConfigurationError: A variable is missing or invalid.
        """
        key = required(environ, "WORKOS_API_KEY", "an API key of a WorkOS environment, which starts with sk_")
        return cls(key, base_url=optional(environ, "WORKOS_BASE_URL") or BASE_URL)

    def _accepted_rate(self, reported: int | None) -> RequestRate:
        # A reported limit counts the requests of a minute. Without one, writes are limited to 500 in 10 s
        # (facts/workos.md, section 4).
        return RequestRate(reported, 60) if reported else RequestRate(500, 10)

    @property
    def native(self) -> WorkOSAPI:
        """All of WorkOS' operations on organizations, users and roles, under the names of its own client."""
        from orgsdk.providers.workos.native import WorkOSAPI  # on first use: its models take long to load

        return WorkOSAPI(self._connection)

    @property
    def organizations(self) -> WorkOSOrganizations:
        """The operations on organizations."""
        return WorkOSOrganizations(self._connection)

    @property
    def roles(self) -> WorkOSRoles:
        """The operations on the roles of the environment."""
        return WorkOSRoles(self._connection)

    def users(self, organization_id: str | None) -> WorkOSUsers:
        """Return the operations on the members of an organization.

        Args:
            organization_id: Id of the organization; required at WorkOS.

        Returns:
            The operations.

        Raises:
            InvalidArgumentError: The id is missing or invalid.
        """
        return self._in_organization(WorkOSUsers, organization_id)

    def invitations(self, organization_id: str | None) -> WorkOSInvitations:
        """Return the operations on the invitations to an organization.

        Args:
            organization_id: Id of the organization; required at WorkOS.

        Returns:
            The operations.

        Raises:
            InvalidArgumentError: The id is missing or invalid.
        """
        return self._in_organization(WorkOSInvitations, organization_id)

    def accounts(self) -> WorkOSAccounts:
        """Return the operations on all users of the environment.

        Returns:
            The operations.
        """
        return WorkOSAccounts(self._connection)

    def _in_organization(self, kind: type[InOrganizationT], organization_id: str | None) -> InOrganizationT:
        checked = self._require_organization_id(organization_id)
        names = RoleNames(
            lambda: self.roles.read_assignable(checked),
            self._known_roles.setdefault(checked, {}),
            provider=NAME,
            operation="list_organization_roles",
            one_role_advice=ONE_ROLE_ADVICE,
            refused=lambda error: error.code == INVALID_ROLE,
            lock=self._roles_lock,
        )
        return kind(self._connection, checked, self.accounts(), names)


def _check_key(key: SecretStr, base_url: str) -> SecretStr:
    text, host = key.get_secret_value(), urlsplit(base_url).hostname or ""
    check_key_prefix(key, _SETTING, "sk_", _OTHER_KINDS)
    if text == EMULATOR_KEY and base_url == BASE_URL:
        problem = "is an emulator's key: pass a key of WorkOS, or the emulator's address as base_url."
        raise ConfigurationError(f"{_SETTING} {problem}")
    if text.startswith("sk_live_") and (host == _STAGING_HOST or is_loopback(host)):
        problem = "is a production key, and base_url is not production's: pass a key of a test environment."
        raise ConfigurationError(f"{_SETTING} {problem}")
    return key
