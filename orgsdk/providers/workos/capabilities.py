"""What WorkOS can do for the common domain, and what to do instead of what it cannot (facts/workos.md, section 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Capability
from orgsdk.errors import Advice

if TYPE_CHECKING:
    from collections.abc import Mapping

ONE_ROLE_ADVICE = Advice(
    "A member has one role here: pass one to set_roles. For several, use native.update_organization_membership.",
    command="A member has one role here: pass one to orgsdk users set-roles.",
)
_NO_SEARCH = Advice(
    "WorkOS has no search for users: use find(email=…).",
    command="WorkOS has no search for users: use orgsdk users find --email.",
)
_NO_TOTAL = "WorkOS reports no totals: count the items of the list."

ADVICE: Mapping[Capability, str] = {
    Capability.ORGANIZATIONS_DESCRIPTION: "WorkOS' organizations have no description: leave it out.",
    Capability.USERS_QUERY: _NO_SEARCH,
    Capability.USERS_COUNT: _NO_TOTAL,
    Capability.USERS_SEVERAL_ROLES: ONE_ROLE_ADVICE,
    Capability.USERS_USERNAME: "WorkOS has no usernames: an e-mail address identifies a user.",
    Capability.USERS_USERNAME_CASE: "WorkOS has no usernames: an e-mail address identifies a user.",
    Capability.USERS_NAME: Advice(
        "Pass given_name= and family_name=. The display name is a parameter of native.create_user.",
        command="Pass --given-name and --family-name.",
    ),
    Capability.USERS_PHONE: "WorkOS stores no phone numbers: leave phone out.",
    Capability.USERS_LOCALE: "WorkOS accepts a locale only when a user is updated.",
    Capability.ACCOUNTS_COUNT: _NO_TOTAL,
    Capability.ACCOUNTS_SUSPEND: Advice(
        "WorkOS suspends memberships: use client.organization('id').users.suspend(id).",
        command="WorkOS suspends memberships: use orgsdk users suspend ID.",
    ),
    Capability.INVITATIONS_EXPIRY: "WorkOS counts whole days: use native.send_invitation(expires_in_days=…).",
    Capability.INVITATIONS_UNSENT: Advice(
        "WorkOS always sends invitations by mail: leave send out.",
        command="WorkOS always sends invitations by mail: leave --no-send out.",
    ),
    Capability.INVITATIONS_REMOVE: Advice(
        "WorkOS keeps invitations: end one with invitations.revoke(id).",
        command="WorkOS keeps invitations: end one with orgsdk invitations revoke ID.",
    ),
    Capability.ROLES_REMOVE: (
        "Delete a role of the environment in WorkOS' dashboard, and one of an organization by "
        "native.delete_organization_role."
    ),
    Capability.DEFAULT_ORGANIZATION: (
        "Name one: client.organization('id'), OrgClient(…, organization='id') or ORGSDK_ORGANIZATION."
    ),
    Capability.TOTAL: _NO_TOTAL,
}
CAPABILITIES = frozenset(Capability).difference(ADVICE)
