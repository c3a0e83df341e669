"""Lists of members: Slack and GitHub.

Source: docs.github.com, "Exporting member information"; the download of Slack's member list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from orgsdk.bulk.roster.presets.preset import Layout, NotAUser, Preset, Record, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

_SLACK_STATES: Final[Words] = {
    **dict.fromkeys(("member", "admin", "owner", "primary owner", "invited"), "active"),
    **dict.fromkeys(("single-channel guest", "multi-channel guest", "guest"), "active"),
    "deactivated": "gone",
}


def _prepare_slack(record: Record) -> Record:
    status = str(record.get("status") or "").strip()
    if status.casefold() == "bot":
        raise NotAUser("bot")
    # The status is the role, too.
    return {**record, "role": None if status.casefold() == "deactivated" else status}


SLACK: Final = Preset(
    name="slack",
    title="Slack",
    layouts=(
        Layout(
            title="Slack members",
            names={"username", "email", "status", "userid", "fullname"},
            columns={
                "external_id": "userid",
                "username": "username",
                "email": "email",
                "name": "fullname",
                "roles": "role",
            },
            states={"status": _SLACK_STATES},
            prepare=_prepare_slack,
            note="external_id is Slack's userid; roles are the words of status",
        ),
    ),
)


def _prepare_github(record: Record) -> Record:
    # Without SAML, GitHub gives no address.
    saml = str(record.get("saml_name_id") or "")
    return {**record, "email": saml if "@" in saml else None}


def _prepare_enterprise(record: Record) -> Record:
    # Several addresses are in no order, so that none is the first.
    addresses = str(record.get("github com verified domain emails") or "").split(",")
    saml = str(record.get("github com saml name") or "")
    return {**record, "email": saml if "@" in saml else addresses[0] if len(addresses) == 1 else None}


def _roles_of_enterprise(record: Record) -> Iterator[tuple[str, str]]:
    for entry in str(record.get("github com member roles") or "").split(","):
        organization, _, role = entry.rpartition(":")
        if role.strip():
            yield organization.strip(), role.strip()


GITHUB: Final = Preset(
    name="github",
    title="GitHub",
    layouts=(
        Layout(
            title="GitHub members",
            names={"login", "id", "role", "tfa_enabled"},
            columns={"external_id": "id", "username": "login", "email": "email", "name": "name", "roles": "role"},
            prepare=_prepare_github,
            note="external_id is GitHub's id; the email is that of SAML, if it is an address",
        ),
        Layout(
            title="GitHub members",
            names={"login", "id", "role", "tfa_enabled"},
            list_at="",
            columns={"external_id": "id", "username": "login", "email": "email", "name": "name", "roles": "role"},
            prepare=_prepare_github,
            note="external_id is GitHub's id; the email is that of SAML, if it is an address",
        ),
        Layout(
            title="GitHub Enterprise members",
            names={"github com login", "github com member roles"},
            columns={
                "username": "github com login",
                "email": "email",
                "name": "github com name",
                "roles": "roles",
            },
            prepare=_prepare_enterprise,
            roles_by_org=_roles_of_enterprise,
        ),
    ),
)

MEMBERS: Final = (SLACK, GITHUB)
