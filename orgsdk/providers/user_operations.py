"""The operations of a provider on accounts and on the members of an organization: what the client calls.

Part of the contract in `orgsdk.providers.base`, as are the other operations in `orgsdk.providers.operations`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal, TypeAlias

from orgsdk.domain import Organization, Role, User, UserChanges, UserDraft, UserQuery
from orgsdk.pagination import Listing
from orgsdk.providers.operations import not_implemented

AccountAction: TypeAlias = Literal["keep", "delete"]
"""What happens to the account of a member who is removed."""


class AccountOperations(ABC):
    """Operations on the accounts of a tenant, in any organization or none. `UserOperations` extends them."""

    @abstractmethod
    def list(self, query: UserQuery) -> Listing[User]:
        """Describe the list of the users that match. Send no request.

        Args:
            query: The filters.

        Returns:
            The list.
        """

    @abstractmethod
    async def get(self, user_id: str) -> User:
        """Return one user.

        Args:
            user_id: The user's id.

        Returns:
            One user.

        Raises:
            NotFoundError: No such user.
        """

    @abstractmethod
    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Return the user with this e-mail address or username, or None. Exactly one of them is given.

        Args:
            email: The address, compared without regard to case. A user with the exact spelling is preferred.
            username: The username.

        Returns:
            The user with this e-mail address or username, or None if there is none.

        Raises:
            ConflictError: Several users have the address, and none in this spelling.
        """

    async def count(self, query: UserQuery) -> int:
        """Count the users that match, with the cheapest request. Without the capability, callers count the list.

        Args:
            query: The filters.

        Returns:
            The number.
        """
        not_implemented(self, "users.count")

    def check_create(self, draft: UserDraft) -> None:  # noqa: B027  # optional: without it, every draft passes
        """Raise what `create` raises for this draft before it sends a request. Roles may be left unchecked.

        Args:
            draft: The account.

        Raises:
            InvalidArgumentError: A value is invalid.
            UnsupportedError: The provider lacks a field.
        """

    def check_update(self, changes: UserChanges) -> None:  # noqa: B027  # optional: without it, all changes pass
        """Raise what `update` raises for these changes before it sends a request.

        Args:
            changes: The changes.

        Raises:
            InvalidArgumentError: A value is invalid.
            UnsupportedError: The provider lacks a field, or cannot clear it.
        """

    async def create(self, draft: UserDraft) -> User:
        """Create an account and return it as the provider stores it.

        Args:
            draft: The account.

        Returns:
            The user.

        Raises:
            ConflictError: The username, address or phone number is taken.
            OrgError: A later step failed (membership, roles). Its `partial_result` is the new account.
        """
        not_implemented(self, "users.create")

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Change a user and return them. Without any change, only read the user.

        Args:
            user_id: The user's id.
            changes: The changes.

        Returns:
            The user.
        """
        not_implemented(self, "users.update")

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """Remove a user.

        Args:
            user_id: The user's id.
            account: ``"keep"`` ends the membership only; ``"delete"`` deletes the account and its data permanently.
        """
        not_implemented(self, "users.remove")

    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        """Block a user from signing in, or unblock them, and return the user.

        Args:
            user_id: The user's id.
            suspended: False unblocks the user.

        Returns:
            The user.
        """
        not_implemented(self, "users.suspend")

    async def list_organizations(self, user_id: str) -> Sequence[Organization]:
        """Return every organization that an account is a member of. Only `Provider.accounts` needs it.

        Args:
            user_id: The account's id.

        Returns:
            The organizations, in any order. Their names may be missing.

        Raises:
            NotFoundError: No such account.
        """
        not_implemented(self, "accounts.list_organizations")


class UserOperations(AccountOperations):
    """Operations on the members of one organization."""

    async def add(self, user_ids: Sequence[str], roles: Sequence[str]) -> None:
        """Make existing accounts members. An account that is a member already is no error.

        Args:
            user_ids: Ids of the accounts.
            roles: Names or ids of the roles that each member gets.
        """
        not_implemented(self, "users.add")

    async def list_roles(self, user_id: str) -> Sequence[Role]:
        """Return the member's roles.

        Args:
            user_id: The user's id.

        Returns:
            The member's roles.
        """
        not_implemented(self, "users.list_roles")

    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Replace the member's roles.

        Args:
            user_id: The user's id.
            roles: Names or ids of roles.
        """
        not_implemented(self, "users.set_roles")

    async def add_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Add roles to a member.

        Args:
            user_id: The user's id.
            roles: Names or ids of roles.
        """
        not_implemented(self, "users.add_roles")

    async def remove_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Take roles from a member. A role that the member does not have is no error.

        Args:
            user_id: The user's id.
            roles: Names or ids of roles.
        """
        not_implemented(self, "users.remove_roles")
