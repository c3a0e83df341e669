"""Authentication with Flat: an access token, a callable that returns one, or an OAuth 2 refresh token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pydantic import SecretStr

from orgsdk._callables import check_function
from orgsdk._unpicklable import Unpicklable
from orgsdk.arguments import check_instance
from orgsdk.errors import ConfigurationError
from orgsdk.transport import BearerToken, RefreshToken, TokenCache, TokenFromCallable, check_secret

if TYPE_CHECKING:
    from orgsdk.transport import Auth

# A token, or a function that returns one; may be async.
TokenSetting: TypeAlias = str | SecretStr | Callable[[], str | SecretStr | Awaitable[str | SecretStr]]

# At the origin of the base URL, outside the API's path (official document, securitySchemes).
TOKEN_PATH = "/oauth/access_token"  # noqa: S105  # a path, not a password
_TOKEN_SETTING = "Flat's token (FLAT_ACCESS_TOKEN)"  # noqa: S105  # the setting's name


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatRefreshToken(Unpicklable):
    """Authenticate with an OAuth 2 refresh token, which Flat issues for `access_type=offline`.

    Args:
        refresh_token: The stored refresh token.
        client_id: Client id of the OAuth application.
        client_secret: Client secret of the OAuth application.
        on_tokens: Called with each new access token and the refresh token that is valid from then on, before the
            first request with the new access token is sent; may be async. Store the refresh token there: the old one
            may be invalid. It runs to its end, at most 60 s, even if the call is cancelled or reaches its timeout. An
            exception that it raises ends the call.

    Raises:
        ConfigurationError: A setting is invalid.

    Example:
        ``Flat(refresh_token=FlatRefreshToken(refresh_token=old, client_id="…", client_secret="…", on_tokens=store))``
    """

    refresh_token: str | SecretStr = field(repr=False)
    client_id: str
    client_secret: str | SecretStr = field(repr=False)
    on_tokens: Callable[[SecretStr, SecretStr], Awaitable[None] | None] = field(repr=False)

    def __post_init__(self) -> None:
        check_secret(self.refresh_token, "Flat's refresh_token")
        check_secret(self.client_id, "Flat's client_id")
        check_secret(self.client_secret, "Flat's client_secret")
        check_function(self.on_tokens, "Flat's on_tokens", "the access token", "the refresh token")


def build_auth(token: TokenSetting | None, refresh_token: FlatRefreshToken | None) -> Auth:
    """Return the authentication for whichever of the two settings is set.

    Raises `ConfigurationError` if none or both are set, or one is invalid.
    """
    advice = "a FlatRefreshToken"
    check_instance("Flat's refresh_token", refresh_token, FlatRefreshToken | None, advice, error=ConfigurationError)
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
        raise ConfigurationError("Flat has both token= and refresh_token=: pass one of them.")
    if callable(token):
        return TokenCache(TokenFromCallable(token, setting=_TOKEN_SETTING))
    return BearerToken(check_secret(token, _TOKEN_SETTING))


def tenant_credentials(token: TokenSetting | None, refresh_token: FlatRefreshToken | None) -> list[str | SecretStr]:
    """Return the credentials that are the same in the next process: a token, or those of the OAuth application.

    A refresh token and the token of a callable change. Their tenants differ only by the organization's id.
    """
    if refresh_token is not None:
        return [refresh_token.client_id, refresh_token.client_secret]
    return [] if token is None or callable(token) else [token]
