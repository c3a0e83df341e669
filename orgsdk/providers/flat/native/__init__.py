"""Native interface of Flat: all of its operations on an organization, under its own names in snake case."""

from __future__ import annotations

from typing import Literal, overload

from orgsdk.domain import JsonReader
from orgsdk.providers.flat import requests
from orgsdk.providers.flat.models.base import id_reader, reader_of
from orgsdk.providers.flat.models.users import UserDetails
from orgsdk.providers.flat.native.invitations import FlatInvitationsAPI
from orgsdk.providers.flat.native.lti import FlatLtiAPI
from orgsdk.providers.flat.native.users import FlatUsersAPI

__all__ = ["FlatAPI"]


class FlatAPI(FlatUsersAPI, FlatInvitationsAPI, FlatLtiAPI):
    """Flat's operations under their own names: 17 on an organization, and `GET /me`.

    Results are models of `orgsdk.providers.flat.models`; fields that they do not declare are in `model_extra`. Every
    method raises the errors of `orgsdk.errors`: `AuthenticationError` for an invalid token, `PermissionDeniedError`
    for a missing scope, `RateLimitError` if the limit of 7,200 requests an hour is exceeded. A removal whose response
    was lost is retried, and a 404 for the retry counts as success.

    Example:
        ``link = await client.native.create_organization_user_signin_link(ada.id)``
    """

    @overload
    async def get_authenticated_user(self, *, only_id: Literal[False] | None = None) -> UserDetails: ...

    @overload
    async def get_authenticated_user(self, *, only_id: Literal[True]) -> str: ...

    async def get_authenticated_user(self, *, only_id: bool | None = None) -> UserDetails | str:
        """Return the account that the token belongs to.

        Args:
            only_id: Return only the account's id.

        Returns:
            The account, or its id.

        Raises:
            PermissionDeniedError: The token lacks the scope `account.public_profile` or `account.education_profile`.

        Source:
            `getAuthenticatedUser`, GET /me.
        """
        request = requests.get_authenticated_user(only_id=only_id)
        if only_id:
            return await self._read_one(request, id_reader)
        accounts: JsonReader[UserDetails] = reader_of(UserDetails)
        return await self._read_one(request, accounts)
