"""All that Logto's Management API has on organizations and users, each operation as one typed method."""

from __future__ import annotations

from orgsdk.providers.logto.native.invitations import InvitationsAPI
from orgsdk.providers.logto.native.members import MembersAPI
from orgsdk.providers.logto.native.organizations import JitAPI, OrganizationsAPI
from orgsdk.providers.logto.native.roles import RolesAPI, ScopesAPI
from orgsdk.providers.logto.native.users import UserRolesAPI, UsersAPI


class LogtoAPI(OrganizationsAPI, MembersAPI, InvitationsAPI, RolesAPI, ScopesAPI, JitAPI, UsersAPI, UserRolesAPI):
    """Call Logto's own operations, as `client.native`.

    What they take and give are the models of `orgsdk.providers.logto.models`. A repeat that could do a thing twice
    is never made; a lost answer is an error, and nothing is looked up afterwards: that is what the common domain
    does.
    """


__all__ = ["LogtoAPI"]
