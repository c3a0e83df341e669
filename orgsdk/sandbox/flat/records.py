"""Stored records of the Flat server (accounts, invitations, LTI) and an account's JSON."""

import hashlib
import json
from collections import UserDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

OrganizationRole = Literal["admin", "accountAdmin", "teacher", "user"]
InvitedRole = Literal["admin", "teacher", "accountAdmin"]
ClassRole = Literal["teacher", "student"]
LtiMode = Literal["1p1-manual", "1p3-manual", "1p3-deployment", "1p3-dynamic"]

CLASS_ROLES: dict[OrganizationRole, ClassRole] = {"user": "student", "teacher": "teacher"}
"""The role in a class for each role in the organization; admins are not in classes."""


@dataclass(frozen=True, slots=True)
class LicenseRecord:
    """The license of an account."""

    id: str
    expiration_date: str
    source: str
    mode: str
    active: bool


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """One account of the organization. Fields with None are left out of the JSON.

    Attributes:
        sequence: Position in the order of creation, which is the order of a list without `sort`.
        id: Id, 24 hexadecimal digits.
        username: Unique username.
        role: Role in the organization.
        firstname: Given name.
        lastname: Family name.
        email: E-mail address.
        picture: URL of the picture. The one field that is null in the JSON (official document, UserBasics).
        class_role: Role in classes.
        badges: Badges.
        groups: Ids of groups.
        last_activity_date: Last activity, in ISO 8601.
        license: License.
        is_testing_student: Whether it is a test account; None for roles other than `user`.
        locale: Language.
        password: Last password that a request set; never sent.
    """

    sequence: int
    id: str
    username: str
    role: OrganizationRole
    firstname: str | None = None
    lastname: str | None = None
    email: str | None = None
    picture: str | None = None
    class_role: ClassRole | None = None
    badges: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    last_activity_date: str | None = None
    license: LicenseRecord | None = None
    is_testing_student: bool | None = None
    locale: str = "en"
    password: str | None = field(default=None, repr=False)

    @property
    def has_active_license(self) -> bool:
        """Whether the account has an active license."""
        return self.license is not None and self.license.active


class AccountTable(UserDict[str, AccountRecord]):
    """Accounts by id, in the order of creation. A changed account keeps its position."""

    def __init__(self, accounts: Mapping[str, AccountRecord] | None = None) -> None:
        super().__init__()
        self.data: dict[str, AccountRecord] = dict(accounts or {})
        self._listed: Sequence[AccountRecord] | None = None

    def listed(self) -> Sequence[AccountRecord]:
        """Return the accounts in order. The list is kept until a change, because copying costs more than a page."""
        if self._listed is None:
            self._listed = list(self.data.values())
        return self._listed

    def __setitem__(self, user_id: str, user: AccountRecord) -> None:
        self.data[user_id] = user
        self._listed = None

    def __delitem__(self, user_id: str) -> None:
        del self.data[user_id]
        self._listed = None


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    """One invitation. It was used if `used_by` is not empty.

    Attributes:
        sequence: Position in the order of creation.
        id: Id, 24 hexadecimal digits.
        creation_date: Date of creation, in ISO 8601.
        role: Role that the invited user gets.
        email: Invited address, or None.
        invited_by: Id of the account that created it.
        code: Code to join the organization with; None if the address belonged to a member already.
        used_by: Ids of the accounts that used it.
    """

    sequence: int
    id: str
    creation_date: str
    role: InvitedRole
    email: str | None
    invited_by: str
    code: str | None
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SentMail:
    """One e-mail that the server sent."""

    address: str
    invitation_id: str


@dataclass(frozen=True, slots=True)
class SigninLink:
    """A link that signs its bearer in as a member."""

    user_id: str
    token: str = field(repr=False)
    destination: str


@dataclass(frozen=True, slots=True)
class LtiConfiguration:
    """One LTI configuration.

    Attributes:
        id: Id, 24 hexadecimal digits.
        mode: How it was set up.
        creator_id: Id of the account that created it.
        creation_date: Date of creation, in ISO 8601.
        fields: Fields of the mode, by their names in the JSON.
        secrets: Fields that only admins see, by their names in the JSON.
        last_used_date: Date of the last use, or None.
    """

    id: str
    mode: LtiMode
    creator_id: str
    creation_date: str
    fields: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)
    last_used_date: str | None = None

    @property
    def version(self) -> str:
        """The version of LTI: `1p1` or `1p3`."""
        return self.mode.partition("-")[0]


def object_id(kind: str, key: str) -> str:
    """Return an id, 24 hexadecimal digits, that is the same in every run."""
    return hashlib.sha256(f"{kind}:{key}".encode()).hexdigest()[:24]


def wire_date(moment: datetime) -> str:
    """Return a UTC time in Flat's format: ISO 8601 with `Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


LOCALES = (
    *("da", "de", "en", "en-GB", "es", "fi", "fil", "fr", "fr-CA", "hi", "id", "it", "ja", "ja-HIRA", "ko", "ms"),
    *("nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sv", "tr", "zh-Hans", "zh-HK", "zh-TW"),
)
DEFAULT_LOCALE = "en"

_LOCALES_BY_FOLDED_NAME = {locale.casefold(): locale for locale in LOCALES}


def normalize_locale(locale: str) -> str:
    """Return the supported locale: the same in any case, or else its language, or else `en`."""
    # Documented is only the last step: "Unknown locales will default to `en`".
    folded = locale.replace("_", "-").casefold()
    return (
        _LOCALES_BY_FOLDED_NAME.get(folded) or _LOCALES_BY_FOLDED_NAME.get(folded.partition("-")[0]) or DEFAULT_LOCALE
    )


REGISTRATION_DATE = "2024-09-02T07:30:00.000Z"


class AccountJsonCache:
    """The JSON of accounts, cached: encoding a page of 1,000 takes 16 ms."""

    def __init__(self, organization_id: str) -> None:
        self._organization_id = organization_id
        self._cached: dict[str, tuple[AccountRecord, bytes]] = {}

    def json(self, user: AccountRecord) -> bytes:
        """Return the account as JSON."""
        cached = self._cached.get(user.id)
        # Records are frozen, so a changed account is another object.
        if cached is None or cached[0] is not user:
            view = admin_view(user, self._organization_id)
            cached = self._cached[user.id] = (
                user,
                json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode(),
            )
        return cached[1]


def admin_view(user: AccountRecord, organization_id: str) -> dict[str, Any]:
    """Return an account as `UserDetailsAdmin`, as admins of the organization see it."""
    return public_summary(user, organization_id) | _without_none(
        email=user.email,
        lastActivityDate=user.last_activity_date,
        license=None if user.license is None else _license_view(user.license),
        groups=list(user.groups) or None,
        isEduTestingStudent=user.is_testing_student,
    )


def own_view(user: AccountRecord, organization_id: str) -> dict[str, Any]:
    """Return an account as `UserDetails`, as the account itself gets it; the official document has no e-mail here."""
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
    """Return an account as `UserPublicSummary`, which every view contains."""
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


def _license_view(record: LicenseRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "expirationDate": record.expiration_date,
        "source": record.source,
        "mode": record.mode,
        "active": record.active,
    }


def _without_none(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
