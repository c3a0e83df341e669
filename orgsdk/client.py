"""The client: one object for one provider."""

from __future__ import annotations

import copy
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, Self, overload

from orgsdk._known_names import KnownNames
from orgsdk._log import set_up_log
from orgsdk._unpicklable import Unpicklable
from orgsdk.domain import Capability
from orgsdk.errors import ConfigurationError
from orgsdk.events import Event
from orgsdk.options import DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_WAIT, DEFAULT_TIMEOUT, CallOptions, Telemetry, header_lines
from orgsdk.providers.base import Provider, check_contract
from orgsdk.providers.discovery import credential_settings, provider_from_env, provider_from_url
from orgsdk.providers.settings import optional
from orgsdk.resources import Accounts, OrganizationHandle, Organizations, Roles
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
        _check(provider)
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
        cls, provider: type[NewProviderT], *, environ: Mapping[str, str] | None = None
    ) -> OrgClient[NewProviderT]: ...

    @overload
    @classmethod
    def from_env(cls, provider: None = None, *, environ: Mapping[str, str] | None = None) -> OrgClient[Provider]: ...

    @classmethod
    def from_env(
        cls, provider: type[Provider] | None = None, *, environ: Mapping[str, str] | None = None
    ) -> OrgClient[Provider]:
        """Create a client from environment variables.

        ``ORGSDK_PROVIDER`` names the provider; without it, the provider whose variables are set is used. Flat reads
        ``FLAT_ACCESS_TOKEN`` (and ``FLAT_BASE_URL``); Logto reads ``LOGTO_ENDPOINT``, ``LOGTO_APP_ID``,
        ``LOGTO_APP_SECRET`` (and ``LOGTO_RESOURCE``). ``ORGSDK_ORGANIZATION`` is the id used by `organization()`.

        Args:
            provider: The provider's class, such as ``Flat``, whatever ``ORGSDK_PROVIDER`` is and whichever other
                variables are set. `native` then has the provider's type. Default: what the variables choose.
            environ: The variables. Default: those of the process.

        Returns:
            The client.

        Raises:
            ConfigurationError: A variable is missing or invalid. The error names it.

        Example: ``async with OrgClient.from_env(Flat) as client: me = await client.native.get_authenticated_user()``
        """
        environ = os.environ if environ is None else environ
        if provider is None:
            return _read_from(environ, provider_from_env(environ))
        _check_class(provider)
        return _read_from(environ, provider.from_env(environ))

    @classmethod
    def from_url(cls, url: str, *, environ: Mapping[str, str] | None = None) -> OrgClient[Provider]:
        """Create a client from a URL that names the provider and its address.

        Credentials and other settings are read from the environment, as by `from_env`.

        Args:
            url: ``NAME+ADDRESS``, such as ``logto+https://t.logto.app``, or ``NAME:`` for the provider's usual address.
            environ: The variables. Default: those of the process.

        Returns:
            The client.

        Raises:
            ConfigurationError: The URL names no installed provider or contains credentials (the error does not repeat
                it), or a variable is missing or invalid.

        Example: ``client = OrgClient.from_url("logto+https://t.logto.app")``
        """
        environ = os.environ if environ is None else environ
        return _read_from(environ, provider_from_url(url, environ))

    @classmethod
    def memory(cls, *, users: int = 0) -> OrgClient[Memory]:
        """Create a client of a provider in memory, for tests and prototypes.

        ``client.organization()`` is its organization. ``client.provider`` can inject errors, delays and lost responses:
        see `orgsdk.providers.Memory`.

        Args:
            users: The number of users in the organization.

        Returns:
            The client.

        Raises:
            ConfigurationError: The number is negative.

        Example: ``async with OrgClient.memory(users=50) as client: ...``
        """
        from orgsdk.providers.memory import Memory  # only clients of this provider need it

        return OrgClient(Memory(users=users))

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

        An option that is left out is unchanged. The returned client need not be closed; closing this one closes both.

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
            ConfigurationError: An option is invalid.

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
            raise TypeError("Use `async with`. For code without `await`, orgsdk.blocking has an OrgClient for `with`.")

        def __exit__(self, *error: object) -> None:
            """Exist because `with` looks for it before it calls `__enter__`."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _read_from(environ: Mapping[str, str], provider: NewProviderT) -> OrgClient[NewProviderT]:
    """Return a client whose sign-in errors name the variables that the provider was created from."""
    client = OrgClient(provider, organization=optional(environ, "ORGSDK_ORGANIZATION"))
    client._options = replace(client._options, settings=credential_settings(type(provider)))  # pyright: ignore[reportPrivateUsage]  # part of the constructors
    client._provider = client._provider.with_options(client._options)  # pyright: ignore[reportPrivateUsage]
    return client


def _check_class(kind: object) -> None:
    # Do not echo the argument: callers pass the token here by mistake.
    if not (isinstance(kind, type) and issubclass(kind, Provider)):
        raise ConfigurationError(
            "from_env takes the class of a provider: pass Flat or Logto, or environ= for variables, as in "
            "OrgClient.from_env(environ=settings)."
        )


def _check(provider: object) -> None:
    # Do not echo the argument: callers pass the token here by mistake.
    if isinstance(provider, type):
        raise ConfigurationError(f"{provider.__name__} is the class: call it, as in OrgClient({provider.__name__}(…)).")
    if not isinstance(provider, Provider):
        raise ConfigurationError(
            f"OrgClient takes a provider, not one of type {type(provider).__name__}: pass one of "
            "orgsdk.providers, such as Flat(token=…), or use OrgClient.from_env()."
        )
    check_contract(type(provider), f"The provider {provider.name!r}")
