"""Native operations on groups and their members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import JsonValue

from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import Paginator
from orgsdk.providers.http import given
from orgsdk.providers.scim.models import SCIMResource
from orgsdk.providers.scim.native.base import SCIMNativeOperations, body_of, operations_body, query_of
from orgsdk.providers.scim.native.routes import MEMBERS_PER_PATCH, REQUESTS, member_operations, patch_body


class SCIMGroupsAPI(SCIMNativeOperations):
    """Native operations on groups and their members."""

    def list_groups(
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
        """List groups.

        Args:
            filter: As for `list_users`.
            attributes: As for `list_users`.
            excluded_attributes: As for `list_users`, such as ``members``.
            sort_by: As for `list_users`.
            sort_order: As for `list_users`.
            page_size: As for `list_users`.
            cursor: As for `list_users`.

        Returns:
            The groups.

        Raises:
            InvalidArgumentError: An argument is invalid.

        Source: RFC 7644, section 3.4.2.
        """
        query = query_of(filter, attributes, excluded_attributes, sort_by, sort_order)
        return self._list("group", query, page_size, cursor)

    async def get_group(self, group_id: str, *, excluded_attributes: str | None = None) -> SCIMResource:
        """Return one group.

        Args:
            group_id: The group's id.
            excluded_attributes: Names of the attributes to leave out, such as ``members``.

        Returns:
            The group.

        Raises:
            NotFoundError: No such group.

        Source: RFC 7644, section 3.4.1.
        """
        query = given(("excludedAttributes", excluded_attributes))
        return await self._resource(REQUESTS.build("get_group", None, query, group_id=group_id))

    async def create_group(self, resource: Mapping[str, JsonValue]) -> SCIMResource:
        """Create a group.

        Args:
            resource: The group, with its ``schemas``.

        Returns:
            The group as the server stores it.

        Raises:
            OutcomeUnknownError: The response was lost.

        Source: RFC 7644, section 3.3.
        """
        return await self._resource(REQUESTS.build("create_group", body_of(resource)))

    async def replace_group(
        self, group_id: str, resource: Mapping[str, JsonValue], *, if_match: str | None = None
    ) -> SCIMResource | None:
        """Replace a group, its members too.

        Args:
            group_id: The group's id.
            resource: The group, with its ``schemas``.
            if_match: The version that the group must have.

        Returns:
            The group. None if the response has none.

        Raises:
            NotFoundError: No such group.

        Source: RFC 7644, section 3.5.1.
        """
        return await self._change(REQUESTS.build("replace_group", body_of(resource), group_id=group_id), if_match)

    async def patch_group(
        self, group_id: str, operations: Sequence[Mapping[str, JsonValue]], *, if_match: str | None = None
    ) -> SCIMResource | None:
        """Change a group by operations.

        Args:
            group_id: The group's id.
            operations: As for `patch_user`.
            if_match: The version that the group must have.

        Returns:
            The group. None if the response has none.

        Raises:
            NotFoundError: No such group.

        Source: RFC 7644, section 3.5.2.
        """
        return await self._change(
            REQUESTS.build("patch_group", operations_body(operations), group_id=group_id), if_match
        )

    async def delete_group(self, group_id: str, *, if_match: str | None = None) -> None:
        """Delete a group. Its members stay.

        Args:
            group_id: The group's id.
            if_match: The version that the group must have.

        Raises:
            NotFoundError: No such group.

        Source: RFC 7644, section 3.6.
        """
        await self._delete(REQUESTS.build("delete_group", group_id=group_id), if_match)

    async def add_members(self, group_id: str, user_ids: Sequence[str]) -> None:
        """Add users to a group, with one request for 100 of them.

        Args:
            group_id: The group's id.
            user_ids: The ids. Some servers keep a member twice who was one before.

        Raises:
            NotFoundError: No such group.

        Source: RFC 7644, section 3.5.2.1.
        """
        for part in _parts(user_ids):
            body = patch_body(member_operations(add=part))
            await self._change(REQUESTS.build("patch_group", body, group_id=group_id), None)

    async def remove_members(self, group_id: str, user_ids: Sequence[str]) -> None:
        """Remove users from a group, with one request for 100 of them.

        Args:
            group_id: The group's id.
            user_ids: The ids. One that is no member is no error.

        Raises:
            NotFoundError: No such group.

        Source: RFC 7644, section 3.5.2.2.
        """
        for part in _parts(user_ids):
            body = patch_body(member_operations(remove=part))
            await self._change(REQUESTS.build("patch_group", body, group_id=group_id), None)


def _parts(user_ids: Sequence[str]) -> Sequence[Sequence[str]]:
    if isinstance(user_ids, str):
        raise InvalidArgumentError("The user ids are one text: pass a list of ids.")
    ids = [REQUESTS.ids.check(user_id, "user id") for user_id in user_ids]
    return [ids[start : start + MEMBERS_PER_PATCH] for start in range(0, len(ids), MEMBERS_PER_PATCH)]
