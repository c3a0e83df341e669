"""Users: the members of one organization."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Unpack

from pydantic import SecretStr

from orgsdk.arguments import check_flag
from orgsdk.domain import Capability, Role, User, UserFields, UserQuery
from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import AccountAction, Provider
from orgsdk.resources.base import UserResource, check_filter, name_fields
from orgsdk.resources.validation import check_id, check_names, check_password

if TYPE_CHECKING:
    from orgsdk.providers.base import UserOperations


class Users(UserResource):
    """The members of one organization: list, find, create, change and remove them, and assign roles.

    Args:
        provider: The provider.
        organization_id: The organization's id. None for the organization of the credentials.
    """

    def __init__(self, provider: Provider, organization_id: str | None) -> None:
        self._members = provider.users(organization_id)
        super().__init__(provider, "users")

    def _operations(self) -> UserOperations:
        return self._members

    def list(
        self,
        *,
        query: str | None = None,
        role: str | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
        max_pages: int | None = None,
        complete: bool = False,
    ) -> Paginator[User]:
        """List users. No request is sent until the paginator is iterated or awaited.

        Args:
            query: Only users whose name, username, e-mail address or id contains this text.
            role: Only users with the role of this name.
            page_size: Users per page, from 1 to the provider's maximum (Flat 1,000, Logto 100), which is the default.
            cursor: The ``next_cursor`` or ``previous_cursor`` of a page of the same list, to continue there. The
                filters must be the same.
            max_pages: Raise `PaginationError` instead of requesting more pages than this. Its ``cursor`` continues.
            complete: Yield each user who is listed from the first request to the last exactly once, or raise
                `PaginationError`. This takes more requests, which the page on lists states, and memory for the ids, and
                the list cannot be resumed. By default, only repeats within the last pages are dropped.

        Returns:
            The paginator.

        Raises:
            UnsupportedError: The provider lacks a filter.
            InvalidArgumentError: An argument is invalid.
            InvalidCursorError: The cursor is not one of this list.

        Iterating raises `PaginationError` if pages contradict each other or a complete list cannot be proved, and
        `NotFoundError` if the provider reports that the role does not exist.

        Source: Flat `listOrganizationUsers`, Logto `ListOrganizationUsers`.

        Example: ``async for user in org.users.list(query="ada", role="teacher"): ...``
        """
        user_query = self._query("list", query, role, complete=complete)
        return self._paginate(self._members.list(user_query), page_size=page_size, cursor=cursor, max_pages=max_pages)

    async def count(self, *, query: str | None = None, role: str | None = None) -> int:
        """Count the users that `list` would return, with the cheapest request.

        Args:
            query: As for `list`.
            role: As for `list`.

        Returns:
            The number.

        Raises:
            UnsupportedError: The provider lacks a filter.
            InvalidArgumentError: An argument is invalid.
            NotFoundError: The provider reports that the role does not exist.

        Source: Flat `countOrgaUsers`, Logto `ListOrganizationUsers` (its `Total-Number`).
        """
        return await self._members.count(self._query("count", query, role))

    @name_fields("str | None", None)
    async def create(
        self,
        *,
        password: str | SecretStr | None = None,
        roles: Iterable[str] = (),
        **fields: Unpack[UserFields[str | None]],
    ) -> User:
        """Create an account that is a member of the organization.

        Args:
            password: The first password. Without one, an account at Logto has no password, and one at Flat, which
                requires it, gets a random password that is not returned.
            roles: Names or ids of the member's roles.
            **fields: The values by field. Flat requires a username; Logto at least one of username, email and phone.

        Returns:
            The member as the provider stores it.

        Raises:
            UnsupportedError: The provider does not offer this, or lacks a field.
            InvalidArgumentError: A value is invalid or missing.
            ConflictError: The username, address or phone number is taken.
            OrgError: A later step failed (Logto: membership, roles). Its `partial_result` is the new account.

        Source: Flat `createOrganizationUser`, Logto `CreateUser`, `AddOrganizationUsers`,
        `AssignOrganizationRolesToUser`.

        Example: ``ada = await org.users.create(username="ada", email="ada@example.com", roles=["teacher"])``
        """
        password = check_password(password)  # so that no traceback shows it in this frame
        self._require("create")
        return await self._members.create(self._draft(fields, password, self._check_roles(roles)))

    async def add(self, user_ids: Iterable[str], *, roles: Iterable[str] = ()) -> None:
        """Make existing accounts members of the organization. An account that is a member already is no error.

        Args:
            user_ids: Ids of the accounts.
            roles: Names or ids of the roles that each member gets.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: `user_ids` is empty, or an id or role is invalid.
            UnprocessableError: An account does not exist. Nobody in the same request of up to 500 ids was added.

        Source: Logto `AddOrganizationUsers`, `AssignOrganizationRolesToUsers`.
        """
        self._require("add")
        ids = check_names(user_ids, "user ids")
        if not ids:
            raise InvalidArgumentError("There are no users to add: pass at least one id.")
        await self._members.add(ids, self._check_roles(roles))

    async def remove(self, user_id: str, *, account: AccountAction) -> None:
        """Remove a user from the organization.

        Args:
            user_id: The user's id.
            account: ``"keep"`` ends the membership and keeps the account; at Flat it becomes an individual account.
                ``"delete"`` deletes the account and all its data permanently. There is no default.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The id is invalid, or `account` is neither of the two.
            NotFoundError: No such member.

        Source: Flat `removeOrganizationUser`, Logto `DeleteOrganizationUser`, `DeleteUser`.
        """
        self._require("remove")
        if account not in ("keep", "delete"):
            raise InvalidArgumentError('Choose what happens to the account: account="keep" or account="delete".')
        await self._members.remove(check_id(user_id, "user id"), account)

    async def list_roles(self, user_id: str) -> Sequence[Role]:
        """Return the member's roles.

        Args:
            user_id: The user's id.

        Returns:
            The member's roles.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such member.

        Source: Logto `ListOrganizationUserRoles`; at Flat the user is read.
        """
        self._require("list_roles")
        return await self._members.list_roles(check_id(user_id, "user id"))

    async def set_roles(self, user_id: str, roles: Iterable[str]) -> None:
        """Replace the member's roles.

        Args:
            user_id: The user's id.
            roles: Names or ids of the new roles.

        Raises:
            UnsupportedError: The provider allows exactly one role per member (Flat) and a different number is given.
            InvalidArgumentError: The id or a role is invalid.
            NotFoundError: No such member or role.

        Source: Logto `ReplaceOrganizationUserRoles`, Flat `updateOrganizationUser`.
        """
        self._require("set_roles")
        await self._members.set_roles(check_id(user_id, "user id"), self._check_roles(roles))

    async def add_roles(self, user_id: str, roles: Iterable[str]) -> None:
        """Add roles to a member. Without roles no request is sent.

        Args:
            user_id: The user's id.
            roles: Names or ids of the roles to add.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The id or a role is invalid.
            NotFoundError: No such member or role.

        Source: Logto `AssignOrganizationRolesToUser`.
        """
        self._require("add_roles")
        user_id, names = check_id(user_id, "user id"), self._check_roles(roles)
        if names:
            await self._members.add_roles(user_id, names)

    async def remove_roles(self, user_id: str, roles: Iterable[str]) -> None:
        """Take roles from a member. A role that the member does not have is no error.

        Without roles no request is sent. With several, each takes a request at Logto: the `partial_result` of an error
        is the names of the roles that were removed before it.

        Args:
            user_id: The user's id.
            roles: Names or ids of the roles to remove.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The id or a role is invalid.
            NotFoundError: No such member or role.

        Source: Logto `DeleteOrganizationUserRole`.
        """
        self._require("remove_roles")
        user_id, names = check_id(user_id, "user id"), check_names(roles, "roles")
        if names:
            await self._members.remove_roles(user_id, names)

    def _check_roles(self, roles: Iterable[str]) -> tuple[str, ...]:
        names = check_names(roles, "roles")
        if len(names) > 1:
            self._provider.require(Capability.USERS_SEVERAL_ROLES)
        return names

    def _query(self, verb: str, query: str | None, role: str | None, *, complete: bool = False) -> UserQuery:
        self._require(verb)
        if query:
            self._provider.require(Capability.USERS_QUERY)
        if role is not None:
            self._provider.require(Capability.USERS_ROLE)
            if not role:
                raise InvalidArgumentError("The role is empty: pass a role's name, or leave it out.")
        if complete is not False:  # the default is no argument to check
            check_flag("complete", complete)
        return UserQuery(query=check_filter(query, "query"), role=check_filter(role, "role"), complete=complete)
