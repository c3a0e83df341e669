"""Base of the operations on one organization, with the users of the tenant and the names of its roles."""

from __future__ import annotations

from orgsdk.providers.http.connection import HTTPConnection
from orgsdk.providers.http.names import RoleNames
from orgsdk.providers.http.routes import RoutedOperations
from orgsdk.providers.user_operations import AccountOperations


class OrganizationScope(RoutedOperations):
    """Base of the operations on one organization.

    Args:
        connection: Sends the requests.
        organization_id: The checked id of the organization.
        accounts: The operations on users, whatever organization they belong to.
        roles: The names of the roles that members can have.

    Example:
        ``class AcmeUsers(OrganizationScope, UserOperations): ...``
    """

    def __init__(
        self, connection: HTTPConnection, organization_id: str, accounts: AccountOperations, roles: RoleNames
    ) -> None:
        super().__init__(connection)
        self._organization_id = organization_id
        self._accounts = accounts
        self._roles = roles

    async def _check_organization(self) -> None:
        """Raise `NotFoundError` if the organization does not exist. Called for an empty list."""
