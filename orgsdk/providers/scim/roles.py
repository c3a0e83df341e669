"""Roles: the groups of a SCIM service. Their members are users: groups in groups are not followed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from orgsdk.providers.http import BodyReader, GroupRoles, JsonObject, Routes
from orgsdk.providers.scim.native.routes import (
    GROUP_SCHEMA,
    REQUESTS,
    WITHOUT_MEMBERS,
    comparison,
    member_operations,
)
from orgsdk.providers.scim.records import entries_of, group_reader, members_with

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import Role
    from orgsdk.pagination import Fetch
    from orgsdk.providers.http import HTTPConnection
    from orgsdk.providers.scim.discovery import Service
    from orgsdk.transport import Request


class SCIMRoles(GroupRoles):
    """Operations on groups. Most requests leave out their members, who can be many."""

    _routes: ClassVar[Routes] = REQUESTS
    _reader: ClassVar[BodyReader[Role]] = group_reader

    def __init__(self, connection: HTTPConnection, service: Service) -> None:
        server = service.server
        super().__init__(connection, service.groups, service.proofs, server.max_page_size, server.capabilities)
        self._service = service

    def _fetch_groups(self, filter_text: str | None = None, *, members: bool = False) -> Fetch[Role]:
        pages = self._service.paging()
        without = () if members else (WITHOUT_MEMBERS,)
        return self._fetch_paged(group_reader, "list_group", pages, ("filter", filter_text), *without)

    def _name_filter(self, text: str, *, is_part: bool = False) -> str:
        return comparison("displayName", text, "co" if is_part else "eq")

    def _member_filter(self, user_id: str) -> str:
        return comparison("members.value", user_id)

    def members_of(self, group: Role) -> Sequence[str]:
        """Return the ids of the members that a group was read with."""
        return [str(entry["value"]) for entry in entries_of(group, "members")]

    def _get_request(self, group_id: str, *, members: bool = False) -> Request:
        return REQUESTS.build("get_group", None, () if members else (WITHOUT_MEMBERS,), group_id=group_id)

    def _create_request(self, name: str) -> Request:
        return REQUESTS.build("create_group", JsonObject(schemas=[GROUP_SCHEMA], displayName=name))

    def _delete_request(self, group_id: str) -> Request:
        return REQUESTS.build("delete_group", group_id=group_id)

    async def _rename(self, group_id: str, name: str) -> Role:
        edit = self._service.change(self._connection, "group", group_id, group_reader, lambda _: {"displayName": name})
        return await (await edit).send_and_read(group_id)

    async def _change_member(self, group_id: str, user_id: str, *, joins: bool) -> None:
        operations = member_operations(add=[user_id]) if joins else member_operations(remove=[user_id])
        values_of = partial(members_with, user_id, joins=joins)
        change = self._service.change(self._connection, "group", group_id, group_reader, values_of, operations)
        await (await change).send()
