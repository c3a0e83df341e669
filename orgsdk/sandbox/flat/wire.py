"""How an account reads on Flat's wire (facts/flat.md, Shapes): what is not there is missing, not null."""

import json
from typing import Any

from orgsdk.sandbox.flat.records import FlatUser, License

REGISTRATION_DATE = "2024-09-02T07:30:00.000Z"


class AdminViews:
    """Keep the JSON of every account that was asked for: a page of 1,000 costs 16 ms to write anew."""

    def __init__(self, organization_id: str) -> None:
        self._organization_id = organization_id
        self._kept: dict[str, tuple[FlatUser, bytes]] = {}

    def json(self, user: FlatUser) -> bytes:
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


def admin_view(user: FlatUser, organization_id: str) -> dict[str, Any]:
    """Return `UserDetailsAdmin`, an account as the organization's admins see it."""
    return summary(user, organization_id) | _present(
        email=user.email,
        lastActivityDate=user.last_activity_date,
        license=None if user.license is None else _license(user.license),
        groups=list(user.groups) or None,
        isEduTestingStudent=user.is_testing_student,
    )


def own_view(user: FlatUser, organization_id: str) -> dict[str, Any]:
    """Return `UserDetails`, an account as it sees itself; the official document gives it no e-mail."""
    return summary(user, organization_id) | _present(
        registrationDate=REGISTRATION_DATE,
        likedScoresCount=0,
        followersCount=0,
        followingCount=0,
        isEmailVerified=user.email is not None,
        locale=user.locale,
        groups=list(user.groups) or None,
    )


def summary(user: FlatUser, organization_id: str) -> dict[str, Any]:
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
    return always | _present(firstname=user.firstname, lastname=user.lastname, classRole=user.class_role)


def _license(held: License) -> dict[str, Any]:
    return {
        "id": held.id,
        "expirationDate": held.expiration_date,
        "source": held.source,
        "mode": held.mode,
        "active": held.active,
    }


def _present(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
