"""The provider calls of a run: read the affected users again, send a write, find out whether it was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from orgsdk.bulk.errors import PlanError
from orgsdk.bulk.planning.admins import AdminRoles
from orgsdk.bulk.planning.elsewhere import concerns_account, is_elsewhere
from orgsdk.bulk.planning.guards import protected_members
from orgsdk.bulk.planning.members import Member, is_same_value, to_members
from orgsdk.bulk.planning.target import read_members
from orgsdk.bulk.workers import Workers
from orgsdk.domain import Capability, User, fields_to_update
from orgsdk.errors import ConflictError, NotFoundError, UnprocessableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable, Collection, Iterable, Sequence

    from pydantic import SecretStr

    from orgsdk.bulk.planning.plan import Plan
    from orgsdk.bulk.planning.recent import RecentRead
    from orgsdk.bulk.planning.writes import Write
    from orgsdk.bulk.run.report import Status
    from orgsdk.bulk.workers import RateLimitPause
    from orgsdk.domain import UserFieldName
    from orgsdk.resources import Accounts, OrganizationHandle

# With these, accounts are created one by one and become members many at a time: one request a user instead of three.
_BATCH_CAPABILITIES = frozenset(
    {Capability.ACCOUNTS_CREATE, Capability.ACCOUNTS_FIND, Capability.ACCOUNTS_LIST, Capability.USERS_ADD}
)


@dataclass(frozen=True, slots=True)
class CreatedUser:
    """A user, and where it comes from.

    `created` by this call, `adopted` from an earlier call whose response was lost, or `found` because another caller
    created the same user.
    """

    user: User
    how: Literal["created", "adopted", "found"]


class WriteExecutor:
    """Send the writes of a plan to one organization. Each method raises what the client's own method raises."""

    def __init__(self, organization: OrganizationHandle, plan: Plan) -> None:
        self._organization = organization
        self._plan = plan
        capabilities = organization.provider.capabilities
        self.adds_members_in_batches: bool = capabilities >= _BATCH_CAPABILITIES
        self.fields: tuple[UserFieldName, ...] = fields_to_update(capabilities)

    async def create(self, write: Write, password: SecretStr | None, *, uncertain: bool) -> CreatedUser:
        """Create the account; adopt an existing one that is the same in every field.

        If `adds_members_in_batches`, `add` makes it a member with roles, otherwise this call does. If `uncertain`, the
        account is looked up before it is created.
        """
        if uncertain:
            user = await self._find_same(write)
            if user is not None:
                return CreatedUser(user, "adopted")
        try:
            user = await self._create(write, password)
        except (ConflictError, UnprocessableError):
            # The username or address may be taken by the very account that should be created.
            user = await self._find_same(write)
            if user is None:
                raise
            return CreatedUser(user, "adopted" if uncertain else "found")
        return CreatedUser(user, "adopted" if user.adopted else "created")

    async def add(self, user_ids: Sequence[str], roles: Sequence[str]) -> None:
        """Make accounts members with these roles; a repeated call changes nothing."""
        await self._organization.users.add(user_ids, roles=roles)

    async def is_invited(self, write: Write) -> bool:
        """Return whether the address has a pending invitation with the same roles."""
        pending = self._organization.invitations.list(status="pending", email=write.fields["email"])
        return any(not write.roles or set(found.roles) == set(write.roles) for found in await pending.collect())

    async def invite(self, write: Write) -> Status:
        """Send the invitation and return its status; the address of a member may change that member instead."""
        invitation = await self._organization.invitations.create(write.fields["email"], roles=write.roles)
        if invitation.changed_member:
            return "updated"
        return "adopted" if invitation.adopted else "invited"

    async def is_elsewhere(self, write: Write) -> bool:
        """Return whether a removal or suspension would concern an account that joined another organization meanwhile.

        It costs one request for each write that concerns the whole account.
        """
        action = write.account if write.kind == "remove" else write.kind
        capabilities = self._organization.provider.capabilities
        if self._plan.policy.remove_elsewhere or action is None or not concerns_account(action, capabilities):
            return False
        return await is_elsewhere(self._organization.accounts, write.user_id or "", self._plan.organization)

    async def change(self, write: Write) -> None:
        """Update a member, change their roles, suspend or remove them, or end a suspension."""
        users, user_id = self._organization.users, write.user_id or ""
        if write.kind == "update":
            await users.update(user_id, **write.fields)
        elif write.kind == "set_roles":
            await users.set_roles(user_id, write.roles)
        elif write.kind == "add_roles":
            await users.add_roles(user_id, write.roles)
        elif write.kind in {"suspend", "activate"}:
            await users.suspend(user_id, suspended=write.kind == "suspend")
        elif write.account is not None:
            await users.remove(user_id, account=write.account)
        else:
            raise PlanError(f"Write {write.number} does not change a member.")

    async def _create(self, write: Write, password: SecretStr | None) -> User:
        if self.adds_members_in_batches:
            return await self._organization.accounts.create(**write.fields, password=password)
        return await self._organization.users.create(**write.fields, password=password, roles=write.roles)

    async def _find_same(self, write: Write) -> User | None:
        users = self._organization.accounts if self.adds_members_in_batches else self._organization.users
        username, email = write.fields.get("username"), write.fields.get("email")
        if username is not None:
            found = await users.find(username=username)
        elif email is not None:
            found = await users.find(email=email)
        else:
            found = await self._find_by_fields(users.list(query=write.fields.get("phone")), write)
        return found if found is not None and self._is_same(found, write) else None

    def _is_same(self, user: User, write: Write) -> bool:
        roles = self.adds_members_in_batches or not write.roles or set(user.roles) == set(write.roles)
        return roles and self._has_fields(user, write)

    async def _find_by_fields(self, users: AsyncIterable[User], write: Write) -> User | None:
        async for user in users:
            if self._has_fields(user, write):
                return user
        return None

    def _has_fields(self, user: User, write: Write) -> bool:
        return all(
            is_same_value(name, value, getattr(user, name))
            for name, value in write.fields.items()
            if name in self.fields
        )


