"""`WorkOSAPI`: all native operations of WorkOS in one class."""

from __future__ import annotations

from orgsdk.providers.workos.native.events import WorkOSEventsAPI
from orgsdk.providers.workos.native.invitations import WorkOSInvitationsAPI
from orgsdk.providers.workos.native.memberships import WorkOSMembershipsAPI
from orgsdk.providers.workos.native.organizations import WorkOSOrganizationsAPI
from orgsdk.providers.workos.native.permissions import WorkOSPermissionsAPI
from orgsdk.providers.workos.native.roles import WorkOSEnvironmentRolesAPI, WorkOSOrganizationRolesAPI
from orgsdk.providers.workos.native.users import WorkOSUsersAPI


class WorkOSAPI(
    WorkOSUsersAPI,
    WorkOSMembershipsAPI,
    WorkOSInvitationsAPI,
    WorkOSOrganizationsAPI,
    WorkOSEnvironmentRolesAPI,
    WorkOSOrganizationRolesAPI,
    WorkOSPermissionsAPI,
    WorkOSEventsAPI,
):
    """WorkOS' operations under the names of its own client: 62 on organizations, users, roles and events.

    A body is a model of `orgsdk.providers.workos.models` or its fields as keywords. Results are models, too. Only
    idempotent requests are sent again. If the response to a create is lost, nothing is looked up: the common verbs do
    that.

    Example:
        ``user = await client.native.create_user(email="ada@example.com", external_id="7")``
    """
