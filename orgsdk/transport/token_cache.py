"""An access token kept until shortly before it ends, and bought once for all who wait for it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import anyio

from orgsdk.errors import AuthenticationError, OrgError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pydantic import SecretStr

    from orgsdk.transport.request import Request, Response

    SendTokenRequest = Callable[[Request, SecretStr | None], Awaitable[Response]]

# A token is not used in its last minute, or its last tenth where it lives for less than ten: it could end on the way.
_MARGIN_SECONDS = 60.0
_MARGIN_SHARE = 0.1
# An unknown client, and a wrong secret or refresh token (RFC 6749, section 5.2). What a wall in front of the endpoint
# answers, 403 or 404, may be another tomorrow.
_FINAL_STATUSES = frozenset({400, 401})
# Who is refused with a token that was bought after a refusal keeps it for so long before another is tried.
_DOUBT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Token:
    """Hold a token's `Authorization` header, and for how many seconds it is good; None where nobody says."""

    header: SecretStr
    expires_in: float | None


class TokenSource(Protocol):
    """Know where tokens come from.

    `refusal_is_final` says that who was refused once will be refused again, because id and secret do not change.
    """

    refusal_is_final: bool

    async def obtain(self, exchange: SendTokenRequest) -> Token:
        """Give a new token; `exchange` sends a request with an authorization of its own."""
        ...


class TokenCache:
    """Keep one token of a source.

    Time is the event loop's own, which no clock change moves, and `expires_in`, never the wall clock.
    """

    def __init__(self, source: TokenSource) -> None:
        self._source = source
        self._lock = anyio.Lock()
        self._header: SecretStr | None = None
        self._use_until = 0.0
        self._replaces_refused = False
        self._doubted_until = float("-inf")
        self._rounds = 0
        self._failure: OrgError | None = None
        self._refused = False

    async def header(self, exchange: SendTokenRequest) -> SecretStr:
        """Give the header of a token that is good for a while yet.

        One task buys it, the others wait; one that is cancelled while it buys leaves the errand to the next. A
        failure is shared by those who waited for it. Raises what the source raises: once it was finally refused,
        at once and without asking again.
        """
        if (header := self._good()) is not None:
            return header
        asked_in = self._rounds
        async with self._lock:
            if (header := self._good()) is not None:
                return header
            if self._failure is not None and (self._refused or self._rounds != asked_in):
                raise copy.copy(self._failure)
            return await self._buy(exchange)

    def accept(self, header: SecretStr) -> None:
        """Take note that the provider took the token."""
        if self._header is header:
            self._doubted_until = float("-inf")

    def reject(self, header: SecretStr) -> bool:
        """Forget the token that the provider answered 401 to, and tell whether there is another to try.

        One that was bought since stays. One that was bought in place of a refused one, and was refused too, is not
        replaced within a minute: whatever the provider minds, it is not the token's age.
        """
        if self._header is not header:
            return True
        if anyio.current_time() < self._doubted_until:
            return False
        self._header = None
        self._replaces_refused = True
        return True

    def _good(self) -> SecretStr | None:
        return self._header if anyio.current_time() < self._use_until else None

    async def _buy(self, exchange: SendTokenRequest) -> SecretStr:
        asked_at = anyio.current_time()
        try:
            token = await self._source.obtain(exchange)
        except OrgError as error:
            self._rounds += 1
            self._failure = copy.copy(error)  # without the traceback, which holds on to every frame
            self._refused = (
                self._source.refusal_is_final
                and isinstance(error, AuthenticationError)
                and error.status_code in _FINAL_STATUSES
            )
            raise
        self._rounds += 1
        self._failure = None
        self._header = token.header
        if self._replaces_refused:
            self._replaces_refused, self._doubted_until = False, anyio.current_time() + _DOUBT_SECONDS
        if token.expires_in is None:
            self._use_until = float("inf")
        else:
            margin = min(_MARGIN_SECONDS, token.expires_in * _MARGIN_SHARE)
            self._use_until = asked_at + token.expires_in - margin
        return token.header
