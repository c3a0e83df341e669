"""Authentication: bearer tokens, OAuth grants, and the middleware that adds the `Authorization` header."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote_plus, urlencode

import anyio
from pydantic import BaseModel, Field, SecretStr, ValidationError

from orgsdk.errors import (
    TOKEN_OPERATION,
    APIError,
    AuthenticationError,
    ConfigurationError,
    DecodeError,
    NotSentError,
    TransportError,
)
from orgsdk.transport.request import AttemptStage, Request, Safety
from orgsdk.transport.token_cache import Token

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.transport.request import Call, CallNext, Response
    from orgsdk.transport.token_cache import SendTokenRequest


class Auth(Protocol):
    """Source of the `Authorization` header: `BearerToken` or `TokenCache`."""

    async def header(self, send: SendTokenRequest) -> SecretStr:
        """Return the header's value.

        Args:
            send: Sends a request to the token endpoint.

        Returns:
            The value of the `Authorization` header.
        """
        ...

    def accept(self, header: SecretStr) -> None:
        """Note that the provider accepted a header.

        Args:
            header: The header that was sent.
        """
        ...

    def reject(self, header: SecretStr) -> bool:
        """Note that the provider answered 401 to a header.

        Args:
            header: The header that was sent.

        Returns:
            Whether to try again with a new header.
        """
        ...


class AuthMiddleware:
    """Add the `Authorization` header to each attempt. Private to orgsdk.

    `send_token_request` sends a request to the token endpoint, within the call that needs the token.
    """

    def __init__(
        self, auth: Auth, send_token_request: Callable[[Call, Request, SecretStr | None], Awaitable[Response]]
    ) -> None:
        self._auth = auth
        self._send_token_request = send_token_request

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Continue with the header. If the token is rejected, try once more with a new one, and not a third time.

        Raises `NotSentError` if the token endpoint did not answer: the request itself was not sent.
        """
        header = await self._authorize(call)
        try:
            response = await call_next(call)
        except AuthenticationError:
            if not self._auth.reject(header):
                raise
        else:
            self._auth.accept(header)
            return response
        header = await self._authorize(call)
        response = await call_next(call)
        self._auth.accept(header)
        return response

    async def _authorize(self, call: Call) -> SecretStr:
        # A request that was answered with 401 did nothing: it counts as not sent until it is sent again.
        call.stage = AttemptStage.WAITING
        try:
            header = await self._auth.header(lambda request, secret: self._send_token_request(call, request, secret))
        except TransportError as error:
            raise NotSentError(
                f"no access token: {error}", provider=error.provider, operation=call.request.operation
            ) from error
        call.authorization = header
        return header


def check_secret(value: str | SecretStr, setting: str) -> SecretStr:
    """Check a token, secret or password from the settings.

    Args:
        value: The secret.
        setting: Name of the setting, for the error message. The message never contains the secret.

    Returns:
        The secret as `SecretStr`.

    Raises:
        ConfigurationError: The secret is missing, is not a string, or has characters that a header cannot hold.
    """
    if not isinstance(value, str | SecretStr):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise ConfigurationError(f"{setting} is {'not set' if value is None else 'not a string'}: pass it as a string.")
    secret = value if isinstance(value, SecretStr) else SecretStr(value)
    if not secret.get_secret_value():
        raise ConfigurationError(f"{setting} is empty.")
    if not _is_valid_header_value(secret):
        raise ConfigurationError(f"{setting} has a space, a line break or another invalid character: copy it again.")
    return secret


class BearerToken:
    """Authenticate with a fixed token.

    Args:
        token: The token.

    Source: RFC 6750.
    """

    def __init__(self, token: SecretStr) -> None:
        self._header = _bearer(token)

    async def header(self, send: SendTokenRequest) -> SecretStr:
        """Return the token's header. Sends no request.

        Args:
            send: Not used.

        Returns:
            The value of the `Authorization` header.
        """
        return self._header

    def accept(self, header: SecretStr) -> None:
        """Do nothing.

        Args:
            header: Not used.
        """

    def reject(self, header: SecretStr) -> bool:
        """Return False: there is no other token to try.

        Args:
            header: Not used.

        Returns:
            Always False.
        """
        return False


class TokenFromCallable:
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
        return Token(_bearer(check_secret(await self._get_token(), self._setting)), None)


class _TokenResponse(BaseModel, defer_build=True):
    access_token: SecretStr
    refresh_token: SecretStr | None = None
    expires_in: float | None = Field(None, gt=0, allow_inf_nan=False)


class ClientCredentials:
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
        return Token(_bearer(token.access_token), token.expires_in)


class RefreshToken:
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
        return Token(_bearer(token.access_token), token.expires_in)


def _is_valid_header_value(secret: SecretStr) -> bool:
    value = secret.get_secret_value()
    return bool(value) and all("!" <= character <= "~" for character in value)


def _bearer(token: SecretStr) -> SecretStr:
    return SecretStr(f"Bearer {token.get_secret_value()}")


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
        if error.status_code is None or error.status_code >= 500 or error.status_code == 429:
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
    return token if _is_valid_header_value(token.access_token) else None
