"""The same users as files of several systems: what a system exports, and our own CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orgsdk.bulk import UserSpec


@dataclass(frozen=True, slots=True)
class Export:
    """The texts of files by their names, and the columns that `read_roster` needs for them."""

    files: dict[str, str]
    columns: Mapping[str, str] | None = None


Writer = Callable[[Sequence[UserSpec]], Export]


def _texts(row: UserSpec, **names: str) -> dict[str, str | None]:
    return {name: getattr(row, field_name) for name, field_name in names.items()}


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return text.getvalue()


def _role(row: UserSpec) -> str:
    return next(iter(row.roles or ()), "")


# Our own formats


def _csv(rows: Sequence[UserSpec]) -> Export:
    names = ("external_id", "username", "email", "given_name", "family_name")
    cells = [[*(getattr(row, name) for name in names), ";".join(row.roles or ()), row.state] for row in rows]
    return Export({"roster.csv": _table((*names, "roles", "state"), cells)})


def _own_json(rows: Sequence[UserSpec]) -> Export:
    names = {name: name for name in ("external_id", "username", "email", "given_name", "family_name", "state")}
    return Export({"roster.json": json.dumps([{**_texts(row, **names), "roles": row.roles} for row in rows])})


# Systems of schools


_ONEROSTER_OTHERS = {
    "manifest.csv": "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n"
    "file.orgs,bulk\nfile.users,bulk\n",
    "orgs.csv": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\ns1,,,School,school,,\n",
}
_ONEROSTER = (
    *("sourcedId", "status", "dateLastModified", "enabledUser", "orgSourcedIds", "role", "username", "userIds"),
    *("givenName", "familyName", "middleName", "identifier", "email", "sms", "phone", "agentSourcedIds", "grades"),
    "password",
)


def _oneroster(rows: Sequence[UserSpec]) -> Export:
    roles = {"admin": "administrator"}
    cells = [
        (
            *(row.external_id, "tobedeleted" if row.state == "gone" else "", "", str(row.state != "suspended").lower()),
            *("s1", roles.get(_role(row), _role(row)), row.username, "", row.given_name, row.family_name, "", ""),
            *(row.email, "", "", "", "", ""),
        )
        for row in rows
    ]
    return Export({**_ONEROSTER_OTHERS, "users.csv": _table(_ONEROSTER, cells)})


def _sds(rows: Sequence[UserSpec]) -> Export:
    header = ("sourcedId", "orgSourcedIds", "givenName", "familyName", "username", "email", "role", "grade")
    cells = [
        (row.external_id, "s1", row.given_name, row.family_name, row.username, row.email, _role(row), "")
        for row in rows
    ]
    return Export({"users.csv": _table(header, cells)})


def _clever(rows: Sequence[UserSpec]) -> Export:
    files: dict[str, str] = {}
    for name, kind, roles in (
        ("students.csv", "Student", {"student"}),
        ("teachers.csv", "Teacher", {"teacher"}),
        ("staff.csv", "Staff", None),
    ):
        found = [row for row in rows if (_role(row) in roles if roles else _role(row) not in {"student", "teacher"})]
        header = ("School_id", f"{kind}_id", "First_name", "Last_name", f"{kind}_email", "Username")
        cells = [("s1", row.external_id, row.given_name, row.family_name, row.email, row.username) for row in found]
        if roles:
            files[name] = _table(header, cells)
        else:
            with_role = [(*cell, _role(row)) for cell, row in zip(cells, found, strict=True)]
            files[name] = _table((*header, "Role"), with_role)
    return Export(files)


def _canvas(rows: Sequence[UserSpec]) -> Export:
    words = {"active": "active", "suspended": "suspended", "gone": "deleted"}
    header = ("user_id", "login_id", "first_name", "last_name", "email", "declared_user_type", "status")
    cells = [
        (row.external_id, row.username, row.given_name, row.family_name, row.email, _role(row), words[row.state])
        for row in rows
    ]
    return Export({"users.csv": _table(header, cells)})


def _moodle(rows: Sequence[UserSpec]) -> Export:
    header = ("username", "firstname", "lastname", "email", "idnumber", "sysrole1", "suspended", "deleted")
    cells = [
        (
            *(row.username, row.given_name, row.family_name, row.email, row.external_id, _role(row)),
            *(int(row.state == "suspended"), int(row.state == "gone")),
        )
        for row in rows
    ]
    return Export({"users.csv": _table(header, cells)})


# Directories and sign-in services


def _google(rows: Sequence[UserSpec]) -> Export:
    header = ("First Name [Required]", "Last Name [Required]", "Email Address [Required]")
    words = {"active": "Active", "suspended": "Suspended", "gone": "Archived"}
    cells = [(row.given_name, row.family_name, row.email, words[row.state], row.external_id) for row in rows]
    return Export({"users.csv": _table((*header, "Status [READ ONLY]", "Employee ID"), cells)})


def _entra(rows: Sequence[UserSpec]) -> Export:
    header = ("userPrincipalName", "givenName", "surname", "mail", "id", "userType", "accountEnabled")
    cells = [
        (row.email, row.given_name, row.family_name, row.email, row.external_id, "Member", row.state == "active")
        for row in rows
    ]
    return Export({"users.csv": _table(header, cells)})


_OKTA_WORDS = {"active": "ACTIVE", "suspended": "SUSPENDED", "gone": "DEPROVISIONED"}


def _okta_import(rows: Sequence[UserSpec]) -> Export:
    header = ("login", "firstName", "lastName", "email", "employeeNumber", "status")
    cells = [
        (row.username, row.given_name, row.family_name, row.email, row.external_id, _OKTA_WORDS[row.state])
        for row in rows
    ]
    return Export({"users.csv": _table(header, cells)})


def _okta(rows: Sequence[UserSpec]) -> Export:
    users = [
        {
            "id": row.external_id,
            "status": _OKTA_WORDS[row.state],
            "profile": {
                **_texts(row, email="email", firstName="given_name", lastName="family_name"),
                "login": row.username,
                "groups": row.roles,
            },
        }
        for row in rows
    ]
    columns = {"roles": "profile.groups"} if any(row.roles for row in rows) else None
    return Export({"users.json": json.dumps(users)}, columns)


def _keycloak(rows: Sequence[UserSpec]) -> Export:
    names = {"id": "external_id", "username": "username", "email": "email"}
    users = [
        {
            **_texts(row, **names, firstName="given_name", lastName="family_name"),
            "enabled": row.state == "active",
            **({} if row.roles is None else {"realmRoles": [*row.roles, "offline_access"]}),
        }
        for row in rows
    ]
    return Export({"realm.json": json.dumps({"realm": "school", "users": users, "clients": []})})


def _scim(rows: Sequence[UserSpec]) -> Export:
    users = [
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            **_texts(row, externalId="external_id", userName="username"),
            "name": _texts(row, givenName="given_name", familyName="family_name"),
            "emails": [{"value": row.email, "primary": True}] if row.email else [],
            **({} if row.roles is None else {"roles": [{"value": role} for role in row.roles]}),
            "active": row.state == "active",
        }
        for row in rows
    ]
    return Export({"users.json": json.dumps({"totalResults": len(users), "Resources": users})})


def _workos(rows: Sequence[UserSpec]) -> Export:
    users = [
        {
            **_texts(row, idp_id="external_id", username="username", email="email"),
            **_texts(row, first_name="given_name", last_name="family_name"),
            "directory_id": "directory_1",
            "state": "active" if row.state == "active" else "inactive",
            **({} if row.roles is None else {"roles": [{"slug": role} for role in row.roles]}),
        }
        for row in rows
    ]
    return Export({"users.json": json.dumps({"data": users, "list_metadata": {"before": None, "after": None}})})


def _auth0(rows: Sequence[UserSpec]) -> Export:
    names = {"user_id": "external_id", "email": "email", "username": "username"}
    users: list[dict[str, Any]] = [
        {
            **_texts(row, **names, given_name="given_name", family_name="family_name"),
            "blocked": row.state != "active",
            "app_metadata": {} if row.roles is None else {"roles": row.roles},
        }
        for row in rows
    ]
    return Export({"users.ndjson": "".join(f"{json.dumps(user)}\n" for user in users)})


WRITERS: Mapping[str, Writer] = {
    "csv": _csv,
    "json": _own_json,
    "oneroster": _oneroster,
    "sds": _sds,
    "clever": _clever,
    "canvas": _canvas,
    "moodle": _moodle,
    "google": _google,
    "entra": _entra,
    "okta import": _okta_import,
    "okta": _okta,
    "keycloak": _keycloak,
    "scim": _scim,
    "workos": _workos,
    "auth0": _auth0,
}
"""What writes the files of each system. The preset is the first word of its name."""
