"""The organization of a tenant: its members by index, and the lists of members and roles that are used again."""

from __future__ import annotations

from collections.abc import Sequence

from orgsdk.client import OrgClient
from orgsdk.domain import Capability, Role, User, UserDraft, UserQuery
from orgsdk.errors import (
    BadRequestError,
    InvalidArgumentError,
    InvalidCursorError,
    NotFoundError,
    UnprocessableError,
    UnsupportedError,
)
from orgsdk.pagination import Paginator
from orgsdk.resources import Accounts, Users
from orgsdk.scim.audit import AuditLog
from orgsdk.scim.context import counting
from orgsdk.scim.errors import TooManyError
from orgsdk.scim.id_map import IdMap
from orgsdk.scim.models import stored_fields
from orgsdk.scim.options import GatewayOptions, OnDeactivate, choose_deactivation
from orgsdk.scim.snapshot import PageCursors, Snapshot
from orgsdk.scim.writes import ProviderWrites

# A call ends before the answer's own time is over, so that the error states what was slow.
_CALL_SHARE = 0.9
_WAIT_SHARE = 0.5


class Directory:
    """One organization of a provider, with what the gateway knows of it.

    Args:
        tenant: Name of the tenant.
        client: A client of the provider.
        organization: Id of the organization. None for that of the credentials.
        id_map: What the provider cannot store.
        options: The options of the tenant.
        audit: Where each write to the provider is recorded. None for nowhere.

    Raises:
        ConfigurationError: The provider cannot do what the options choose, or they leave a choice open.
        UnsupportedError: The provider needs an organization's id.
    """

    def __init__(
        self,
        tenant: str,
        client: OrgClient,
        organization: str | None,
        id_map: IdMap,
        options: GatewayOptions,
        audit: AuditLog | None = None,
    ) -> None:
        self.tenant = tenant
        self.id_map = id_map
        self.options = options
        self.capabilities: frozenset[Capability] = frozenset(client.capabilities)
        self.stored: frozenset[str] = stored_fields(self.capabilities)
        self.on_deactivate: OnDeactivate = choose_deactivation(self.capabilities, options.on_deactivate)
        on_event = client._options.on_event  # pyright: ignore[reportPrivateUsage]  # a client has no public options
        self._client = client.with_options(
            timeout=options.timeout * _CALL_SHARE,
            max_wait=options.timeout * _WAIT_SHARE,
            on_event=counting(on_event),
        )
        organization_handle = self._client.organization(organization)
        self.users: Users = organization_handle.users
        self.accounts: Accounts = self._client.accounts
        self.writes: ProviderWrites = ProviderWrites(
            tenant,
            users=self.users,
            accounts=self.accounts,
            roles=self._client.roles,
            capabilities=self.capabilities,
            audit=audit,
        )
        self._contract = client.provider.users(organization_handle.id)
        self.max_page_size: int = self._contract.list(UserQuery()).max_page_size
        self.members: Snapshot[Sequence[User]] = Snapshot(self._read_members, options.snapshot_age)
        self._roles: Snapshot[Sequence[Role]] = Snapshot(self._read_roles, options.snapshot_age)
        self._count: Snapshot[int] = Snapshot(self._read_count, options.snapshot_age)
        self._gone_roles: set[str] = set()
        self._cursors = PageCursors()

    def can(self, *capabilities: Capability) -> bool:
        """Return whether the provider has all of these capabilities."""
        return self.capabilities.issuperset(capabilities)

    @property
    def has_several_roles(self) -> bool:
        """Whether a user can have several roles."""
        return self.can(Capability.USERS_SEVERAL_ROLES)

    def accepts(self, username: str | None, email: str | None) -> bool:
        """Return whether the provider accepts a new user with this username and address, without a request."""
        if not (username or email) or (username is not None and not self.can(Capability.USERS_USERNAME)):
            return False
        try:
            self._contract.check_create(UserDraft(username=username, email=email))
        except (InvalidArgumentError, UnsupportedError):
            return False
        return True

    async def is_shared(self, account_id: str, *, is_member: bool = True) -> bool:
        """Return whether an account belongs to another organization too.

        Args:
            account_id: The provider's id of the account.
            is_member: Whether it belongs to this one.

        Returns:
            False also for an account that does not exist any more, and where the provider cannot list the organizations
            of an account.
        """
        if not self.can(Capability.ACCOUNTS_LIST_ORGANIZATIONS):
            return False
        try:
            return len(await self.accounts.list_organizations(account_id)) > int(is_member)
        except NotFoundError:
            return False

    # Roles

    async def roles(self, *needed: str) -> Sequence[Role]:
        """Return the roles, as they were read last.

        Args:
            *needed: Ids or names of roles. If one is not among them, the roles are read again: another process, or
                another client of the provider, may have created it.

        Returns:
            The roles.
        """
        roles = await self._roles.get()
        missing = set(needed) - self._gone_roles
        if missing and not missing <= _keys_of(roles):
            roles = await self._roles.refresh()
            # Of a deleted role, the map still has the id.
            self._gone_roles |= missing - _keys_of(roles)
        return roles

    async def read_roles(self) -> Sequence[Role]:
        """Read the roles now."""
        return await self._roles.refresh()

    def forget_roles(self) -> None:
        """Read the roles again next time."""
        self._roles.forget()

    async def _read_roles(self) -> Sequence[Role]:
        if not self.can(Capability.ROLES_LIST):
            return ()
        return await self._client.roles.list().collect()

    # Members

    def forget_members(self) -> None:
        """Read the list of members again next time: one was added, removed or changed."""
        self.members.forget()

    async def with_role(self, role: Role) -> Sequence[User]:
        """Return the members who have a role.

        Args:
            role: The role.

        Returns:
            The members.

        Raises:
            NotFoundError: The provider reports that the role does not exist.
            TooManyError: There are more than `GatewayOptions.scan_limit`.
        """
        if not self.can(Capability.USERS_ROLE):
            return [user for user in await self.members.get() if role.name in user.roles]
        return await self._read_all(self.users.list(role=role.name))

    @property
    def _has_count(self) -> bool:
        return self.can(Capability.TOTAL) or self.can(Capability.USERS_COUNT)

    async def count_members(self) -> int:
        """Return the number of members, as it was read last."""
        return await self._count.get()

    async def _read_count(self) -> int:
        return await self.users.count() if self._has_count else len(await self.members.get())

    async def page(self, index: int, count: int) -> tuple[list[User], int]:
        """Return some members and the number of all.

        Args:
            index: Number of members before the first one that is returned.
            count: Largest number of members to return.

        Returns:
            The members, and the number of all.

        Raises:
            TooManyError: Too many pages would have to be read.
        """
        if not self._has_count:
            members = await self.members.get()
            return list(members[index : index + count]), len(members)
        if count == 0:
            return [], await self.users.count()
        size = min(count, self.max_page_size)
        start, cursor = self._cursors.nearest(size, index)
        if start != index:  # no page starts there: read the largest ones
            size = self.max_page_size
            start, cursor = self._cursors.nearest(size, index)
        try:
            return await self._walk(index, count, size, start, cursor)
        except (BadRequestError, InvalidCursorError, NotFoundError, UnprocessableError):
            if cursor is None:
                raise
            # The provider no longer knows the position, because its row was removed.
            self._cursors.forget()
            return await self._walk(index, count, size, 0, None)

    async def _walk(self, index: int, count: int, size: int, start: int, cursor: str | None) -> tuple[list[User], int]:
        """Read pages from a cursor on, which is that of a page with `start` members before it."""
        found: list[User] = []
        total: int | None = None
        while True:
            page = await self.users.list(page_size=size, cursor=cursor)
            total = page.total if page.total is not None else total
            offset = max(0, index - start)
            found += page.items[offset : offset + count - len(found)]
            start += len(page.items)
            cursor = page.next_cursor
            if cursor is None:
                total = start if total is None else total
                break
            self._cursors.keep(size, start, cursor)
            if len(found) >= count or (total is not None and index >= total):
                break
            if start > self.options.scan_limit and start <= index:
                raise TooManyError
        return found[:count], await self.users.count() if total is None else total

    async def _read_members(self) -> Sequence[User]:
        return await self._read_all(self.users.list())

    async def _read_all(self, users: Paginator[User]) -> Sequence[User]:
        found: list[User] = []
        async for user in users:
            found.append(user)
            if len(found) > self.options.scan_limit:
                raise TooManyError
        return found


def _keys_of(roles: Sequence[Role]) -> set[str]:
    return {key for role in roles for key in (role.id, role.name)}
