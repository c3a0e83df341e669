"""Exports of school systems: School Data Sync, Clever, Canvas and Moodle.

Source: learn.microsoft.com/schooldatasync (sds-v1-csv-file-format, sds-v2.1-csv-file-format, default-list-of-values);
Clever's SFTP specification 2.1.1; Canvas, "SIS import format"; Moodle, tool_uploaduser and lib/csvlib.class.php.
"""

from __future__ import annotations

import re
from typing import Final

from orgsdk.bulk.roster.presets.preset import BLOCKED, Layout, NotAUser, Preset, Record, RoleFile, Words


def _split_username(record: Record) -> Record:
    # SDS's Username is an address, its local part, or empty.
    username = str(record.get("username") or "").strip()
    return {**record, "email": record.get("email") or username} if "@" in username else record


def _sds_v1(title: str, key: str, school: str) -> Layout:
    return Layout(
        title=title,
        names={key, school},
        absent={"section name", "section sis id"},
        columns={
            "external_id": key,
            "username": "username",
            "email": "email",
            "given_name": "first name",
            "family_name": "last name",
        },
        role_of_file={"student": "student", "teacher": "teacher"},
        org=school,
        prepare=_split_username,
        rows_are_memberships=True,
    )


# Source: learn.microsoft.com/schooldatasync/default-list-of-values, "Roles". They are compared without case.
_SDS_ROLES: Final = (
    *("principal", "chair", "professor", "researcher", "adjunct", "affiliate", "occupationalTherapist"),
    *("physicalTherapist", "speechTherapist", "visionTherapist", "paraprofessional", "specialServices", "advisor"),
    *("proctor", "nurse", "officeStaff", "lecturer", "itAdmin", "administrator", "teacher", "faculty", "staff"),
    *("teacherAssistant", "assistant", "instructor", "substitute", "coach", "alumni", "student", "other"),
)

SDS: Final = Preset(
    name="sds",
    title="Microsoft School Data Sync",
    layouts=(
        _sds_v1("School Data Sync v1", "sis id", "school sis id"),
        _sds_v1("School Data Sync v1 (UK)", "id", "school dfe number"),
        Layout(
            title="School Data Sync v2.0, users",
            names={"sourcedid", "orgsourcedids", "username", "role"},
            absent={"status", "enableduser"},
            columns={
                "external_id": "sourcedid",
                "username": "username",
                "email": "email",
                "given_name": "givenname",
                "family_name": "familyname",
                "roles": "role",
            },
            separators=",;|",
            org="orgsourcedids",
            prepare=_split_username,
            rows_are_memberships=True,
        ),
        Layout(
            title="School Data Sync v2.1, users",
            names={"sourcedid", "username", "activedirectorymatchid"},
            absent={"status", "enableduser", "role"},
            columns={
                "external_id": "sourcedid",
                "username": "username",
                "email": "email",
                "given_name": "givenname",
                "family_name": "familyname",
            },
            prepare=_split_username,
        ),
    ),
    other_files={
        *("school.csv", "section.csv", "studentenrollment.csv", "teacherroster.csv", "orgs.csv", "roles.csv"),
        *("classes.csv", "enrollments.csv", "academicsessions.csv", "courses.csv", "demographics.csv"),
        *("user.csv", "guardianrelationship.csv", "relationships.csv", "userflags.csv"),
    },
    roles=RoleFile(
        name="roles.csv",
        user="userSourcedId",
        role="role",
        org="orgSourcedId",
        begin="roleStartDate",
        end="roleEndDate",
        words={role.casefold(): role for role in _SDS_ROLES},
    ),
    parents=("orgs.csv", "sourcedId", "parentSourcedId"),
)


def _clever(title: str, key: str, role: str, roles: str | None = None) -> Layout:
    columns = {
        "external_id": f"{key}_id",
        "username": "username",
        "email": f"{key}_email",
        "given_name": "first_name",
        "family_name": "last_name",
    }
    return Layout(
        title=f"Clever, {title}",
        names={"school_id", f"{key}_id"},
        columns=columns if roles is None else {**columns, "roles": roles},
        role=role,
        org="school_id",
        rows_are_memberships=True,
    )


