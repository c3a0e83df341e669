"""The client: one object for one provider."""

from __future__ import annotations

import copy
import os
from typing import TYPE_CHECKING, Generic

from orgsdk.domain import Capability
from orgsdk.errors import ConfigurationError
from orgsdk.options import DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_WAIT, DEFAULT_TIMEOUT, CallOptions
from orgsdk.providers.base import Provider
from orgsdk.providers.discovery import provider_from_env, provider_from_url
from orgsdk.providers.settings import optional
from orgsdk.resources import Accounts, OrganizationHandle, Organizations, Roles
from orgsdk.responses import RawResponse, call_with_responses

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType
    from typing import Self

    from typing_extensions import TypeVar

    from orgsdk.events import Event
    from orgsdk.options import Telemetry
    from orgsdk.providers.memory import Memory
    from orgsdk.responses import RateLimit

    NativeT = TypeVar("NativeT")
    T = TypeVar("T")

    # The default lets a plain `OrgClient` stand in an annotation; at run time Python 3.11 knows of none.
    ProviderT = TypeVar("ProviderT", bound=Provider, default=Provider, covariant=True)
else:
    from typing import TypeVar

    ProviderT = TypeVar("ProviderT", covariant=True)


class OrgClient(Generic[ProviderT]):
    """Speak to one provider about its organizations, users and roles.

    `provider` is one of `orgsdk.providers`, or anybody's. `organization` is the id that `organization()` takes
    when it is given none. `timeout` bounds a whole call in seconds, waiting and repeats included; `max_attempts`
    is how often a request is sent at most; `max_wait` how many seconds a call waits for a rate limit, or for a
    server that says when to come back, before it raises `RateLimitError` or `ServerError`; `headers` go with every
    request; `on_event` is called with each `orgsdk.events` event; `telemetry` observes each call as a whole, such as
    `orgsdk.telemetry.OpenTelemetry` does.
    Use it as `async with`, or call `aclose()` at the end; it connects when first needed.

    Raises `ConfigurationError` and `InvalidArgumentError` for what cannot be.

    Example: `async with OrgClient(Flat(token="…")) as client: page = await client.organization().users.list()`
    """

    def __init__(
        self,
        provider: ProviderT,
        *,
        organization: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        max_attempts: int = DEFAULT_MAX_ATTEMPTS,
        max_wait: float = DEFAULT_MAX_WAIT,
        headers: Mapping[str, str] | None = None,
        on_event: Callable[[Event], None] | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._options = CallOptions(
            timeout=timeout,
            max_attempts=max_attempts,
            max_wait=max_wait,
            headers=tuple((headers or {}).items()),
            on_event=on_event,
            telemetry=telemetry,
        )
        _check(provider)
        self._provider = provider.with_options(self._options)
        self._organization = organization
        self._owns_connection = True
        if organization is not None:
            self._provider.check_organization_id(organization)

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
        return OrgClient(provider_from_env(environ), organization=optional(environ, "ORGSDK_ORGANIZATION"))

    @classmethod
    def from_url(cls, url: str, *, environ: Mapping[str, str] | None = None) -> OrgClient[Provider]:
        """Make a client of the provider and the address that `url` names; the rest is read as by `from_env`.

        `NAME+ADDRESS`, such as `logto+https://t.logto.app`, or `NAME:` for the provider's usual address. Credentials
        come from the environment alone.

        Raises `ConfigurationError` where the URL names no installed provider or holds credentials, without
        repeating it, and naming the variable that is missing or wrong.

        Example: `client = OrgClient.from_url("logto+https://t.logto.app")`
        """
        environ = os.environ if environ is None else environ
        return OrgClient(provider_from_url(url, environ), organization=optional(environ, "ORGSDK_ORGANIZATION"))

    @classmethod
    def memory(cls, *, users: int = 0) -> OrgClient[Memory]:
        """Make a client of a provider in memory, for tests and prototypes, whose organization has so many users.

        `client.organization()` is the organization; `client.provider` can be told to fail, to take its time and to
        lose an answer: see `orgsdk.providers.Memory`.

        Raises `ConfigurationError` for fewer than none.

        Example: `async with OrgClient.memory(users=50) as client: ...`
        """
        from orgsdk.providers.memory import Memory  # when used: nobody else has to load it

        return OrgClient(Memory(users=users))

    @property
    def provider(self) -> ProviderT:
        """Give the provider that this client was made with."""
        return self._provider

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Give all that the provider can do; a call for anything else raises `UnsupportedError`."""
        return self._provider.capabilities

    @property
    def native(self: OrgClient[Provider[NativeT]]) -> NativeT:
        """Give all that the provider has beyond the common domain, under its own names, typed.

        Raises `UnsupportedError` where the provider has nothing more.
        """
        return self._provider.native

    @property
    def accounts(self) -> Accounts:
        """Give every account of the tenant, whatever organization it belongs to.

        Raises `UnsupportedError` where the provider has no such thing (Flat).
        """
        self._provider.require(Capability.ACCOUNTS_LIST)
        return Accounts(self._provider)

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

    @property
    def rate_limit(self) -> RateLimit | None:
        """Give the rate limit as the provider last told it, None where it never did."""
        return self._provider.rate_limit

    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_attempts: int | None = None,
        max_wait: float | None = None,
        headers: Mapping[str, str] | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> Self:
        """Give a client with other options that shares connections, limits and token with this one.

        What is left out stays as it is. It need not be closed; closing this one closes both.

        Raises `ConfigurationError` for what cannot be.

        Example: `await client.with_options(timeout=5, max_attempts=1).organizations.get("org_id")`
        """
        other = copy.copy(self)
        now = self._options
        other._options = CallOptions(
            timeout=now.timeout if timeout is None else timeout,
            max_attempts=now.max_attempts if max_attempts is None else max_attempts,
            max_wait=now.max_wait if max_wait is None else max_wait,
            headers=now.headers if headers is None else tuple(headers.items()),
            on_event=now.on_event if on_event is None else on_event,
            telemetry=now.telemetry,
        )
        other._provider = self._provider.with_options(other._options)
        other._owns_connection = False
        return other

    async def with_raw_response(self, call: Awaitable[T]) -> RawResponse[T]:
        """Give what `call` gives, with the status and the headers of the answers that it took.

        Raises what the call raises, and `UnsupportedError` where it took no request.

        Example: `raw = await client.with_raw_response(client.organizations.get("org_id"))`
        """
        return await call_with_responses(call, self._provider.name)

    async def aclose(self) -> None:
        """Close the connections. The client sends nothing more. One made by `with_options` has none of its own."""
        if self._owns_connection:
            await self._provider.aclose()

    if not TYPE_CHECKING:  # who checks types is told by there being no such method

        def __enter__(self) -> None:
            raise TypeError("Use `async with`; where nothing awaits, orgsdk.blocking has an OrgClient for `with`.")

        def __exit__(self, *error: object) -> None:
            """Stand beside `__enter__`, without which `with` does not ask it."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _check(provider: object) -> None:
    # Not repeated: what stands in a provider's place may be its token.
    if isinstance(provider, type):
        raise ConfigurationError(f"{provider.__name__} is the class: call it, as in OrgClient({provider.__name__}(…)).")
    if not isinstance(provider, Provider):
        raise ConfigurationError(
            f"OrgClient takes a provider, not one of type {type(provider).__name__}: pass one of "
            "orgsdk.providers, such as Flat(token=…), or use OrgClient.from_env()."
        )
