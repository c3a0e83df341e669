"""Members as memberships: operations on the users of an organization that a membership joins to it, with roles."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar

from orgsdk.domain import Capability, Role, User, UserChanges, UserDraft, UserQuery, mark_adopted
from orgsdk.errors import BadRequestError, ConflictError, NotFoundError, UnprocessableError
from orgsdk.pagination import Fetch, Listing, Slice
from orgsdk.providers.http.concurrency import run_concurrently
from orgsdk.providers.http.connection import BodyReader
from orgsdk.providers.http.joins import add_users
from orgsdk.providers.http.list_checks import check_if_empty
from orgsdk.providers.http.operations import PartialResult
from orgsdk.providers.http.scope import OrganizationScope
from orgsdk.providers.operations import not_implemented
from orgsdk.providers.user_operations import AccountAction, UserOperations
from orgsdk.transport import Request

MEMBERSHIP_REQUESTS: Mapping[Capability, int] = {
    Capability.USERS_CREATE: 2,
    Capability.USERS_UPDATE: 2,
    Capability.USERS_SET_ROLES: 2,
    Capability.USERS_SUSPEND: 2,
    Capability.USERS_REMOVE: 2,
}
"""The requests of each write of `MembershipOperations`, for `Provider.requests_per_write`."""

_REFUSALS = (BadRequestError, ConflictError, UnprocessableError)


class MembershipOperations(OrganizationScope, UserOperations):
    """Operations on members at a provider without batches: each is a user and a membership with roles.

    A subclass has `_routes` and `_reader`, and builds the requests: `_list_request`, `_join_request`, `_leave_request`,
    `_roles_request`, and with the capability ``users.suspend`` `_suspend_request`. `_join_user` adds the fields of the
    user to a membership. The id of a record is that of the user. The rest is here:

    - `create` creates the user, then the membership. If that fails, the error's partial result is the user.
    - `add` sends one request for each user, several at once. If a user does not exist, the memberships that it has
      created are deleted again. After another error, the partial result is the ids of the members so far.
    - A membership whose create was lost is looked up by its user and organization.
    - Roles are replaced as a whole. If nothing changes, nothing is written.

    Args:
        connection: Sends the requests.
        organization_id: The checked id of the organization.
        accounts: The operations on users, whatever organization they belong to.
        roles: The names of the roles that members can have.

    Attributes:
        _reader: Reads memberships. One that is neither active nor suspended is no member: its `is_suspended` is None.

    Example:
        ``class AcmeUsers(MembershipOperations): ...``
    """

    _reader: ClassVar[BodyReader[User]]

    # What a provider writes

    @abstractmethod
    def _list_request(
        self, position: str | None, page_size: int, *, user_id: str | None = None, complete: bool = False
    ) -> Request:
        """Build the request for a page of the memberships of the organization, or of one user in it."""

    @abstractmethod
    def _join_request(self, user_id: str, roles: Sequence[str]) -> Request:
        """Build the request that creates a membership, or activates it. Without roles, the provider chooses."""

    @abstractmethod
    def _leave_request(self, member: User) -> Request:
        """Build the request that deletes a membership."""

    @abstractmethod
    def _roles_request(self, member: User, roles: Sequence[str]) -> Request:
        """Build the request that replaces the roles of a membership."""

    def _suspend_request(self, member: User, *, suspended: bool) -> Request:
        """Build the request that deactivates a membership, or activates it again."""
        not_implemented(self, "users.suspend")

    def _has_suspension(self, member: User, *, suspended: bool) -> bool:
        """Return whether a membership is certainly suspended, or certainly active. An unknown status is neither."""
        return member.is_suspended is suspended

    def _is_new(self, member: User) -> bool:
        """Return whether `_join_request` has created this membership. False if it has activated an older one."""
        return True

    @abstractmethod
    def _join_user(self, member: User, user: User) -> User:
        """Return a member with the fields of the user, which may come from another member."""

    def _lacks_user(self, member: User) -> bool:
        """Return whether a membership came without the fields of its user."""
        return False

    def _fetch_users(self) -> Fetch[User] | None:
        """Return the `fetch` of the list of the organization's users, if memberships can lack them."""
        return None

    # What follows from it

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe the list of the members. A role is filtered here. An empty list checks the organization."""
        fetch_members = check_if_empty(self._fetch_members(complete=query.complete), self._check_organization)
        role = query.role

        async def fetch(position: str | None, page_size: int) -> Slice[User]:
            nonlocal role
            if query.role is not None:
                role = await self._roles.name_of(query.role)
            return await fetch_members(position, page_size)

        return self._listing(
            "users.list",
            fetch,
            self._organization_id,
            query.role,
            keep=lambda user: user.is_suspended is not None and role in {None, *user.roles},
            complete=query.complete,
        )

    async def get(self, user_id: str) -> User:
        """Return one member by the list of the user's memberships."""
        return (await self._memberships_of_member(user_id))[0]

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Return the member with this address or username: the user, then the membership."""
        bounded = self._within_timeout()
        account = await bounded._accounts.find(email=email, username=username)
        found: Sequence[User] = () if account is None else await bounded._memberships(account.id)
        return found[0] if found else None

    def check_create(self, draft: UserDraft) -> None:
        """Check that the provider accepts the user, without a request. `create` looks up the roles."""
        self._accounts.check_create(draft)

    def check_update(self, changes: UserChanges) -> None:
        """Check that the provider accepts the changes, without a request."""
        self._accounts.check_update(changes)

    async def create(self, draft: UserDraft) -> User:
        """Create the user, then the membership with the roles."""
        self.check_create(draft)
        roles = await self._roles.names_of(draft.roles, "users.create")
        account = await self._accounts.create(draft)
        with PartialResult(account):
            member = await self._holding(draft.password)._join(account.id, roles)
        if account.adopted:
            mark_adopted(member)
        return member

    async def add(self, user_ids: Sequence[str], roles: Sequence[str]) -> None:
        """Make users members, one request each. A member gets the roles, and a suspended one becomes active."""
        for user_id in user_ids:
            self._routes.ids.check(user_id, "user id")
        names = await self._roles.names_of(roles, "users.add")
        wanted = list(dict.fromkeys(user_ids))
        joined: dict[str, User | None] = {}

        async def join(user_id: str) -> None:
            joined[user_id] = await self._join_or_change(user_id, names)

        errors = await run_concurrently(wanted, join)
        with PartialResult[tuple[str, ...]]() as done:
            done.result = tuple(user_id for user_id in wanted if user_id in joined) or None
            if any(isinstance(error, NotFoundError) for error in errors):
                for member in [each for each in joined.values() if each is not None and self._is_new(each)]:
                    await self._leave(member)
                    del joined[member.id]
                    done.result = tuple(user_id for user_id in wanted if user_id in joined) or None
            if errors:
                # A caller must know of a write whose outcome is unknown, before any other.
                raise max(errors, key=lambda error: getattr(error, "may_have_happened", False))

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Update the user of a member."""
        self.check_update(changes)  # before the first request
        member = await self.get(user_id)
        return self._join_user(member, await self._accounts.update(user_id, changes))

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """End the membership, or delete the member's user."""
        memberships = await self._memberships_of_member(user_id)
        if account == "delete":
            await self._accounts.remove(user_id, account)
            return
        for membership in memberships:
            await self._leave(membership)

    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        """Deactivate the membership, or activate it again. Other organizations of the user are not affected."""
        member = await self.get(user_id)
        if self._has_suspension(member, suspended=suspended):
            return member
        request = self._suspend_request(member, suspended=suspended)
        changed = await self._connection.read_one(request, self._reader)
        return self._join_user(changed, member) if self._lacks_user(changed) else changed

    async def list_roles(self, user_id: str) -> Sequence[Role]:
        """Return the member's roles: the membership, and the roles of the organization."""
        member = await self.get(user_id)
        known = {role.name: role for role in await self._roles.read()}
        return [known.get(name) or Role(id=name, name=name) for name in member.roles]

    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Replace the member's roles."""
        self._routes.ids.check(user_id, "user id")  # before the roles: an unknown one is no invalid argument
        names = await self._roles.names_of(roles, "users.set_roles", none=False)
        await self._replace_roles(await self.get(user_id), names)

    async def add_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Add roles to the member. Where a member has one role, another one is refused."""
        self._routes.ids.check(user_id, "user id")
        added = [await self._roles.name_of(role) for role in roles]
        member = await self.get(user_id)
        await self._replace_roles(member, self._roles.with_added(member.roles, added))

    async def remove_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Take roles from the member. Where a member has one role at least, the last one is not taken."""
        self._routes.ids.check(user_id, "user id")
        removed = [await self._roles.name_of(role) for role in roles]
        member = await self.get(user_id)
        await self._replace_roles(member, self._roles.without_removed(member.roles, removed))

    def _fetch_members(self, *, complete: bool) -> Fetch[User]:
        fetch = self._fetcher(self._reader, partial(self._list_request, complete=complete), complete=complete)
        fetch_users = self._fetch_users()
        if fetch_users is None:
            return fetch
        return add_users(
            fetch,
            fetch_users,
            self._join_user,
            lacks_user=self._lacks_user,
            page_size=self._routes.max_page_size,
        )

    async def _memberships(self, user_id: str) -> Sequence[User]:
        """Return the user's memberships of the organization, an active one first. Usually it is one, or none."""
        self._routes.ids.check(user_id, "user id")
        listed = await self._first_page(self._reader, partial(self._list_request, user_id=user_id))
        # Filtered again: servers that do not know a filter ignore it.
        found = [member for member in listed if member.id == user_id and member.is_suspended is not None]
        if any(map(self._lacks_user, found)):
            account = await self._accounts.get(user_id)
            found = [self._join_user(member, account) for member in found]
        return sorted(found, key=lambda member: bool(member.is_suspended))

    async def _memberships_of_member(self, user_id: str) -> Sequence[User]:
        found = await self._memberships(user_id)
        if not found:
            message = f"organization {self._organization_id} has no member {user_id}."
            raise NotFoundError(message, provider=self._connection.provider, operation="users.get")
        return found

    async def _join(self, user_id: str, roles: Sequence[str]) -> User:
        bounded = self._within_timeout()

        async def look_up() -> User | None:
            found = await bounded._memberships(user_id)
            if not found or not self._has_suspension(found[0], suspended=False):
                return None
            return found[0] if set(roles) <= set(found[0].roles) else None

        async with self._roles.explain_refusal(roles):
            request = self._join_request(user_id, roles)
            member = await bounded._connection.create_or_adopt(request, self._reader, look_up)
        if not self._lacks_user(member):
            return member
        try:
            return self._join_user(member, await bounded._accounts.get(user_id))
        except NotFoundError:  # some servers accept a user who does not exist
            await bounded._leave(member)
            raise

    async def _join_or_change(self, user_id: str, roles: Sequence[str]) -> User | None:
        """Create the membership and return it. Give a member the roles, end a suspension, and return None."""
        try:
            return await self._join(user_id, roles)
        except _REFUSALS:
            found = await self._memberships(user_id)
            if not found:
                raise
            await self._replace_roles(found[0], roles or found[0].roles)
            if not self._has_suspension(found[0], suspended=False):
                await self._connection.send(self._suspend_request(found[0], suspended=False))
            return None

    async def _replace_roles(self, member: User, roles: Sequence[str]) -> None:
        if set(roles) != set(member.roles):
            async with self._roles.explain_refusal(roles):
                await self._connection.send(self._roles_request(member, roles))

    async def _leave(self, member: User) -> None:
        await self._connection.send(self._leave_request(member))
