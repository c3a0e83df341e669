"""Reading again, before anything is sent, those whom a plan changes: some by one request each, many by the list."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgsdk.bulk.members import Member, cut
from orgsdk.bulk.reading import read_members
from orgsdk.bulk.removals import keepers
from orgsdk.bulk.workers import Workers
from orgsdk.domain import Capability, UserQuery
from orgsdk.errors import NotFoundError
from orgsdk.resources import Accounts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from orgsdk.bulk.pause import Pause
    from orgsdk.bulk.plans import Plan
    from orgsdk.bulk.writes import Write
    from orgsdk.domain import User
    from orgsdk.resources import OrganizationHandle


@dataclass(frozen=True, slots=True)
class Current:
    """Hold people as they are now, by their ids, and the reason why some are to stay as they are.

    `people` lacks who is there no more; of those whom no write is about it says nothing.
    """

    people: Mapping[str, Member] = field(default_factory=dict[str, Member], repr=False)
    kept: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


async def read_current(plan: Plan, writes: Sequence[Write], organization: OrganizationHandle, pause: Pause) -> Current:
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
    members = await _members(plan, changed, organization, pause, whole=bool(removing or demoting))
    people = {member.id: member for member in members if member.id in changed}
    people |= await _accounts(added, organization, pause)
    kept: Mapping[str, str] = {}
    if removing or demoting:
        own = await pause.ask(organization.provider.own_user_id)
        kept = keepers(members, removing, demoting, policy=plan.policy, own_user_id=own)
    return Current(people, kept)


async def _members(
    plan: Plan, ids: Collection[str], organization: OrganizationHandle, pause: Pause, *, whole: bool
) -> Sequence[Member]:
    if not ids:
        return []
    provider = organization.provider
    page_size = provider.users(organization.id).list(UserQuery(complete=True)).max_page_size
    single = Capability.USERS_GET in provider.capabilities and not whole
    if single and len(ids) * page_size < plan.members:
        return await _each(ids, organization.users.get, pause)
    return await read_members(organization.users.list(complete=True), pause)


async def _accounts(ids: Collection[str], organization: OrganizationHandle, pause: Pause) -> dict[str, Member]:
    if not ids:
        return {}
    provider = organization.provider
    accounts = Accounts(provider)
    if Capability.ACCOUNTS_GET in provider.capabilities and await _are_few(ids, accounts, pause):
        found = await _each(ids, accounts.get, pause)
    else:
        found = await read_members(accounts.list(complete=True), pause)
    return {member.id: member for member in found if member.id in ids}


async def _are_few(ids: Collection[str], accounts: Accounts, pause: Pause) -> bool:
    page = await pause.ask(accounts.list)
    return page.total is not None and len(ids) * max(len(page), 1) < page.total


async def _each(ids: Collection[str], get: Callable[[str], Awaitable[User]], pause: Pause) -> list[Member]:
    async def get_if_any(user_id: str) -> User | None:
        try:
            return await pause.ask(lambda: get(user_id))
        except NotFoundError:
            return None

    users = [user async for user in Workers(sorted(ids), get_if_any) if user is not None]
    return cut(users, {})
