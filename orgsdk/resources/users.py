"""The members of one organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Capability, UserDraft, UserQuery, check_email
from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import Paginator
from orgsdk.resources.base import UserResource
from orgsdk.resources.validation import check_filter, check_id, check_names, check_password, check_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import SecretStr

    from orgsdk.domain import Role, User
    from orgsdk.providers.base import AccountAction, Provider


class Users(UserResource):
    """Work with the members of one organization."""

    def __init__(self, provider: Provider, organization_id: str | None) -> None:
        self._members = provider.users(organization_id)
        super().__init__(provider, self._members, "users")

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
        """List users; nothing is requested until the paginator is iterated or awaited.

        `query` narrows to users whose name, username, e-mail address or id contains it, as the provider searches.
        `role` narrows to those who hold the role of that name. `page_size` is 1 to the provider's largest (Flat
        1,000, Logto 100), which is the default. `cursor` resumes at a page's `next_cursor` or `previous_cursor`;
        the filters must be those that it began with. `max_pages` bounds the pages of one walk: a list that goes on
        after so many raises `PaginationError`, whose `cursor` resumes it.

        `complete` yields each user once and proves it by the total, where a provider's pages shift (Logto): ids are
        remembered, so that memory grows by them, further rounds are made until none is missing, and no cursor
        resumes it. Without it, memory stays flat, and what came within the last pages is dropped.

        Raises `UnsupportedError`, `InvalidArgumentError` for the page size and the bound, and `InvalidCursorError`, at
        once. Iterating raises `PaginationError` where the list cannot be what the provider says, and a complete one
        where it cannot be had; `NotFoundError` for a role that there is not, where the provider has to be asked.

        Source: Flat `listOrganizationUsers`, Logto `ListOrganizationUsers`.

        Example: `async for user in org.users.list(query="ada", role="teacher"): ...`
        """
        narrowed = self._narrow("list", query, role, complete=complete)
        return Paginator(self._members.list(narrowed), page_size=page_size, cursor=cursor, max_pages=max_pages)

    async def count(self, *, query: str | None = None, role: str | None = None) -> int:
        """Count the users whom `list` would give, by the cheapest request there is.

        Raises `UnsupportedError` for a filter that the provider does not have, and `InvalidArgumentError` or
        `NotFoundError` for a role that there is not.

        Source: Flat `countOrgaUsers`, Logto `ListOrganizationUsers` (its `Total-Number`).
        """
        narrowed = self._narrow("count", query, role)
        return await self._members.count(narrowed)

    async def create(
        self,
        *,
        external_id: str | None = None,
        username: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        name: str | None = None,
        given_name: str | None = None,
        family_name: str | None = None,
        password: str | SecretStr | None = None,
        roles: Iterable[str] = (),
    ) -> User:
        """Make an account that is a member of the organization and holds `roles`, given by name or id.

        Logto needs at least one of username, email and phone; Flat a username. Without a password the account
        has none at Logto, and at Flat, which demands one, a random one that nobody learns.

        Raises `UnsupportedError`, `InvalidArgumentError`, and `ConflictError` where a username or an address is taken.
        Where the account was made and a later step fails (Logto: membership, roles), the error's `partial_result`
        is the account.

        Source: Flat `createOrganizationUser`, Logto `CreateUser`, `AddOrganizationUsers`,
        `AssignOrganizationRolesToUser`.

        Example: `ada = await org.users.create(username="ada", email="ada@example.com", roles=["teacher"])`
        """
        password = check_password(password)  # so that no traceback shows it in this frame
        self._require("create")
        if not (username or email or phone):
            raise InvalidArgumentError("A user needs a username, an e-mail address or a phone number.")
        draft = UserDraft(
            external_id=None if external_id is None else check_text(external_id, "external id"),
            username=username,
            email=None if email is None else check_email(email),
            phone=phone,
            name=name,
            given_name=given_name,
            family_name=family_name,
            password=password,
            roles=self._check_roles(roles),
        )
        self._require_fields(draft, None)
        return await self._members.create(draft)

    async def add(self, user_ids: Iterable[str], *, roles: Iterable[str] = ()) -> None:
        """Make members of existing accounts, with these roles. One who is a member already is no error.

        Raises `UnsupportedError`, `InvalidArgumentError` for an empty list, and `UnprocessableError` where one of
        the accounts does not exist; then nobody of the same request of at most 500 was added.

        Source: Logto `AddOrganizationUsers`, `AssignOrganizationRolesToUsers`.
        """
        self._require("add")
        ids = check_names(user_ids, "user ids")
        if not ids:
            raise InvalidArgumentError("There are no users to add.")
        await self._members.add(ids, self._check_roles(roles))

    async def remove(self, user_id: str, *, account: AccountAction) -> None:
        """Take a user out of the organization.

        `account="keep"` ends the membership and keeps the account; at Flat it becomes an individual one.
        `account="delete"` deletes the account and all its data, for good. There is no default.

        Raises `UnsupportedError`, `InvalidArgumentError` and `NotFoundError`.

        Source: Flat `removeOrganizationUser`, Logto `DeleteOrganizationUser`, `DeleteUser`.
        """
        self._require("remove")
        if account not in ("keep", "delete"):
            raise InvalidArgumentError('Say what becomes of the account: account="keep" or account="delete".')
        await self._members.remove(check_id(user_id, "user id"), account)

    async def list_roles(self, user_id: str) -> Sequence[Role]:
        """Give the roles that a member holds.

        Raises `UnsupportedError`, `InvalidArgumentError` and `NotFoundError`.

        Source: Logto `ListOrganizationUserRoles`; at Flat the user is read.
        """
        self._require("list_roles")
        return await self._members.list_roles(check_id(user_id, "user id"))

    async def set_roles(self, user_id: str, roles: Iterable[str]) -> None:
        """Have a member hold exactly these roles, given by name or id.

        Raises `UnsupportedError` for several roles or none where a member holds exactly one (Flat),
        `InvalidArgumentError`, and `NotFoundError` for an unknown member or role.

        Source: Logto `ReplaceOrganizationUserRoles`, Flat `updateOrganizationUser`.
        """
        self._require("set_roles")
        await self._members.set_roles(check_id(user_id, "user id"), self._check_roles(roles))

    async def add_roles(self, user_id: str, roles: Iterable[str]) -> None:
        """Have a member hold these roles too.

        Raises what `set_roles` raises.

        Source: Logto `AssignOrganizationRolesToUser`.
        """
        self._require("add_roles")
        await self._members.add_roles(check_id(user_id, "user id"), self._check_roles(roles))

    async def remove_roles(self, user_id: str, roles: Iterable[str]) -> None:
        """Take these roles from a member. One that they do not hold is no error.

        Raises what `set_roles` raises.

        Source: Logto `DeleteOrganizationUserRole`.
        """
        self._require("remove_roles")
        await self._members.remove_roles(check_id(user_id, "user id"), check_names(roles, "roles"))

    def _check_roles(self, roles: Iterable[str]) -> tuple[str, ...]:
        names = check_names(roles, "roles")
        if len(names) > 1:
            self._provider.require(Capability.USERS_SEVERAL_ROLES)
        return names

    def _narrow(self, verb: str, query: str | None, role: str | None, *, complete: bool = False) -> UserQuery:
        self._require(verb)
        if query:
            self._provider.require(Capability.USERS_QUERY)
        if role is not None:
            self._provider.require(Capability.USERS_ROLE)
            if not role:
                raise InvalidArgumentError("The role is empty: pass a role's name, or leave it out.")
        return UserQuery(query=check_filter(query, "query"), role=check_filter(role, "role"), complete=complete)
