"""What lets somebody act as a user: sign-in links and delegated tokens (official document, UserSigninLink)."""

from datetime import datetime

from pydantic import SecretStr

from orgsdk.providers.flat.models.base import Answer, Body, Strings
from orgsdk.providers.flat.models.words import AppScope


class UserSigninLink(Answer):
    """A link that signs in whoever opens it; `token` is what the link carries, for links of one's own."""

    url: SecretStr | None = None
    token: SecretStr | None = None
    expiration_date: datetime | None = None


class ApiAccessToken(Answer):
    """A token that acts as a user; `token` is shown this once, later only its first 4 characters."""

    id: str | None = None
    name: str | None = None
    token: SecretStr | None = None
    issued_date: datetime | None = None
    expiration_date: datetime | None = None
    scopes: Strings = ()


class UserSigninLinkCreation(Body):
    """Where a sign-in link leads; Flat's default is `"/"`."""

    destination_path: str | None = None


class OrganizationUserAccessTokenCreation(Body):
    """What a delegated token may do."""

    scopes: tuple[AppScope, ...]
