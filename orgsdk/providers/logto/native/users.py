"""Native operations on accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from pydantic import JsonValue, SecretStr

from orgsdk.domain import JsonReader
from orgsdk.providers.http.bodies import build_body
from orgsdk.providers.logto.models import (
    CreateUser,
    CreateUserFields,
    TenantUser,
    UpdateUser,
    UpdateUserFields,
    UpdateUserProfile,
    UpdateUserProfileFields,
    UserHasPassword,
    UserOrganization,
    UserProfile,
)
from orgsdk.providers.logto.native.base import LogtoNativeOperations
from orgsdk.providers.logto.requests import users as requests

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orgsdk.pagination import Paginator
    from orgsdk.providers.logto.models import JsonObject

_USERS = JsonReader(TenantUser)
_PROFILES = JsonReader(UserProfile)
_ORGANIZATIONS = JsonReader(UserOrganization)
_HAS_PASSWORD = JsonReader(UserHasPassword)
_OBJECTS = JsonReader(dict[str, JsonValue])


class LogtoUsersAPI(LogtoNativeOperations):
    """Native operations on accounts."""

    def list_users(
        self,
        *,
        search_params: Mapping[str, str | Sequence[str]] | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[TenantUser]:
        """List the tenant's accounts, newest first. Accounts of one creation time have no fixed order.

        Args:
            search_params: Parameters of Logto's advanced user search: `search` (SQL's LIKE on all fields: add `%`),
                `search.<field>`, `mode.<field>` (`like`, `exact`, `similar_to`, `posix`; `exact` accepts several
                values), `joint`, `isCaseSensitive`, `excludeRoleId`, `excludeOrganizationId`.
            page_size: Accounts per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: A parameter or the page size is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.
            BadRequestError: Logto refuses the search.

        Source: Logto ListUsers, https://docs.logto.io/user-management/advanced-user-search

        Example:
            ``client.native.list_users(search_params={"search.id": ["a", "b"], "mode.id": "exact"})``
        """
        return self._paginate(
            _USERS,
            lambda position, size: requests.list_users(search_params, position, size),
            page_size=page_size,
            cursor=cursor,
        )

    async def create_user(self, user: CreateUser | None = None, **fields: Unpack[CreateUserFields]) -> TenantUser:
        """Create an account.

        Args:
            user: The new account.
            **fields: Its fields, instead of `user`.

        Returns:
            The account.

        Raises:
            InvalidArgumentError: A field is invalid, or there is no username, e-mail address or phone number.
            OutcomeUnknownError: The response was lost. `client.accounts.create` looks the account up in this case.
            ConflictError: The username, e-mail address or phone number is taken.
            BadRequestError: Logto refuses a value as invalid.

        Source: Logto CreateUser.

        Example:
            ``await client.native.create_user(username="ada", password="…")``
        """
        return await self._read_one(requests.create_user(build_body(CreateUser, user, fields)), _USERS)

    async def get_user(
        self, user_id: str, *, include_sso_identities: bool = False, include_password_hash: bool = False
    ) -> TenantUser:
        """Return one account.

        Args:
            user_id: Id of the account.
            include_sso_identities: Add the identities at enterprise single sign-on (SSO).
            include_password_hash: Add the digest of the password and its algorithm.

        Returns:
            The account.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such account.

        Source: Logto GetUser.
        """
        request = requests.get_user(
            user_id, include_sso_identities=include_sso_identities, include_password_hash=include_password_hash
        )
        return await self._read_one(request, _USERS)

    async def update_user(
        self, user_id: str, changes: UpdateUser | None = None, **fields: Unpack[UpdateUserFields]
    ) -> TenantUser:
        """Update an account.

        Args:
            user_id: Id of the account.
            changes: The fields to change. `custom_data` and `profile` replace the whole object.
            **fields: The fields, instead of `changes`.

        Returns:
            The updated account.

        Raises:
            InvalidArgumentError: The id or a field is invalid.
            NotFoundError: No such account.
            ConflictError: The username, e-mail address or phone number is taken.
            UnprocessableError: There is no field to change.

        Source: Logto UpdateUser.
        """
        body = build_body(UpdateUser, changes, fields)
        return await self._read_one(requests.update_user(user_id, body), _USERS)

    async def delete_user(self, user_id: str) -> None:
        """Delete an account permanently, with its memberships and the invitations that it sent.

        Args:
            user_id: Id of the account.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such account.

        Source: Logto DeleteUser.
        """
        await self._send(requests.delete_user(user_id))

    async def get_user_custom_data(self, user_id: str) -> JsonObject:
        """Return an account's custom data.

        Args:
            user_id: Id of the account.

        Returns:
            The custom data.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such account.

        Source: Logto ListUserCustomData.
        """
        return await self._read_one(requests.list_user_custom_data(user_id), _OBJECTS)

    async def update_user_custom_data(self, user_id: str, *, custom_data: JsonObject) -> JsonObject:
        """Merge keys into an account's custom data. No key can be removed: a null is stored as null.

        Args:
            user_id: Id of the account.
            custom_data: The keys to set.

        Returns:
            The whole custom data.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such account.

        Source: Logto UpdateUserCustomData.
        """
        request = requests.update_user_custom_data(user_id, custom_data)
        return await self._read_one(request, _OBJECTS)

    async def update_user_profile(
        self, user_id: str, changes: UpdateUserProfile | None = None, **fields: Unpack[UpdateUserProfileFields]
    ) -> UserProfile:
        """Merge fields into an account's profile.

        Args:
            user_id: Id of the account.
            changes: The fields to set.
            **fields: The fields, instead of `changes`.

        Returns:
            The whole profile.

        Raises:
            InvalidArgumentError: The id or a field is invalid.
            NotFoundError: No such account.
            BadRequestError: Logto refuses a value as invalid.

        Source: Logto UpdateUserProfile.
        """
        body = build_body(UpdateUserProfile, changes, fields)
        return await self._read_one(requests.update_user_profile(user_id, body), _PROFILES)

    async def update_user_password(self, user_id: str, *, password: str | SecretStr) -> TenantUser:
        """Set an account's password. Logto does not apply its password policy here.

        Args:
            user_id: Id of the account.
            password: The new password.

        Returns:
            The account.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such account.
            BadRequestError: The password is empty.

        Source: Logto UpdateUserPassword.
        """
        return await self._read_one(requests.update_user_password(user_id, password), _USERS)

    async def get_user_has_password(self, user_id: str) -> UserHasPassword:
        """Return whether an account has a password.

        Args:
            user_id: Id of the account.

        Returns:
            An object with `has_password`.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such account.

        Source: Logto GetUserHasPassword.
        """
        return await self._read_one(requests.get_user_has_password(user_id), _HAS_PASSWORD)

    async def update_user_is_suspended(self, user_id: str, *, is_suspended: bool) -> TenantUser:
        """Suspend an account, or end the suspension. A suspended account cannot sign in.

        Args:
            user_id: Id of the account.
            is_suspended: True to suspend, False to end the suspension.

        Returns:
            The updated account.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such account.

        Source: Logto UpdateUserIsSuspended.
        """
        request = requests.update_user_is_suspended(user_id, is_suspended=is_suspended)
        return await self._read_one(request, _USERS)

    def list_user_organizations(self, user_id: str) -> Paginator[UserOrganization]:
        """List the organizations of an account with its roles in them, as one page of any length.

        Args:
            user_id: Id of the account.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: The id is invalid. Raised at once.
            NotFoundError: No such account.

        Source: Logto ListUserOrganizations.
        """
        return self._whole(_ORGANIZATIONS, requests.list_user_organizations(user_id))
