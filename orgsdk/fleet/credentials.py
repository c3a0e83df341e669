"""Credentials of a fleet: named settings of a provider, and the clients that are opened with them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import anyio

from orgsdk import bulk
from orgsdk._before_writing import check_before_writing
from orgsdk._callables import check_function
from orgsdk._parameters import name_constructor_parameters
from orgsdk._tracked_settings import TrackedSettings
from orgsdk.client import OrgClient
from orgsdk.errors import ConfigurationError
from orgsdk.events import Event, RequestSent
from orgsdk.fleet.entries import name_problem, provider_problem, settings_problems
from orgsdk.fleet.errors import FleetConfigError
from orgsdk.fleet.secrets import is_reference, resolve_settings
from orgsdk.options import ClientOptions
from orgsdk.providers.discovery import load_provider

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from orgsdk.fleet.entries import FleetEntry
    from orgsdk.options import Telemetry

OpenClient: TypeAlias = Callable[[str, Mapping[str, str], ClientOptions], OrgClient]
"""Opens a client: called with the provider's name, its settings with the secrets, and the options to pass on."""

# Clients that are not used keep the indexes of so many accounts, the latest ones: about 60 MiB.
_MAX_INDEXED: Final = 1_000_000
# Stands for a secret when the names of settings are checked.
_PLACEHOLDER: Final = "placeholder"


@name_constructor_parameters
@dataclass(frozen=True, slots=True, kw_only=True)
class FleetCredentials:
    """Settings of a provider that several organizations share.

    Attributes:
        provider: Name of the provider, such as ``"logto"``.
        settings: The environment variables of its `from_env`. Secrets are references, such as
            ``"env:LOGTO_APP_SECRET"``; see `orgsdk.fleet.secrets`.
        key: Name of the limit key. Credentials with the same key share one rate limit. Default: their name.

    Raises:
        FleetConfigError: A value is invalid. The error lists all problems.

    Example:
        ``FleetCredentials(provider="flat", settings={"FLAT_ACCESS_TOKEN": "file:/run/secrets/flat"})``
    """

    provider: str
    settings: Mapping[str, str] = field(repr=False)
    key: str | None = None

    def __post_init__(self) -> None:
        problems = list(settings_problems(self.settings, may_execute=True))
        if wrong := provider_problem(self.provider):
            problems.append(wrong)
        if self.key is not None and (wrong := name_problem(self.key)):
            problems.append(f"key {wrong}")
        if not problems:
            problems += unread_settings(self.provider, self.settings)
        if problems:
            raise FleetConfigError("The credentials", problems)


