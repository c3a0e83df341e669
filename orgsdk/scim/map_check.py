"""Compare the id map with the provider, and repair it: after a loss of the map, or changes made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from orgsdk.domain import Capability
from orgsdk.errors import NotFoundError
from orgsdk.scim.id_map import Kind, MapEntry, TakenError
from orgsdk.scim.usernames import derive_username
from orgsdk.scim.users import STATE, kept_details, shown_values, state_of, stored_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from orgsdk.client import OrgClient
    from orgsdk.domain import User
    from orgsdk.scim.id_map import IdMap

Problem: TypeAlias = Literal["gone", "active", "unmapped"]

PROBLEMS: Final[Mapping[Problem, str]] = {
    "gone": "is in the map, and no longer at the provider",
    "active": "is inactive in the map, and a member at the provider",
    "unmapped": "is at the provider, and not in the map",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between the map and the provider.

    Attributes:
        kind: ``user`` or ``group``.
        id: The SCIM id; the provider's id of a user who is not in the map.
        problem: ``gone`` (no longer a member, or no such role), ``active`` (a member again, whose membership had
            ended), or ``unmapped``, which is normal for users who were there before the gateway. Whether a member is
            suspended is known to the provider alone.
        is_repaired: Whether the map was changed.
    """

    kind: Kind
    id: str
    problem: Problem
    is_repaired: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.id} {PROBLEMS[self.problem]}"


async def check_map(
    client: OrgClient, id_map: IdMap, tenant: str, *, organization: str | None = None
) -> AsyncIterator[Difference]:
    """Compare a tenant's map with the provider. All members and roles are read; nothing is changed.

    Args:
        client: A client of the provider.
        id_map: The map.
        tenant: Name of the tenant.
        organization: Id of the organization. None for that of the credentials.

    Yields:
        Each difference.

    Raises:
        DatabaseError: The map cannot be read.
        OrgError: The provider cannot be read.
    """
    async for difference, _ in _compare(client, id_map, tenant, organization):
        yield difference


async def repair_map(
    client: OrgClient, id_map: IdMap, tenant: str, *, organization: str | None = None
) -> AsyncIterator[Difference]:
    """Make a tenant's map match the provider. Nothing is changed at the provider.

    Entries of users and roles that are gone are deleted, and inactive users who are members again are active. A member
    without an entry gets one: with the provider's id, and the username or the e-mail address as the userName. The
    external ids of a lost map come back if the provider stores them, else with the next change of a user.

    Args:
        client: A client of the provider.
        id_map: The map.
        tenant: Name of the tenant.
        organization: Id of the organization. None for that of the credentials.

    Yields:
        Each difference, and whether the map was changed. A name that another entry has is not added.

    Raises:
        DatabaseError: The map cannot be read or written.
        LockedError: A gateway uses the map, which is a SQLite file: stop it first.
        OrgError: The provider cannot be read.
    """
    async for difference, entry in _compare(client, id_map, tenant, organization):
        async with id_map.lock(tenant, f"{difference.kind}/{difference.id}"):
            yield replace(difference, is_repaired=await _repair(id_map, tenant, difference, entry))


async def _repair(id_map: IdMap, tenant: str, difference: Difference, entry: MapEntry | None) -> bool:
    """Change the map unless a gateway has changed the entry since it was compared; return whether it was changed."""
    current = await id_map.get(tenant, difference.kind, difference.id)
    if difference.problem == "unmapped":
        if current is not None or entry is None:
            return False
        try:
            await id_map.put(entry)
        except TakenError:
            return False
        return True
    if current is None or entry is None or current.version != entry.version:
        return False
    if difference.problem == "gone":
        await id_map.delete(tenant, difference.kind, difference.id)
    else:
        await id_map.put(replace(current, active=True, details=kept_details(shown_values(None, current))))
    return True


async def _compare(
    client: OrgClient, id_map: IdMap, tenant: str, organization: str | None
) -> AsyncIterator[tuple[Difference, MapEntry | None]]:
    """Yield each difference with the entry; of a member without an entry, the one that it should have."""
    # Before the members: who is added meanwhile has an entry that is not compared, and is not called gone.
    entries = [entry async for entry in id_map.entries(tenant, "user")]
    mapped = {entry.provider_id for entry in entries}
    handle = client.organization(organization)
    members: set[str] = set()
    async for user in handle.users.list(complete=True):
        members.add(user.id)
        if user.id not in mapped:
            yield Difference("user", user.id, "unmapped"), _new_entry(tenant, user)
    for entry in entries:
        if state_of(entry) in {"creating", "removed"}:
            continue  # no user yet, or no longer
        if entry.provider_id not in members:
            if state_of(entry) is None or await _is_deleted(client, entry.provider_id):
                yield Difference("user", entry.id, "gone"), entry
        elif state_of(entry) is not None:
            yield Difference("user", entry.id, "active"), entry
    groups = [entry async for entry in id_map.entries(tenant, "group") if STATE not in entry.details]
    if groups and Capability.ROLES_LIST in client.capabilities:
        roles = {role.id async for role in client.roles.list()}
        for entry in groups:
            if entry.provider_id not in roles:
                yield Difference("group", entry.id, "gone"), entry


async def _is_deleted(client: OrgClient, user_id: str) -> bool:
    """Return whether the account of an inactive user, whose membership has ended, is known to be gone."""
    if Capability.ACCOUNTS_GET not in client.capabilities:
        return False
    try:
        await client.accounts.get(user_id)
    except NotFoundError:
        return True
    return False


def _new_entry(tenant: str, user: User) -> MapEntry:
    is_derived = user.email is not None and user.username == derive_username(user.email)
    name = user.email if user.username is None or is_derived else user.username
    entry = MapEntry(
        tenant, "user", user.id, user.id, external_id=stored_id(user), name=name, active=not user.is_suspended
    )
    return entry if user.created_at is None else replace(entry, created=user.created_at)