@dataclass(frozen=True, slots=True)
class UserSnapshot:
    """The users that a run changes, as they are now, by id, and the protected ones with the reason.

    A user that no longer exists is missing in `users`.
    """

    users: Mapping[str, Member] = field(default_factory=dict[str, Member], repr=False)
    protected: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


async def read_user_snapshot(
    plan: Plan,
    writes: Sequence[Write],
    organization: OrganizationHandle,
    pause: RateLimitPause,
    recent: RecentRead | None = None,
) -> UserSnapshot:
    """Read the users that `writes` of the plan change; wait for a rate limit with `pause`.

    It sends no request if `writes` change no existing user, or if the plan has a `recent` read. Otherwise it reads the
    list, or each user if those are fewer requests. If a user is removed or loses roles, it reads the list, to know the
    last admin.
    """
    joining = {write.user_id for write in plan.writes if write.kind == "add"}
    added = {write.user_id for write in writes if write.user_id in joining and write.user_id is not None}
    changed = {write.user_id for write in writes if write.user_id is not None} - added
    removing = {write.user_id for write in writes if write.kind in {"suspend", "remove"} and write.user_id is not None}
    admin_roles = AdminRoles(plan.policy)
    demoting = {
        write.user_id
        for write in writes
        if write.kind == "set_roles" and write.user_id is not None
        if admin_roles.among(write.roles_before) and not admin_roles.among(write.roles)
    }
    members: Iterable[Member]
    if recent is not None:
        members = recent.members
        users = {member.id: member for member in recent.accounts if member.id in added}
    else:
        members = await _read_changed_members(plan, changed, organization, pause, whole=bool(removing or demoting))
        users = await _read_added_accounts(added, organization, pause)
    users |= {member.id: member for member in members if member.id in changed}
    protected: Mapping[str, str] = {}
    if removing or demoting:
        own = await pause.call(organization.provider.own_user_id)
        protected = protected_members(members, removing, demoting, policy=plan.policy, own_user_id=own)
    return UserSnapshot(users, protected)


async def _read_changed_members(
    plan: Plan, ids: Collection[str], organization: OrganizationHandle, pause: RateLimitPause, *, whole: bool
) -> Sequence[Member]:
    if not ids:
        return []
    members = organization.users.list(complete=True)
    can_get = Capability.USERS_GET in organization.provider.capabilities and not whole
    if can_get and len(ids) * members.page_size < plan.members:
        return await _get_each(ids, organization.users.get, pause)
    return await read_members(members, pause)


async def _read_added_accounts(
    ids: Collection[str], organization: OrganizationHandle, pause: RateLimitPause
) -> dict[str, Member]:
    if not ids:
        return {}
    accounts = organization.accounts
    can_get = Capability.ACCOUNTS_GET in organization.provider.capabilities
    if can_get and await _is_cheaper_one_by_one(ids, accounts, pause):
        found = await _get_each(ids, accounts.get, pause)
    else:
        found = await read_members(accounts.list(complete=True), pause)
    return {member.id: member for member in found if member.id in ids}


async def _is_cheaper_one_by_one(ids: Collection[str], accounts: Accounts, pause: RateLimitPause) -> bool:
    page = await pause.call(accounts.list)
    return page.total is not None and len(ids) * max(len(page), 1) < page.total


async def _get_each(ids: Collection[str], get: Callable[[str], Awaitable[User]], pause: RateLimitPause) -> list[Member]:
    async def get_or_none(user_id: str) -> User | None:
        try:
            return await pause.call(lambda: get(user_id))
        except NotFoundError:
            return None

    users = [user async for user in Workers(sorted(ids), get_or_none) if user is not None]
    return to_members(users, {})
