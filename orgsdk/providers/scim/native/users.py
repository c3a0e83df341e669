"""Native operations on users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import JsonValue

from orgsdk.pagination import Paginator
from orgsdk.providers.http import given
from orgsdk.providers.scim.models import SCIMResource
from orgsdk.providers.scim.native.base import SCIMNativeOperations, body_of, operations_body, query_of
from orgsdk.providers.scim.native.routes import REQUESTS


class SCIMUsersAPI(SCIMNativeOperations):
    """Native operations on users."""

    def list_users(
        self,
        *,
        filter: str | None = None,  # noqa: A002  # the name in SCIM
        attributes: str | None = None,
        excluded_attributes: str | None = None,
        sort_by: str | None = None,
        sort_order: Literal["ascending", "descending"] | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[SCIMResource]:
        """List users.

        Args:
            filter: A filter, such as ``title eq "Countess"``. Some servers ignore one, or answer with an empty list.
            attributes: Names of the attributes to return, with commas between them.
            excluded_attributes: Names of the attributes to leave out, with commas between them.
            sort_by: Name of the attribute to sort by.
            sort_order: The order.
            page_size: Resources per page. Default: the server's largest page.
            cursor: The `next_cursor` of a page of the same list.

        Returns:
            The users.

        Raises:
            InvalidArgumentError: An argument is invalid.

        Source: RFC 7644, section 3.4.2.
        """
        query = query_of(filter, attributes, excluded_attributes, sort_by, sort_order)
        return self._list("user", query, page_size, cursor)

    async def get_user(self, user_id: str, *, attributes: str | None = None) -> SCIMResource:
        """Return one user.

        Args:
            user_id: The user's id.
            attributes: Names of the attributes to return, with commas between them.

        Returns:
            The user.

        Raises:
            NotFoundError: No such user.

        Source: RFC 7644, section 3.4.1.
        """
        query = given(("attributes", attributes))
        return await self._resource(REQUESTS.build("get_user", None, query, user_id=user_id))

    async def create_user(self, resource: Mapping[str, JsonValue]) -> SCIMResource:
        """Create a user.

        Args:
            resource: The user, with its ``schemas``.

        Returns:
            The user as the server stores it.

        Raises:
            ConflictError: The username is taken.
            OutcomeUnknownError: The response was lost.

        Source: RFC 7644, section 3.3.
        """
        return await self._resource(REQUESTS.build("create_user", body_of(resource)))

    async def replace_user(
        self, user_id: str, resource: Mapping[str, JsonValue], *, if_match: str | None = None
    ) -> SCIMResource | None:
        """Replace a user. What is left out may be cleared.

        Args:
            user_id: The user's id.
            resource: The user, with its ``schemas``.
            if_match: The version that the user must have.

        Returns:
            The user. None if the response has none.

        Raises:
            NotFoundError: No such user.

        Source: RFC 7644, section 3.5.1.
        """
        return await self._change(REQUESTS.build("replace_user", body_of(resource), user_id=user_id), if_match)

    async def patch_user(
        self, user_id: str, operations: Sequence[Mapping[str, JsonValue]], *, if_match: str | None = None
    ) -> SCIMResource | None:
        """Change a user by operations.

        Args:
            user_id: The user's id.
            operations: Operations, such as ``{"op": "replace", "path": "title", "value": "Countess"}``.
            if_match: The version that the user must have.

        Returns:
            The user. None if the response has none.

        Raises:
            NotFoundError: No such user.

        Source: RFC 7644, section 3.5.2.
        """
        return await self._change(REQUESTS.build("patch_user", operations_body(operations), user_id=user_id), if_match)

    async def delete_user(self, user_id: str, *, if_match: str | None = None) -> None:
        """Delete a user.

        Args:
            user_id: The user's id.
            if_match: The version that the user must have.

        Raises:
            NotFoundError: No such user.

        Source: RFC 7644, section 3.6.
        """
        await self._delete(REQUESTS.build("delete_user", user_id=user_id), if_match)
