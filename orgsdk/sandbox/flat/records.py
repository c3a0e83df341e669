"""What the Flat server keeps: accounts, invitations, ways to sign in, LTI configurations."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

OrganizationRole = Literal["admin", "accountAdmin", "teacher", "user"]
InvitedRole = Literal["admin", "teacher", "accountAdmin"]
ClassRole = Literal["teacher", "student"]
LtiMode = Literal["1p1-manual", "1p3-manual", "1p3-deployment", "1p3-dynamic"]

CLASS_ROLES: dict[OrganizationRole, ClassRole] = {"user": "student", "teacher": "teacher"}
"""What an account is in a class, by what it is in the organization; an admin is in none."""


@dataclass(frozen=True, slots=True)
class License:
    """Hold the license of an account."""

    id: str
    expiration_date: str
    source: str
    mode: str
    active: bool


@dataclass(frozen=True, slots=True)
class FlatUser:
    """Hold one account of the organization; what is None is missing on the wire."""

    sequence: int
    """Its place in the order of creation, which is the order of a list without `sort`."""
    id: str
    username: str
    role: OrganizationRole
    firstname: str | None = None
    lastname: str | None = None
    email: str | None = None
    picture: str | None = None
    """The one field which is null on the wire (official document, UserBasics)."""
    class_role: ClassRole | None = None
    badges: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    last_activity_date: str | None = None
    license: License | None = None
    is_testing_student: bool | None = None
    locale: str = "en"
    password: str | None = field(default=None, repr=False)
    """What a request set last; it never goes out."""

    @property
    def has_active_license(self) -> bool:
        """Tell whether the account has a license that is active."""
        return self.license is not None and self.license.active


@dataclass(frozen=True, slots=True)
class Invitation:
    """Hold one invitation; it is used when `used_by` is not empty."""

    sequence: int
    id: str
    creation_date: str
    role: InvitedRole
    email: str | None
    invited_by: str
    code: str | None
    """What joins the organization; None when the address was a member's and there is nothing to join."""
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """Hold one mail that the server sent."""

    address: str
    invitation_id: str


@dataclass(frozen=True, slots=True)
class SigninLink:
    """Hold a link that signs its bearer in as a member."""

    user_id: str
    token: str = field(repr=False)
    destination: str


@dataclass(frozen=True, slots=True)
class LtiConfiguration:
    """Hold one LTI configuration; its own fields stand under the names they have on the wire."""

    id: str
    mode: LtiMode
    creator_id: str
    creation_date: str
    fields: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)
    """What only admins are shown."""
    last_used_date: str | None = None

    @property
    def version(self) -> str:
        """Return the version of LTI: `1p1` or `1p3`."""
        return self.mode.partition("-")[0]


def object_id(kind: str, key: str) -> str:
    """Return the id of a thing, 24 hexadecimal digits, the same on every run."""
    return hashlib.sha256(f"{kind}:{key}".encode()).hexdigest()[:24]


def wire_date(moment: datetime) -> str:
    """Return a moment of UTC as Flat writes dates: ISO 8601 with `Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
