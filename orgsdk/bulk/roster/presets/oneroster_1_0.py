"""OneRoster 1.0: two files without a manifest. Versions 1.1 and 1.2 have a reader of their own.

Source: headers of public exports of version 1.0: users.csv has a status, and no enabledUser.
"""

from __future__ import annotations

from typing import Final

from orgsdk.bulk.roster.presets.preset import Layout, Preset

ONEROSTER: Final = Preset(
    name="oneroster",
    title="OneRoster",
    layouts=(
        Layout(
            title="OneRoster 1.0 users",
            names={"sourcedid", "status", "role", "username"},
            absent={"enableduser"},
            columns={
                "external_id": "sourcedid",
                "username": "username",
                "email": "email",
                "given_name": "givenname",
                "family_name": "familyname",
                "roles": "role",
            },
            states={"status": {"": "active", "active": "active", "inactive": "suspended", "tobedeleted": "gone"}},
            separators=",;|",
            org="orgsourcedids",
            partial="version 1.0 does not state whether the export has all users",
        ),
    ),
    other_files={
        *("orgs.csv", "courses.csv", "classes.csv", "enrollments.csv", "academicsessions.csv", "demographics.csv"),
    },
    parents=("orgs.csv", "sourcedId", "parentSourcedId"),
)
