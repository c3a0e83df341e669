"""Wire models of users and of the token's own account (official document, UserDetailsAdmin, UserDetails)."""

from datetime import datetime
from typing import Annotated, TypedDict

from pydantic import Field, SecretStr

from orgsdk.providers.flat.models.base import Email, FlatBody, FlatResponseModel, Password, Strings
from orgsdk.providers.flat.models.literals import (
    ClassRole,
    LicenseMode,
    LicenseSource,
    OrganizationRole,
    Product,
    UserType,
)

Username = Annotated[str, Field(min_length=1, max_length=30)]
PersonalName = Annotated[str, Field(max_length=60)]


class License(FlatResponseModel):
    """The current license of a user.

    Attributes:
        id: Id of the license.
        expiration_date: End of the license, in UTC.
        source: How the license was obtained.
        mode: Whether it is a credit or a site license.
        active: Whether it is active.
    """

    id: str | None = None
    expiration_date: datetime | None = None
    source: LicenseSource | str | None = None
    mode: LicenseMode | str | None = None
    active: bool | None = None


class UserPublicSummary(FlatResponseModel):
    """The fields that every view of a user has.

    Attributes:
        id: Id of the user.
        type: Type of the account.
        product: Product that the account belongs to.
        username: Username, unique in the organization.
        printable_name: Name to show: the name, first and last name, or the username.
        firstname: First name, of education accounts only.
        lastname: Last name, of education accounts only.
        name: Display name, of individual accounts only.
        picture: URL of the picture.
        badges: Badges of the profile.
        organization: Id of the organization.
        organization_role: Role in the organization.
        class_role: Role in a class.
        html_url: URL of the profile, of individual accounts only.
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
    """A user as the organization's teachers and admins see it.

    Attributes:
        email: Email address.
        last_activity_date: Time of the last activity, in UTC.
        license: Current license.
        groups: Ids of the user's groups.
        is_edu_testing_student: Whether the account is a test account of a student.
    """

    email: str | None = None
    last_activity_date: datetime | None = None
    license: License | None = None
    groups: Strings = ()
    is_edu_testing_student: bool | None = None


class UserCreation(FlatBody):
    """A user to create.

    Attributes:
        username: 1 to 30 characters, unique in the organization.
        password: 6 to 1,000 characters.
        firstname: At most 60 characters.
        lastname: At most 60 characters.
        email: Email address.
        locale: Language code. Flat's default is `"en"`.
        role: Role in the organization. Flat's default is `"user"`.
    """

    username: Username
    password: Password
    firstname: PersonalName | None = None
    lastname: PersonalName | None = None
    email: Email | None = None
    locale: str | None = None
    role: OrganizationRole | None = None


class UserCreationFields(TypedDict, total=False):
    """The fields of `UserCreation`, as keywords of a native operation."""

    username: str
    password: str | SecretStr
    firstname: str | None
    lastname: str | None
    email: str | None
    locale: str | None
    role: OrganizationRole | None


class UserAdminUpdate(FlatBody):
    """An update of a user. None leaves a field unchanged; an empty first or last name clears it.

    Attributes:
        password: 6 to 1,000 characters.
        organization_role: Role in the organization.
        username: 1 to 30 characters, unique in the organization.
        firstname: At most 60 characters.
        lastname: At most 60 characters.
        email: Email address.
    """

    password: Password | None = None
    organization_role: OrganizationRole | None = None
    username: Username | None = None
    firstname: PersonalName | None = None
    lastname: PersonalName | None = None
    email: Email | None = None


class UserAdminUpdateFields(TypedDict, total=False):
    """The fields of `UserAdminUpdate`, as keywords of a native operation."""

    password: str | SecretStr | None
    organization_role: OrganizationRole | None
    username: str | None
    firstname: str | None
    lastname: str | None
    email: str | None


class UserCommunityProfileLinks(FlatResponseModel):
    """URLs of a user's profiles in social networks.

    Attributes:
        spotify_url: Spotify profile.
        youtube_url: YouTube channel.
        soundcloud_url: SoundCloud profile.
        tiktok_url: TikTok profile.
        instagram_url: Instagram profile.
        website_url: Website.
    """

    spotify_url: str | None = None
    youtube_url: str | None = None
    soundcloud_url: str | None = None
    tiktok_url: str | None = None
    instagram_url: str | None = None
    website_url: str | None = None


class UserAzureDetails(FlatResponseModel):
    """A user's identity in Azure AD.

    Attributes:
        oid: Object id of the user.
        hd: Domain name of the tenant.
        preferred_username: User principal name (UPN), the main email address.
    """

    oid: str | None = None
    hd: str | None = None
    preferred_username: str | None = None


class UserDetails(UserPublicSummary):
    """A user's own view of the account.

    Attributes:
        bio: Biography.
        registration_date: Time of the sign-up, in UTC.
        liked_scores_count: Number of scores that the user likes.
        followers_count: Number of followers.
        following_count: Number of users that the user follows.
        owned_public_scores_count: Number of public scores that the user owns.
        all_public_scores_count: Number of public scores that the user owns or has joined.
        likes_count: Number of likes of the user's published scores.
        plays_count: Number of plays of the user's published scores.
        cover_picture: Background picture of the profile.
        profile_theme: Theme of the profile.
        links: Profiles in social networks.
        is_email_verified: Whether the email address is verified.
        azure_details: Identity in Azure AD.
        private_profile: Whether the profile is private, for individual accounts only.
        locale: Language code.
        groups: Ids of the user's groups, for education accounts only.
        picture_file: Id of the picture.
        cover_picture_file: Id of the background picture.
    """

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
