"""The blocking client, for scripts and notebooks: every method blocks, and a list is iterated with a plain `for`.

Example:
    with OrgClient(Flat(token="…")) as client:
        for user in client.organization().users.list(role="teacher"):
            print(user.name)
"""

from orgsdk.blocking.client import OrgClient
from orgsdk.blocking.pagination import Paginator, Prefetch, PrefetchIterator
from orgsdk.blocking.resources import Accounts, Invitations, OrganizationHandle, Organizations, Roles, Users

__all__ = [
    "Accounts",
    "Invitations",
    "OrgClient",
    "OrganizationHandle",
    "Organizations",
    "Paginator",
    "Prefetch",
    "PrefetchIterator",
    "Roles",
    "Users",
]
