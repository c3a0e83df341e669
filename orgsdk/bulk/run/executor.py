"""The provider calls of a run: read the affected users again, send a write, find out whether it was done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from orgsdk.bulk.errors import PlanError
from orgsdk.bulk.planning.guards import protected_members
from orgsdk.bulk.planning.members import Member, is_same_value, to_members
from orgsdk.bulk.planning.target import read_members
from orgsdk.bulk.workers import Workers
from orgsdk.domain import Capability, UserQuery, fields_to_update
from orgsdk.errors import ConflictError, NotFoundError, UnprocessableError
from orgsdk.resources import Accounts

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable, Collection, Mapping, Sequence

    from pydantic import SecretStr

    from orgsdk.bulk.planning.plan import Plan
    from orgsdk.bulk.planning.writes import Write
    from orgsdk.bulk.run.report import Status
    from orgsdk.bulk.workers import RateLimitPause
    from orgsdk.domain import User, UserFieldName
    from orgsdk.resources import OrganizationHandle


@dataclass(frozen=True, slots=True)
class UserSnapshot:
    """Hold people as they are now, by their ids, and the reason why some are to stay as they are.

    `people` lacks who is there no more; of those whom no write is about it says nothing.
    """

    people: Mapping[str, Member] = field(default_factory=dict[str, Member], repr=False)
    kept: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


async def read_user_snapshot(
    plan: Plan, writes: Sequence[Write], organization: OrganizationHandle, pause: RateLimitPause
) -> UserSnapshot:
    """Give those whom `writes` of the plan change, as they are now; a rate limit is waited for by `pause`.

    Costs no request where it changes nobody who was there, else the requests of the list, or one for each where they
    are fewer. Where somebody is to be removed or loses roles, it is the list: the last admin is to be known.
    """
    joining = {write.user_id for write in plan.writes if write.kind == "add"}
    added = {write.user_id for write in writes if write.user_id in joining and write.user_id is not None}
    changed = {write.user_id for write in writes if write.user_id is not None} - added
    removing = {write.user_id for write in writes if write.kind == "remove" and write.user_id is not None}
    admin = set(plan.policy.admin_roles)
    demoting = {
        write.user_id
        for write in writes
        if write.kind == "set_roles" and write.user_id is not None
        if not admin.isdisjoint(write.roles_before) and admin.isdisjoint(write.roles)
    }
    members = await _read_changed_members(plan, changed, organization, pause, whole=bool(removing or demoting))
    people = {member.id: member for member in members if member.id in changed}
    people |= await _read_added_accounts(added, organization, pause)
    kept: Mapping[str, str] = {}
    if removing or demoting:
        own = await pause.call(organization.provider.own_user_id)
        kept = protected_members(members, removing, demoting, policy=plan.policy, own_user_id=own)
    return UserSnapshot(people, kept)


async def _read_changed_members(
    plan: Plan, ids: Collection[str], organization: OrganizationHandle, pause: RateLimitPause, *, whole: bool
) -> Sequence[Member]:
    if not ids:
        return []
    provider = organization.provider
    page_size = provider.users(organization.id).list(UserQuery(complete=True)).max_page_size
    single = Capability.USERS_GET in provider.capabilities and not whole
    if single and len(ids) * page_size < plan.members:
        return await _get_each(ids, organization.users.get, pause)
    return await read_members(organization.users.list(complete=True), pause)


async def _read_added_accounts(
    ids: Collection[str], organization: OrganizationHandle, pause: RateLimitPause
) -> dict[str, Member]:
    if not ids:
        return {}
    provider = organization.provider
    accounts = Accounts(provider)
    if Capability.ACCOUNTS_GET in provider.capabilities and await _is_cheaper_one_by_one(ids, accounts, pause):
        found = await _get_each(ids, accounts.get, pause)
    else:
        found = await read_members(accounts.list(complete=True), pause)
    return {member.id: member for member in found if member.id in ids}


async def _is_cheaper_one_by_one(ids: Collection[str], accounts: Accounts, pause: RateLimitPause) -> bool:
    page = await pause.call(accounts.list)
    return page.total is not None and len(ids) * max(len(page), 1) < page.total


async def _get_each(ids: Collection[str], get: Callable[[str], Awaitable[User]], pause: RateLimitPause) -> list[Member]:
    async def get_if_any(user_id: str) -> User | None:
        try:
            return await pause.call(lambda: get(user_id))
        except NotFoundError:
            return None

    users = [user async for user in Workers(sorted(ids), get_if_any) if user is not None]
    return to_members(users, {})


# An account is made by itself, and many become members together: one request a person where there would be three.
_BATCH_CAPABILITIES = frozenset({Capability.ACCOUNTS_CREATE, Capability.ACCOUNTS_FIND, Capability.USERS_ADD})


@dataclass(frozen=True, slots=True)
class CreatedUser:
    """Hold an account, and how it was had.

    `made` by this call, `regained` where it was made by one whose answer was lost, `found` where it is somebody's who
    made just the same.
    """

    user: User
    how: Literal["made", "regained", "found"]


class WriteExecutor:
    """Do what writes say to one organization. Each call raises what the client's own raises."""

    def __init__(self, organization: OrganizationHandle) -> None:
        self._organization = organization
        self._provider = organization.provider
        self.makes_members_later: bool = self._provider.capabilities >= _BATCH_CAPABILITIES
        self.fields: tuple[UserFieldName, ...] = fields_to_update(self._provider.capabilities)

    async def create(self, write: Write, password: SecretStr | None, *, uncertain: bool) -> CreatedUser:
        """Make the account; where it is there, in all as was asked, it is adopted.

        It becomes a member with roles by `add` where `makes_members_later`, else by this. An `uncertain` one is
        looked for before it is made.
        """
        if uncertain:
            user = await self._find_same(write)
            if user is not None:
                return CreatedUser(user, "regained")
        try:
            user = await self._create(write, password)
        except (ConflictError, UnprocessableError):
            # What was asked for may be taken by the very thing that was asked for.
            user = await self._find_same(write)
            if user is None:
                raise
            return CreatedUser(user, "regained" if uncertain else "found")
        return CreatedUser(user, "regained" if user.adopted else "made")

    async def add(self, user_ids: Sequence[str], roles: Sequence[str]) -> None:
        """Make members of accounts, with these roles; done before, it changes nothing."""
        await self._organization.users.add(user_ids, roles=roles)

    async def is_invited(self, write: Write) -> bool:
        """Tell whether there is a pending invitation of the address, with the roles."""
        pending = self._organization.invitations.list(status="pending", email=write.fields["email"])
        return any(not write.roles or set(found.roles) == set(write.roles) for found in await pending.collect())

    async def invite(self, write: Write) -> Status:
        """Send the invitation; a member's address may have them changed instead."""
        invitation = await self._organization.invitations.create(write.fields["email"], roles=write.roles)
        if invitation.changed_member:
            return "updated"
        return "adopted" if invitation.adopted else "invited"

    async def change(self, write: Write) -> None:
        """Change a member, or remove them."""
        users, user_id = self._organization.users, write.user_id or ""
        if write.kind == "update":
            await users.update(user_id, **write.fields)
        elif write.kind == "set_roles":
            await users.set_roles(user_id, write.roles)
        elif write.kind == "add_roles":
            await users.add_roles(user_id, write.roles)
        elif write.account is not None:
            await users.remove(user_id, account=write.account)
        else:
            raise PlanError(f"Write {write.number} is no change of a member.")

    async def _create(self, write: Write, password: SecretStr | None) -> User:
        if self.makes_members_later:
            return await Accounts(self._provider).create(**write.fields, password=password)
        return await self._organization.users.create(**write.fields, password=password, roles=write.roles)

    async def _find_same(self, write: Write) -> User | None:
        people = Accounts(self._provider) if self.makes_members_later else self._organization.users
        username, email = write.fields.get("username"), write.fields.get("email")
        if username is not None:
            found = await people.find(username=username)
        elif email is not None:
            found = await people.find(email=email)
        else:
            found = await self._find_by_fields(people.list(query=write.fields.get("phone")), write)
        return found if found is not None and self._is_as_asked(found, write) else None

    def _is_as_asked(self, user: User, write: Write) -> bool:
        roles = self.makes_members_later or not write.roles or set(user.roles) == set(write.roles)
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