def unread_settings(provider: str, settings: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the names of settings: what is missing, and what the provider would not read.

    A provider is created with placeholders for the secrets, and dropped. Nothing is sent.

    Args:
        provider: Name of the provider.
        settings: Its settings; secrets are references.

    Returns:
        The problems. Empty also if the provider refuses a placeholder, so that only the worker can check it.
    """
    tracked = TrackedSettings(
        {
            name: _PLACEHOLDER if is_reference(value) else value
            for name, value in settings.items()
            if name != "ORGSDK_ORGANIZATION"  # the client reads it, not the provider
        }
    )
    try:
        load_provider(provider).from_env(tracked)
    except ConfigurationError as error:
        return [] if any(name in str(error) for name in settings if is_reference(settings[name])) else [str(error)]
    return tracked.unread_problems()


@dataclass(slots=True)
class FleetClient:
    """An open client and the number of requests that it has sent.

    Attributes:
        client: The client.
        requests: Number of requests until now.
    """

    client: OrgClient
    requests: int = 0
    _accounts: bulk.AccountIndex | None = field(default=None, repr=False)
    _epoch: int | None = None

    def accounts_of(self, epoch: int) -> bulk.AccountIndex:
        """Return the index of the tenant's accounts, which all plans of a run share.

        Args:
            epoch: The run.

        Returns:
            The index. It is empty until a plan needs it.
        """
        if self._accounts is None or self._epoch != epoch:
            self._accounts, self._epoch = bulk.AccountIndex(), epoch
        return self._accounts

    def drop_accounts(self) -> int:
        """Free the memory of the index.

        Returns:
            The number of accounts that were in it.
        """
        dropped, self._accounts = self._accounts, None
        return 0 if dropped is None else len(dropped)

    @property
    def indexed(self) -> int:
        """Number of accounts in the index."""
        return 0 if self._accounts is None else len(self._accounts)


class ClientPool:
    """Open a client for each key and credentials, and keep the latest ones open.

    Args:
        credentials: The fleet's credentials by name.
        environ: The environment variables that references name.
        idle: Largest number of clients that stay open without being used.
        max_wait: Longest wait of a call for a rate limit, in seconds.
        telemetry: Observes the calls; None for no telemetry.
        open_client: Opens a client. Default: by the provider's `from_env`.
    """

    def __init__(
        self,
        credentials: Mapping[str, FleetCredentials],
        environ: Mapping[str, str],
        *,
        idle: int,
        max_wait: float,
        telemetry: Telemetry | None = None,
        open_client: OpenClient | None = None,
    ) -> None:
        if open_client is not None:
            check_function(open_client, "open_client", "a provider's name", "its settings", "options", plain=True)
        self._credentials = credentials
        self._environ = environ
        self._max_idle = idle
        self._options: ClientOptions = {"max_wait": max_wait, "telemetry": telemetry}
        self._open_client = _open if open_client is None else open_client
        self._idle: OrderedDict[tuple[object, ...], FleetClient] = OrderedDict()

    def settings_of(self, entry: FleetEntry) -> tuple[str, dict[str, str]]:
        """Return the provider and the settings of an entry, with those of its credentials.

        Args:
            entry: The entry.

        Returns:
            The provider's name, and the settings with references.

        Raises:
            FleetConfigError: There are no credentials of that name here.
        """
        if entry.credentials is None:
            return entry.provider or "", dict(entry.settings)
        named = self._credentials.get(entry.credentials)
        if named is None:
            raise FleetConfigError(
                f"The organization {entry.name!r}",
                [f"there are no credentials {entry.credentials!r} on this machine: every worker needs the same file"],
            )
        return named.provider, {**named.settings, **entry.settings}

    @asynccontextmanager
    async def borrow(self, entry: FleetEntry) -> AsyncGenerator[FleetClient]:
        """Lend the client of an entry's key and credentials. Its secrets are resolved when it is opened.

        Args:
            entry: The entry.

        Yields:
            The client. It is used by one borrower at a time.

        Raises:
            SecretError: A secret cannot be found.
            ConfigurationError: A setting is missing or invalid.
        """
        provider, settings = self.settings_of(entry)
        known = (entry.limit_key, provider, tuple(sorted(settings.items())))
        found = self._idle.pop(known, None)
        if found is None:
            found = await self._open(provider, settings)
        try:
            yield found
        finally:
            self._idle[known] = found
            with anyio.CancelScope(shield=True):
                while len(self._idle) > self._max_idle:
                    _, oldest = self._idle.popitem(last=False)
                    await oldest.client.aclose()
            excess = sum(client.indexed for client in self._idle.values()) - _MAX_INDEXED
            for client in self._idle.values():
                excess -= client.drop_accounts() if excess > 0 else 0

    async def aclose(self) -> None:
        """Close all clients."""
        with anyio.CancelScope(shield=True):
            while self._idle:
                _, oldest = self._idle.popitem(last=False)
                await oldest.client.aclose()

    async def _open(self, provider: str, settings: Mapping[str, str]) -> FleetClient:
        resolved = await resolve_settings(settings, self._environ)
        counted: list[FleetClient] = []

        def count(event: Event) -> None:
            if counted and isinstance(event, RequestSent):
                check_before_writing.get()()
                counted[0].requests += 1

        client = self._open_client(provider, resolved, {**self._options, "on_event": count})
        counted.append(FleetClient(client))
        return counted[0]


def _open(provider: str, settings: Mapping[str, str], options: ClientOptions) -> OrgClient:
    """Open a client by the provider's `from_env`, which must read every setting."""
    tracked = TrackedSettings(settings)
    client = OrgClient.from_env(load_provider(provider), environ=tracked, **options)
    if problems := tracked.unread_problems():
        raise FleetConfigError(f"The settings of {provider}", problems)
    return client
