"""Users of a SCIM service, with their groups as roles."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from orgsdk.domain import Unset
from orgsdk.providers.http import BodyReader, DirectoryUsers, Routes, change_or_retry
from orgsdk.providers.scim.native.routes import REQUESTS, USER_SCHEMA, change_request, comparison, paging, with_values
from orgsdk.providers.scim.records import SEVERAL, attributes_of, entries_of, user_reader, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pydantic import JsonValue

    from orgsdk.domain import User, UserChanges, UserDraft
    from orgsdk.pagination import Fetch
    from orgsdk.providers.http import GroupRoles, HTTPConnection
    from orgsdk.providers.scim.discovery import Service
    from orgsdk.transport import Request

_SEARCHED = ("userName", "displayName", "name.givenName", "name.familyName", "emails.value")


class SCIMUsers(DirectoryUsers):
    """Operations on the users of a service."""

    _routes: ClassVar[Routes] = REQUESTS
    _reader: ClassVar[BodyReader[User]] = user_reader

    def __init__(self, connection: HTTPConnection, roles: GroupRoles | None, service: Service) -> None:
        super().__init__(connection, roles, service.proofs, service.server.max_page_size)
        self._service = service

    def _fetch_users(self, filter_text: str | None = None, *, complete: bool = False) -> Fetch[User]:
        pages = paging(by_cursor=self._service.server.cursors, complete=complete)
        return self._fetch_paged(user_reader, "list_user", pages, ("filter", filter_text))

    def _username_filter(self, username: str) -> str:
        return comparison("userName", username)

    def _email_filter(self, email: str) -> str:
        return comparison("emails.value", email)

    def _text_filter(self, text: str) -> str:
        return " or ".join(comparison(attribute, text, "co") for attribute in _SEARCHED)

    def _emails_of(self, user: User) -> Sequence[str]:
        return [str(entry["value"]) for entry in entries_of(user, "emails")]

    def _lacks_roles(self, user: User) -> bool:
        return "roles" not in user.model_fields_set  # most servers leave the groups of users out

    def _get_request(self, user_id: str) -> Request:
        return REQUESTS.build("get_user", user_id=user_id)

    def _create_request(self, draft: UserDraft) -> Request:
        values = {**attributes_of(draft), "userName": draft.username or draft.email}
        return REQUESTS.build("create_user", with_values({"schemas": [USER_SCHEMA], "active": True}, values))

    def _search_request(self, username: str) -> Request:
        return REQUESTS.build_page("list_user", None, 100, ("filter", comparison("userName", username)))

    def _delete_request(self, user_id: str) -> Request:
        return REQUESTS.build("delete_user", user_id=user_id)

    async def _change(self, user_id: str, changes: UserChanges) -> User:
        # One address of several is changed, so that the others are read.
        lists = (getattr(changes, name) for name in SEVERAL)
        reads = any(value is not None and not isinstance(value, Unset) for value in lists)
        return await self._set(user_id, partial(attributes_of, changes), reads_first=reads)

    async def _set_suspended(self, user_id: str, *, suspended: bool) -> User:
        return await self._set(user_id, lambda _: {"active": not suspended})

    async def _set(
        self, user_id: str, values_of: Callable[[User | None], Mapping[str, JsonValue]], *, reads_first: bool = False
    ) -> User:
        patches = (await self._service.discover(self._connection)).patch

        def build(current: User | None) -> Request | None:
            return change_request("user", current and current.raw, values_of(current), patches=patches, user_id=user_id)

        return await change_or_retry(
            self._connection,
            self._get_request(user_id),
            user_reader,
            build,
            version_of=version_of,
            reads_first=reads_first or not patches,
        )
