"""Full wire models, as written from a provider's document with plain pydantic."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.alias_generators import to_camel


class Wire(BaseModel, alias_generator=to_camel):
    """Base class of the models."""


class License(Wire):
    """A user's license at Flat."""

    id: str | None = None
    expiration_date: datetime | None = None
    source: str | None = None
    mode: str | None = None
    active: bool | None = None


class FlatUser(Wire):
    """`UserDetailsAdmin`."""

    id: str
    type: str
    product: str
    username: str
    printable_name: str | None = None
    firstname: str | None = None
    lastname: str | None = None
    name: str | None = None
    picture: str | None = None
    badges: list[str] | None = None
    organization: str | None = None
    organization_role: str | None = None
    class_role: str | None = None
    html_url: str | None = None
    email: str | None = None
    last_activity_date: datetime | None = None
    license: License | None = None
    groups: list[str] | None = None
    is_edu_testing_student: bool | None = None


class Profile(Wire):
    """A user's profile at Logto (OpenID Connect Core, 5.1)."""

    family_name: str | None = None
    given_name: str | None = None
    middle_name: str | None = None
    nickname: str | None = None
    preferred_username: str | None = None
    profile: str | None = None
    website: str | None = None
    gender: str | None = None
    birthdate: str | None = None
    zoneinfo: str | None = None
    locale: str | None = None


class NamedRole(Wire):
    """A role that a member holds."""

    id: str
    name: str


class LogtoUser(Wire):
    """A member of an organization."""

    id: str
    username: str | None
    primary_email: str | None
    primary_phone: str | None
    name: str | None
    avatar: str | None
    custom_data: dict[str, Any]
    identities: dict[str, Any]
    last_sign_in_at: int | None
    created_at: int
    updated_at: int
    profile: Profile
    application_id: str | None
    cimd_client_id: str | None = None
    is_suspended: bool
    organization_roles: list[NamedRole]


PAGES: dict[str, TypeAdapter[Any]] = {
    "flat": TypeAdapter(list[FlatUser]),
    "logto": TypeAdapter(list[LogtoUser]),
}
