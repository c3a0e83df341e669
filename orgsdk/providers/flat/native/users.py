"""Native operations on users: list, count, create, update, remove, sign-in links, access tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from pydantic import SecretStr

from orgsdk.providers.flat import requests
from orgsdk.providers.flat.models.users import (
    ApiAccessToken,
    OrganizationUserAccessTokenCreation,
    UserAdminUpdate,
    UserCreation,
    UserDetailsAdmin,
    UserSigninLink,
    UserSigninLinkCreation,
)
from orgsdk.providers.flat.native.base import FlatNativeOperations, array_decoder, decode_ids, object_decoder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from orgsdk.pagination import Paginator
    from orgsdk.providers.flat.models.literals import (
        AppScope,
        Direction,
        LicenseState,
        OrganizationRole,
        TestAccounts,
        UserSort,
    )


class FlatUsersAPI(FlatNativeOperations):
    """List and count users."""

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
        """List users, or with `only_ids` their ids; nothing is requested until the paginator is iterated or awaited.

        `sort` is `"firstname"`, `"lastname"`, `"lastActivityDate"` or `"licenseExpirationDate"`, `direction` `"asc"`
        or `"desc"`. `role`, `group` (ids) and `license_expiration_date` (dates, `"active"`, `"notActive"`) take one
        or several, and narrow to users who match any of them. `q` is a text to look for. `no_active_license`
        narrows to those without one; `test_accounts` is `"exclude"` or `"only"`. `page_size`, their `limit`, is 1 to
        1,000, which is the default. `cursor` is a page's `next_cursor` or `previous_cursor`: their `next` and
        `previous`.

        Raises `InvalidArgumentError` for a value that Flat does not know and `InvalidCursorError`, at once.

        Source: `listOrganizationUsers`, GET /organizations/users.

        Example: `async for user in client.native.list_organization_users(sort="lastname", role="teacher"): ...`
        """
        filters = requests.UserFilters(
            role=role, q=q, group=group, no_active_license=no_active_license, test_accounts=test_accounts
        )
        order = requests.UserListOptions(
            sort=sort, direction=direction, license_expiration_date=license_expiration_date, only_ids=only_ids
        )
        parameters = order.parameters() + filters.parameters()
        name, request = "list_organization_users", requests.list_organization_users
        if only_ids:
            return self._paginate(name, parameters, request, decode_ids, page_size=page_size, cursor=cursor)
        reader = array_decoder(UserDetailsAdmin)
        return self._paginate(name, parameters, request, reader, page_size=page_size, cursor=cursor)

    async def count_orga_users(
        self,
        *,
        role: OrganizationRole | Iterable[OrganizationRole] = (),
        q: str | None = None,
        group: str | Iterable[str] = (),
        no_active_license: bool | None = None,
        test_accounts: TestAccounts | None = None,
    ) -> int:
        """Count the users that `list_organization_users` would give, filtered likewise.

        Raises `InvalidArgumentError` for a value that Flat does not know, and `DecodeError` where the answer is no
        integer, as older documents declare it.

        Source: `countOrgaUsers`, GET /organizations/users/count.
        """
        filters = requests.UserFilters(
            role=role, q=q, group=group, no_active_license=no_active_license, test_accounts=test_accounts
        )
        return await self._connection.read(requests.count_orga_users(filters), requests.read_count)


class FlatUserChangesAPI(FlatNativeOperations):
    """Make, change and remove users, and let somebody act as one."""

    async def create_organization_user(
        self,
        *,
        username: str,
        password: str | SecretStr,
        firstname: str | None = None,
        lastname: str | None = None,
        email: str | None = None,
        locale: str | None = None,
        role: OrganizationRole | None = None,
    ) -> UserDetailsAdmin:
        """Make an account and give it.

        `username` has 1 to 30 characters and is unique in the organization, `password` has 6 to 1,000, `firstname`
        and `lastname` have at most 60 each. `locale` is a language code (Flat's default is `"en"`), `role` is
        `"user"` (Flat's default), `"teacher"`, `"admin"` or `"accountAdmin"`.

        Raises `InvalidArgumentError` for what Flat does not take, `ConflictError` or another `APIError` where the
        username is taken, and `OutcomeUnknownError` where the answer was lost (`users.create` looks up what became
        of it).

        Source: `createOrganizationUser`, POST /organizations/users.
        """
        user = UserCreation(
            username=username,
            password=_secret(password),
            firstname=firstname,
            lastname=lastname,
            email=email,
            locale=locale,
            role=role,
        )
        return await self._create(requests.create_organization_user(user), object_decoder(UserDetailsAdmin))

    async def update_organization_user(
        self,
        user_id: str,
        *,
        password: str | SecretStr | None = None,
        organization_role: OrganizationRole | None = None,
        username: str | None = None,
        firstname: str | None = None,
        lastname: str | None = None,
        email: str | None = None,
    ) -> UserDetailsAdmin:
        """Change what is given of a user, leave the rest, and give them as they are now.

        Lengths and words are as for `create_organization_user`; an empty first or last name clears it.

        Raises `InvalidArgumentError`, and `NotFoundError` where there is no such user.

        Source: `updateOrganizationUser`, PUT /organizations/users/{user}.
        """
        changes = UserAdminUpdate(
            password=None if password is None else _secret(password),
            organization_role=organization_role,
            username=username,
            firstname=firstname,
            lastname=lastname,
            email=email,
        )
        return await self._connection.read(
            requests.update_organization_user(user_id, changes), object_decoder(UserDetailsAdmin)
        )

    async def remove_organization_user(self, user_id: str, *, convert_to_individual: bool) -> None:
        """Remove a user from the organization.

        With `convert_to_individual` the account becomes an individual one, without its education-related data;
        the person must be at least 13 years old and have agreed to Flat's terms. Without it the account and all
        its data are deleted, for good: Flat's own default, which is none here.

        Raises `InvalidArgumentError`, and `NotFoundError` where there is no such user.

        Source: `removeOrganizationUser`, DELETE /organizations/users/{user}.
        """
        request = requests.remove_organization_user(user_id, convert_to_individual=convert_to_individual)
        await self._connection.send(request)

    async def create_organization_user_signin_link(
        self, user_id: str, *, destination_path: str | None = None
    ) -> UserSigninLink:
        """Make a link that signs in whoever opens it as the user, and leads to `destination_path` (default `/`).

        Raises `InvalidArgumentError`, `NotFoundError` where there is no such user, and `OutcomeUnknownError` where
        the answer was lost: make another link, the lost one is known to nobody.

        Source: `createOrganizationUserSigninLink`, POST /organizations/users/{user}/signinLink.

        Example: `link = await client.native.create_organization_user_signin_link(ada.id, destination_path="/class")`
        """
        link = UserSigninLinkCreation(destination_path=destination_path)
        return await self._create(
            requests.create_organization_user_signin_link(user_id, link), object_decoder(UserSigninLink)
        )

    async def create_organization_user_access_token(
        self, user_id: str, *, scopes: Iterable[AppScope]
    ) -> ApiAccessToken:
        """Make a token of limited time by which the API is used as the user; it is shown this once.

        `scopes` is what it may do, such as `"account.public_profile"`.

        Raises `InvalidArgumentError` for a scope that Flat does not know, `NotFoundError` where there is no such
        user, and `OutcomeUnknownError` where the answer was lost: make another token, the lost one is known to
        nobody.

        Source: `createOrganizationUserAccessToken`, POST /organizations/users/{user}/accessToken.
        """
        token = OrganizationUserAccessTokenCreation(scopes=tuple(scopes))
        return await self._create(
            requests.create_organization_user_access_token(user_id, token), object_decoder(ApiAccessToken)
        )


def _secret(password: str | SecretStr) -> SecretStr:
    return SecretStr(password) if isinstance(password, str) else password
