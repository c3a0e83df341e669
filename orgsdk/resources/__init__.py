"""The handles: what a caller says, checked and handed to the provider. One noun a file."""

from orgsdk.resources.accounts import Accounts
from orgsdk.resources.invitations import Invitations
from orgsdk.resources.organizations import OrganizationHandle, Organizations
from orgsdk.resources.roles import Roles
from orgsdk.resources.users import Users

__all__ = ["Accounts", "Invitations", "OrganizationHandle", "Organizations", "Roles", "Users"]
