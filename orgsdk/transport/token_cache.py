"""Token cache: an access token is refreshed shortly before it expires, once for all calls that wait for it.

A refresh that must not stop midway, such as the exchange of a refresh token that is valid once, runs to its end even
if the call that started it is cancelled or reaches its timeout.
"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import anyio
from anyio.lowlevel import checkpoint_if_cancelled
from pydantic import SecretStr

from orgsdk._callables import describe
from orgsdk._unpicklable import Unpicklable
from orgsdk.errors import TOKEN_OPERATION, AuthenticationError, ConfigurationError, OrgError, TransportError
from orgsdk.transport.redaction import held_secrets
from orgsdk.transport.request import Request, Response

if TYPE_CHECKING:
    from collections.abc import Generator


# Sends a request to the token endpoint with this `Authorization` header.
SendTokenRequest: TypeAlias = "Callable[[Request, SecretStr | None], Awaitable[Response]]"

T = TypeVar("T")

# A token is not used in its last minute, or in the last tenth of a lifetime below ten minutes: it could expire on its
# path to the provider.
_MARGIN_SECONDS = 60.0
_MARGIN_SHARE = 0.1
# An unknown client, and a wrong secret or refresh token (RFC 6749, section 5.2). A 403 or 404 may come from a firewall
# in front of the endpoint, and may be temporary.
_FINAL_STATUSES = frozenset({400, 401})
# A new token that is rejected as well is kept for this long before it is replaced again.
_SECONDS_BETWEEN_REPLACEMENTS = 60.0


@dataclass(frozen=True, slots=True)
class Token:
    """An access token.

    Args:
        header: The value of the `Authorization` header.
        expires_in: Lifetime in seconds, or None if it is unknown. A token without a lifetime, 0 or less, is used by the
            calls that wait for it.
    """

    header: SecretStr
    expires_in: float | None


@dataclass(slots=True, eq=False)
class _Refresh:
    """A refresh, in the context of the code that runs within it. A task that outlives it still has that context."""

    cache: TokenCache
    is_running: bool = True


_REFRESHES: ContextVar[tuple[_Refresh, ...]] = ContextVar("orgsdk_token_refreshes", default=())


class TokenSource(Protocol):
    """Source of new tokens, such as `ClientCredentials`.

    A source whose `obtain` must not stop midway also has the attribute ``runs_to_end = True``, as `RefreshToken` has.
    Then `obtain` continues when the call that needs the token is cancelled or reaches its timeout, and this call waits
    for its end: `obtain` limits its own time.

    Attributes:
        rejection_is_final: Whether the source is not used again after the provider rejected it, because its id and
            secret do not change.
    """

    rejection_is_final: bool

    async def obtain(self, send: SendTokenRequest) -> Token:
        """Fetch a new token.

        Args:
            send: Sends a request to the token endpoint.

        Returns:
            The token.
        """
        ...

    def secrets(self) -> Iterable[SecretStr]:
        """Return every secret that it holds, so that no error shows one. Called only if a call fails.

        Returns:
            Secrets, and whole `Authorization` headers. Empty if it holds none.
        """
        ...


class TokenCache(Unpicklable):
    """Keep one token of a source, and refresh it before it expires.

    Expiry is measured on the event loop's monotonic clock, from `expires_in`. The system clock is not used.

    Args:
        source: Where new tokens come from.

    Raises:
        ConfigurationError: `source` has no method `obtain`.
    """

    def __init__(self, source: TokenSource) -> None:
        if isinstance(source, type) or not callable(getattr(source, "obtain", None)):
            raise ConfigurationError(f"source is {describe(source)}: pass a source, such as ClientCredentials(…).")
        self._source = source
        self._lock = anyio.Lock()
        self._header: SecretStr | None = None
        self._use_until = 0.0
        self._replaces_rejected = False
        self._keep_until = float("-inf")
        self._refreshes = 0
        self._failure: OrgError | None = None
        self._is_rejected = False

    async def header(self, send: SendTokenRequest) -> SecretStr:
        """Return the header of a token that is valid for a while.

        One task refreshes the token, and the tasks that wait meanwhile share its token or its failure. If the task is
        cancelled, the next one takes over, or gets the token if the source runs to its end.

        Args:
            send: Sends a request to the token endpoint.

        Returns:
            The value of the `Authorization` header.

        Raises:
            ConfigurationError: The source itself made a call that needs the token.
            OrgError: What the source raised. After a final rejection it is raised again without a request.
        """
        if (header := self._valid_header()) is not None:
            return header
        self.check_not_in_source()
        refreshes_before = self._refreshes
        async with self._lock:
            if (header := self._valid_header()) is not None:
                return header
            was_refreshed = self._refreshes != refreshes_before
            if self._failure is not None and (self._is_rejected or was_refreshed):
                raise copy.copy(self._failure)
            if self._header is not None and was_refreshed:
                return self._header  # of a short lifetime, or none: every waiting task uses it once
            header = await self._refresh(send)
        # A call that was cancelled meanwhile ends here: the next step would count as sent.
        await checkpoint_if_cancelled()
        return header

    async def wait_for_exchange(self) -> None:
        """Wait for a refresh that must not stop midway, if one is running. It limits its own time.

        The wait is not cancelled. It ends at once in code that runs within the source, which would wait for itself.
        """
        if getattr(self._source, "runs_to_end", False) and self._lock.locked() and not self._is_in_source():
            with anyio.CancelScope(shield=True):
                async with self._lock:
                    pass

    def check_not_in_source(self) -> None:
        """Check that the current code does not run within the source, which the call would wait for.

        Raises:
            ConfigurationError: The source itself makes a call that needs the token.
        """
        if self._is_in_source():
            raise ConfigurationError(
                "The function that returns or stores the client's token calls the client itself, which waits for the "
                "token: use another client in it."
            )

    def _is_in_source(self) -> bool:
        return any(refresh.cache is self and refresh.is_running for refresh in _REFRESHES.get())

    def accept(self, header: SecretStr) -> None:
        """Note that the provider accepted the token.

        Args:
            header: The header that was sent.
        """
        if self._header is header:
            self._keep_until = float("-inf")

    def reject(self, header: SecretStr) -> bool:
        """Note that the provider answered 401 to the token, and drop it.

        A token that was refreshed meanwhile is kept. So is a token that replaced a rejected one less than a minute ago:
        then the cause is not its age.

        Args:
            header: The header that was sent.

        Returns:
            Whether to try again with another token.
        """
        if self._header is not header:
            return True
        if anyio.current_time() < self._keep_until:
            return False
        self._header = None
        self._replaces_rejected = True
        return True

    def secrets(self) -> Iterable[SecretStr]:
        """Return the token's header and the secrets of the source.

        Returns:
            The secrets.
        """
        return (*held_secrets(self._source), *([] if self._header is None else [self._header]))

    def _valid_header(self) -> SecretStr | None:
        return self._header if anyio.current_time() < self._use_until else None

    async def _refresh(self, send: SendTokenRequest) -> SecretStr:
        with self._marked_as_refreshing():
            if getattr(self._source, "runs_to_end", False):
                return await _run_to_end(lambda: self._obtain(send))
            return await self._obtain(send)

    @contextmanager
    def _marked_as_refreshing(self) -> Generator[None]:
        refresh = _Refresh(self)
        before = _REFRESHES.set((*_REFRESHES.get(), refresh))
        try:
            yield
        finally:
            refresh.is_running = False
            _REFRESHES.reset(before)

    async def _obtain(self, send: SendTokenRequest) -> SecretStr:
        started = anyio.current_time()
        try:
            token = await self._source.obtain(send)
        except OrgError as error:
            self._refreshes += 1
            self._failure = copy.copy(error)  # without the traceback, which keeps every frame in memory
            self._is_rejected = (
                self._source.rejection_is_final
                and isinstance(error, AuthenticationError)
                and error.status_code in _FINAL_STATUSES
            )
            raise
        self._refreshes += 1
        self._failure = None
        self._header = token.header
        if self._replaces_rejected:
            self._replaces_rejected = False
            self._keep_until = anyio.current_time() + _SECONDS_BETWEEN_REPLACEMENTS
        if token.expires_in is None:
            self._use_until = float("inf")
        else:
            lifetime = max(0.0, token.expires_in)
            self._use_until = started + lifetime - min(_MARGIN_SECONDS, lifetime * _MARGIN_SHARE)
        return token.header


async def _run_to_end(function: Callable[[], Awaitable[T]]) -> T:
    """Return the result of `function`, which is not cancelled with the calling task. That task waits for its end."""
    results: list[T] = []
    failures: list[BaseException] = []

    async def run() -> None:
        with anyio.CancelScope(shield=True):
            try:
                results.append(await function())
            except anyio.get_cancelled_exc_class():
                raise
            except BaseException as error:
                failures.append(error)

    # A task of its own: asyncio cancels a task whatever shields it. The task group then waits for the other task.
    with anyio.CancelScope(shield=True):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run, name="orgsdk token exchange")
    if failures:
        raise failures.pop()
    if not results:
        raise TransportError("the exchange was cancelled.", provider="sign-in", operation=TOKEN_OPERATION)
    return results.pop()
