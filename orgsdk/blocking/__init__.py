"""The same client for scripts and notebooks: every verb blocks, and a list is walked by a plain `for`.

Example:
    with OrgClient(Flat(token="…")) as client:
        for user in client.organization().users.list(role="teacher"):
            print(user.name)
"""

from orgsdk.blocking.client import OrgClient
from orgsdk.blocking.pagination import Ahead, Paginator, Prefetch
from orgsdk.blocking.resources import Accounts, Invitations, OrganizationHandle, Organizations, Roles, Users

__all__ = [
    "Accounts",
    "Ahead",
    "Invitations",
    "OrgClient",
    "OrganizationHandle",
    "Organizations",
    "Paginator",
    "Prefetch",
    "Roles",
    "Users",
]
