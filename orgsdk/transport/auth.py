"""Signing: what stands in `Authorization`, and how it is had."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote_plus, urlencode

from anyio import Lock
from pydantic import BaseModel, SecretStr, ValidationError

from orgsdk.errors import APIError, AuthenticationError, ConfigurationError, DecodeError
from orgsdk.transport.request import Request, Safety

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.transport.request import Response

    Exchange = Callable[[Request, str], Awaitable[Response]]

# A token is not used in its last minute, or last tenth where it lives for less than ten: it could expire on the way.
_MARGIN_SECONDS = 60.0
_MARGIN_SHARE = 0.1


class Auth(Protocol):
    """Give the `Authorization` header of a request."""

    async def header(self, exchange: Exchange) -> SecretStr:
        """Give the header's value; `exchange` sends a request with an `Authorization` of its own."""
        ...

    def reject(self, header: SecretStr) -> bool:
        """Take note that the provider answered 401 to `header`, and tell whether to sign anew."""
        ...


def check_secret(value: str | SecretStr, setting: str) -> SecretStr:
    """Give the secret wrapped; `setting` names it in the error, its value is never shown.

    Raises `ConfigurationError` where it is empty or has characters that cannot stand in a header.
    """
    secret = value if isinstance(value, SecretStr) else SecretStr(value)
    text = secret.get_secret_value()
    if not text:
        raise ConfigurationError(f"{setting} is empty.")
    if not _fits_a_header(text):
        raise ConfigurationError(
            f"{setting} has a space, a line break or another character that it cannot have: copy it again."
        )
    return secret


def _fits_a_header(text: str) -> bool:
    return all("!" <= character <= "~" for character in text)


class BearerToken:
    """Sign with a fixed token (RFC 6750)."""

    def __init__(self, token: SecretStr) -> None:
        self._header = SecretStr(f"Bearer {token.get_secret_value()}")

    async def header(self, exchange: Exchange) -> SecretStr:
        """Give the token's header; asks nobody."""
        return self._header

    def reject(self, header: SecretStr) -> bool:
        """Tell that there is no other token to try."""
        return False


class _TokenAnswer(BaseModel):
    access_token: SecretStr
    expires_in: float = 3600


@dataclass(frozen=True, slots=True)
class _Token:
    header: SecretStr
    use_until: float


class ClientCredentials:
    """Sign with a token that client id and secret buy (RFC 6749, section 4.4), kept until shortly before it ends.

    `path` is the token endpoint under the base address; `parameters` go into its form beside `grant_type`.
    `clock` gives monotonic seconds. One request buys the token for all who wait for it.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: SecretStr,
        *,
        path: str,
        parameters: dict[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # Both parts are form-encoded before base64: RFC 6749, section 2.3.1.
        pair = f"{quote_plus(client_id)}:{quote_plus(client_secret.get_secret_value())}"
        self._basic = SecretStr("Basic " + base64.b64encode(pair.encode()).decode())
        self._request = Request(
            operation="token",
            method="POST",
            path=path,
            body=urlencode({"grant_type": "client_credentials", **parameters}).encode(),
            content_type="application/x-www-form-urlencoded",
            safety=Safety.IDEMPOTENT,
        )
        self._clock = clock
        self._lock = Lock()
        self._token: _Token | None = None

    async def header(self, exchange: Exchange) -> SecretStr:
        """Give the header of a token that is good for a while yet, buying one where there is none.

        Raises `AuthenticationError` where id or secret are refused.
        """
        async with self._lock:
            if self._token is None or self._clock() >= self._token.use_until:
                self._token = await self._buy(exchange)
            return self._token.header

    def reject(self, header: SecretStr) -> bool:
        """Forget the token that was refused; one that was bought since stays."""
        if self._token is not None and self._token.header == header:
            self._token = None
        return True

    async def _buy(self, exchange: Exchange) -> _Token:
        asked_at = self._clock()
        try:
            response = await exchange(self._request, self._basic.get_secret_value())
        except APIError as error:
            if error.status_code is None or error.status_code >= 500 or error.status_code == 429:
                raise
            # An unknown client is answered 400, a wrong secret 401 (facts/logto.md, section 1): one error for both.
            raise AuthenticationError(
                f"sign-in was refused: {error.message}",
                provider=error.provider,
                operation=error.operation,
                status_code=error.status_code,
                code=error.code,
                request_id=error.request_id,
                details=error.details,
            ) from None
        answer = _read_token(response.content)
        if answer is None:
            raise DecodeError("the token endpoint gave no token.", provider="sign-in", operation="token")
        margin = min(_MARGIN_SECONDS, answer.expires_in * _MARGIN_SHARE)
        return _Token(
            SecretStr(f"Bearer {answer.access_token.get_secret_value()}"),
            asked_at + answer.expires_in - margin,
        )


def _read_token(content: bytes) -> _TokenAnswer | None:
    # Apart from the caller, so that no traceback of it holds an answer with a token in it.
    try:
        answer = _TokenAnswer.model_validate_json(content)
    except ValidationError:
        return None
    token = answer.access_token.get_secret_value()
    # An HTTP library's complaint about a header that it cannot send would show the token.
    return answer if token and _fits_a_header(token) else None
