"""Token cache: an access token is refreshed shortly before it expires, once for all calls that wait for it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import anyio
from pydantic import SecretStr

from orgsdk._unpicklable import Unpicklable
from orgsdk.errors import AuthenticationError, OrgError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.transport.request import Request, Response

# Sends a request to the token endpoint with this `Authorization` header.
SendTokenRequest: TypeAlias = "Callable[[Request, SecretStr | None], Awaitable[Response]]"

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
        expires_in: Lifetime in seconds, or None if it is unknown.
    """

    header: SecretStr
    expires_in: float | None


class TokenSource(Protocol):
    """Source of new tokens, such as `ClientCredentials`.

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


class TokenCache(Unpicklable):
    """Keep one token of a source, and refresh it before it expires.

    Expiry is measured on the event loop's monotonic clock, from `expires_in`. The system clock is not used.

    Args:
        source: Where new tokens come from.
    """

    def __init__(self, source: TokenSource) -> None:
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

        One task refreshes the token and the others wait. If that task is cancelled, the next one takes over. A failure
        is shared by the tasks that waited for it.

        Args:
            send: Sends a request to the token endpoint.

        Returns:
            The value of the `Authorization` header.

        Raises:
            OrgError: What the source raised. After a final rejection it is raised again without a request.
        """
        if (header := self._valid_header()) is not None:
            return header
        refreshes_before = self._refreshes
        async with self._lock:
            if (header := self._valid_header()) is not None:
                return header
            if self._failure is not None and (self._is_rejected or self._refreshes != refreshes_before):
                raise copy.copy(self._failure)
            return await self._refresh(send)

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

    def _valid_header(self) -> SecretStr | None:
        return self._header if anyio.current_time() < self._use_until else None

    async def _refresh(self, send: SendTokenRequest) -> SecretStr:
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
            margin = min(_MARGIN_SECONDS, token.expires_in * _MARGIN_SHARE)
            self._use_until = started + token.expires_in - margin
        return token.header
