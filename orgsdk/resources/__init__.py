"""Resources: the client's methods for each noun. They check capabilities and arguments, and call the provider."""

from orgsdk.resources.accounts import Accounts
from orgsdk.resources.invitations import Invitations
from orgsdk.resources.organizations import OrganizationHandle, Organizations
from orgsdk.resources.roles import Roles
from orgsdk.resources.users import Users

__all__ = ["Accounts", "Invitations", "OrganizationHandle", "Organizations", "Roles", "Users"]
