"""The operations of a provider on organizations, invitations and roles: abstract classes with what the client calls.

Part of the contract in `orgsdk.providers.base`, which describes what holds for all operations. An abstract method is
required. Any other method is called only if the capability of the same name is declared; until a provider overrides it,
it raises `UnsupportedError`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import NoReturn

from orgsdk._messages import did_you_mean
from orgsdk.arguments import describe_name
from orgsdk.domain import (
    Invitation,
    InvitationDraft,
    InvitationQuery,
    Organization,
    OrganizationChanges,
    OrganizationDraft,
    OrganizationQuery,
    Role,
    RoleChanges,
    RoleDraft,
    RoleQuery,
)
from orgsdk.errors import NotFoundError, UnsupportedError
from orgsdk.pagination import Listing

_MAX_NAMES_IN_MESSAGE = 10


def not_implemented(operations: object, method: str) -> NoReturn:
    """Raise `UnsupportedError` for a method that a provider declares, but does not override. Private to orgsdk."""
    raise UnsupportedError(type(operations).__name__, method, "Its capability is declared, but it is not implemented.")


def unknown_name_error(
    name: str, known: Iterable[str], *, provider: str, operation: str, noun: str = "role"
) -> NotFoundError:
    """Return the error for a role that does not exist, the same at every provider, with the ones to choose from.

    Args:
        name: The name or id that the caller passed.
        known: The names that exist.
        provider: Name of the provider.
        operation: The provider's own name of the operation.
        noun: What the name is of, such as ``role`` or ``scope``.

    Returns:
        The error, to be raised.

    Example:
        ``error = unknown_name_error("techer", ["teacher"], provider="acme", operation="users.set_roles")``
    """
    names = list(dict.fromkeys(known))
    more = ", …" if len(names) > _MAX_NAMES_IN_MESSAGE else ""
    shown = ", ".join(names[:_MAX_NAMES_IN_MESSAGE])
    choices = f" {noun.capitalize()}s here: {shown}{more}." if names else f" There are no {noun}s."
    error = NotFoundError(
        f"unknown {noun} {describe_name(name)}.{did_you_mean(name, names)}{choices}",
        provider=provider,
        operation=operation,
    )
    error.choices = tuple(names)
    return error


class OrganizationOperations(ABC):
    """Operations on organizations."""

    @abstractmethod
    def list(self, query: OrganizationQuery) -> Listing[Organization]:
        """Describe the list of the organizations that the credentials can access. Send no request.

        Args:
            query: The filters.

        Returns:
            The list.
        """

    @abstractmethod
    async def get(self, organization_id: str) -> Organization:
        """Return one organization.

        Args:
            organization_id: The organization's id.

        Returns:
            One organization.

        Raises:
            NotFoundError: No such organization.
        """

    async def create(self, draft: OrganizationDraft) -> Organization:
        """Create an organization and return it as the provider stores it.

        Args:
            draft: The organization.

        Returns:
            The organization.
        """
        not_implemented(self, "organizations.create")

    async def update(self, organization_id: str, changes: OrganizationChanges) -> Organization:
        """Change an organization and return it. Without any change, only read it.

        Args:
            organization_id: The organization's id.
            changes: The changes.

        Returns:
            The organization.
        """
        not_implemented(self, "organizations.update")

    async def remove(self, organization_id: str) -> None:
        """Delete an organization, its memberships and its invitations permanently.

        Args:
            organization_id: The organization's id.
        """
        not_implemented(self, "organizations.remove")


class InvitationOperations(ABC):
    """Operations on the invitations to one organization."""

    @abstractmethod
    def list(self, query: InvitationQuery) -> Listing[Invitation]:
        """Describe the list of the invitations that match. Send no request.

        Args:
            query: The filters.

        Returns:
            The list.
        """

    @abstractmethod
    async def get(self, invitation_id: str) -> Invitation:
        """Return one invitation.

        Args:
            invitation_id: The invitation's id.

        Returns:
            One invitation.

        Raises:
            NotFoundError: No such invitation.
        """

    def check_create(self, draft: InvitationDraft) -> None:  # noqa: B027  # optional: without it, every draft passes
        """Raise what `create` raises for this draft before it sends a request. Roles may be left unchecked.

        Args:
            draft: The invitation.

        Raises:
            InvalidArgumentError: A value is invalid.
            UnsupportedError: The provider lacks a setting.
        """

    async def create(self, draft: InvitationDraft) -> Invitation:
        """Invite an address and return the invitation.

        Args:
            draft: The invitation.

        Returns:
            The invitation.
        """
        not_implemented(self, "invitations.create")

    async def resend(self, invitation_id: str) -> None:
        """Send the invitation's message again.

        Args:
            invitation_id: The invitation's id.
        """
        not_implemented(self, "invitations.resend")

    async def accept(self, invitation_id: str, user_id: str) -> Invitation:
        """Accept an invitation for a user, who becomes a member, and return the invitation.

        Args:
            invitation_id: The invitation's id.
            user_id: The user's id.

        Returns:
            The invitation.
        """
        not_implemented(self, "invitations.accept")

    async def revoke(self, invitation_id: str) -> Invitation:
        """Revoke a pending invitation, so that it cannot be accepted, and return it.

        Args:
            invitation_id: The invitation's id.

        Returns:
            The invitation.
        """
        not_implemented(self, "invitations.revoke")

    async def remove(self, invitation_id: str) -> None:
        """Delete an invitation. A membership that came from it remains.

        Args:
            invitation_id: The invitation's id.
        """
        not_implemented(self, "invitations.remove")


class RoleOperations(ABC):
    """Operations on the roles that members of an organization can have."""

    @abstractmethod
    def list(self, query: RoleQuery) -> Listing[Role]:
        """Describe the list of the roles that match. Send no request.

        Args:
            query: The filters.

        Returns:
            The list.
        """

    async def get(self, role: str) -> Role:
        """Return the role with this id, or else the one with this name.

        Args:
            role: Id or name.

        Returns:
            The role with this id, or else the one with this name.

        Raises:
            NotFoundError: No such role.
        """
        not_implemented(self, "roles.get")

    def check_for_users(self, role: Role) -> None:  # noqa: B027  # optional: without it, users can have every role
        """Check that a user can have this role of the list. Send no request.

        Args:
            role: A role of the list.

        Raises:
            InvalidArgumentError: The role is not for users.
        """

    async def create(self, draft: RoleDraft) -> Role:
        """Create a role and return it as the provider stores it.

        Args:
            draft: The role.

        Returns:
            The role.
        """
        not_implemented(self, "roles.create")

    async def update(self, role: str, changes: RoleChanges) -> Role:
        """Change a role and return it.

        Args:
            role: Id or name.
            changes: The changes.

        Returns:
            The role.
        """
        not_implemented(self, "roles.update")

    async def remove(self, role: str) -> None:
        """Delete a role, and take it from all users who have it.

        Args:
            role: Id or name.
        """
        not_implemented(self, "roles.remove")
