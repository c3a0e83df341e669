"""What SCIM has for the common domain, and what to do instead of what it, or a server, lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Capability
from orgsdk.errors import Advice
from orgsdk.providers.http import directory_advice, usual_advice

if TYPE_CHECKING:
    from collections.abc import Mapping

# The attribute of a user that a capability needs.
ATTRIBUTES: Mapping[Capability, str] = {
    Capability.USERS_SUSPEND: "active",
    Capability.USERS_PASSWORD: "password",
    Capability.USERS_NAME: "displayname",
    Capability.USERS_NAMES: "name",
    Capability.USERS_PHONE: "phonenumbers",
    Capability.USERS_LOCALE: "locale",
    Capability.USERS_UPDATE_LOCALE: "locale",
}
# What needs groups.
OF_GROUPS = frozenset(each for each in Capability if "role" in each.value) - {Capability.ROLES_DESCRIPTION}
# No server has these. The others are what some servers lack.
_UNKNOWN_TO_SCIM: Mapping[Capability, str] = directory_advice("A SCIM service") | {
    Capability.USERS_USERNAME_CASE: "Usernames of SCIM that differ only in case are equal: choose another one.",
    Capability.ROLES_DESCRIPTION: "Groups of SCIM have no description: leave it out.",
}
ADVICE: Mapping[Capability, str] = {
    **usual_advice("The server", Capability.TOTAL),
    **dict.fromkeys(OF_GROUPS, "The server has no groups with members."),
    **dict.fromkeys(ATTRIBUTES, "The server's users have no such attribute: leave it out."),
    Capability.USERS_SUSPEND: Advice(
        "The server's users have no attribute active: remove the user.", command="Use orgsdk users remove."
    ),
    **_UNKNOWN_TO_SCIM,
}
CAPABILITIES = frozenset(Capability).difference(_UNKNOWN_TO_SCIM)
