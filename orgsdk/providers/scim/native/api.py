"""`SCIMAPI`: the users, groups and announcements of a SCIM service, with resources as JSON objects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.http import EnvelopeReader, HTTPNativeOperations, JsonObject, Paging, given
from orgsdk.providers.scim.models import ResourceType, Schema, SCIMResource, ServiceProviderConfig
from orgsdk.providers.scim.models.discovery import CONFIGS, RESOURCE_TYPES, SCHEMAS
from orgsdk.providers.scim.native.routes import (
    MEMBERS_PER_PATCH,
    REQUESTS,
    member_operations,
    paging,
    patch_body,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import JsonValue

    from orgsdk.pagination import Paginator
    from orgsdk.providers.http import HTTPConnection
    from orgsdk.providers.scim.discovery import Service
    from orgsdk.transport import Request

Noun = Literal["user", "group"]
_READER: EnvelopeReader[SCIMResource] = EnvelopeReader(SCIMResource, "Resources", "totalResults")


class SCIMAPI(HTTPNativeOperations):
    """Requests of SCIM, with resources as JSON objects under SCIM's own names.

    Args:
        connection: Sends the requests.
        service: What the server supports.

    Example:
        ``await client.native.patch_user(ada.id, [{"op": "replace", "path": "title", "value": "Countess"}])``
    """

    _paging: ClassVar[Paging] = paging()
    _max_page_size: ClassVar[int] = 1000

    def __init__(self, connection: HTTPConnection, service: Service) -> None:
        super().__init__(connection)
        self._service = service

    # What the server announces

    async def get_service_provider_config(self) -> ServiceProviderConfig:
        """Return the features of the server.

        Returns:
            The features.

        Raises:
            NotFoundError: The server announces none.

        Source: RFC 7644, section 4.
        """
        return await self._read_one(REQUESTS.build("get_service_provider_config"), CONFIGS)

    async def list_resource_types(self) -> Sequence[ResourceType]:
        """Return the types of resources.

        Returns:
            The types.

        Raises:
            NotFoundError: The server announces none.

        Source: RFC 7644, section 4.
        """
        return await self._read(REQUESTS.build("list_resource_types"), RESOURCE_TYPES.many)

    async def list_schemas(self) -> Sequence[Schema]:
        """Return the schemas of the resources.

        Returns:
            The schemas.

        Raises:
            NotFoundError: The server announces none.

        Source: RFC 7644, section 4.
        """
        return await self._read(REQUESTS.build("list_schemas"), SCHEMAS.many)

    # Users

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
        query = _query(filter, attributes, excluded_attributes, sort_by, sort_order)
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
        return await self._read_one(REQUESTS.build("get_user", None, query, user_id=user_id), _READER)

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
        return await self._read_one(REQUESTS.build("create_user", _body(resource)), _READER)

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
        return await self._change(REQUESTS.build("replace_user", _body(resource), user_id=user_id), if_match)

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
        return await self._change(REQUESTS.build("patch_user", patch_body(operations), user_id=user_id), if_match)

    async def delete_user(self, user_id: str) -> None:
        """Delete a user.

        Args:
            user_id: The user's id.

        Raises:
            NotFoundError: No such user.

        Source: RFC 7644, section 3.6.
        """
        await self._send(REQUESTS.build("delete_user", user_id=user_id))

    # Groups

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
        query = _query(filter, attributes, excluded_attributes, sort_by, sort_order)
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
        return await self._read_one(REQUESTS.build("get_group", None, query, group_id=group_id), _READER)

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
        return await self._read_one(REQUESTS.build("create_group", _body(resource)), _READER)

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
        return await self._change(REQUESTS.build("replace_group", _body(resource), group_id=group_id), if_match)

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
        return await self._change(REQUESTS.build("patch_group", patch_body(operations), group_id=group_id), if_match)

    async def delete_group(self, group_id: str) -> None:
        """Delete a group. Its members stay.

        Args:
            group_id: The group's id.

        Raises:
            NotFoundError: No such group.

        Source: RFC 7644, section 3.6.
        """
        await self._send(REQUESTS.build("delete_group", group_id=group_id))

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

    def _list(
        self, noun: Noun, query: Sequence[tuple[str, str]], page_size: int | None, cursor: str | None
    ) -> Paginator[SCIMResource]:
        server = self._service.server
        pages = self._service.paging()

        def build_request(position: str | None, size: int) -> Request:
            return REQUESTS.build(f"list_{noun}", None, [*query, *pages.parameters(position, size)])

        size = server.max_page_size if page_size is None and cursor is None else page_size
        return self._paginate(_READER, build_request, page_size=size, cursor=cursor)

    async def _change(self, request: Request, if_match: str | None) -> SCIMResource | None:
        headers = [*request.headers, *([] if if_match is None else [("If-Match", if_match)])]
        changing = replace(request, headers=headers, expects_json=False)
        return await self._read(changing, lambda content: _READER.one(content) if content else None)


def _query(
    filter_text: str | None,
    attributes: str | None,
    excluded_attributes: str | None,
    sort_by: str | None,
    sort_order: str | None,
) -> Sequence[tuple[str, str]]:
    return given(
        ("filter", filter_text),
        ("attributes", attributes),
        ("excludedAttributes", excluded_attributes),
        ("sortBy", sort_by),
        ("sortOrder", sort_order),
    )


def _body(resource: Mapping[str, JsonValue]) -> JsonObject:
    try:
        return JsonObject(resource)
    except (TypeError, ValueError):
        pass
    raise InvalidArgumentError("The resource is no JSON object: pass a dict of attributes, with its schemas.")


def _parts(user_ids: Sequence[str]) -> Sequence[Sequence[str]]:
    if isinstance(user_ids, str):
        raise InvalidArgumentError("The user ids are one text: pass a list of ids.")
    ids = [REQUESTS.ids.check(user_id, "user id") for user_id in user_ids]
    return [ids[start : start + MEMBERS_PER_PATCH] for start in range(0, len(ids), MEMBERS_PER_PATCH)]
