"""Every operation of WorkOS' document by its name: method and path, and the request that it makes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from orgsdk.providers.http import BodyCursor, Routes
from orgsdk.transport import IdAlphabet

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "workos"
MAX_PAGE_SIZE: Final = 100
IDS: Final = IdAlphabet("0-9A-Za-z_-", "letters, digits, - and _ at WorkOS")
PAGES: Final = BodyCursor(next=("list_metadata", "after"), parameter="after", size="limit")

_USERS = "/user_management/users"
_MEMBERSHIPS = "/user_management/organization_memberships"
_INVITATIONS = "/user_management/invitations"
_ROLES = "/authorization/roles"
_ORGANIZATION_ROLES = "/authorization/organizations/{organization_id}/roles"
_ASSIGNMENTS = "/authorization/organization_memberships/{organization_membership_id}/role_assignments"

# The names are those of WorkOS' own client for Python.
ROUTES: Final[Mapping[str, str]] = {
    "list_users": f"GET {_USERS}",
    "create_user": f"POST {_USERS}",
    "get_user": f"GET {_USERS}/{{user_id}}",
    "get_user_by_external_id": f"GET {_USERS}/external_id/{{external_id}}",
    "update_user": f"PUT {_USERS}/{{user_id}}",
    "delete_user": f"DELETE {_USERS}/{{user_id}}",
    "send_email_change": f"POST {_USERS}/{{user_id}}/email_change/send",
    "confirm_email_change": f"POST {_USERS}/{{user_id}}/email_change/confirm",
    "send_verification_email": f"POST {_USERS}/{{user_id}}/email_verification/send",
    "verify_email": f"POST {_USERS}/{{user_id}}/email_verification/confirm",
    "list_organization_memberships": f"GET {_MEMBERSHIPS}",
    "create_organization_membership": f"POST {_MEMBERSHIPS}",
    "get_organization_membership": f"GET {_MEMBERSHIPS}/{{organization_membership_id}}",
    "update_organization_membership": f"PUT {_MEMBERSHIPS}/{{organization_membership_id}}",
    "delete_organization_membership": f"DELETE {_MEMBERSHIPS}/{{organization_membership_id}}",
    "deactivate_organization_membership": f"PUT {_MEMBERSHIPS}/{{organization_membership_id}}/deactivate",
    "reactivate_organization_membership": f"PUT {_MEMBERSHIPS}/{{organization_membership_id}}/reactivate",
    "list_invitations": f"GET {_INVITATIONS}",
    "send_invitation": f"POST {_INVITATIONS}",
    "get_invitation": f"GET {_INVITATIONS}/{{invitation_id}}",
    "find_invitation_by_token": f"GET {_INVITATIONS}/by_token/{{token}}",
    "accept_invitation": f"POST {_INVITATIONS}/{{invitation_id}}/accept",
    "resend_invitation": f"POST {_INVITATIONS}/{{invitation_id}}/resend",
    "revoke_invitation": f"POST {_INVITATIONS}/{{invitation_id}}/revoke",
    "list_organizations": "GET /organizations",
    "create_organization": "POST /organizations",
    "get_organization": "GET /organizations/{organization_id}",
    "get_organization_by_external_id": "GET /organizations/external_id/{external_id}",
    "update_organization": "PUT /organizations/{organization_id}",
    "delete_organization": "DELETE /organizations/{organization_id}",
    "create_organization_domain": "POST /organization_domains",
    "get_organization_domain": "GET /organization_domains/{organization_domain_id}",
    "verify_organization_domain": "POST /organization_domains/{organization_domain_id}/verify",
    "delete_organization_domain": "DELETE /organization_domains/{organization_domain_id}",
    "list_environment_roles": f"GET {_ROLES}",
    "create_environment_role": f"POST {_ROLES}",
    "get_environment_role": f"GET {_ROLES}/{{slug}}",
    "update_environment_role": f"PATCH {_ROLES}/{{slug}}",
    "set_environment_role_permissions": f"PUT {_ROLES}/{{slug}}/permissions",
    "add_environment_role_permission": f"POST {_ROLES}/{{slug}}/permissions",
    "list_organization_roles": f"GET {_ORGANIZATION_ROLES}",
    "create_organization_role": f"POST {_ORGANIZATION_ROLES}",
    "get_organization_role": f"GET {_ORGANIZATION_ROLES}/{{slug}}",
    "update_organization_role": f"PATCH {_ORGANIZATION_ROLES}/{{slug}}",
    "delete_organization_role": f"DELETE {_ORGANIZATION_ROLES}/{{slug}}",
    "set_organization_role_permissions": f"PUT {_ORGANIZATION_ROLES}/{{slug}}/permissions",
    "add_organization_role_permission": f"POST {_ORGANIZATION_ROLES}/{{slug}}/permissions",
    "remove_organization_role_permission": f"DELETE {_ORGANIZATION_ROLES}/{{slug}}/permissions/{{permission_slug}}",
    "list_permissions": "GET /authorization/permissions",
    "create_permission": "POST /authorization/permissions",
    "get_permission": "GET /authorization/permissions/{slug}",
    "update_permission": "PATCH /authorization/permissions/{slug}",
    "delete_permission": "DELETE /authorization/permissions/{slug}",
    "list_role_assignments": f"GET {_ASSIGNMENTS}",
    "assign_role": f"POST {_ASSIGNMENTS}",
    "remove_role": f"DELETE {_ASSIGNMENTS}",
    "remove_role_assignment": f"DELETE {_ASSIGNMENTS}/{{role_assignment_id}}",
    "list_events": "GET /events",
    "list_webhook_endpoints": "GET /webhook_endpoints",
    "create_webhook_endpoint": "POST /webhook_endpoints",
    "update_webhook_endpoint": "PATCH /webhook_endpoints/{webhook_endpoint_id}",
    "delete_webhook_endpoint": "DELETE /webhook_endpoints/{webhook_endpoint_id}",
}

# Each is in the path as the application or the dashboard chose it.
_TEXTS = frozenset({"slug", "permission_slug", "external_id", "token"})

# A POST is not sent again: WorkOS documents an idempotency key for audit logs alone (facts/workos.md, section 5).
REQUESTS: Final = Routes(
    ROUTES,
    provider="WorkOS",
    ids=IDS,
    paging=PAGES,
    # A complete list continues after a row that was removed, so that its pages may have rows that were read before.
    complete_paging=BodyCursor(next=("list_metadata", "after"), unique=False),
    texts=_TEXTS,
    max_page_size=MAX_PAGE_SIZE,
    # The default, which WorkOS' own client does not rely on.
    order=[("order", "desc")],
)
