"""Sign-in settings that many providers share: a token, a function that returns one, or an OAuth client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Self, TypeAlias
from urllib.parse import urlsplit

from pydantic import SecretStr

from orgsdk._unpicklable import Unpicklable
from orgsdk.arguments import check_instance
from orgsdk.errors import ConfigurationError
from orgsdk.providers.settings import optional, required
from orgsdk.transport import (
    Auth,
    BearerToken,
    ClientCredentials,
    TokenCache,
    TokenFromCallable,
    check_base_url,
    check_secret,
)

TokenSetting: TypeAlias = str | SecretStr | Callable[[], str | SecretStr | Awaitable[str | SecretStr]]
"""A token, or a function that returns one; may be async."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthClient(Unpicklable):
    """OAuth 2.0 client credentials, whose tokens may come from another server than the provider's.

    Args:
        client_id: Id of the client.
        client_secret: Secret of the client.
        token_url: Address of the token endpoint.
        scope: Scopes of the token, with spaces between them. Default: what the server chooses.

    Raises:
        ConfigurationError: A setting is invalid.

    Source: RFC 6749, section 4.4.

    Example:
        ``OAuthClient(client_id="…", client_secret="…", token_url="https://id.example.com/oauth2/token")``
    """

    client_id: str
    client_secret: str | SecretStr = field(repr=False)
    token_url: str
    scope: str | None = None

    def __post_init__(self) -> None:
        check_secret(self.client_id, "client_id")
        check_secret(self.client_secret, "client_secret")
        check_base_url(self.token_url, "token_url")
        check_instance("scope", self.scope, str | None, "a string", error=ConfigurationError)

    @classmethod
    def from_env(cls, environ: Mapping[str, str], prefix: str) -> Self | None:
        """Read a client from ``PREFIX_CLIENT_ID``, ``PREFIX_CLIENT_SECRET``, ``PREFIX_TOKEN_URL``, ``PREFIX_SCOPE``.

        Args:
            environ: The variables.
            prefix: What their names start with, such as ``ACME``.

        Returns:
            The client. None if there is no client id.

        Raises:
            ConfigurationError: Another variable is missing or invalid.
        """
        client_id = optional(environ, f"{prefix}_CLIENT_ID")
        if client_id is None:
            return None
        return cls(
            client_id=client_id,
            client_secret=required(environ, f"{prefix}_CLIENT_SECRET", "the secret of the OAuth client"),
            token_url=required(environ, f"{prefix}_TOKEN_URL", "the address of the token endpoint"),
            scope=optional(environ, f"{prefix}_SCOPE"),
        )

    @property
    def origin(self) -> str:
        """The address of the token endpoint's server, for `HTTPProvider`'s `token_base_url`."""
        parts = urlsplit(self.token_url.strip())
        return f"{parts.scheme}://{parts.netloc}"

    def build_auth(self) -> Auth:
        """Return the source of the `Authorization` header.

        Returns:
            A cache of the tokens.
        """
        source = ClientCredentials(
            (self.client_id, check_secret(self.client_secret, "client_secret")),
            path=urlsplit(self.token_url.strip()).path,
            parameters={} if self.scope is None else {"scope": self.scope},
        )
        return TokenCache(source)


def build_auth(setting: str, token: TokenSetting | None, client: OAuthClient | None, auth: Auth | None) -> Auth:
    """Return the source of the `Authorization` header for the one of three settings that is set.

    Args:
        setting: What messages call the token, such as ``Acme's token (ACME_TOKEN)``.
        token: A bearer token, or a function that returns one.
        client: An OAuth client.
        auth: The caller's own source.

    Returns:
        The source.

    Raises:
        ConfigurationError: None of them is set, or several, or one is invalid.

    Example:
        ``auth = build_auth("Acme's token (ACME_TOKEN)", "a-token", None, None)``
    """
    check_instance("oauth_client", client, OAuthClient | None, "an OAuthClient", error=ConfigurationError)
    if sum(given is not None for given in (token, client, auth)) > 1:
        raise ConfigurationError(f"{setting} is one of token, oauth_client and auth: pass one of them, not several.")
    if auth is not None:
        return auth
    if client is not None:
        return client.build_auth()
    if token is None:
        raise ConfigurationError(f"{setting} is not set: pass it, oauth_client= or auth=.")
    if callable(token):
        return TokenCache(TokenFromCallable(token, setting=setting))
    return BearerToken(check_secret(token, setting))


def stable_credentials(token: TokenSetting | None, client: OAuthClient | None) -> list[str | SecretStr]:
    """Return the credentials that are the same in the next process, for `HTTPProvider`'s `credentials`.

    Args:
        token: A bearer token, or a function that returns one.
        client: An OAuth client.

    Returns:
        The token, or the client's id and secret. Nothing for a function, or the caller's own source.
    """
    if client is not None:
        return [client.client_id, client.client_secret]
    return [token] if isinstance(token, str | SecretStr) else []
