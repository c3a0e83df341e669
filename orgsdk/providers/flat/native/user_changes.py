"""Users of the organization, by Flat's own operations: changes, and ways to sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr

from orgsdk.providers.flat import wire
from orgsdk.providers.flat.models.access import (
    ApiAccessToken,
    OrganizationUserAccessTokenCreation,
    UserSigninLink,
    UserSigninLinkCreation,
)
from orgsdk.providers.flat.models.user import UserAdminUpdate, UserCreation, UserDetailsAdmin
from orgsdk.providers.flat.native.base import Part
from orgsdk.providers.flat.native.readers import one

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.providers.flat.models.words import AppScope, OrganizationRole


class UserChangesPart(Part):
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
        return await self._create(wire.create_organization_user(user), one(UserDetailsAdmin))

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
        return await self._connection.read(wire.update_organization_user(user_id, changes), one(UserDetailsAdmin))

    async def remove_organization_user(self, user_id: str, *, convert_to_individual: bool) -> None:
        """Remove a user from the organization.

        With `convert_to_individual` the account becomes an individual one, without its education-related data;
        the person must be at least 13 years old and have agreed to Flat's terms. Without it the account and all
        its data are deleted, for good: Flat's own default, which is none here.

        Raises `InvalidArgumentError`, and `NotFoundError` where there is no such user.

        Source: `removeOrganizationUser`, DELETE /organizations/users/{user}.
        """
        request = wire.remove_organization_user(user_id, convert_to_individual=convert_to_individual)
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
        return await self._create(wire.create_organization_user_signin_link(user_id, link), one(UserSigninLink))

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
        return await self._create(wire.create_organization_user_access_token(user_id, token), one(ApiAccessToken))


def _secret(password: str | SecretStr) -> SecretStr:
    return SecretStr(password) if isinstance(password, str) else password
