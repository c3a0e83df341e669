"""The blocking client: one object for one provider, and the thread that its calls run in."""

from __future__ import annotations

import copy
from functools import partial, wraps
from typing import TYPE_CHECKING, Final, Generic

from orgsdk import client as asynchronous
from orgsdk.blocking.portal import Portal
from orgsdk.blocking.resources import Accounts, OrganizationHandle, Organizations, Roles, without_await
from orgsdk.options import DEFAULT_MAX_ATTEMPTS, DEFAULT_MAX_WAIT, DEFAULT_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType
    from typing import ParamSpec, Self

    from typing_extensions import TypeVar

    from orgsdk.domain import Capability
    from orgsdk.events import Event
    from orgsdk.options import Telemetry
    from orgsdk.providers.base import Provider
    from orgsdk.responses import RateLimit, RawResponse

    P = ParamSpec("P")
    T = TypeVar("T")
    # The default lets a plain `OrgClient` stand in an annotation; at run time Python 3.11 knows of none.
    ProviderT = TypeVar("ProviderT", bound=Provider, default=Provider, covariant=True)
    MadeT = TypeVar("MadeT", bound=Provider)
else:
    from typing import TypeVar

    ProviderT = TypeVar("ProviderT", covariant=True)


def _maker(make: Callable[P, asynchronous.OrgClient[MadeT]]) -> Callable[P, OrgClient[MadeT]]:
    @wraps(make)
    def blocking(*args: P.args, **kwargs: P.kwargs) -> OrgClient[MadeT]:
        made = make(*args, **kwargs)
        client = OrgClient(made.provider)
        client._async = made  # pyright: ignore[reportPrivateUsage]  # this is the other half of the constructor
        return client

    blocking.__doc__ = without_await(make.__doc__ or "")
    return blocking


class OrgClient(Generic[ProviderT]):
    """Speak to one provider, each call blocking until it is done; everything else is as `orgsdk.OrgClient` has it.

    Its calls run in a thread that the first of them starts and `close()` ends; use it as `with`, or call `close()`
    at the end. Any number of threads may share it, and it may be used where an event loop runs, as in a notebook.
    Ctrl-C ends the call that is waited for. What has no blocking verb is called by `run`.

    Every verb raises what the async one raises, `NotSentError` where the client is closed, or was used before this
    process was forked, and `TransportError` where another thread closes it meanwhile.

    Example: `with OrgClient(Flat(token="…")) as client: print(client.organization().users.count())`
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

    from_env: Final = staticmethod(_maker(asynchronous.OrgClient.from_env))
    from_url: Final = staticmethod(_maker(asynchronous.OrgClient.from_url))
    memory: Final = staticmethod(_maker(asynchronous.OrgClient.memory))

    def __repr__(self) -> str:
        return f"{self._async!r} (blocking)"

    @property
    def provider(self) -> ProviderT:
        """Give the provider that this client was made with."""
        return self._async.provider

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Give all that the provider can do; a call for anything else raises `UnsupportedError`."""
        return self._async.capabilities

    @property
    def accounts(self) -> Accounts:
        """Give every account of the tenant, whatever organization it belongs to.

        Raises `UnsupportedError` where the provider has no such thing (Flat).
        """
        return Accounts(self._async.accounts, self._portal)

    @property
    def organizations(self) -> Organizations:
        """Give the organizations that the credentials reach."""
        return Organizations(self._async.organizations, self._portal)

    @property
    def roles(self) -> Roles:
        """Give the roles that members of an organization can hold."""
        return Roles(self._async.roles, self._portal)

    def organization(self, organization_id: str | None = None) -> OrganizationHandle:
        """Give a handle to one organization; no request is sent. See `orgsdk.OrgClient.organization`.

        Raises `InvalidArgumentError` for what can be no id, and `UnsupportedError` where an id is needed.
        """
        return OrganizationHandle(self._async.organization(organization_id), self._portal)

    @property
    def rate_limit(self) -> RateLimit | None:
        """Give the rate limit as the provider last told it, None where it never did."""
        return self._async.rate_limit

    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_attempts: int | None = None,
        max_wait: float | None = None,
        headers: Mapping[str, str] | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> Self:
        """Give a client with other options that shares connections, limits, token and thread with this one.

        What is left out stays as it is. It need not be closed; closing this one closes both.

        Raises `ConfigurationError` for what cannot be.
        """
        other = copy.copy(self)
        other._async = self._async.with_options(
            timeout=timeout, max_attempts=max_attempts, max_wait=max_wait, headers=headers, on_event=on_event
        )
        other._owns_portal = False
        return other

    def run(self, work: Callable[[asynchronous.OrgClient[ProviderT]], Awaitable[T]]) -> T:
        """Give what `work` gives, called with the async client: for `native`, and whatever else has no blocking verb.

        Raises what it raises.

        Example: `account = client.run(lambda client: client.native.get_authenticated_user())`
        """
        return self._portal.call(partial(work, self._async), "run")

    def with_raw_response(self, call: Callable[[asynchronous.OrgClient[ProviderT]], Awaitable[T]]) -> RawResponse[T]:
        """Give what `call` gives, with the status and the headers of the answers that it took.

        Raises what the call raises, and `UnsupportedError` where it took no request.

        Example: `raw = client.with_raw_response(lambda client: client.organizations.get("org_id"))`
        """
        return self.run(lambda client: client.with_raw_response(call(client)))

    def close(self) -> None:
        """Close the connections and end the thread. The client sends nothing more.

        One made by `with_options` has none of its own.
        """
        if self._owns_portal:
            self._portal.close()

    if not TYPE_CHECKING:  # who checks types is told by there being no such name

        def __getattr__(self, name: str) -> None:
            advice = ": use client.run(lambda client: client.native.…)" if name == "native" else ""
            raise AttributeError(f"The blocking OrgClient has no {name!r}{advice}.", name=name, obj=self)

        async def __aenter__(self) -> None:
            raise TypeError("This client blocks: use `with`, or the OrgClient of orgsdk for `async with`.")

        async def __aexit__(self, *error: object) -> None:
            """Stand beside `__aenter__`, without which `async with` does not ask it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
