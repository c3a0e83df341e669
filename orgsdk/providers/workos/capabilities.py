"""What WorkOS can do for the common domain, and what to do instead of what it cannot (facts/workos.md, section 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Capability
from orgsdk.errors import Advice
from orgsdk.providers.http import usual_advice

if TYPE_CHECKING:
    from collections.abc import Mapping

ONE_ROLE_ADVICE = Advice(
    "A member has one role here: pass one to set_roles. For several, use native.update_organization_membership.",
    command="A member has one role here: pass one to orgsdk users set-roles.",
)
_USUAL = (
    Capability.DEFAULT_ORGANIZATION,
    Capability.ORGANIZATIONS_DESCRIPTION,
    Capability.USERS_QUERY,
    Capability.USERS_COUNT,
    Capability.USERS_USERNAME,
    Capability.USERS_USERNAME_CASE,
    Capability.USERS_PHONE,
    Capability.ACCOUNTS_COUNT,
    Capability.INVITATIONS_UNSENT,
    Capability.INVITATIONS_REMOVE,
    Capability.TOTAL,
)

ADVICE: Mapping[Capability, str] = usual_advice("WorkOS", *_USUAL) | {
    Capability.USERS_SEVERAL_ROLES: ONE_ROLE_ADVICE,
    Capability.USERS_NAME: Advice(
        "Pass given_name= and family_name=. The display name is a parameter of native.create_user.",
        command="Pass --given-name and --family-name.",
    ),
    Capability.USERS_LOCALE: "WorkOS accepts a locale only when a user is updated.",
    Capability.ACCOUNTS_SUSPEND: Advice(
        "WorkOS suspends memberships: use client.organization('id').users.suspend(id).",
        command="WorkOS suspends memberships: use orgsdk users suspend ID.",
    ),
    Capability.INVITATIONS_EXPIRY: "WorkOS counts whole days: use native.send_invitation(expires_in_days=…).",
    Capability.ROLES_REMOVE: (
        "Delete a role of the environment in WorkOS' dashboard, and one of an organization by "
        "native.delete_organization_role."
    ),
}
CAPABILITIES = frozenset(Capability).difference(ADVICE)
