"""The client: one object for one provider."""

from __future__ import annotations

import copy
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, Self, Unpack, cast, overload

from orgsdk._known_names import KnownNames
from orgsdk._log import set_up_log
from orgsdk._parameters import MisuseError, name_parameters, takes_options_of
from orgsdk._unpicklable import Unpicklable
from orgsdk.domain import Capability
from orgsdk.errors import ConfigurationError
from orgsdk.events import Event
from orgsdk.options import (
    DEFAULT_MAX_ATTEMPTS,
    DEFAULT_MAX_WAIT,
    DEFAULT_TIMEOUT,
    CallOptions,
    ClientOptions,
    Telemetry,
    header_lines,
)
from orgsdk.providers.base import Provider, check_provider, check_provider_class
from orgsdk.providers.discovery import credential_settings, provider_from_env, provider_from_url
from orgsdk.providers.settings import optional
from orgsdk.resources import Accounts, OrganizationHandle, Organizations, Roles
from orgsdk.resources.base import show_call
from orgsdk.resources.validation import check_id
from orgsdk.responses import RateLimit, RawResponse, call_with_responses

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import TypeVar

    from orgsdk.providers.memory import Memory

    NativeT = TypeVar("NativeT")
    T = TypeVar("T")

    # The default allows a plain `OrgClient` in an annotation. Python 3.11 has no defaults at run time.
    ProviderT = TypeVar("ProviderT", bound=Provider, default=Provider, covariant=True)
    NewProviderT = TypeVar("NewProviderT", bound=Provider)
else:
    from typing import TypeVar

    NativeT = TypeVar("NativeT")
    T = TypeVar("T")
    ProviderT = TypeVar("ProviderT", covariant=True)


