"""The blocking client: one object for one provider, and the thread that its calls run in."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Self, Unpack, cast, overload

from orgsdk import client as asynchronous
from orgsdk._callables import check_function
from orgsdk._known_names import KnownNames
from orgsdk._parameters import MisuseError, name_parameters, takes_options_of
from orgsdk._unpicklable import Unpicklable
from orgsdk.blocking.portal import Portal
from orgsdk.blocking.resources import Accounts, OrganizationHandle, Organizations, Roles
from orgsdk.domain import Capability
from orgsdk.errors import ConfigurationError
from orgsdk.events import Event
from orgsdk.options import DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_WAIT, DEFAULT_TIMEOUT, ClientOptions, Telemetry
from orgsdk.providers.base import Provider
from orgsdk.resources.base import show_call
from orgsdk.responses import RateLimit, RawResponse

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import TypeVar

    from orgsdk.providers.memory import Memory

    T = TypeVar("T")
    # The default allows a plain `OrgClient` in an annotation. Python 3.11 has no defaults at run time.
    ProviderT = TypeVar("ProviderT", bound=Provider, default=Provider, covariant=True)
    NewProviderT = TypeVar("NewProviderT", bound=Provider)
else:
    from typing import TypeVar

    T = TypeVar("T")
    ProviderT = TypeVar("ProviderT", covariant=True)


class OrgClient(KnownNames, Unpicklable, Generic[ProviderT]):
    """Blocking client for one provider: `orgsdk.OrgClient` without ``await``.

    Calls run in a thread that the first call starts and `close()` ends. Use the client as ``with``, or call `close()`.
    Several threads may share it, and it works where an event loop runs, as in a notebook. Ctrl-C cancels the current
    call. `run` calls what has no blocking method.

    Every method raises what the async one raises, `NotSentError` if the client is closed or was used before this
    process was forked, and `TransportError` if another thread closes it during the call.

    Args:
        provider: As for `orgsdk.OrgClient`, and so are the other arguments.
        organization: Id used by `organization()` when it is called without one.
        timeout: Seconds for a whole call, including retries and waiting. Default 30.
        max_attempts: How often a request is sent at most. Default 3.
        max_wait: Longest wait for a rate limit or for a server's `Retry-After`, in seconds. Default 60.
        headers: Headers of every request.
        on_event: Called with each event of `orgsdk.events`, in the client's thread.
        telemetry: Observes each call as a whole, such as `orgsdk.telemetry.OpenTelemetry`.

    Raises:
        ConfigurationError: A setting is missing or invalid.
        InvalidArgumentError: The organization's id is invalid.

    Example:
        ``with OrgClient(Flat(token="…")) as client: print(client.organization().users.count())``
    """

    @name_parameters
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
        self._async = asynchronous.OrgClient(
            provider,
            organization=organization,
            timeout=timeout,
            max_attempts=max_attempts,
            max_wait=max_wait,
            headers=headers,
            on_event=on_event,
            telemetry=telemetry,
        )
        self._portal = Portal(self._async.provider)
        self._owns_portal = True

    @overload
    @classmethod
    def from_env(
        cls, provider: type[NewProviderT], *, environ: Mapping[str, str] | None = None, **options: Unpack[ClientOptions]
    ) -> OrgClient[NewProviderT]: ...

    @overload
    @classmethod
    def from_env(
        cls, provider: None = None, *, environ: Mapping[str, str] | None = None, **options: Unpack[ClientOptions]
    ) -> Self: ...

    @classmethod
    @name_parameters
    @takes_options_of(__init__)
    def from_env(
        cls,
        provider: type[Provider] | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        **options: Unpack[ClientOptions],
    ) -> OrgClient[Provider]:
        """Create a client from environment variables, as `orgsdk.OrgClient.from_env`.

        Args:
            provider: The provider's class, such as ``Flat``. Default: what the variables choose.
            environ: The variables. Default: those of the process.
            **options: As for `OrgClient`, such as ``timeout=5``.

        Returns:
            The client, of the class that the method is called on.

        Raises:
            ConfigurationError: A variable or an option is missing or invalid. The error names it.
        """
        if provider is None:
            return cls._blocking(asynchronous.OrgClient.from_env(environ=environ, **options))
        return cls._blocking(asynchronous.OrgClient.from_env(provider, environ=environ, **options))

    @classmethod
    @name_parameters
    @takes_options_of(__init__)
    def from_url(cls, url: str, *, environ: Mapping[str, str] | None = None, **options: Unpack[ClientOptions]) -> Self:
        """Create a client from a URL that names the provider and its address, as `orgsdk.OrgClient.from_url`.

        Args:
            url: ``NAME+ADDRESS``, such as ``logto+https://t.logto.app``, or ``NAME:`` for the provider's usual address.
            environ: The variables. Default: those of the process.
            **options: As for `OrgClient`, such as ``timeout=5``.

        Returns:
            The client, of the class that the method is called on.

        Raises:
            ConfigurationError: The URL names no installed provider or contains credentials (the error does not repeat
                it), or a variable is missing or invalid.

        Example: ``client = OrgClient.from_url("logto+https://t.logto.app")``
        """
        return cls._blocking(asynchronous.OrgClient.from_url(url, environ=environ, **options))

    @classmethod
    @name_parameters
    @takes_options_of(__init__)
    def memory(cls, *, users: int = 0, **options: Unpack[ClientOptions]) -> OrgClient[Memory]:
        """Create a client of a provider in memory, for tests and prototypes, as `orgsdk.OrgClient.memory`.

        Args:
            users: The number of users in the organization.
            **options: As for `OrgClient`, such as ``on_event=print``.

        Returns:
            The client, of the class that the method is called on.

        Raises:
            ConfigurationError: The number is negative, or an option is invalid.

        Example: ``with OrgClient.memory(users=50) as client: ...``
        """
        return cast("OrgClient[Memory]", cls._blocking(asynchronous.OrgClient.memory(users=users, **options)))

    @classmethod
    def _blocking(cls, async_client: asynchronous.OrgClient[Any]) -> Self:
        client = cls(async_client.provider)
        client._async = async_client
        return client

    def __repr__(self) -> str:
        return f"{self._async!r} (blocking)"

    @property
    def provider(self) -> ProviderT:
        """The provider of this client."""
        return self._async.provider

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the provider supports. Any other call raises `UnsupportedError`."""
        return self._async.capabilities

    @property
    def accounts(self) -> Accounts:
        """Every account of the tenant, in any organization or none.

        Without accounts outside organizations (Flat), its methods raise `UnsupportedError`.
        """
        return Accounts(self._async.accounts, self._portal)

    @property
    def organizations(self) -> Organizations:
        """The organizations that the credentials can access."""
        return Organizations(self._async.organizations, self._portal)

    @property
    def roles(self) -> Roles:
        """The roles that members of an organization can have."""
        return Roles(self._async.roles, self._portal)

    @show_call
    def organization(self, organization_id: str | None = None) -> OrganizationHandle:
        """Return a handle of one organization. No request is sent.

        Args:
            organization_id: The id. Default: the client's ``organization=``, or else the organization of the
                credentials, if the provider has one (Flat).

        Returns:
            A handle of one organization.

        Raises:
            InvalidArgumentError: The id is invalid.
            UnsupportedError: The provider needs an id.
        """
        return OrganizationHandle(self._async.organization(organization_id), self._portal)

    @property
    def rate_limit(self) -> RateLimit | None:
        """The rate limit as the provider last reported it. None if it has not reported any."""
        return self._async.rate_limit

    @name_parameters
    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_attempts: int | None = None,
        max_wait: float | None = None,
        headers: Mapping[str, str] | None = None,
        on_event: Callable[[Event], None] | None = None,
        telemetry: Telemetry | None = None,
    ) -> Self:
        """Return a client with other options that shares the connections, limits, token and thread of this one.

        An option that is left out is unchanged. Use the returned client without ``with``: closing this client closes
        both.

        Args:
            timeout: As for `OrgClient`.
            max_attempts: As for `OrgClient`.
            max_wait: As for `OrgClient`.
            headers: As for `OrgClient`. They replace the present ones.
            on_event: As for `OrgClient`.
            telemetry: As for `OrgClient`.

        Returns:
            A client with other options that shares the connections, limits, token and thread of this one.

        Raises:
            ConfigurationError: An option is invalid. The returned client raises it too if it is entered.
        """
        other = copy.copy(self)
        other._async = self._async.with_options(
            timeout=timeout,
            max_attempts=max_attempts,
            max_wait=max_wait,
            headers=headers,
            on_event=on_event,
            telemetry=telemetry,
        )
        other._owns_portal = False
        return other

    def run(self, work: Callable[[asynchronous.OrgClient[ProviderT]], Awaitable[T]]) -> T:
        """Run code with the async client, for `native` and everything else that has no blocking method.

        Args:
            work: Takes the async client and returns an awaitable, or a result.

        Returns:
            The result, awaited if it is an awaitable.

        Raises:
            OrgError: What `work` raises.

        Example: ``account = client.run(lambda client: client.native.get_authenticated_user())``
        """
        check_function(work, "run's argument", "the async client")
        return self._portal.call(partial(work, self._async), "run")

    def with_raw_response(self, call: Callable[[asynchronous.OrgClient[ProviderT]], Awaitable[T]]) -> RawResponse[T]:
        """Make a call and return its result with the status and headers of its responses.

        Args:
            call: Takes the async client and returns the call.

        Returns:
            The result and its responses.

        Raises:
            UnsupportedError: The call sent no request.
            OrgError: What the call raises.

        Example: ``raw = client.with_raw_response(lambda client: client.organizations.get("org_id"))``
        """
        check_function(call, "with_raw_response's argument", "the async client")
        return self.run(lambda client: client.with_raw_response(call(client)))

    def close(self) -> None:
        """Close the connections and end the thread. The client cannot be used afterwards.

        A client of `with_options` has none to close.
        """
        if self._owns_portal:
            self._portal.close()

    if not TYPE_CHECKING:  # a type checker reports the missing name itself

        async def __aenter__(self) -> None:
            raise MisuseError("This client blocks: use `with`, or the OrgClient of orgsdk for `async with`.")

        async def __aexit__(self, *error: object) -> None:
            """Exist because `async with` looks for it before it calls `__aenter__`."""

    def __enter__(self) -> Self:
        if not self._owns_portal:
            raise ConfigurationError(asynchronous.derived_client_advice("with"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
