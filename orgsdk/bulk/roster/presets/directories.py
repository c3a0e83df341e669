"""Exports of directories: Google Workspace, Microsoft Entra ID and 365, Okta, WorkOS, Keycloak and SCIM.

Source: support.google.com/a/answer/40057; github.com/MicrosoftDocs/entra-docs (users-bulk-add, -download, -invite);
developer.okta.com/docs/api; github.com/workos/openapi-spec; github.com/keycloak/keycloak (representations/idm);
RFC 7643 and 7644.
"""

from __future__ import annotations

import re
from typing import Final, cast

from orgsdk.bulk.roster.cells import ValueProblem
from orgsdk.bulk.roster.json_rows import look_up
from orgsdk.bulk.roster.presets.preset import (
    BLOCKED,
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


def _prepare_google(record: Record) -> Record:
    if str(record.get("new primary email") or "").strip():
        raise ValueProblem(
            "the New Primary Email is set: the address is about to change. Export again after the change"
        )
    return record


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
                "phone": ("work phone", "mobile phone", "home phone"),
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


def _prepare_entra(record: Record) -> Record:
    first = next((str(value) for value in record.values() if value), "")
    if first.strip().casefold().startswith("example:"):
        raise NotAUser("example row")
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
            names={"userprincipalname", "displayname", "passwordprofile"},
            columns={
                "username": "userprincipalname",
                "email": "address",
                "phone": ("telephonenumber", "mobile"),
                "name": "displayname",
                "given_name": "givenname",
                "family_name": "surname",
            },
            # The column's name in brackets is accountEnabled, but it asks "Block sign in (Yes/No)".
            states={"accountenabled": BLOCKED},
            prepare=_prepare_entra,
            normalize=_entra_name,
            partial="a file for bulk creation has only new users",
        ),
        Layout(
            title="Entra bulk invite",
            names={"inviteeemail", "inviteredirecturl"},
            columns={"email": "inviteeemail"},
            prepare=_prepare_entra,
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
            states={"block credential": BLOCKED},
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
    return {**record, "slugs": [role for role in roles if role]}


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
    if record.get("serviceAccountClientId"):
        raise NotAUser("service account")
    names = record.get("realmRoles")
    roles = [str(name) for name in cast("list[object]", names)] if isinstance(names, list) else []
    assigned = [name for name in roles if name not in _KEYCLOAK_DEFAULTS and not name.startswith("default-roles-")]
    return {**record, "realmRoles": assigned}


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
)

# SCIM


def _prepare_scim(record: Record) -> Record:
    # Names of attributes are compared without case.
    folded = {name.casefold(): value for name, value in record.items()}
    name = {key.casefold(): value for key, value in _mapping(folded.get("name")).items()}
    return {
        **folded,
        "email": _chosen_value(folded.get("emails")),
        "phone": re.sub(r"^tel:", "", str(_chosen_value(folded.get("phonenumbers")) or ""), flags=re.IGNORECASE),
        "given": name.get("givenname"),
        "family": name.get("familyname"),
        "full": folded.get("displayname") or name.get("formatted"),
        "role": [role for role in map(_role_value, _list(folded.get("roles"))) if role],
    }


def _mapping(value: object) -> Record:
    return cast("Record", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _role_value(role: object) -> object:
    # Some servers send texts instead of objects.
    return role if isinstance(role, str) else _mapping(role).get("value")


def _chosen_value(values: object) -> object:
    """Return the primary value of a list, else that for work, else the only one."""
    items = records_in(values)
    for one in items:
        if one.get("primary") is True:
            return one.get("value")
    work = [one for one in items if str(one.get("type") or "").casefold() == "work"]
    chosen = work if len(work) == 1 else items
    return chosen[0].get("value") if len(chosen) == 1 else None


def _has_all(envelope: Record, count: int) -> bool:
    folded = {name.casefold(): value for name, value in envelope.items()}
    return folded.get("totalresults") == count and folded.get("startindex", 1) == 1


SCIM: Final = Preset(
    name="scim",
    title="SCIM ListResponse",
    layouts=(
        Layout(
            title="SCIM users",
            names={"username", "schemas"},
            list_at="Resources",
            columns={
                "external_id": "externalid",
                "username": "username",
                "email": "email",
                "phone": "phone",
                "name": "full",
                "given_name": "given",
                "family_name": "family",
                "roles": "role",
            },
            states={"active": {**ENABLED, "": "active"}},
            prepare=_prepare_scim,
            partial=_PAGE,
            proves_whole=_has_all,
        ),
    ),
)

DIRECTORIES: Final = (GOOGLE, ENTRA, OKTA, WORKOS, KEYCLOAK, SCIM)
