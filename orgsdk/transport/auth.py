"""Authentication: the `Authorization` header of each attempt, fixed bearer tokens, and the check of secrets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from pydantic import SecretStr

from orgsdk._callables import refuse_coroutine
from orgsdk._unpicklable import Unpicklable
from orgsdk.arguments import check_instance
from orgsdk.errors import AuthenticationError, ConfigurationError, NotSentError, TransportError
from orgsdk.transport.request import AttemptStage, Request, Response
from orgsdk.transport.token_cache import SendTokenRequest

if TYPE_CHECKING:
    from orgsdk.transport.request import Call, CallNext


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

    def secrets(self) -> Iterable[SecretStr]:
        """Return every secret that it holds, so that no error shows one. Called only if a call fails.

        Returns:
            Tokens, secrets, and whole `Authorization` headers.
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
        if call.authorization is not None and call.authorization is not header:
            call.held_secrets += (call.authorization,)
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
    check_instance("setting", setting, str, "the name of the setting", error=ConfigurationError)
    refuse_coroutine(value, setting)
    if not isinstance(value, str | SecretStr):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise ConfigurationError(f"{setting} is {'not set' if value is None else 'not a string'}: pass it as a string.")
    secret = value if isinstance(value, SecretStr) else SecretStr(value)
    if not secret.get_secret_value():
        raise ConfigurationError(f"{setting} is empty.")
    if not is_valid_header_value(secret):
        raise ConfigurationError(f"{setting} has a space, a line break or another invalid character: copy it again.")
    return secret


class BearerToken(Unpicklable):
    """Authenticate with a fixed token.

    Args:
        token: The token.

    Source: RFC 6750.
    """

    def __init__(self, token: SecretStr) -> None:
        check_instance("token", token, SecretStr, "a SecretStr", error=ConfigurationError)
        self._header = bearer_header(token)

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

    def secrets(self) -> Iterable[SecretStr]:
        """Return the token's header.

        Returns:
            The value of the `Authorization` header.
        """
        return (self._header,)


def is_valid_header_value(secret: SecretStr) -> bool:
    """Return whether a header can hold the secret. Private to orgsdk."""
    value = secret.get_secret_value()
    return bool(value) and all("!" <= character <= "~" for character in value)


def bearer_header(token: SecretStr) -> SecretStr:
    """Return the `Authorization` header of a bearer token. Private to orgsdk."""
    return SecretStr(f"Bearer {token.get_secret_value()}")
