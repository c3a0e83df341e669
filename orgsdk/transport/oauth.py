"""Sources of access tokens: OAuth client credentials, OAuth refresh tokens, and the caller's own function."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote_plus, urlencode

import anyio
from pydantic import SecretStr

from orgsdk._callables import call_function, check_function, describe
from orgsdk._unpicklable import Unpicklable
from orgsdk.arguments import check_instance
from orgsdk.errors import (
    TOKEN_OPERATION,
    APIError,
    AuthenticationError,
    ConfigurationError,
    DecodeError,
    NotSentError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
)
from orgsdk.transport.auth import bearer_header, check_secret, is_valid_header_value
from orgsdk.transport.request import Request, Response, Safety
from orgsdk.transport.token_cache import SendTokenRequest, Token

# Limits of what runs to its end although its call may have been left: the exchange of a refresh token, and `on_tokens`.
_EXCHANGE_SECONDS = 30.0
_STORE_SECONDS = 60.0
_PROVIDER = "sign-in"  # in errors about the token itself


class TokenFromCallable(Unpicklable):
    """Get tokens from the caller's function. Use it in a `TokenCache`, which calls it again after a 401.

    Args:
        get_token: Returns a token; may be async.
        setting: Name of the setting, for error messages.

    Raises:
        ConfigurationError: The function cannot be called without arguments.
    """

    rejection_is_final = False

    def __init__(self, get_token: Callable[[], str | SecretStr | Awaitable[str | SecretStr]], *, setting: str) -> None:
        check_instance("setting", setting, str, "the name of the setting", error=ConfigurationError)
        check_function(get_token, setting)
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
        token = await call_function(self._get_token)
        if not isinstance(token, str | SecretStr):  # pyright: ignore[reportUnnecessaryIsInstance]  # without types
            raise ConfigurationError(f"{self._setting}: the function returned no token but a value {describe(token)}.")
        return Token(bearer_header(check_secret(token, self._setting)), None)

    def secrets(self) -> Iterable[SecretStr]:
        """Return nothing: the token is in the cache.

        Returns:
            Nothing.
        """
        return ()


@dataclass(frozen=True, slots=True)
class _TokenResponse:
    access_token: SecretStr
    refresh_token: SecretStr | None
    expires_in: float | None


class ClientCredentials(Unpicklable):
    """Fetch tokens with a client id and secret (OAuth 2.0 client credentials). Use it in a `TokenCache`.

    Args:
        credentials: Client id and secret, or a function that returns them; may be async.
        path: Path of the token endpoint, below the base URL.
        parameters: Form fields beside `grant_type`.

    Raises:
        ConfigurationError: The function cannot be called without arguments, or a value is of a wrong type.

    Source: RFC 6749, section 4.4.
    """

    def __init__(
        self,
        credentials: tuple[str, SecretStr] | Callable[[], tuple[str, SecretStr] | Awaitable[tuple[str, SecretStr]]],
        *,
        path: str,
        parameters: dict[str, str],
    ) -> None:
        if callable(credentials):
            check_function(credentials, "credentials")
        else:
            _check_pair(credentials, "credentials is no pair of a client id and a secret: pass one, or a function.")
        _check_endpoint(path)
        check_instance("parameters", parameters, dict, "a dict of form fields", error=ConfigurationError)
        self._credentials = credentials
        self.rejection_is_final: bool = not callable(credentials)
        self._path = path
        self._parameters = parameters
        self._last_basic: SecretStr | None = None

    async def obtain(self, send: SendTokenRequest) -> Token:
        """Fetch a new token.

        Args:
            send: Sends a request to the token endpoint.

        Returns:
            The token and its lifetime.

        Raises:
            AuthenticationError: The provider rejected the client id or secret.
            ConfigurationError: The function did not return a client id and a secret.
            DecodeError: The response contains no token.
        """
        problem = "The function of the credentials returned no pair of a client id and a secret."
        given = await call_function(self._credentials) if callable(self._credentials) else self._credentials
        pair = _check_pair(given, problem)
        del given  # a traceback would show it
        self._last_basic = _basic(*pair)
        request = _token_request(self._path, {"grant_type": "client_credentials", **self._parameters})
        token = await _fetch_token(send, request, basic=self._last_basic)
        return Token(bearer_header(token.access_token), token.expires_in)

    def secrets(self) -> Iterable[SecretStr]:
        """Return the header with the client id and secret that were last sent.

        Returns:
            The value of the `Authorization` header. Nothing before the first request.
        """
        return () if self._last_basic is None else (self._last_basic,)


class RefreshToken(Unpicklable):
    """Fetch tokens with a refresh token, and pass each new pair to the caller, who stores it. Use it in a `TokenCache`.

    Args:
        refresh_token: The current refresh token.
        client_id: Id of the OAuth client.
        client_secret: Secret of the OAuth client.
        path: Path of the token endpoint, below the base URL.
        on_tokens: Called with the new access token and the refresh token to use from now on; may be async.

    A refresh token may be valid only once. So the exchange and `on_tokens` run to their end, even if the call is
    cancelled or reaches its timeout; it ends afterwards. The exchange may take 30 s, `on_tokens` 60 s.

    Raises:
        ConfigurationError: `on_tokens` cannot be called with two tokens, or a value is of a wrong type.

    Source: RFC 6749, section 6.
    """

    rejection_is_final = True
    runs_to_end = True

    def __init__(
        self,
        refresh_token: SecretStr,
        *,
        client_id: str,
        client_secret: SecretStr,
        path: str,
        on_tokens: Callable[[SecretStr, SecretStr], Awaitable[None] | None],
    ) -> None:
        check_instance("refresh_token", refresh_token, SecretStr, "a SecretStr", error=ConfigurationError)
        check_instance("client_id", client_id, str, "a string", error=ConfigurationError)
        check_instance("client_secret", client_secret, SecretStr, "a SecretStr", error=ConfigurationError)
        _check_endpoint(path)
        check_function(on_tokens, "on_tokens", "the access token", "the refresh token")
        self._refresh_token = self._first_refresh_token = refresh_token
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
            NotSentError: `on_tokens` did not end in time. What it raises passes through.
            RequestTimeoutError: The provider did not answer in time.
        """
        form = {"grant_type": "refresh_token", "refresh_token": self._refresh_token.get_secret_value()}
        request = _token_request(self._path, form)
        del form  # a traceback would show it
        token: _TokenResponse | None = None
        with anyio.move_on_after(_EXCHANGE_SECONDS, shield=True):
            token = await _fetch_token(send, request, basic=_basic(*self._client))
        if token is None:
            raise RequestTimeoutError(
                f"no response within {_EXCHANGE_SECONDS:g} s.", provider=_PROVIDER, operation=TOKEN_OPERATION
            )
        # The old refresh token may be invalid from here on: the caller must get the new one before anything can fail.
        self._refresh_token = token.refresh_token or self._refresh_token
        with anyio.move_on_after(_STORE_SECONDS, shield=True) as storing:
            await call_function(self._on_tokens, token.access_token, self._refresh_token)
        if storing.cancelled_caught:
            raise NotSentError(
                f"on_tokens did not end within {_STORE_SECONDS:g} s.", provider=_PROVIDER, operation=TOKEN_OPERATION
            )
        return Token(bearer_header(token.access_token), token.expires_in)

    def secrets(self) -> Iterable[SecretStr]:
        """Return the refresh token as given and as replaced, and the header with the client id and secret.

        Returns:
            The secrets.
        """
        return self._first_refresh_token, self._refresh_token, _basic(*self._client)


