"""Users of a SCIM service, with their groups as roles."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from orgsdk.domain import UNSET
from orgsdk.providers.http import BodyReader, DirectoryUsers, Routes
from orgsdk.providers.scim.native.routes import REQUESTS, USER_SCHEMA, comparison, with_values
from orgsdk.providers.scim.records import SEVERAL, attributes_of, entries_of, user_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
        super().__init__(connection, roles, service.proofs, service.server.max_page_size, service.server.capabilities)
        self._service = service

    def _fetch_users(self, filter_text: str | None = None, *, complete: bool = False) -> Fetch[User]:
        pages = self._service.paging(complete=complete)
        return self._fetch_paged(user_reader, "list_user", pages, ("filter", filter_text))

    def _username_filter(self, username: str) -> str:
        return comparison("userName", username)

    def _email_filters(self) -> Sequence[Callable[[str], str]]:
        return [partial(comparison, "emails.value"), partial(comparison, "emails")]

    def _work_email_filter(self, email: str) -> str:
        return comparison('emails[type eq "work"].value', email)

    def _group_filter(self, group_id: str) -> str:
        return comparison("groups.value", group_id)

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
        reads = any(getattr(changes, name) not in {None, UNSET} for name in SEVERAL)
        values_of = partial(attributes_of, changes)
        change = self._service.change(self._connection, "user", user_id, user_reader, values_of, reads_first=reads)
        return await (await change).send_and_read(user_id)

    async def _set_suspended(self, user_id: str, *, suspended: bool) -> User:
        edit = self._service.change(self._connection, "user", user_id, user_reader, lambda _: {"active": not suspended})
        return await (await edit).send_and_read(user_id)
