"""Users of an environment, in any organization or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.http import BodyReader, EmailAccounts, changed_fields
from orgsdk.providers.workos import models
from orgsdk.providers.workos.base import STATUSES, WorkOSOperations
from orgsdk.providers.workos.native.routes import NAME, REQUESTS
from orgsdk.providers.workos.records import account_reader, organization_of_user_reader

if TYPE_CHECKING:
    from collections.abc import Collection

    from orgsdk.domain import Organization, User, UserChanges, UserDraft
    from orgsdk.transport import Request

# The names that WorkOS has for the common fields that it stores.
_CREATED = {"email": "email", "external_id": "external_id", "given_name": "first_name", "family_name": "last_name"}
_UPDATED = _CREATED | {"locale": "locale", "password": "password"}


class WorkOSAccounts(WorkOSOperations, EmailAccounts):
    """Operations on users, whatever organization they belong to."""

    _reader: ClassVar[BodyReader[User]] = account_reader
    _organization_reader: ClassVar[BodyReader[Organization]] = organization_of_user_reader
    _sent: ClassVar[Collection[str]] = _CREATED
    # By emulators, with status 200 (facts/workos.md, section 7).
    _may_be_ignored: ClassVar[Collection[str]] = ("email", "locale")

    def _list_request(
        self, position: str | None, page_size: int, *, email: str | None = None, complete: bool = False
    ) -> Request:
        return self._page("list_users", position, page_size, ("email", email), complete=complete)

    def _get_request(self, user_id: str) -> Request:
        return REQUESTS.build("get_user", user_id=user_id)

    def _create_request(self, draft: UserDraft) -> Request:
        if draft.email is None:
            raise InvalidArgumentError("A user of WorkOS needs an e-mail address: pass email=.")
        fields = {wire_name: getattr(draft, name) for name, wire_name in _CREATED.items()}
        return REQUESTS.build("create_user", models.CreateUser.of(fields | {"password": draft.password}))

    def _update_request(self, user_id: str, changes: UserChanges) -> Request | None:
        fields = changed_fields(changes, _UPDATED, provider=NAME, can_clear={"external_id", "locale"})
        return REQUESTS.build("update_user", models.UpdateUser(**fields), user_id=user_id) if fields else None

    def _delete_request(self, user_id: str) -> Request:
        return REQUESTS.build("delete_user", user_id=user_id)

    def _organizations_request(self, position: str | None, page_size: int, *, user_id: str) -> Request:
        return self._page("list_organization_memberships", position, page_size, ("user_id", user_id), STATUSES)

    def _is_joined(self, organization: Organization) -> bool:
        return organization.raw.get("status") != "pending"  # an emulator ignores the statuses
