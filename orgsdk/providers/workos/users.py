"""Users: the members of one organization, who are its active and inactive memberships."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from orgsdk.providers.http import BodyReader, MembershipOperations
from orgsdk.providers.workos import models
from orgsdk.providers.workos.base import STATUSES, WorkOSOrganizationScope
from orgsdk.providers.workos.native.routes import REQUESTS
from orgsdk.providers.workos.records import account_reader, member_reader, with_user

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import User
    from orgsdk.pagination import Fetch
    from orgsdk.transport import Request


class WorkOSUsers(WorkOSOrganizationScope, MembershipOperations):
    """Operations on the members of an organization. Each has one role at least, and several only by `native`."""

    _reader: ClassVar[BodyReader[User]] = member_reader

    def _list_request(
        self, position: str | None, page_size: int, *, user_id: str | None = None, complete: bool = False
    ) -> Request:
        filters = (self._own, ("user_id", user_id), STATUSES)
        return self._page("list_organization_memberships", position, page_size, *filters, complete=complete)

    def _fetch_users(self) -> Fetch[User]:
        # For older servers, whose memberships have no users.
        return self._fetcher(account_reader, lambda position, size: self._page("list_users", position, size, self._own))

    def _join_request(self, user_id: str, roles: Sequence[str]) -> Request:
        slug = roles[0] if roles else None
        fields = {"user_id": user_id, "organization_id": self._organization_id, "role_slug": slug}
        return REQUESTS.build("create_organization_membership", models.CreateOrganizationMembership.of(fields))

    def _leave_request(self, member: User) -> Request:
        return REQUESTS.build("delete_organization_membership", organization_membership_id=_membership_id(member))

    def _roles_request(self, member: User, roles: Sequence[str]) -> Request:
        fields = {"role_slug": roles[0]} if len(roles) == 1 else {"role_slugs": [*roles]}
        body = models.UpdateOrganizationMembership.of(fields)
        return REQUESTS.build("update_organization_membership", body, organization_membership_id=_membership_id(member))

    def _suspend_request(self, member: User, *, suspended: bool) -> Request:
        operation = f"{'deactivate' if suspended else 'reactivate'}_organization_membership"
        return REQUESTS.build(operation, organization_membership_id=_membership_id(member))

    def _has_suspension(self, member: User, *, suspended: bool) -> bool:
        return member.raw.get("status") == ("inactive" if suspended else "active")

    def _is_new(self, member: User) -> bool:
        return member.raw.get("created_at") == member.raw.get("updated_at")

    def _lacks_user(self, member: User) -> bool:
        return member.email is None

    def _join_user(self, member: User, user: User) -> User:
        return with_user(member, user)


def _membership_id(member: User) -> str:
    return str(member.raw["id"])
