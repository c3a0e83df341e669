"""Flat's requests and error answers as pure functions, one noun a file."""

from orgsdk.providers.flat.wire.account import get_authenticated_user
from orgsdk.providers.flat.wire.answers import read_count, read_problem, read_rate_limit
from orgsdk.providers.flat.wire.common import CURSORS, IDS, MAX_PAGE_SIZE, NAME, ROLE_NAMES, check_role
from orgsdk.providers.flat.wire.invitations import (
    create_organization_invitation,
    invitation_filters,
    list_organization_invitations,
    remove_organization_invitation,
)
from orgsdk.providers.flat.wire.lti import (
    create_lti_configuration,
    create_lti_credentials,
    delete_lti_configuration,
    list_lti_configurations,
    list_lti_credentials,
    revoke_lti_credentials,
    update_lti_configuration,
)
from orgsdk.providers.flat.wire.users import (
    UserFilters,
    UserOrder,
    count_orga_users,
    create_organization_user,
    create_organization_user_access_token,
    create_organization_user_signin_link,
    list_organization_users,
    remove_organization_user,
    update_organization_user,
)

__all__ = [
    "CURSORS",
    "IDS",
    "MAX_PAGE_SIZE",
    "NAME",
    "ROLE_NAMES",
    "UserFilters",
    "UserOrder",
    "check_role",
    "count_orga_users",
    "create_lti_configuration",
    "create_lti_credentials",
    "create_organization_invitation",
    "create_organization_user",
    "create_organization_user_access_token",
    "create_organization_user_signin_link",
    "delete_lti_configuration",
    "get_authenticated_user",
    "invitation_filters",
    "list_lti_configurations",
    "list_lti_credentials",
    "list_organization_invitations",
    "list_organization_users",
    "read_count",
    "read_problem",
    "read_rate_limit",
    "remove_organization_invitation",
    "remove_organization_user",
    "revoke_lti_credentials",
    "update_lti_configuration",
    "update_organization_user",
]
