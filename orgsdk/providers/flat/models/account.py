"""The account that a token belongs to (official document, UserDetails)."""

from datetime import datetime

from orgsdk.providers.flat.models.base import Answer, Strings
from orgsdk.providers.flat.models.user import UserPublicSummary


class UserCommunityProfileLinks(Answer):
    """Addresses of a user's pages in social networks."""

    spotify_url: str | None = None
    youtube_url: str | None = None
    soundcloud_url: str | None = None
    tiktok_url: str | None = None
    instagram_url: str | None = None
    website_url: str | None = None


class UserAzureDetails(Answer):
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
