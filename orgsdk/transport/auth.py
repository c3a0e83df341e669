"""Authentication: bearer tokens, OAuth grants, and the middleware that adds the `Authorization` header."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote_plus, urlencode

import anyio
from pydantic import BaseModel, Field, SecretStr, ValidationError

from orgsdk.errors import APIError, AuthenticationError, ConfigurationError, DecodeError, NotSentError, TransportError
from orgsdk.transport.request import TOKEN_OPERATION, AttemptStage, Request, Safety
from orgsdk.transport.token_cache import Token

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.transport.request import Call, CallNext, Response
    from orgsdk.transport.token_cache import SendTokenRequest


class Auth(Protocol):
    """Give the `Authorization` header of a request."""

    async def header(self, exchange: SendTokenRequest) -> SecretStr:
        """Give the header's value; `exchange` sends a request with an `Authorization` of its own."""
        ...

    def accept(self, header: SecretStr) -> None:
        """Take note that the provider took `header`."""
        ...

    def reject(self, header: SecretStr) -> bool:
        """Take note that the provider answered 401 to `header`, and tell whether to sign anew."""
        ...


def check_secret(value: str | SecretStr, setting: str) -> SecretStr:
    """Give the secret wrapped; `setting` names it in the error, its value is never shown.

    Raises `ConfigurationError` where it is empty or has characters that cannot stand in a header.
    """
    if not isinstance(value, str | SecretStr):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise ConfigurationError(f"{setting} is {'not set' if value is None else 'no string'}: pass it as a string.")
    secret = value if isinstance(value, SecretStr) else SecretStr(value)
    if not secret.get_secret_value():
        raise ConfigurationError(f"{setting} is empty.")
    if not _is_valid_header_value(secret):
        raise ConfigurationError(
            f"{setting} has a space, a line break or another character that it cannot have: copy it again."
        )
    return secret


def _is_valid_header_value(secret: SecretStr) -> bool:
    value = secret.get_secret_value()
    return bool(value) and all("!" <= character <= "~" for character in value)


def _bearer(token: SecretStr) -> SecretStr:
    return SecretStr(f"Bearer {token.get_secret_value()}")


class BearerToken:
    """Sign with a fixed token (RFC 6750)."""

    def __init__(self, token: SecretStr) -> None:
        self._header = _bearer(token)

    async def header(self, exchange: SendTokenRequest) -> SecretStr:
        """Give the token's header; asks nobody."""
        return self._header

    def accept(self, header: SecretStr) -> None:
        """Do nothing: there is nothing to keep."""

    def reject(self, header: SecretStr) -> bool:
        """Tell that there is no other token to try."""
        return False


class TokenFromCallable:
    """Take tokens from a caller's async callable, asked again when one was refused."""

    refusal_is_final = False

    def __init__(self, ask: Callable[[], Awaitable[str | SecretStr]], *, setting: str) -> None:
        self._ask = ask
        self._setting = setting

    async def obtain(self, exchange: SendTokenRequest) -> Token:
        """Give what the callable gives, checked.

        Raises `ConfigurationError` where it is no token, and whatever the callable raises.
        """
        return Token(_bearer(check_secret(await self._ask(), self._setting)), None)


class _TokenResponse(BaseModel, defer_build=True):
    access_token: SecretStr
    refresh_token: SecretStr | None = None
    expires_in: float | None = Field(None, gt=0, allow_inf_nan=False)


class ClientCredentials:
    """Buy tokens with a client id and secret (RFC 6749, section 4.4).

    `credentials` is the pair, or an async callable that gives it. `path` is the token endpoint under the base
    address; `parameters` go into its form beside `grant_type`.
    """

    def __init__(
        self,
        credentials: tuple[str, SecretStr] | Callable[[], Awaitable[tuple[str, SecretStr]]],
        *,
        path: str,
        parameters: dict[str, str],
    ) -> None:
        self._credentials = credentials
        self.refusal_is_final: bool = not callable(credentials)
        self._path = path
        self._parameters = parameters

    async def obtain(self, exchange: SendTokenRequest) -> Token:
        """Give a new token.

        Raises `AuthenticationError` where id or secret are refused, and `DecodeError` where the answer holds no
        token.
        """
        pair = await self._credentials() if callable(self._credentials) else self._credentials
        form = {"grant_type": "client_credentials", **self._parameters}
        answer = await _request_token(exchange, self._path, form, basic=_basic(*pair))
        return Token(_bearer(answer.access_token), answer.expires_in)


