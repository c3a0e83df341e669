"""Native operations on users: list, count, create, update, remove, sign-in links, access tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack, overload

from orgsdk.arguments import check_flag
from orgsdk.providers.flat import requests
from orgsdk.providers.flat.models.access import (
    ApiAccessToken,
    OrganizationUserAccessTokenCreation,
    OrganizationUserAccessTokenCreationFields,
    UserSigninLink,
    UserSigninLinkCreation,
    UserSigninLinkCreationFields,
)
from orgsdk.providers.flat.models.base import id_reader, reader_of
from orgsdk.providers.flat.models.users import (
    UserAdminUpdate,
    UserAdminUpdateFields,
    UserCreation,
    UserCreationFields,
    UserDetailsAdmin,
)
from orgsdk.providers.flat.native.base import FlatNativeOperations
from orgsdk.providers.flat.records import read_count
from orgsdk.providers.http.bodies import build_body

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from orgsdk.pagination import Paginator
    from orgsdk.providers.flat.models.literals import (
        Direction,
        LicenseState,
        OrganizationRole,
        TestAccounts,
        UserSort,
    )
    from orgsdk.transport import Request


class FlatUsersAPI(FlatNativeOperations):
    """List, count, create, update and remove users, and create sign-in links and access tokens for them."""

    @overload
    def list_organization_users(
        self,
        *,
        sort: UserSort | None = None,
        direction: Direction | None = None,
        role: OrganizationRole | Iterable[OrganizationRole] = (),
        q: str | None = None,
        group: str | Iterable[str] = (),
        no_active_license: bool | None = None,
        test_accounts: TestAccounts | None = None,
        license_expiration_date: date | LicenseState | Iterable[date | LicenseState] = (),
        only_ids: Literal[False] | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[UserDetailsAdmin]: ...

    @overload
    def list_organization_users(
        self,
        *,
        sort: UserSort | None = None,
        direction: Direction | None = None,
        role: OrganizationRole | Iterable[OrganizationRole] = (),
        q: str | None = None,
        group: str | Iterable[str] = (),
        no_active_license: bool | None = None,
        test_accounts: TestAccounts | None = None,
        license_expiration_date: date | LicenseState | Iterable[date | LicenseState] = (),
        only_ids: Literal[True],
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[str]: ...

    def list_organization_users(
        self,
        *,
        sort: UserSort | None = None,
        direction: Direction | None = None,
        role: OrganizationRole | Iterable[OrganizationRole] = (),
        q: str | None = None,
        group: str | Iterable[str] = (),
        no_active_license: bool | None = None,
        test_accounts: TestAccounts | None = None,
        license_expiration_date: date | LicenseState | Iterable[date | LicenseState] = (),
        only_ids: bool | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[UserDetailsAdmin] | Paginator[str]:
        """List users, or only their ids. Requests start when the paginator is iterated or awaited.

        Args:
            sort: `"firstname"`, `"lastname"`, `"lastActivityDate"` or `"licenseExpirationDate"`.
            direction: `"asc"` or `"desc"`.
            role: Return only users with this role, or with any of these roles.
            q: Return only users that match this text.
            group: Return only users in the group with this id, or in any of these groups.
            no_active_license: Return only users without an active license.
            test_accounts: `"exclude"` or `"only"` test accounts.
            license_expiration_date: Return only users whose license ends on this date, or is `"active"` or
                `"notActive"`; or that match any of these values.
            only_ids: Return ids instead of users.
            page_size: Users per page, 1 to 1,000, Flat's `limit`. Default 1,000.
            cursor: `next_cursor` or `previous_cursor` of a page, Flat's `next` and `previous`.

        Returns:
            A paginator of the users, or of their ids.

        Raises:
            InvalidArgumentError: An argument is invalid.
            InvalidCursorError: `cursor` is not from this list.

        Source:
            `listOrganizationUsers`, GET /organizations/users.

        Example:
            ``async for user in client.native.list_organization_users(sort="lastname", role="teacher"): ...``
        """
        filters = requests.UserFilters(
            role=role, q=q, group=group, no_active_license=no_active_license, test_accounts=test_accounts
        )
        options = requests.UserListOptions(
            sort=sort, direction=direction, license_expiration_date=license_expiration_date, only_ids=only_ids
        )
        parameters = options.parameters() + filters.parameters()

        def build_request(position: str | None, size: int) -> Request:
            return requests.list_organization_users(parameters, position, size)

        if only_ids:
            return self._paginate(id_reader, build_request, page_size=page_size, cursor=cursor)
        return self._paginate(reader_of(UserDetailsAdmin), build_request, page_size=page_size, cursor=cursor)

    async def count_orga_users(
        self,
        *,
        role: OrganizationRole | Iterable[OrganizationRole] = (),
        q: str | None = None,
        group: str | Iterable[str] = (),
        no_active_license: bool | None = None,
        test_accounts: TestAccounts | None = None,
    ) -> int:
        """Count the users that `list_organization_users` returns with the same filters.

        Args:
            role: Count only users with this role, or with any of these roles.
            q: Count only users that match this text.
            group: Count only users in the group with this id, or in any of these groups.
            no_active_license: Count only users without an active license.
            test_accounts: `"exclude"` or `"only"` test accounts.

        Returns:
            The number of users.

        Raises:
            InvalidArgumentError: An argument is invalid.
            DecodeError: The response is not an integer, as older official documents declare it.

        Source:
            `countOrgaUsers`, GET /organizations/users/count.
        """
        filters = requests.UserFilters(
            role=role, q=q, group=group, no_active_license=no_active_license, test_accounts=test_accounts
        )
        return await self._read(requests.count_orga_users(filters), read_count)

    async def create_organization_user(
        self, user: UserCreation | None = None, **fields: Unpack[UserCreationFields]
    ) -> UserDetailsAdmin:
        """Create an account.

        Args:
            user: The new account.
            **fields: Its fields, instead of `user`.

        Returns:
            The user.

        Raises:
            InvalidArgumentError: An argument is invalid.
            ConflictError: The username is taken. Flat may also answer with another `APIError`.
            OutcomeUnknownError: The response was lost. `users.create` looks the user up in this case.

        Source:
            `createOrganizationUser`, POST /organizations/users.

        Example:
            ``await client.native.create_organization_user(username="ada", password="…", role="teacher")``
        """
        body = build_body(UserCreation, user, fields)
        return await self._read_one(requests.create_organization_user(body), reader_of(UserDetailsAdmin))

    async def update_organization_user(
        self, user_id: str, changes: UserAdminUpdate | None = None, **fields: Unpack[UserAdminUpdateFields]
    ) -> UserDetailsAdmin:
        """Update a user. None leaves a field unchanged.

        Args:
            user_id: Id of the user.
            changes: The fields to change.
            **fields: The fields, instead of `changes`.

        Returns:
            The updated user.

        Raises:
            InvalidArgumentError: An argument is invalid.
            NotFoundError: No such user.

        Source:
            `updateOrganizationUser`, PUT /organizations/users/{user}.
        """
        request = requests.update_organization_user(user_id, build_body(UserAdminUpdate, changes, fields))
        return await self._read_one(request, reader_of(UserDetailsAdmin))

    async def remove_organization_user(self, user_id: str, *, convert_to_individual: bool) -> None:
        """Remove a user from the organization.

        Args:
            user_id: Id of the user.
            convert_to_individual: True converts the account to an individual one, without its education-related data;
                the user must be at least 13 years old and have accepted Flat's terms. False deletes the account and
                all its data permanently. False is Flat's default; here it has no default.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such user.

        Source:
            `removeOrganizationUser`, DELETE /organizations/users/{user}.
        """
        check_flag("convert_to_individual", convert_to_individual)  # Flat deletes the account without it
        request = requests.remove_organization_user(user_id, convert_to_individual=convert_to_individual)
        await self._send(request)

    async def create_organization_user_signin_link(
        self, user_id: str, link: UserSigninLinkCreation | None = None, **fields: Unpack[UserSigninLinkCreationFields]
    ) -> UserSigninLink:
        """Create a link that signs in anyone who opens it as the user.

        Args:
            user_id: Id of the user.
            link: The new link.
            **fields: Its fields, instead of `link`. Flat's default of `destination_path` is `"/"`.

        Returns:
            The link.

        Raises:
            InvalidArgumentError: An argument is invalid.
            NotFoundError: No such user.
            OutcomeUnknownError: The response was lost. Create another link: the lost one is in no other response.

        Source:
            `createOrganizationUserSigninLink`, POST /organizations/users/{user}/signinLink.

        Example:
            ``link = await client.native.create_organization_user_signin_link(ada.id, destination_path="/class")``
        """
        body = build_body(UserSigninLinkCreation, link, fields)
        request = requests.create_organization_user_signin_link(user_id, body)
        return await self._read_one(request, reader_of(UserSigninLink))

    async def create_organization_user_access_token(
        self,
        user_id: str,
        token: OrganizationUserAccessTokenCreation | None = None,
        **fields: Unpack[OrganizationUserAccessTokenCreationFields],
    ) -> ApiAccessToken:
        """Create a token that acts as the user, for a limited time.

        Args:
            user_id: Id of the user.
            token: The new token, with its scopes.
            **fields: Its `scopes`, such as `["account.public_profile"]`, instead of `token`.

        Returns:
            The token. Flat returns its text only here.

        Raises:
            InvalidArgumentError: A scope is unknown, or the id is invalid.
            NotFoundError: No such user.
            OutcomeUnknownError: The response was lost. Create another token: the lost one is in no other response.

        Source:
            `createOrganizationUserAccessToken`, POST /organizations/users/{user}/accessToken.
        """
        body = build_body(OrganizationUserAccessTokenCreation, token, fields)
        request = requests.create_organization_user_access_token(user_id, body)
        return await self._read_one(request, reader_of(ApiAccessToken))
