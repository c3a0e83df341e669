"""What Flat can do for the common domain, what to do instead of what it cannot, and which scopes it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Capability
from orgsdk.errors import Advice
from orgsdk.providers.http.advice import usual_advice

if TYPE_CHECKING:
    from collections.abc import Mapping

CAPABILITIES = frozenset(
    {
        Capability.ORGANIZATIONS_LIST,
        Capability.ORGANIZATIONS_GET,
        Capability.USERS_LIST,
        Capability.USERS_QUERY,
        Capability.USERS_ROLE,
        Capability.USERS_GET,
        Capability.USERS_FIND,
        Capability.USERS_COUNT,
        Capability.USERS_CREATE,
        Capability.USERS_USERNAME,
        Capability.USERS_PASSWORD,
        Capability.USERS_NAMES,
        Capability.USERS_LOCALE,
        Capability.USERS_UPDATE,
        Capability.USERS_REMOVE,
        Capability.USERS_LIST_ROLES,
        Capability.USERS_SET_ROLES,
        Capability.USERS_ADD_ROLES,
        Capability.USERS_REMOVE_ROLES,
        Capability.INVITATIONS_LIST,
        Capability.INVITATIONS_GET,
        Capability.INVITATIONS_CREATE,
        Capability.INVITATIONS_REVOKE,
        Capability.INVITATIONS_REMOVE,
        Capability.ROLES_LIST,
        Capability.ROLES_QUERY,
        Capability.ROLES_GET,
        Capability.DEFAULT_ORGANIZATION,
    }
)

ONE_ROLE_ADVICE = Advice(
    "A member has exactly one role: pass one to set_roles, which replaces the current one.",
    command="A member has exactly one role: pass one to orgsdk users set-roles, which replaces the current one.",
)

_OWN_ORGANIZATION = (
    "Create, rename or delete an organization on Flat's website; a token reaches only its own organization."
)
_FIXED_ROLES = "Flat's roles are fixed: user, teacher, admin and accountAdmin."
_OWN_MEMBERS = Advice(
    "A token reaches only the members of its own organization: use client.organization().users.",
    command="A token reaches only the members of its own organization: use orgsdk users.",
)

_USUAL = (Capability.ORGANIZATIONS_DESCRIPTION, Capability.USERS_PHONE, Capability.INVITATIONS_UNSENT)

ADVICE: Mapping[Capability, str] = usual_advice("Flat", *_USUAL) | {
    Capability.ORGANIZATIONS_QUERY: "A token reaches only its own organization: list without a query.",
    Capability.ORGANIZATIONS_CREATE: _OWN_ORGANIZATION,
    Capability.ORGANIZATIONS_UPDATE: _OWN_ORGANIZATION,
    Capability.ORGANIZATIONS_REMOVE: _OWN_ORGANIZATION,
    Capability.USERS_ADD: Advice(
        "An existing account joins by an invitation: use invitations.create(email).",
        command="An existing account joins by an invitation: use orgsdk invitations create EMAIL.",
    ),
    Capability.USERS_SUSPEND: Advice(
        'Remove the member and keep the account: use users.remove(id, account="keep").',
        command="Remove the member and keep the account: use orgsdk users remove ID --account keep.",
    ),
    Capability.USERS_SEVERAL_ROLES: ONE_ROLE_ADVICE,
    Capability.USERS_USERNAME_CASE: "Flat does not state whether it distinguishes them: give each user another name.",
    Capability.USERS_NAME: Advice(
        "Flat builds the display name from two fields: pass given_name= and family_name=.",
        command="Flat builds the display name from two fields: pass --given-name and --family-name.",
    ),
    Capability.USERS_EXTERNAL_ID: "Flat stores no ids of other systems: find users by username or email.",
    Capability.USERS_UPDATE_LOCALE: "Flat accepts a locale only when a user is created, and does not return it.",
    Capability.ACCOUNTS_LIST: _OWN_MEMBERS,
    Capability.ACCOUNTS_GET: _OWN_MEMBERS,
    Capability.ACCOUNTS_FIND: _OWN_MEMBERS,
    Capability.ACCOUNTS_COUNT: _OWN_MEMBERS,
    Capability.ACCOUNTS_CREATE: _OWN_MEMBERS,
    Capability.ACCOUNTS_UPDATE: _OWN_MEMBERS,
    Capability.ACCOUNTS_REMOVE: _OWN_MEMBERS,
    Capability.ACCOUNTS_SUSPEND: _OWN_MEMBERS,
    Capability.ACCOUNTS_LIST_ORGANIZATIONS: "An account belongs to one organization at Flat, the token's own.",
    Capability.INVITATIONS_EXPIRY: Advice(
        "Flat's invitations do not expire: end one with invitations.revoke(id).",
        command="Flat's invitations do not expire: end one with orgsdk invitations revoke ID.",
    ),
    Capability.INVITATIONS_INVITER: Advice(
        "The inviter is always the token's account: leave inviter_id out.",
        command="The inviter is always the token's account: leave --inviter out.",
    ),
    Capability.INVITATIONS_RESEND: "Revoke the invitation and create a new one.",
    Capability.INVITATIONS_ACCEPT: "The invited user accepts with the link in the mail (the invitation's url).",
    Capability.ROLES_CREATE: _FIXED_ROLES,
    Capability.ROLES_UPDATE: _FIXED_ROLES,
    Capability.ROLES_REMOVE: _FIXED_ROLES,
    Capability.ROLES_DESCRIPTION: _FIXED_ROLES,
    Capability.TOTAL: Advice(
        "Use users.count() for the number of users.",
        command="Use orgsdk users count for the number of users.",
    ),
}

_USER_SCOPES = "the scope edu.admin.users.readonly, edu.admin.users or edu.admin"

# Only for the lists: `orgsdk doctor` checks nothing else.
PERMISSIONS: Mapping[Capability, str] = {
    Capability.ORGANIZATIONS_LIST: "the scopes account.public_profile and account.education_profile",
    Capability.USERS_LIST: _USER_SCOPES,
    Capability.INVITATIONS_LIST: _USER_SCOPES,
}
