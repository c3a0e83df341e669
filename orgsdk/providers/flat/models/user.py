"""Users of an organization (official document, UserDetailsAdmin, UserCreation, UserAdminUpdate)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from orgsdk.providers.flat.models.base import Answer, Body, Email, Password, Strings
from orgsdk.providers.flat.models.words import (
    ClassRole,
    LicenseMode,
    LicenseSource,
    OrganizationRole,
    Product,
    UserType,
)

Username = Annotated[str, Field(min_length=1, max_length=30)]
PersonalName = Annotated[str, Field(max_length=60)]


class License(Answer):
    """The license that a user has now."""

    id: str | None = None
    expiration_date: datetime | None = None
    source: LicenseSource | str | None = None
    mode: LicenseMode | str | None = None
    active: bool | None = None


class UserPublicSummary(Answer):
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


class UserCreation(Body):
    """An account to be made; Flat's default role is `"user"`, its default locale `"en"`."""

    username: Username
    password: Password
    firstname: PersonalName | None = None
    lastname: PersonalName | None = None
    email: Email | None = None
    locale: str | None = None
    role: OrganizationRole | None = None


class UserAdminUpdate(Body):
    """What is to be changed of a user; what is None stays as it is. An empty name clears it."""

    password: Password | None = None
    organization_role: OrganizationRole | None = None
    username: Username | None = None
    firstname: PersonalName | None = None
    lastname: PersonalName | None = None
    email: Email | None = None
