"""Native operations on accounts and on the tenant's roles that they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ConfigDict, JsonValue, SecretStr, TypeAdapter

from orgsdk.providers.logto import requests
from orgsdk.providers.logto.models import (
    AssignedUserRoles,
    ModelReader,
    User,
    UserHasPassword,
    UserOrganization,
    UserProfile,
    UserRole,
)
from orgsdk.providers.logto.native.base import NativeOperations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from orgsdk.pagination import Paginator
    from orgsdk.providers.logto.models import CreateUser, JsonObject, UpdateUser

_USERS = ModelReader(User)
_PROFILES = ModelReader(UserProfile)
_ORGANIZATIONS = ModelReader(UserOrganization)
_HAS_PASSWORD = ModelReader(UserHasPassword)
_OBJECTS: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue], config=ConfigDict(defer_build=True))


class UsersAPI(NativeOperations):
    """Work with accounts."""

    def list_users(
        self,
        *,
        search_params: Mapping[str, str | Sequence[str]] | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[User]:
        """List the tenant's accounts, newest first, in no order among those of one creation time.

        `search_params` are those of Logto's advanced user search: `search` (SQL's LIKE over all fields: add `%`),
        `search.<field>`, `mode.<field>` (`like`, `exact`, `similar_to`, `posix`; several values for `exact`),
        `joint`, `isCaseSensitive`, `excludeRoleId`, `excludeOrganizationId`. `page_size` is 1 to 100, which is the
        default; `cursor` resumes at a page's `next_cursor`.

        Raises `InvalidArgumentError` and `InvalidCursorError` at once, and `BadRequestError` for a search that Logto
        does not understand.

        Source: `ListUsers`, https://docs.logto.io/user-management/advanced-user-search

        Example: `client.native.list_users(search_params={"search.id": ["a", "b"], "mode.id": "exact"})`
        """
        return self._paged(
            _USERS,
            lambda position, size: requests.users.list_users(search_params, position, size),
            page_size,
            cursor,
        )

    async def create_user(self, user: CreateUser) -> User:
        """Make an account and give it.

        A lost answer leaves its error: `client.accounts.create` finds what was made.

        Raises `InvalidArgumentError` where it has neither username nor address nor phone number,
        `ConflictError` where one of them is taken, and `BadRequestError` for what Logto finds invalid.

        Source: `CreateUser`.

        Example: `await client.native.create_user(CreateUser(username="ada", password=SecretStr("…")))`
        """
        return await self._connection.read_one(_USERS, requests.users.create_user(user))

    async def get_user(
        self, user_id: str, *, include_sso_identities: bool = False, include_password_hash: bool = False
    ) -> User:
        """Give one account.

        `include_sso_identities` adds who they are at enterprises' sign-ins, `include_password_hash` the password's
        digest and algorithm.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `GetUser`.
        """
        request = requests.users.get_user(
            user_id, include_sso_identities=include_sso_identities, include_password_hash=include_password_hash
        )
        return await self._connection.read_one(_USERS, request)

    async def update_user(self, user_id: str, *, changes: UpdateUser) -> User:
        """Change what `changes` sets and give the account; custom data and profile are replaced as a whole.

        Raises `NotFoundError`, `ConflictError` where username, address or phone number are taken, and
        `UnprocessableError` where `changes` sets nothing.

        Source: `UpdateUser`.
        """
        return await self._connection.read_one(_USERS, requests.users.update_user(user_id, changes))

    async def delete_user(self, user_id: str) -> None:
        """Delete an account with its memberships and the invitations that it sent, for good.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `DeleteUser`.
        """
        await self._connection.send(requests.users.delete_user(user_id))

    async def get_user_custom_data(self, user_id: str) -> JsonObject:
        """Give an account's custom data.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `ListUserCustomData`.
        """
        return await self._connection.read(_OBJECTS.validate_json, requests.users.list_user_custom_data(user_id))

    async def update_user_custom_data(self, user_id: str, *, custom_data: JsonObject) -> JsonObject:
        """Put keys into an account's custom data and give all of it. A null is kept as such; no key goes this way.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `UpdateUserCustomData`.
        """
        request = requests.users.update_user_custom_data(user_id, custom_data)
        return await self._connection.read(_OBJECTS.validate_json, request)

    async def update_user_profile(self, user_id: str, *, profile: UserProfile) -> UserProfile:
        """Put the fields that `profile` sets into an account's profile and give all of it.

        Raises `NotFoundError`, and `BadRequestError` for what Logto finds invalid.

        Source: `UpdateUserProfile`.
        """
        return await self._connection.read_one(_PROFILES, requests.users.update_user_profile(user_id, profile))

    async def update_user_password(self, user_id: str, *, password: SecretStr) -> User:
        """Have an account have this password and give it. Logto's password policy is not applied.

        Raises `InvalidArgumentError` for what can be no id, `NotFoundError`, and `BadRequestError` for an empty one.

        Source: `UpdateUserPassword`.
        """
        return await self._connection.read_one(_USERS, requests.users.update_user_password(user_id, password))

    async def get_user_has_password(self, user_id: str) -> UserHasPassword:
        """Tell whether an account has a password.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `GetUserHasPassword`.
        """
        return await self._connection.read_one(_HAS_PASSWORD, requests.users.get_user_has_password(user_id))

    async def update_user_is_suspended(self, user_id: str, *, is_suspended: bool) -> User:
        """Keep an account from signing in, or let it again, and give it.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `UpdateUserIsSuspended`.
        """
        request = requests.users.update_user_is_suspended(user_id, is_suspended=is_suspended)
        return await self._connection.read_one(_USERS, request)

    def list_user_organizations(self, user_id: str) -> Paginator[UserOrganization]:
        """List the organizations that an account belongs to, with its roles in them: one page, whatever its length.

        Raises `InvalidArgumentError` for what can be no id, at once, and `NotFoundError`.

        Source: `ListUserOrganizations`.
        """
        return self._unpaged(_ORGANIZATIONS, lambda position: requests.users.list_user_organizations(user_id, position))


_TENANT_ROLES = ModelReader(UserRole)
_ASSIGNED_TENANT_ROLES = ModelReader(AssignedUserRoles)


class UserRolesAPI(NativeOperations):
    """Work with roles of the tenant, for API resources; those of organizations are others."""

    def list_user_roles(
        self,
        user_id: str,
        *,
        search_params: Mapping[str, str | Sequence[str]] | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[UserRole]:
        """List the roles of the tenant that an account holds.

        `search_params` are as for `list_users`. `page_size` is 1 to 100, which is the default; `cursor` resumes at a
        page's `next_cursor`.

        Raises `InvalidArgumentError` and `InvalidCursorError` at once, and `NotFoundError`.

        Source: `ListUserRoles`.
        """
        return self._paged(
            _TENANT_ROLES,
            lambda position, size: requests.users.list_user_roles(user_id, search_params, position, size),
            page_size,
            cursor,
        )

    async def assign_user_roles(self, user_id: str, *, role_ids: Iterable[str]) -> AssignedUserRoles:
        """Have an account hold these roles of the tenant too, and tell which it did not hold before.

        Raises `InvalidArgumentError` for an empty list, `NotFoundError` for an account or a role that does not exist,
        and `UnprocessableError` for a role that is for machines.

        Source: `AssignUserRoles`.
        """
        return await self._connection.read_one(
            _ASSIGNED_TENANT_ROLES, requests.users.assign_user_roles(user_id, role_ids)
        )

    async def replace_user_roles(self, user_id: str, *, role_ids: Iterable[str]) -> AssignedUserRoles:
        """Have an account hold exactly these roles of the tenant; an empty list takes all away.

        Raises `NotFoundError` and `UnprocessableError` as `assign_user_roles` does.

        Source: `ReplaceUserRoles`.
        """
        return await self._connection.read_one(
            _ASSIGNED_TENANT_ROLES, requests.users.replace_user_roles(user_id, role_ids)
        )

    async def delete_user_role(self, user_id: str, *, role_id: str) -> None:
        """Have an account hold a role of the tenant no more.

        Raises `InvalidArgumentError` for what can be no id, and `NotFoundError` where it does not hold it.

        Source: `DeleteUserRole`.
        """
        await self._connection.send(requests.users.delete_user_role(user_id, role_id))
