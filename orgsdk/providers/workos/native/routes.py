"""Every operation of WorkOS' document by its name: method and path, and the request that it makes. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.http import BodyCursor
from orgsdk.transport import IdAlphabet, Request, Safety

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orgsdk.pagination import QueryParameters
    from orgsdk.providers.workos.models import WorkOSBody

NAME: Final = "workos"
MAX_PAGE_SIZE: Final = 100
IDS: Final = IdAlphabet("0-9A-Za-z_-", "letters, digits, - and _ at WorkOS")
PAGES: Final = BodyCursor(next=("list_metadata", "after"), parameter="after", size="limit")
NEWEST_FIRST: Final = ("order", "desc")  # the default, which WorkOS' own client does not rely on

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

_SAFETY = {"GET": Safety.SAFE, "POST": Safety.UNSAFE}
# Each is in the path as the application or the dashboard chose it.
_TEXTS = frozenset({"slug", "permission_slug", "external_id", "token"})
_MAX_TEXT_LENGTH = 512
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def build(
    operation: str, body: WorkOSBody | None = None, query: Sequence[tuple[str, str]] = (), /, **names: str
) -> Request:
    """Build the request of an operation.

    A POST is not sent again: WorkOS documents an idempotency key for audit logs alone (facts/workos.md, section 5).

    Args:
        operation: Name of the operation.
        body: The body.
        query: Query parameters.
        **names: The ids, slugs and external ids in the path, by placeholder.

    Returns:
        The request.

    Raises:
        InvalidArgumentError: An id or a slug is invalid.
    """
    method, _, template = ROUTES[operation].partition(" ")
    return Request(
        operation=operation,
        method=method,
        path=_PLACEHOLDER.sub(lambda found: _segment(found[1], names[found[1]]), template),
        query=query,
        safety=_SAFETY.get(method, Safety.IDEMPOTENT),
        body=None if body is None else body.content(),
        content_type=None if body is None else "application/json",
        # Most deletes answer without a body.
        expects_json=method != "DELETE",
    )


def build_page(operation: str, position: str | None, page_size: int, *filters: tuple[str, str | None]) -> Request:
    """Build the request for a page of a list, newest first.

    Args:
        operation: Name of the operation.
        position: Position of the page. None for the first.
        page_size: Items per page.
        *filters: Names and values of filters. One of None is left out.

    Returns:
        The request.

    Raises:
        InvalidArgumentError: A filter is empty.
        InvalidCursorError: The position is not one of this list.
    """
    return build(operation, None, [*given(*filters), NEWEST_FIRST, *PAGES.parameters(position, page_size)])


def given(*filters: tuple[str, str | None]) -> QueryParameters:
    """Return the filters that have a value. Refuse an empty one: WorkOS would ignore it and list everything."""
    for name, value in filters:
        if value == "":
            raise InvalidArgumentError(f"The filter {name} is empty. Pass a value, or leave it out.")
    return [(name, value) for name, value in filters if value is not None]


def _segment(placeholder: str, value: str) -> str:
    name = placeholder.replace("_", " ")
    if placeholder not in _TEXTS:
        return IDS.check(value, name)
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise InvalidArgumentError(f"The {name} is of type {type(value).__name__}: pass a text.")
    # A dot segment would address another resource. It is not a slug, either.
    if value in {"", ".", ".."} or len(value) > _MAX_TEXT_LENGTH or not value.isprintable():
        raise InvalidArgumentError(f"The {name} is invalid: pass it as WorkOS returned it.")
    return quote(value, safe="")
