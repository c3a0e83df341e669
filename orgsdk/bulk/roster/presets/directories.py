"""Exports of directories: Google Workspace, Microsoft Entra ID and 365, Okta, WorkOS and Keycloak.

Source: support.google.com/a/answer/40057; github.com/MicrosoftDocs/entra-docs (users-bulk-add, -download, -invite);
developer.okta.com/docs/api; github.com/workos/openapi-spec; github.com/keycloak/keycloak (representations/idm).
"""

from __future__ import annotations

import re
from typing import Final, cast

from orgsdk.bulk.roster.cells import ValueProblem
from orgsdk.bulk.roster.json_rows import look_up
from orgsdk.bulk.roster.presets.preset import (
    BLOCKED,
    EMPTY,
    ENABLED,
    Layout,
    NotAUser,
    Preset,
    Record,
    Words,
    fold_name,
    records_in,
)

_FILTERED: Final = "a download has only the users that its filter showed"
_PAGE: Final = "a saved page is not the whole list"

# Google Workspace

_GOOGLE_MARK = re.compile(r"\[(?:required|upload only|read only)\]\s*$", re.IGNORECASE)
_GOOGLE_STATES: Final[Words] = {"active": "active", "suspended": "suspended", "archived": "suspended", "": "active"}


def _google_name(name: str) -> str:
    return fold_name(re.sub(r"\s*\[[^\]]*\]\s*$", "", name))


_GOOGLE_PHONES: Final = ("work phone", "mobile phone", "home phone")


def _prepare_google(record: Record) -> Record:
    if str(record.get("new primary email") or "").strip():
        raise ValueProblem(
            "the New Primary Email is set: the address is about to change. Export again after the change"
        )
    # Several values of a cell are separated by a comma, and none of them is the first.
    return {**record, **{name: "" for name in _GOOGLE_PHONES if "," in str(record.get(name) or "")}}


GOOGLE: Final = Preset(
    name="google",
    title="Google Workspace",
    layouts=(
        Layout(
            title="Google Workspace users",
            names=(),
            mark=_GOOGLE_MARK,
            columns={
                "external_id": "employee id",
                "username": ("email address", "dirección de correo electrónico", "adresse e-mail", "e-mail-adresse"),
                "email": ("email address", "dirección de correo electrónico", "adresse e-mail", "e-mail-adresse"),
                "phone": _GOOGLE_PHONES,
                "given_name": ("first name", "nombre", "prénom", "vorname"),
                "family_name": ("last name", "apellidos", "nom", "nachname"),
            },
            states={"status": _GOOGLE_STATES, "new status": _GOOGLE_STATES},
            prepare=_prepare_google,
            normalize=_google_name,
            partial=_FILTERED,
            note="no column has roles: Org Unit Path or Employee Type may be mapped to them",
        ),
    ),
)

# Microsoft Entra ID

_BRACKETED = re.compile(r"\[\s*([A-Za-z]+)\s*\]")


def _entra_name(name: str) -> str:
    # The text before the bracket is translated, and changes.
    found = _BRACKETED.search(name)
    return found[1].casefold() if found else ""


# Block sign in (Yes/No) is required, as the column of Microsoft 365 is always filled.
_SIGN_IN_BLOCKED: Final[Words] = {word: state for word, state in BLOCKED.items() if word}


def _prepare_template(record: Record) -> Record:
    cells = (str(record.get(name) or "") for name in ("displayname", "userprincipalname", "inviteeemail"))
    if any(cell.strip().casefold().startswith("example:") for cell in cells):
        raise NotAUser("example row")
    return _prepare_entra(record)


def _prepare_entra(record: Record) -> Record:
    return {**record, "address": _address_of(record.get("userprincipalname"))}


def _address_of(name: object) -> object:
    # `a_example.com#EXT#@tenant.onmicrosoft.com` is the name of a guest, and no address.
    return "" if "#ext#" in str(name or "").casefold() else name


ENTRA: Final = Preset(
    name="entra",
    title="Microsoft Entra ID",
    layouts=(
        Layout(
            title="Entra bulk create",
            names={"userprincipalname", "displayname"},  # in brackets; people remove the column of passwords
            columns={
                "username": "userprincipalname",
                "email": "address",
                "phone": ("telephonenumber", "mobile"),
                "name": "displayname",
                "given_name": "givenname",
                "family_name": "surname",
            },
            # The column's name in brackets is accountEnabled, but it asks "Block sign in (Yes/No)".
            states={"accountenabled": _SIGN_IN_BLOCKED},
            prepare=_prepare_template,
            normalize=_entra_name,
            partial="a file for bulk creation has only new users",
        ),
        Layout(
            title="Entra bulk invite",
            names={"inviteeemail", "inviteredirecturl"},
            columns={"email": "inviteeemail"},
            prepare=_prepare_template,
            normalize=_entra_name,
            partial="a file for bulk invitation has only new guests",
            note="the file has addresses only, for invitations",
        ),
        Layout(
            title="Entra download",
            names={"userprincipalname", "usertype", "accountenabled"},
            columns={
                "external_id": ("id", "objectid"),
                "username": "userprincipalname",
                "email": ("mail", "address"),
                "phone": ("telephonenumber", "mobilephone", "mobile"),
                "name": "displayname",
                "given_name": "givenname",
                "family_name": "surname",
            },
            states={"accountenabled": ENABLED},
            prepare=_prepare_entra,
            partial=_FILTERED,
        ),
        Layout(
            title="Microsoft 365 users",
            names={"user principal name", "block credential"},
            columns={
                "external_id": "object id",
                "username": "user principal name",
                "email": "address",
                "phone": ("phone number", "mobile phone"),
                "name": "display name",
                "given_name": "first name",
                "family_name": "last name",
            },
            states={"block credential": _SIGN_IN_BLOCKED},
            prepare=lambda record: {**record, "address": _address_of(record.get("user principal name"))},
            partial=_FILTERED,
        ),
    ),
)

