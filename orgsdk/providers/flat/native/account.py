"""The account that the token belongs to."""

from __future__ import annotations

from typing import Literal, overload

from orgsdk.providers.flat import requests
from orgsdk.providers.flat.models.users import UserDetails
from orgsdk.providers.flat.native.base import FlatNativeOperations, decode_id, object_decoder


class FlatAccountAPI(FlatNativeOperations):
    """Read the token's own account."""

    @overload
    async def get_authenticated_user(self, *, only_id: Literal[False] | None = None) -> UserDetails: ...

    @overload
    async def get_authenticated_user(self, *, only_id: Literal[True]) -> str: ...

    async def get_authenticated_user(self, *, only_id: bool | None = None) -> UserDetails | str:
        """Give the account that the token belongs to, or its id alone where `only_id` is true.

        Raises `PermissionDeniedError` without the scopes `account.public_profile` and `account.education_profile`.

        Source: `getAuthenticatedUser`, GET /me.
        """
        request = requests.get_authenticated_user(only_id=only_id)
        if only_id:
            return await self._connection.read(request, decode_id)
        return await self._connection.read(request, object_decoder(UserDetails))