class RefreshToken:
    """Buy tokens with a refresh token (RFC 6749, section 6), and hand each new pair to the caller, who stores it.

    `on_tokens` is called with the new access token and the refresh token that is good from now on. It is not
    cancelled, nor stopped by a call's deadline.
    """

    refusal_is_final = True

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

    async def obtain(self, exchange: SendTokenRequest) -> Token:
        """Give a new token, after the caller has taken the new pair.

        Raises `AuthenticationError` where the refresh token or the client are refused, and `DecodeError` where
        the answer holds no token.
        """
        form = {"grant_type": "refresh_token", "refresh_token": self._refresh_token.get_secret_value()}
        answer = await _request_token(exchange, self._path, form, basic=_basic(*self._client))
        # The old one may be dead from here on: the caller must have the new one before anything can fail.
        self._refresh_token = answer.refresh_token or self._refresh_token
        with anyio.CancelScope(shield=True):
            await self._on_tokens(answer.access_token, self._refresh_token)
        return Token(_bearer(answer.access_token), answer.expires_in)


def _basic(client_id: str, client_secret: SecretStr) -> SecretStr:
    # Both parts are form-encoded before base64: RFC 6749, section 2.3.1.
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret.get_secret_value())}"
    return SecretStr("Basic " + base64.b64encode(pair.encode()).decode())


async def _request_token(
    exchange: SendTokenRequest, path: str, form: dict[str, str], *, basic: SecretStr
) -> _TokenResponse:
    request = Request(
        operation=TOKEN_OPERATION,
        method="POST",
        path=path,
        body=urlencode(form).encode(),
        content_type="application/x-www-form-urlencoded",
        safety=Safety.IDEMPOTENT,
    )
    response = await _send_token_request(exchange, request, basic)
    answer = _read_token(response.content)
    if answer is None:
        raise DecodeError("the token endpoint gave no token.", provider="sign-in", operation=TOKEN_OPERATION)
    return answer


async def _send_token_request(exchange: SendTokenRequest, request: Request, basic: SecretStr) -> Response:
    try:
        return await exchange(request, basic)
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


def _read_token(content: bytes) -> _TokenResponse | None:
    # Apart from the caller, so that no traceback of it holds an answer with a token in it.
    try:
        answer = _TokenResponse.model_validate_json(content)
    except ValidationError:
        return None
    return answer if _is_valid_header_value(answer.access_token) else None


class AuthMiddleware:
    """Sign a call by `auth`; `exchange` sends a request to the token endpoint, within the call that needs it."""

    def __init__(self, auth: Auth, exchange: Callable[[Call, Request, SecretStr | None], Awaitable[Response]]) -> None:
        self._auth = auth
        self._exchange = exchange

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Sign and go onward; where the token is refused, once more with a new one, and never a third time.

        Raises `NotSentError` where no token could be had for want of an answer: the request itself never left.
        """
        header = await self._sign(call)
        try:
            response = await call_next(call)
        except AuthenticationError:
            if not self._auth.reject(header):
                raise
        else:
            self._auth.accept(header)
            return response
        header = await self._sign(call)
        response = await call_next(call)
        self._auth.accept(header)
        return response

    async def _sign(self, call: Call) -> SecretStr:
        # A request that was answered 401 did nothing: until it is sent again it is as if it never left.
        call.stage = AttemptStage.WAITING
        try:
            header = await self._auth.header(lambda request, secret: self._exchange(call, request, secret))
        except TransportError as error:
            lack = NotSentError(
                f"no access token could be had: {error}", provider=error.provider, operation=call.request.operation
            )
            raise lack from error
        call.authorization = header
        return header
