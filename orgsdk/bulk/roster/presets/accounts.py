"""Exports of sign-in services: Auth0, Clerk, Firebase, Cognito and Supabase.

Source: auth0.com/docs/manage-users/user-migration; clerk.com/docs/guides/development/migrating/export-from-clerk;
github.com/firebase/firebase-tools (accountExporter.ts); github.com/awsdocs/amazon-cognito-developer-guide;
github.com/supabase/auth.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Final, cast

from orgsdk.bulk.roster.cells import ValueProblem
from orgsdk.bulk.roster.dates import ReadingDay
from orgsdk.bulk.roster.json_rows import look_up
from orgsdk.bulk.roster.presets.preset import BLOCKED, ENABLED, Layout, NotAUser, Preset, Record, records_in


def _first(record: Record, *paths: str) -> object:
    """Return the first value that is not empty, else an empty one, else None."""
    found = [value for path in paths if (value := look_up(record, path)) is not None]
    return next(filter(None, found), found[0] if found else None)


# Auth0


def _prepare_auth0(record: Record) -> Record:
    # Auth0 fills `name` with the address where it knows no name.
    name = record.get("name")
    roles = _first(record, "roles", "app_metadata.roles")
    return {**record, "name": None if "@" in str(name) else name, "roles": roles}


# Of the fields that an export may have, those that no other system has.
_AUTH0_MARK = re.compile(
    r"^(?:email_verified|phone_verified|blocked|app_metadata|user_metadata|identities|logins_count|last_ip)\b",
    re.IGNORECASE,
)
_AUTH0_COLUMNS: Final = {
    "external_id": "user_id",
    "username": "username",
    "email": "email",
    "phone": "phone_number",
    "name": "name",
    "given_name": "given_name",
    "family_name": "family_name",
    "roles": "roles",
}

AUTH0: Final = Preset(
    name="auth0",
    title="Auth0",
    layouts=(
        Layout(
            title="Auth0 users",
            names={"user_id", "email"},
            mark=_AUTH0_MARK,
            columns=_AUTH0_COLUMNS,
            states={"blocked": BLOCKED},
            prepare=_prepare_auth0,
            note="external_id is Auth0's user_id",
        ),
        Layout(
            title="Auth0 users",
            names={"user_id", "email"},
            mark=_AUTH0_MARK,
            list_at="",
            columns=_AUTH0_COLUMNS,
            states={"blocked": BLOCKED},
            prepare=_prepare_auth0,
            note="external_id is Auth0's user_id, and not an id in app_metadata",
        ),
    ),
)

# Clerk


def _prepare_clerk(record: Record) -> Record:
    return {
        **record,
        "email": _primary(record, "email_addresses", "primary_email_address_id", "email_address"),
        "phone": _primary(record, "phone_numbers", "primary_phone_number_id", "phone_number"),
        "roles": _first(record, "public_metadata.roles", "public_metadata.role"),
    }


def _primary(record: Record, values: str, primary: str, name: str) -> object:
    # The primary one by its id, never the first. The list may be one text, which names no primary one.
    found = record.get(values)
    if isinstance(found, str):
        return found if found and "|" not in found else None
    chosen = record.get(primary)
    return next((one.get(name) for one in records_in(found) if chosen and one.get("id") == chosen), None)


CLERK: Final = Preset(
    name="clerk",
    title="Clerk",
    layouts=(
        Layout(
            title="Clerk dashboard",
            names={"id", "primary_email_address"},
            columns={
                "external_id": "id",
                "username": "username",
                "email": "primary_email_address",
                "phone": "primary_phone_number",
                "given_name": "first_name",
                "family_name": "last_name",
            },
            note="external_id is Clerk's id. The file has no bans: a banned user is read as active",
        ),
        Layout(
            title="Clerk users",
            names={"id", "email_addresses", "first_name"},
            list_at="",
            columns={
                "external_id": "external_id",
                "username": "username",
                "email": "email",
                "phone": "phone",
                "given_name": "first_name",
                "family_name": "last_name",
                "roles": "roles",
            },
            # A lock ends by itself.
            # A deprovisioned user cannot sign in (clerk-backend-api 7.0.0, `User.deprovisioned`).
            states={"banned": BLOCKED, "deprovisioned": BLOCKED},
            prepare=_prepare_clerk,
            note="external_id is the external_id, not Clerk's id; roles are those of public_metadata",
        ),
    ),
)

# Firebase

_FIREBASE_CELLS: Final = (
    *("localId", "email", "emailVerified", "passwordHash", "salt", "displayName", "photoUrl"),
    *(
        f"{provider}{part}"
        for provider in ("google", "facebook", "twitter", "github")
        for part in ("Id", "Email", "Name", "Photo")
    ),
    *("createdAt", "lastLoginAt", "phoneNumber", "disabled", "customAttributes", "end"),
)
FIREBASE_WIDTH: Final = len(_FIREBASE_CELLS)


def _prepare_firebase(record: Record) -> Record:
    text = str(record.get("customAttributes") or record.get("customattributes") or "")
    try:
        claims: object = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        raise ValueProblem("the customAttributes are not JSON") from None
    found: Record = cast("Record", claims) if isinstance(claims, dict) else {}
    return {**record, "roles": _first(found, "roles", "role")}


_FIREBASE_COLUMNS: Final = {
    "external_id": "localId",
    "email": "email",
    "phone": "phoneNumber",
    "name": "displayName",
    "roles": "roles",
}

FIREBASE: Final = Preset(
    name="firebase",
    title="Firebase Authentication",
    layouts=(
        Layout(
            title="Firebase users (auth:export as CSV)",
            names=(),
            columns={field: name.casefold() for field, name in _FIREBASE_COLUMNS.items()},
            states={"disabled": BLOCKED},
            prepare=_prepare_firebase,
            header=_FIREBASE_CELLS,
            problem_note="Firebase writes ambiguous CSV where a name has quotes: export JSON, as in "
            "`firebase auth:export users.json`",
            note="external_id is the localId",
        ),
        Layout(
            title="Firebase users",
            names={"localId"},
            list_at="users",
            columns=_FIREBASE_COLUMNS,
            states={"disabled": BLOCKED},
            prepare=_prepare_firebase,
            note="external_id is the localId; roles are the claim roles or role",
        ),
    ),
)

# Cognito


def _prepare_cognito(record: Record) -> Record:
    attributes = {str(one.get("Name")): one.get("Value") for one in records_in(record.get("Attributes"))}
    return {**attributes, **record}


COGNITO: Final = Preset(
    name="cognito",
    title="Amazon Cognito",
    layouts=(
        Layout(
            title="Cognito import",
            names={"cognito:username", "cognito:mfa_enabled"},
            columns={
                "username": "cognito:username",
                "email": "email",
                "phone": "phone_number",
                "name": "name",
                "given_name": "given_name",
                "family_name": "family_name",
                "roles": ("custom:roles", "custom:role"),
            },
            escapes=True,
            partial="a file for import has only new users",
        ),
        Layout(
            title="Cognito ListUsers",
            names={"Username", "Attributes", "Enabled"},
            list_at="Users",
            columns={
                "external_id": "sub",
                "username": "Username",
                "email": "email",
                "phone": "phone_number",
                "name": "name",
                "given_name": "given_name",
                "family_name": "family_name",
                "roles": ("custom:roles", "custom:role"),
            },
            # UserStatus does not decide.
            states={"Enabled": ENABLED},
            prepare=_prepare_cognito,
            partial="ListUsers returns at most 60 users",
            note="external_id is the sub",
        ),
    ),
)

# Supabase


def _prepare_supabase(record: Record, day: ReadingDay) -> Record:
    if record.get("is_anonymous") is True:
        raise NotAUser("anonymous user")
    metadata = "user_metadata.full_name" if look_up(record, "user_metadata.full_name") else "user_metadata.name"
    return {
        **record,
        "phone": _with_plus(record.get("phone")),
        "full_name": look_up(record, metadata),
        # `role` is the database's role, and no role of an organization.
        "roles": _first(record, "app_metadata.roles", "app_metadata.role"),
        "ban": "banned" if _is_banned(record.get("banned_until"), day) else "",
        "deletion": "deleted" if record.get("deleted_at") else "",
    }


def _with_plus(phone: object) -> object:
    return f"+{phone}" if isinstance(phone, str) and phone.isdecimal() else phone


def _is_banned(until: object, day: ReadingDay) -> bool:
    if not until:
        return False
    try:
        end = datetime.fromisoformat(str(until))
    except ValueError:
        raise ValueProblem("banned_until is not a time such as 2026-08-31T00:00:00Z") from None
    return day.is_before(end)


SUPABASE: Final = Preset(
    name="supabase",
    title="Supabase",
    layouts=(
        Layout(
            title="Supabase users",
            names={"id", "aud", "app_metadata"},
            list_at="users",
            columns={
                "external_id": "id",
                "email": "email",
                "phone": "phone",
                "name": "full_name",
                "roles": "roles",
            },
            states={"ban": {"": "active", "banned": "suspended"}, "deletion": {"": "active", "deleted": "gone"}},
            prepare_on=_prepare_supabase,
            partial="the users are listed in pages",
            note="external_id is Supabase's id; roles are those of app_metadata",
        ),
    ),
)

ACCOUNTS: Final = (AUTH0, CLERK, FIREBASE, COGNITO, SUPABASE)