# Okta

_OKTA_STATES: Final[Words] = {
    **dict.fromkeys(("active", "recovery", "password_expired", "locked_out", "staged", "provisioned"), "active"),
    "suspended": "suspended",
    "deprovisioned": "gone",
}

OKTA: Final = Preset(
    name="okta",
    title="Okta",
    layouts=(
        Layout(
            title="Okta import",
            names={"login", "firstname", "lastname", "email"},
            columns={
                "external_id": "employeenumber",
                "username": "login",
                "email": "email",
                "phone": ("primaryphone", "mobilephone"),
                "name": "displayname",
                "given_name": "firstname",
                "family_name": "lastname",
            },
            # The template has no status. Tools that list users as CSV add it.
            states={"status": {**_OKTA_STATES, **EMPTY}},
            partial=_FILTERED,
            note="external_id is the employeeNumber",
        ),
        Layout(
            title="Okta users",
            names={"id", "status", "profile.login"},
            list_at="",
            columns={
                "external_id": "id",
                "username": "profile.login",
                "email": "profile.email",
                "phone": ("profile.primaryPhone", "profile.mobilePhone"),
                "name": "profile.displayName",
                "given_name": "profile.firstName",
                "family_name": "profile.lastName",
            },
            states={"status": _OKTA_STATES},
            partial=f"{_PAGE}, and leaves out the deprovisioned",
            note="external_id is Okta's id, and not profile.employeeNumber",
        ),
    ),
)

# WorkOS


def _prepare_workos(record: Record) -> Record:
    roles = [role.get("slug") for role in records_in(record.get("roles"))] or [look_up(record, "role.slug")]
    slugs = [role for role in roles if role]
    return {**record, "slugs": slugs if slugs or record.get("roles") == [] else None}


def _is_last_page(envelope: Record, count: int) -> bool:
    pages = envelope.get("list_metadata")
    return count > 0 and isinstance(pages, dict) and not any(cast("Record", pages).values())


WORKOS: Final = Preset(
    name="workos",
    title="WorkOS directory",
    layouts=(
        Layout(
            title="WorkOS directory users",
            names={"idp_id", "directory_id", "state"},
            list_at="data",
            columns={
                "external_id": "idp_id",
                "username": "username",
                "email": "email",
                "name": "name",
                "given_name": "first_name",
                "family_name": "last_name",
                "roles": "slugs",
            },
            states={"state": {"active": "active", "inactive": "suspended", "suspended": "suspended"}},
            prepare=_prepare_workos,
            partial=_PAGE,
            proves_whole=_is_last_page,
        ),
    ),
)

# Keycloak

# What is beside the users of a whole realm. A file of `kc export` has 50 users, and a partial import some of them.
_REALM_PARTS: Final = frozenset({"clients", "roles", "components", "authenticationFlows"})

_KEYCLOAK_DEFAULTS: Final = {"offline_access", "uma_authorization"}


def _prepare_keycloak(record: Record) -> Record:
    if record.get("serviceAccountClientId") or str(record.get("username")).startswith("service-account-"):
        raise NotAUser("service account")
    names = record.get("realmRoles")
    roles = [str(name) for name in cast("list[object]", names)] if isinstance(names, list) else []
    assigned = [name for name in roles if name not in _KEYCLOAK_DEFAULTS and not name.startswith("default-roles-")]
    return {**record, "realmRoles": assigned if isinstance(names, list) else None}


def _is_whole_realm(envelope: Record, count: int) -> bool:
    return count > 0 and not _REALM_PARTS.isdisjoint(envelope) and "ifResourceExists" not in envelope


KEYCLOAK: Final = Preset(
    name="keycloak",
    title="Keycloak",
    layouts=(
        Layout(
            title="Keycloak realm",
            names={"username", "enabled"},
            mark=re.compile(r"^(?:firstName|realmRoles|clientRoles|emailVerified|credentials|createdTimestamp)$"),
            list_at="users",
            columns={
                "external_id": "id",
                "username": "username",
                "email": "email",
                "phone": ("attributes.phoneNumber", "attributes.phone"),
                "given_name": "firstName",
                "family_name": "lastName",
                "roles": "realmRoles",
            },
            states={"enabled": ENABLED},
            prepare=_prepare_keycloak,
            partial="a partial import, and one of the files that kc export writes, have only some of the users",
            proves_whole=_is_whole_realm,
            note="external_id is Keycloak's id; roles are the realm roles",
        ),
    ),
    # An export to a folder has the realm in one file, and its users in others.
    may_lack_users=re.compile(r".*-realm\.json"),
)

DIRECTORIES: Final = (GOOGLE, ENTRA, OKTA, WORKOS, KEYCLOAK)