CLEVER: Final = Preset(
    name="clever",
    title="Clever",
    layouts=(
        _clever("students", "student", "student"),
        _clever("teachers", "teacher", "teacher"),
        _clever("staff", "staff", "staff", roles="role"),
    ),
    other_files={"schools.csv", "sections.csv", "enrollments.csv", "admins.csv"},
)

_CANVAS_STATES: Final[Words] = {"active": "active", "suspended": "suspended", "deleted": "gone", "": "active"}


def _prepare_canvas(record: Record) -> Record:
    # `<delete>` clears the type of a user.
    cleared = str(record.get("declared_user_type") or "").strip() == "<delete>"
    return {**record, "declared_user_type": ""} if cleared else record


CANVAS: Final = Preset(
    name="canvas",
    title="Canvas",
    layouts=(
        Layout(
            title="Canvas users",
            names={"user_id", "login_id", "status"},
            columns={
                "external_id": "user_id",
                "username": "login_id",
                "email": "email",
                "name": ("short_name", "full_name"),
                "given_name": "first_name",
                "family_name": "last_name",
                "roles": "declared_user_type",
            },
            states={"status": _CANVAS_STATES},
            prepare=_prepare_canvas,
        ),
    ),
    other_files={
        *("accounts.csv", "admins.csv", "change_sis_id.csv", "courses.csv", "enrollments.csv", "group_categories.csv"),
        *(
            "groups.csv",
            "group_membership.csv",
            "group_memberships.csv",
            "logins.csv",
            "sections.csv",
            "terms.csv",
            "user_observers.csv",
        ),
        "xlists.csv",
    },
)

_MOODLE_ESCAPES: Final = {"&#44": ",", "&#59": ";", "&#58": ":", "&#9": "\t"}


def _prepare_moodle(record: Record) -> Record:
    if str(record.get("username") or "").strip().casefold() == "guest":
        raise NotAUser("guest account")
    row = {name: _unescape_moodle(value) for name, value in record.items()}
    roles = [
        str(value).strip()
        for name, value in row.items()
        if name.startswith("sysrole") and value and not str(value).strip().startswith("-")
    ]
    # A row with an old username renames the user, who has that one until then.
    username = row.get("oldusername") or row.get("username")
    # An upload changes nothing by an empty cell.
    return {**row, "username": username, "sysrole": ";".join(roles) or None}


def _unescape_moodle(value: object) -> object:
    if isinstance(value, str) and "&#" in value:
        for code, character in _MOODLE_ESCAPES.items():
            value = value.replace(f"{code};", character).replace(code, character)
    return value


_MOODLE_NAMES = re.compile(
    r"(?:id|username|password|email|firstname|lastname|middlename|alternatename|firstnamephonetic|lastnamephonetic"
    r"|idnumber|auth|oldusername|deleted|suspended|mnethostid|institution|department|phone1|phone2|address|city"
    r"|country|lang|timezone|url|description|descriptionformat|theme|interests|maildisplay|mailformat|maildigest"
    r"|htmleditor|autosubscribe|emailstop|trackforums|calendartype|profile_field_.+"
    r"|(?:course|role|group|type|cohort|sysrole|enrolperiod|enrolstatus|enroltimestart|category|categoryrole)\d*)"
)

MOODLE: Final = Preset(
    name="moodle",
    title="Moodle",
    layouts=(
        Layout(
            title="Moodle users",
            names={"username", "firstname", "lastname", "email"},
            only=_MOODLE_NAMES,
            columns={
                "external_id": "idnumber",
                "username": "username",
                "email": "email",
                "phone": ("phone1", "phone2"),
                "given_name": "firstname",
                "family_name": "lastname",
                "roles": "sysrole",
            },
            note="username is the oldusername where a row has one",
            states={"suspended": BLOCKED, "deleted": {"1": "gone", "0": "active", "": "active"}},
            prepare=_prepare_moodle,
        ),
    ),
)

SCHOOLS: Final = (SDS, CLEVER, CANVAS, MOODLE)
