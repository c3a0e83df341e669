"""The client: one object for one provider."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Generic

from orgsdk.domain import Capability
from orgsdk.providers.discovery import provider_from_env
from orgsdk.resources import OrganizationHandle, Organizations, Roles

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

    from typing_extensions import TypeVar

    from orgsdk.providers.base import Provider

    # The default lets a plain `OrgClient` stand in an annotation; at run time Python 3.11 knows of none.
    ProviderT = TypeVar("ProviderT", bound=Provider, default=Provider, covariant=True)
else:
    from typing import TypeVar

    ProviderT = TypeVar("ProviderT", covariant=True)


class OrgClient(Generic[ProviderT]):
    """Speak to one provider about its organizations, users and roles.

    `provider` is one of `orgsdk.providers`, or anybody's. `organization` is the id that `organization()` takes
    when it is given none. Use it as `async with`, or call `aclose()` at the end; it connects when first needed.

    Example: `async with OrgClient(Flat(token="…")) as client: page = await client.organization().users.list()`
    """

    def __init__(self, provider: ProviderT, *, organization: str | None = None) -> None:
        self._provider = provider
        self._organization = organization
        if organization is not None:
            provider.users(organization)  # refuses what can be no id here, not at some later call

    def __repr__(self) -> str:
        return f"OrgClient({self._provider!r})"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> OrgClient[Provider]:
        """Make a client from environment variables, or from the mapping given.

        `ORGSDK_PROVIDER` names the provider; without it, the one whose variables are set. Flat reads
        `FLAT_ACCESS_TOKEN` (and `FLAT_BASE_URL`), Logto `LOGTO_ENDPOINT`, `LOGTO_APP_ID`, `LOGTO_APP_SECRET`
        (and `LOGTO_RESOURCE`). `ORGSDK_ORGANIZATION` is the id for `organization()`.

        Raises `ConfigurationError` naming the variable that is missing or wrong.
        """
        environ = os.environ if environ is None else environ
        organization = environ.get("ORGSDK_ORGANIZATION", "").strip() or None
        return OrgClient(provider_from_env(environ), organization=organization)

    @property
    def provider(self) -> ProviderT:
        """Give the provider that this client was made with."""
        return self._provider

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Give all that the provider can do; a call for anything else raises `UnsupportedError`."""
        return self._provider.capabilities

    @property
    def organizations(self) -> Organizations:
        """Give the organizations that the credentials reach."""
        return Organizations(self._provider)

    @property
    def roles(self) -> Roles:
        """Give the roles that members of an organization can hold."""
        return Roles(self._provider)

    def organization(self, organization_id: str | None = None) -> OrganizationHandle:
        """Give a handle to one organization; no request is sent.

        Without an id it is the client's `organization=`, or else the credentials' own, where a provider has such
        a thing (Flat).

        Raises `InvalidArgumentError` for what can be no id, and `UnsupportedError` where an id is needed.
        """
        chosen = organization_id if organization_id is not None else self._organization
        if chosen is None:
            self._provider.require(Capability.DEFAULT_ORGANIZATION)
        return OrganizationHandle(self._provider, chosen)

    async def aclose(self) -> None:
        """Close the connections. The client sends nothing more."""
        await self._provider.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
