"""The handle of one organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Capability
from orgsdk.resources.invitations import Invitations
from orgsdk.resources.users import Users

if TYPE_CHECKING:
    from orgsdk.providers.base import Provider


class OrganizationHandle:
    """Hold on to one organization: its `users` and its `invitations`. Making one sends no request."""

    def __init__(self, provider: Provider, organization_id: str | None) -> None:
        self._provider = provider
        self.id = organization_id
        """The organization's id, None where it is the credentials' own."""
        self.users: Users = Users(provider, organization_id)
        """The members of the organization."""

    @property
    def provider(self) -> Provider:
        """Give the provider that keeps the organization."""
        return self._provider

    @property
    def invitations(self) -> Invitations:
        """Give the organization's invitations.

        Raises `UnsupportedError` where the provider has none.
        """
        self._provider.require(Capability.INVITATIONS_LIST)
        return Invitations(self._provider, self.id)

    def __repr__(self) -> str:
        return f"OrganizationHandle({'' if self.id is None else repr(self.id)})"