def _check_endpoint(path: object) -> None:
    check_instance("path", path, str, "the path of the token endpoint", error=ConfigurationError)


def _check_pair(pair: object, problem: str) -> tuple[str, SecretStr]:
    match pair:
        case (str() as client_id, str() | SecretStr() as secret):
            return check_secret(client_id, "client id").get_secret_value(), check_secret(secret, "client secret")
        case _:
            raise ConfigurationError(problem)


def _basic(client_id: str, client_secret: SecretStr) -> SecretStr:
    # Both parts are form-encoded before base64: RFC 6749, section 2.3.1.
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret.get_secret_value())}"
    return SecretStr("Basic " + base64.b64encode(pair.encode()).decode())


def _token_request(path: str, form: dict[str, str]) -> Request:
    return Request(
        operation=TOKEN_OPERATION,
        method="POST",
        path=path,
        body=urlencode(form).encode(),
        content_type="application/x-www-form-urlencoded",
        safety=Safety.IDEMPOTENT,
    )


async def _fetch_token(send: SendTokenRequest, request: Request, *, basic: SecretStr) -> _TokenResponse:
    response = await _send_token_request(send, request, basic)
    token = _read_token(response.content)
    if token is None:
        raise DecodeError("the token endpoint returned no token.", provider=_PROVIDER, operation=TOKEN_OPERATION)
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
        body: object = json.loads(content, parse_int=float)  # digits without end would be a `ValueError`
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    fields = cast("dict[str, object]", body)
    access_token = _text(fields.get("access_token"))
    if access_token is None or not is_valid_header_value(access_token):
        return None
    return _TokenResponse(access_token, _text(fields.get("refresh_token")), _lifetime(fields.get("expires_in")))


def _text(value: object) -> SecretStr | None:
    return SecretStr(value) if isinstance(value, str) and value and value.isprintable() else None


def _lifetime(value: object) -> float | None:
    """Return `expires_in` in seconds; a string of digits counts. None if it is not a lifetime: the token is used."""
    if not isinstance(value, float | str):
        return None
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None