class OrgClient(KnownNames, Unpicklable, Generic[ProviderT]):
    """Async client for one provider.

    Connections open on first use. Use the client as ``async with``, or call `aclose()`. A client belongs to the event
    loop and the process of its first call: in another one, calls raise `NotSentError`.

    Args:
        provider: A provider instance, such as ``Flat(token="…")``.
        organization: Id used by `organization()` when it is called without one.
        timeout: Seconds for a whole call, including retries and waiting. Default 30.
        max_attempts: How often a request is sent at most. Default 3.
        max_wait: Longest wait for a rate limit or for a server's `Retry-After`, in seconds, before `RateLimitError` or
            `ServerError` is raised. Default 60.
        headers: Headers of every request.
        on_event: Called with each event of `orgsdk.events`.
        telemetry: Observes each call as a whole, such as `orgsdk.telemetry.OpenTelemetry`.

    The logger ``orgsdk`` logs each request at the level DEBUG. ``ORGSDK_LOG=debug`` (``info``, ``warning``, ``error``)
    in the environment shows it on stderr, without any code.

    Raises:
        ConfigurationError: A setting is missing or invalid.
        InvalidArgumentError: The organization's id is invalid.

    Example:
        ``async with OrgClient(Flat(token="…")) as client: page = await client.organization().users.list()``
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
        self._options = CallOptions(
            timeout=timeout,
            max_attempts=max_attempts,
            max_wait=max_wait,
            headers=header_lines(headers),
            on_event=on_event,
            telemetry=telemetry,
        )
        check_provider(provider)
        set_up_log(os.environ)
        self._provider = provider.with_options(self._options)
        self._organization = organization
        self._owns_connection = True
        if organization is not None:
            self._provider.check_organization_id(check_id(organization, "organization id"))

    def __repr__(self) -> str:
        return f"OrgClient({self._provider!r})"

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
        """Create a client from environment variables.

        ``ORGSDK_PROVIDER`` names the provider; without it, the provider whose variables are set is used. Flat reads
        ``FLAT_ACCESS_TOKEN`` (and ``FLAT_BASE_URL``); Logto reads ``LOGTO_ENDPOINT``, ``LOGTO_APP_ID``,
        ``LOGTO_APP_SECRET`` (and ``LOGTO_RESOURCE``). ``ORGSDK_ORGANIZATION`` is the id used by `organization()`.

        Args:
            provider: The provider's class, such as ``Flat``, whatever ``ORGSDK_PROVIDER`` is and whichever other
                variables are set. `native` then has the provider's type. Default: what the variables choose.
            environ: The variables. Default: those of the process.
            **options: As for `OrgClient`, such as ``timeout=5``.

        Returns:
            The client, of the class that the method is called on.

        Raises:
            ConfigurationError: A variable or an option is missing or invalid. The error names it.

        Example: ``async with OrgClient.from_env(Flat) as client: me = await client.native.get_authenticated_user()``
        """
        environ = os.environ if environ is None else environ
        if provider is None:
            return cls._read_from(environ, provider_from_env(environ), options)
        check_provider_class(provider)
        return cls._read_from(environ, provider.from_env(environ), options)

    @classmethod
    @name_parameters
    @takes_options_of(__init__)
    def from_url(cls, url: str, *, environ: Mapping[str, str] | None = None, **options: Unpack[ClientOptions]) -> Self:
        """Create a client from a URL that names the provider and its address.

        Credentials and other settings are read from the environment, as by `from_env`.

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
        environ = os.environ if environ is None else environ
        return cls._read_from(environ, provider_from_url(url, environ), options)

    @classmethod
    def _read_from(cls, environ: Mapping[str, str], provider: Any, options: ClientOptions) -> Self:
        """Return a client whose sign-in errors name the variables that the provider was created from."""
        options.setdefault("organization", optional(environ, "ORGSDK_ORGANIZATION"))
        client = cls(provider, **options)
        settings = credential_settings(cast("type[Provider]", provider.__class__), environ)
        client._options = replace(client._options, settings=settings)
        client._provider = client._provider.with_options(client._options)
        return client

    @classmethod
    @name_parameters
    @takes_options_of(__init__)
    def memory(cls, *, users: int = 0, **options: Unpack[ClientOptions]) -> OrgClient[Memory]:
        """Create a client of a provider in memory, for tests and prototypes.

        ``client.organization()`` is its organization. ``client.provider`` can inject errors, delays and lost responses:
        see `orgsdk.providers.Memory`.

        Args:
            users: The number of users in the organization.
            **options: As for `OrgClient`, such as ``on_event=print``.

        Returns:
            The client, of the class that the method is called on.

        Raises:
            ConfigurationError: The number is negative, or an option is invalid.

        Example: ``async with OrgClient.memory(users=50) as client: ...``
        """
        from orgsdk.providers.memory import Memory  # only clients of this provider need it

        provider: Any = Memory(users=users)
        return cast("OrgClient[Memory]", cls(provider, **options))

    @property
    def provider(self) -> ProviderT:
        """The provider of this client."""
        return self._provider

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the provider supports. Any other call raises `UnsupportedError`."""
        return self._provider.capabilities

    @property
    def native(self: OrgClient[Provider[NativeT]]) -> NativeT:
        """Everything else that the provider offers, typed and under the provider's own names.

        Raises:
            UnsupportedError: The provider has no native interface.
        """
        return self._provider.native

    @property
    def accounts(self) -> Accounts:
        """Every account of the tenant, in any organization or none.

        Without accounts outside organizations (Flat), its methods raise `UnsupportedError`.
        """
        return Accounts(self._provider)

    @property
    def organizations(self) -> Organizations:
        """The organizations that the credentials can access."""
        return Organizations(self._provider)

    @property
    def roles(self) -> Roles:
        """The roles that members of an organization can have."""
        return Roles(self._provider)

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
        chosen = organization_id if organization_id is not None else self._organization
        if chosen is None:
            self._provider.require(Capability.DEFAULT_ORGANIZATION)
        else:
            check_id(chosen, "organization id")
        return OrganizationHandle(self._provider, chosen)

    @property
    def rate_limit(self) -> RateLimit | None:
        """The rate limit as the provider last reported it. None if it has not reported any."""
        return self._provider.rate_limit

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
        """Return a client with other options that shares the connections, limits and token of this one.

        An option that is left out is unchanged. Use the returned client without ``async with``: closing this client
        closes both.

        Args:
            timeout: As for `OrgClient`.
            max_attempts: As for `OrgClient`.
            max_wait: As for `OrgClient`.
            headers: As for `OrgClient`. They replace the present ones.
            on_event: As for `OrgClient`.
            telemetry: As for `OrgClient`.

        Returns:
            A client with other options that shares the connections, limits and token of this one.

        Raises:
            ConfigurationError: An option is invalid. The returned client raises it too if it is entered.

        Example: ``await client.with_options(timeout=5, max_attempts=1).organizations.get("org_id")``
        """
        other = copy.copy(self)
        current = self._options
        other._options = CallOptions(
            timeout=current.timeout if timeout is None else timeout,
            max_attempts=current.max_attempts if max_attempts is None else max_attempts,
            max_wait=current.max_wait if max_wait is None else max_wait,
            headers=current.headers if headers is None else header_lines(headers),
            on_event=current.on_event if on_event is None else on_event,
            telemetry=current.telemetry if telemetry is None else telemetry,
            settings=current.settings,
        )
        other._provider = self._provider.with_options(other._options)
        other._owns_connection = False
        return other

    async def with_raw_response(self, call: Awaitable[T]) -> RawResponse[T]:
        """Await a call and return its result with the status and headers of its responses.

        Args:
            call: A call of this client that is not awaited yet.

        Returns:
            The result and its responses.

        Raises:
            InvalidArgumentError: `call` is not a call but its result.
            UnsupportedError: The call sent no request.
            OrgError: What the call raises.

        Example: ``raw = await client.with_raw_response(client.organizations.get("org_id"))``
        """
        return await call_with_responses(call, self._provider.name)

    async def aclose(self) -> None:
        """Close the connections. The client cannot be used afterwards. A client of `with_options` has none to close.

        A refresh-token exchange that another task has started ends first, which may take 90 s.

        Raises:
            NotSentError: The connections belong to another event loop. They stay open.
        """
        if self._owns_connection:
            await self._provider.aclose()

    if not TYPE_CHECKING:  # a type checker reports the missing method itself

        def __enter__(self) -> None:
            raise MisuseError(
                "Use `async with`. For code without `await`, orgsdk.blocking has an OrgClient for `with`."
            )

        def __exit__(self, *error: object) -> None:
            """Exist because `with` looks for it before it calls `__enter__`."""

    async def __aenter__(self) -> Self:
        if not self._owns_connection:
            raise ConfigurationError(derived_client_advice("async with"))
        await self._provider.discover()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def derived_client_advice(statement: str) -> str:
    """Return the error for a client of `with_options` in ``async with`` or ``with``. Private to orgsdk.

    Args:
        statement: ``async with`` or ``with``.

    Returns:
        The text of the error.
    """
    # Closing nothing would leave the connections open, and closing them would end the calls of the other client.
    return (
        f"A client of with_options shares the connections of the client that it was made from: use `{statement}` "
        f"there, as in `{statement} OrgClient.from_env(timeout=5) as client`, and this client without it."
    )
