"""Wire models of users, of the token's account, of sign-in links and delegated tokens, and of invitations."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, SecretStr

from orgsdk.providers.flat.models.base import Email, FlatAnswer, FlatBody, Password, Strings
from orgsdk.providers.flat.models.literals import (
    AppScope,
    ClassRole,
    InvitedRole,
    LicenseMode,
    LicenseSource,
    OrganizationRole,
    Product,
    UserType,
)

Username = Annotated[str, Field(min_length=1, max_length=30)]
PersonalName = Annotated[str, Field(max_length=60)]


class License(FlatAnswer):
    """The license that a user has now."""

    id: str | None = None
    expiration_date: datetime | None = None
    source: LicenseSource | str | None = None
    mode: LicenseMode | str | None = None
    active: bool | None = None


class UserPublicSummary(FlatAnswer):
    """What every view of a user shows.

    `picture` is the address of a picture, None where there is none. `type` is the kind of account; `organization`
    an id. `name` is set for individual accounts, `firstname` and `lastname` for those of education.
    """

    id: str
    type: UserType | str | None = None
    product: Product | str | None = None
    username: str
    printable_name: str | None = None
    firstname: str | None = None
    lastname: str | None = None
    name: str | None = None
    picture: str | None = None
    badges: Strings = ()
    organization: str | None = None
    organization_role: OrganizationRole | str | None = None
    class_role: ClassRole | str | None = None
    html_url: str | None = None


class UserDetailsAdmin(UserPublicSummary):
    """A user as the organization's teachers and admins see them. `groups` are ids; times are in UTC."""

    email: str | None = None
    last_activity_date: datetime | None = None
    license: License | None = None
    groups: Strings = ()
    is_edu_testing_student: bool | None = None


class UserCreation(FlatBody):
    """An account to be made; Flat's default role is `"user"`, its default locale `"en"`."""

    username: Username
    password: Password
    firstname: PersonalName | None = None
    lastname: PersonalName | None = None
    email: Email | None = None
    locale: str | None = None
    role: OrganizationRole | None = None


class UserAdminUpdate(FlatBody):
    """What is to be changed of a user; what is None stays as it is. An empty name clears it."""

    password: Password | None = None
    organization_role: OrganizationRole | None = None
    username: Username | None = None
    firstname: PersonalName | None = None
    lastname: PersonalName | None = None
    email: Email | None = None


class UserCommunityProfileLinks(FlatAnswer):
    """Addresses of a user's pages in social networks."""

    spotify_url: str | None = None
    youtube_url: str | None = None
    soundcloud_url: str | None = None
    tiktok_url: str | None = None
    instagram_url: str | None = None
    website_url: str | None = None


class UserAzureDetails(FlatAnswer):
    """A user's identity at Azure AD: `oid` the user's id there, `hd` the tenant's domain."""

    oid: str | None = None
    hd: str | None = None
    preferred_username: str | None = None


class UserDetails(UserPublicSummary):
    """A user as they see themselves. `groups` are ids; times are in UTC."""

    bio: str | None = None
    registration_date: datetime | None = None
    liked_scores_count: int | None = None
    followers_count: int | None = None
    following_count: int | None = None
    owned_public_scores_count: int | None = None
    all_public_scores_count: int | None = None
    likes_count: int | None = None
    plays_count: int | None = None
    cover_picture: str | None = None
    profile_theme: str | None = None
    links: UserCommunityProfileLinks | None = None
    is_email_verified: bool | None = None
    azure_details: UserAzureDetails | None = None
    private_profile: bool | None = None
    locale: str | None = None
    groups: Strings = ()
    picture_file: str | None = None
    cover_picture_file: str | None = None


class UserSigninLink(FlatAnswer):
    """A link that signs in whoever opens it; `token` is what the link carries, for links of one's own."""

    url: SecretStr | None = None
    token: SecretStr | None = None
    expiration_date: datetime | None = None


class ApiAccessToken(FlatAnswer):
    """A token that acts as a user; `token` is shown this once, later only its first 4 characters."""

    id: str | None = None
    name: str | None = None
    token: SecretStr | None = None
    issued_date: datetime | None = None
    expiration_date: datetime | None = None
    scopes: Strings = ()


class UserSigninLinkCreation(FlatBody):
    """Where a sign-in link leads; Flat's default is `"/"`."""

    destination_path: str | None = None


class OrganizationUserAccessTokenCreation(FlatBody):
    """What a delegated token may do."""

    scopes: tuple[AppScope, ...]


class OrganizationInvitation(FlatAnswer):
    """An invitation; it is used where `used_by`, ids of users, is not empty.

    `html_url` is the link to join by, `custom_code` the code in it.
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
    """An invitation to be made; Flat's default role is `"teacher"`."""

    email: Email | None = None
    organization_role: InvitedRole | None = None
