"""Sources of access tokens: OAuth client credentials, OAuth refresh tokens, and the caller's own function."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urlencode

import anyio
from pydantic import BaseModel, Field, SecretStr, ValidationError

from orgsdk._unpicklable import Unpicklable
from orgsdk.errors import TOKEN_OPERATION, APIError, AuthenticationError, DecodeError, RateLimitError, ServerError
from orgsdk.transport.auth import bearer_header, check_secret, is_valid_header_value
from orgsdk.transport.request import Request, Safety
from orgsdk.transport.token_cache import Token

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.transport.request import Response
    from orgsdk.transport.token_cache import SendTokenRequest


class TokenFromCallable(Unpicklable):
    """Get tokens from the caller's async function. Use it in a `TokenCache`, which calls it again after a 401.

    Args:
        get_token: Returns a token.
        setting: Name of the setting, for error messages.
    """

    rejection_is_final = False

    def __init__(self, get_token: Callable[[], Awaitable[str | SecretStr]], *, setting: str) -> None:
        self._get_token = get_token
        self._setting = setting

    async def obtain(self, send: SendTokenRequest) -> Token:
        """Return a new token.

        Args:
            send: Not used.

        Returns:
            The token that the function returned. Its lifetime is unknown.

        Raises:
            ConfigurationError: The function did not return a valid token. Its own exceptions pass through.
        """
        return Token(bearer_header(check_secret(await self._get_token(), self._setting)), None)


class _TokenResponse(BaseModel, defer_build=True):
    access_token: SecretStr
    refresh_token: SecretStr | None = None
    expires_in: float | None = Field(None, gt=0, allow_inf_nan=False)


class ClientCredentials(Unpicklable):
    """Fetch tokens with a client id and secret (OAuth 2.0 client credentials). Use it in a `TokenCache`.

    Args:
        credentials: Client id and secret, or an async function that returns them.
        path: Path of the token endpoint, below the base URL.
        parameters: Form fields beside `grant_type`.

    Source: RFC 6749, section 4.4.
    """

    def __init__(
        self,
        credentials: tuple[str, SecretStr] | Callable[[], Awaitable[tuple[str, SecretStr]]],
        *,
        path: str,
        parameters: dict[str, str],
    ) -> None:
        self._credentials = credentials
        self.rejection_is_final: bool = not callable(credentials)
        self._path = path
        self._parameters = parameters

    async def obtain(self, send: SendTokenRequest) -> Token:
        """Fetch a new token.

        Args:
            send: Sends a request to the token endpoint.

        Returns:
            The token and its lifetime.

        Raises:
            AuthenticationError: The provider rejected the client id or secret.
            DecodeError: The response contains no token.
        """
        pair = await self._credentials() if callable(self._credentials) else self._credentials
        form = {"grant_type": "client_credentials", **self._parameters}
        token = await _request_token(send, self._path, form, basic=_basic(*pair))
        return Token(bearer_header(token.access_token), token.expires_in)


class RefreshToken(Unpicklable):
    """Fetch tokens with a refresh token, and pass each new pair to the caller, who stores it. Use it in a `TokenCache`.

    Args:
        refresh_token: The current refresh token.
        client_id: Id of the OAuth client.
        client_secret: Secret of the OAuth client.
        path: Path of the token endpoint, below the base URL.
        on_tokens: Called with the new access token and the refresh token to use from now on. It is shielded from
            cancellation and from the call's deadline.

    Source: RFC 6749, section 6.
    """

    rejection_is_final = True

    def __init__(
        self,
        refresh_token: SecretStr,
        *,
        client_id: str,
        client_secret: SecretStr,
        path: str,
        on_tokens: Callable[[SecretStr, SecretStr], Awaitable[None]],
    ) -> None:
        self._refresh_token = refresh_token
        self._client = client_id, client_secret
        self._path = path
        self._on_tokens = on_tokens

    async def obtain(self, send: SendTokenRequest) -> Token:
        """Fetch a new token, and return it after the caller has stored the new pair.

        Args:
            send: Sends a request to the token endpoint.

        Returns:
            The token and its lifetime.

        Raises:
            AuthenticationError: The provider rejected the refresh token or the client.
            DecodeError: The response contains no token.
        """
        form = {"grant_type": "refresh_token", "refresh_token": self._refresh_token.get_secret_value()}
        token = await _request_token(send, self._path, form, basic=_basic(*self._client))
        # The old refresh token may be invalid from here on: the caller must get the new one before anything can fail.
        self._refresh_token = token.refresh_token or self._refresh_token
        with anyio.CancelScope(shield=True):
            await self._on_tokens(token.access_token, self._refresh_token)
        return Token(bearer_header(token.access_token), token.expires_in)


def _basic(client_id: str, client_secret: SecretStr) -> SecretStr:
    # Both parts are form-encoded before base64: RFC 6749, section 2.3.1.
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret.get_secret_value())}"
    return SecretStr("Basic " + base64.b64encode(pair.encode()).decode())


async def _request_token(
    send: SendTokenRequest, path: str, form: dict[str, str], *, basic: SecretStr
) -> _TokenResponse:
    request = Request(
        operation=TOKEN_OPERATION,
        method="POST",
        path=path,
        body=urlencode(form).encode(),
        content_type="application/x-www-form-urlencoded",
        safety=Safety.IDEMPOTENT,
    )
    response = await _send_token_request(send, request, basic)
    token = _read_token(response.content)
    if token is None:
        raise DecodeError("the token endpoint returned no token.", provider="sign-in", operation=TOKEN_OPERATION)
    return token


async def _send_token_request(send: SendTokenRequest, request: Request, basic: SecretStr) -> Response:
    try:
        return await send(request, basic)
    except APIError as error:
        if error.status_code is None or isinstance(error, ServerError | RateLimitError):
            raise
        # An unknown client is answered with 400, a wrong secret with 401 (facts/logto.md, section 1): one error for
        # both.
        raise AuthenticationError(
            f"sign-in was refused: {error.message}",
            provider=error.provider,
            operation=error.operation,
            status_code=error.status_code,
            code=error.code,
            request_id=error.request_id,
            details=error.details,
        ) from None


def _read_token(content: bytes) -> _TokenResponse | None:
    # A function of its own, so that no traceback of the caller holds a response with a token in it.
    try:
        token = _TokenResponse.model_validate_json(content)
    except ValidationError:
        return None
    return token if is_valid_header_value(token.access_token) else None
