"""Native operations: everything in Logto's Management API on organizations and users, one typed method each."""

from __future__ import annotations

from orgsdk.providers.logto.native.invitations import LogtoInvitationsAPI
from orgsdk.providers.logto.native.members import LogtoMembersAPI
from orgsdk.providers.logto.native.organizations import LogtoJitAPI, LogtoOrganizationsAPI
from orgsdk.providers.logto.native.roles import LogtoRolesAPI
from orgsdk.providers.logto.native.scopes import LogtoScopesAPI
from orgsdk.providers.logto.native.user_roles import LogtoUserRolesAPI
from orgsdk.providers.logto.native.users import LogtoUsersAPI


class LogtoAPI(
    LogtoOrganizationsAPI,
    LogtoMembersAPI,
    LogtoInvitationsAPI,
    LogtoRolesAPI,
    LogtoScopesAPI,
    LogtoJitAPI,
    LogtoUsersAPI,
    LogtoUserRolesAPI,
):
    """Logto's own operations, as `client.native`.

    Arguments and results are the models of `orgsdk.providers.logto.models`. Only idempotent requests are retried. If
    the response to a create is lost, the method raises and does not look up the object: `client.accounts.create` and
    the other methods of the common API do.
    """


__all__ = ["LogtoAPI"]
