"""Stored records of the Flat server (accounts, invitations, LTI) and an account's JSON."""

import hashlib
import json
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
class LicenseRecord:
    """Hold the license of an account."""

    id: str
    expiration_date: str
    source: str
    mode: str
    active: bool


@dataclass(frozen=True, slots=True)
class AccountRecord:
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
    license: LicenseRecord | None = None
    is_testing_student: bool | None = None
    locale: str = "en"
    password: str | None = field(default=None, repr=False)
    """What a request set last; it never goes out."""

    @property
    def has_active_license(self) -> bool:
        """Tell whether the account has a license that is active."""
        return self.license is not None and self.license.active


@dataclass(frozen=True, slots=True)
class InvitationRecord:
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
class SentMail:
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


LOCALES = (
    *("da", "de", "en", "en-GB", "es", "fi", "fil", "fr", "fr-CA", "hi", "id", "it", "ja", "ja-HIRA", "ko", "ms"),
    *("nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sv", "tr", "zh-Hans", "zh-HK", "zh-TW"),
)
DEFAULT_LOCALE = "en"

_LOCALES_BY_FOLDED_NAME = {locale.casefold(): locale for locale in LOCALES}


def normalize_locale(locale: str) -> str:
    """Return the supported locale that is meant: itself in any case, else its language, else `en`."""
    # How Flat normalises is not documented but for the end: "Unknown locales will default to `en`".
    folded = locale.replace("_", "-").casefold()
    return (
        _LOCALES_BY_FOLDED_NAME.get(folded) or _LOCALES_BY_FOLDED_NAME.get(folded.partition("-")[0]) or DEFAULT_LOCALE
    )


REGISTRATION_DATE = "2024-09-02T07:30:00.000Z"


class AccountJsonCache:
    """Keep the JSON of every account that was asked for: a page of 1,000 costs 16 ms to write anew."""

    def __init__(self, organization_id: str) -> None:
        self._organization_id = organization_id
        self._kept: dict[str, tuple[AccountRecord, bytes]] = {}

    def json(self, user: AccountRecord) -> bytes:
        """Return the account as JSON."""
        kept = self._kept.get(user.id)
        # An account that changed is another object, as records are frozen.
        if kept is None or kept[0] is not user:
            view = admin_view(user, self._organization_id)
            kept = self._kept[user.id] = (
                user,
                json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode(),
            )
        return kept[1]


def admin_view(user: AccountRecord, organization_id: str) -> dict[str, Any]:
    """Return `UserDetailsAdmin`, an account as the organization's admins see it."""
    return public_summary(user, organization_id) | _without_none(
        email=user.email,
        lastActivityDate=user.last_activity_date,
        license=None if user.license is None else _license_view(user.license),
        groups=list(user.groups) or None,
        isEduTestingStudent=user.is_testing_student,
    )


def own_view(user: AccountRecord, organization_id: str) -> dict[str, Any]:
    """Return `UserDetails`, an account as it sees itself; the official document gives it no e-mail."""
    return public_summary(user, organization_id) | _without_none(
        registrationDate=REGISTRATION_DATE,
        likedScoresCount=0,
        followersCount=0,
        followingCount=0,
        isEmailVerified=user.email is not None,
        locale=user.locale,
        groups=list(user.groups) or None,
    )


def public_summary(user: AccountRecord, organization_id: str) -> dict[str, Any]:
    """Return `UserPublicSummary`, what every view of an account has."""
    full_name = " ".join(part for part in (user.firstname, user.lastname) if part)
    always = {
        "id": user.id,
        "type": "user",
        "product": "flatEdu",
        "username": user.username,
        "picture": user.picture,
        "printableName": full_name or user.username,
        "badges": list(user.badges),
        "organization": organization_id,
        "organizationRole": user.role,
    }
    return always | _without_none(firstname=user.firstname, lastname=user.lastname, classRole=user.class_role)


def _license_view(held: LicenseRecord) -> dict[str, Any]:
    return {
        "id": held.id,
        "expirationDate": held.expiration_date,
        "source": held.source,
        "mode": held.mode,
        "active": held.active,
    }


def _without_none(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
