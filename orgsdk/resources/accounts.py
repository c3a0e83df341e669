"""Accounts: every account of a tenant, in any organization or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Unpack

from pydantic import SecretStr

from orgsdk.arguments import check_flag
from orgsdk.domain import Organization, User, UserFields, UserQuery
from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import Provider
from orgsdk.resources.base import UserResource, check_filter, name_fields
from orgsdk.resources.validation import check_id, check_password

if TYPE_CHECKING:
    from orgsdk.providers.base import AccountOperations


class Accounts(UserResource):
    """The accounts of a tenant: list, find, create, change and delete them.

    Args:
        provider: The provider.
    """

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider, "accounts")

    def _operations(self) -> AccountOperations:
        return self._provider.accounts()

    def list(
        self,
        *,
        query: str | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
        max_pages: int | None = None,
        complete: bool = False,
    ) -> Paginator[User]:
        """List accounts. No request is sent until the paginator is iterated or awaited.

        `User.roles` is empty, because roles are held in an organization.

        Args:
            query: Only accounts whose name, username, e-mail address, phone number or id contains this text.
            page_size: Accounts per page, from 1 to the provider's maximum, which is the default.
            cursor: The ``next_cursor`` or ``previous_cursor`` of a page of the same list, to continue there.
            max_pages: Raise `PaginationError` instead of requesting more pages than this.
            complete: Yield each account exactly once, although pages may shift. See `Users.list`.

        Returns:
            The paginator.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: An argument is invalid.
            InvalidCursorError: The cursor is not one of this list.

        Source: Logto `ListUsers`.
        """
        self._require("list")
        check_flag("complete", complete)
        listing = self._operations().list(UserQuery(query=check_filter(query, "query"), complete=complete))
        return self._paginate(listing, page_size=page_size, cursor=cursor, max_pages=max_pages)

    async def count(self, *, query: str | None = None) -> int:
        """Count the accounts that `list` would return, with the cheapest request.

        Args:
            query: As for `list`.

        Returns:
            The number.

        Raises:
            UnsupportedError: The provider cannot count accounts.
            InvalidArgumentError: The query is not a string.

        Source: Logto `ListUsers` (its `Total-Number`).
        """
        self._require("count")
        return await self._operations().count(UserQuery(query=check_filter(query, "query")))

    @name_fields("str | None", None)
    async def create(
        self, *, password: str | SecretStr | None = None, **fields: Unpack[UserFields[str | None]]
    ) -> User:
        """Create an account that is a member of no organization yet.

        Args:
            password: The first password.
            **fields: The values by field. At least one of username, email and phone is required.

        Returns:
            The account as the provider stores it.

        Raises:
            UnsupportedError: The provider does not offer this, or lacks a field.
            InvalidArgumentError: A value is invalid or missing.
            ConflictError: The username, address or phone number is taken.

        Source: Logto `CreateUser`.
        """
        password = check_password(password)  # so that no traceback shows it in this frame
        self._require("create")
        return await self._operations().create(self._draft(fields, password))

    async def remove(self, user_id: str, *, account: Literal["delete"]) -> None:
        """Delete an account and its data permanently.

        Args:
            user_id: The account's id.
            account: ``"delete"``, to confirm that the account is deleted.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The id is invalid, or `account` is not ``"delete"``.
            NotFoundError: No such account.

        Source: Logto `DeleteUser`.
        """
        self._require("remove")
        if account != "delete":
            raise InvalidArgumentError('An account can only be deleted here: pass account="delete".')
        await self._operations().remove(check_id(user_id, "user id"), account)

    async def list_organizations(self, user_id: str) -> Sequence[Organization]:
        """Return every organization that an account is a member of.

        Args:
            user_id: The account's id.

        Returns:
            The organizations. WorkOS returns their ids and names only.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such account.

        Source: Logto `ListUserOrganizations`, WorkOS `list_organization_memberships`.
        """
        self._require("list_organizations")
        return await self._operations().list_organizations(check_id(user_id, "user id"))
