"""Authentication with Flat: an access token, a callable that returns one, or an OAuth 2 refresh token."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgsdk.errors import ConfigurationError
from orgsdk.transport import BearerToken, RefreshToken, TokenCache, TokenFromCallable, check_secret

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pydantic import SecretStr

    from orgsdk.transport.auth import Auth

# Beside the API's path, at the origin of its address (official document, securitySchemes).
TOKEN_PATH = "/oauth/access_token"  # noqa: S105  # a path, not a password
_TOKEN_SETTING = "Flat's token (FLAT_ACCESS_TOKEN)"  # noqa: S105  # the setting's name


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatRefreshToken:
    """Sign in with an OAuth 2 refresh token, which Flat gives for `access_type=offline`.

    `client_id` and `client_secret` are the OAuth application's. `on_tokens` is awaited with each new access token
    and the refresh token that is good from then on, before the first request is signed with it: store the refresh
    token there, for the one before it may be dead. What it raises ends the call.

    Raises `ConfigurationError` where a setting cannot be right.

    Example: `Flat(refresh_token=FlatRefreshToken(refresh_token=old, client_id="…", client_secret="…",
    on_tokens=store))`
    """

    refresh_token: str | SecretStr = field(repr=False)
    client_id: str
    client_secret: str | SecretStr = field(repr=False)
    on_tokens: Callable[[SecretStr, SecretStr], Awaitable[None]] = field(repr=False)


def build_auth(
    token: str | SecretStr | Callable[[], Awaitable[str | SecretStr]] | None, refresh_token: FlatRefreshToken | None
) -> Auth:
    """Give what signs requests, by the one of both that is given.

    Raises `ConfigurationError` where neither is, or both are, or one cannot be right.
    """
    if token is None and refresh_token is not None:
        return TokenCache(
            RefreshToken(
                check_secret(refresh_token.refresh_token, "Flat's refresh_token"),
                client_id=check_secret(refresh_token.client_id, "Flat's client_id").get_secret_value(),
                client_secret=check_secret(refresh_token.client_secret, "Flat's client_secret"),
                path=TOKEN_PATH,
                on_tokens=refresh_token.on_tokens,
            )
        )
    if token is None:
        raise ConfigurationError(f"{_TOKEN_SETTING} is not set: pass token= or refresh_token=.")
    if refresh_token is not None:
        raise ConfigurationError("Flat takes token= or refresh_token=, not both.")
    if callable(token):
        return TokenCache(TokenFromCallable(token, setting=_TOKEN_SETTING))
    return BearerToken(check_secret(token, _TOKEN_SETTING))
