"""Wire models of access to an organization: invitations, sign-in links and delegated tokens."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, TypedDict

from pydantic import Field

from orgsdk.providers.flat.models.base import Email, FlatBody, FlatResponseModel, Strings
from orgsdk.providers.flat.models.literals import AppScope, InvitedRole, OrganizationRole
from orgsdk.providers.http.secrets import HiddenSecret


class OrganizationInvitation(FlatResponseModel):
    """An invitation to join the organization.

    Attributes:
        id: Id of the invitation.
        creation_date: Time of the creation, in UTC.
        organization: Id of the organization.
        organization_role: Role that the invited user gets.
        custom_code: Code to join with.
        email: Address that the invitation was sent to.
        invited_by: Id of the user who created the invitation.
        html_url: URL to join with.
        allow_multiple_use: Whether several users can join with it.
        used_by: Ids of the users who joined with it. Empty for a pending invitation.
    """

    id: str | None = None
    creation_date: datetime | None = None
    organization: str | None = None
    organization_role: OrganizationRole | str | None = None
    custom_code: str | None = None
    email: str | None = None
    invited_by: str | None = None
    html_url: str | None = None
    allow_multiple_use: bool | None = None
    used_by: Strings = ()


class OrganizationInvitationCreation(FlatBody):
    """An invitation to create.

    Attributes:
        email: Address to invite.
        organization_role: Role that the invited user gets. Flat's default is `"teacher"`.
    """

    email: Email | None = None
    organization_role: InvitedRole | None = None


class OrganizationInvitationCreationFields(TypedDict, total=False):
    """The fields of `OrganizationInvitationCreation`, as keywords of a native operation."""

    email: str | None
    organization_role: InvitedRole | None


class UserSigninLink(FlatResponseModel):
    """A link that signs in anyone who opens it as a user.

    Attributes:
        url: The link.
        token: Sign-in token in the link, to build other links with.
        expiration_date: Time until which the link is valid, in UTC.
    """

    url: HiddenSecret | None = None
    token: HiddenSecret | None = None
    expiration_date: datetime | None = None


class UserSigninLinkCreation(FlatBody):
    """A sign-in link to create.

    Attributes:
        destination_path: Path that the link leads to. Flat's default is `"/"`.
    """

    destination_path: str | None = None


class UserSigninLinkCreationFields(TypedDict, total=False):
    """The fields of `UserSigninLinkCreation`, as keywords of a native operation."""

    destination_path: str | None


class ApiAccessToken(FlatResponseModel):
    """A delegated token, which acts as a user.

    Attributes:
        id: Id of the token.
        name: Name of the token.
        token: The token. Flat returns it once, afterwards only its first 4 characters.
        issued_date: Time of the creation, in UTC.
        expiration_date: Time until which the token is valid, in UTC.
        scopes: Scopes of the token.
    """

    id: str | None = None
    name: str | None = None
    token: HiddenSecret | None = None
    issued_date: datetime | None = None
    expiration_date: datetime | None = None
    scopes: Strings = ()


class OrganizationUserAccessTokenCreation(FlatBody):
    """A delegated token to create.

    Attributes:
        scopes: Scopes of the token.
    """

    scopes: Annotated[tuple[AppScope, ...], Field(strict=False)]


class OrganizationUserAccessTokenCreationFields(TypedDict, total=False):
    """The fields of `OrganizationUserAccessTokenCreation`, as keywords of a native operation."""

    scopes: Iterable[AppScope]
