"""Organizations in memory whose members a test states."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from orgsdk import OrgClient
from orgsdk.bulk import Plan, Policy, Roster, UserSpec, apply, plan
from orgsdk.domain import Capability
from orgsdk.providers import Memory
from tests.bulk.memories import Plain

if TYPE_CHECKING:
    from orgsdk.domain import User
    from orgsdk.resources import OrganizationHandle

# Any plan of a few users may be applied.
ANY = Policy(max_removal_share=1, min_matched_share=0, max_renamed=50, max_new_admins=50)


def any_policy(**values: Any) -> Policy:
    """Return a policy of plans of a few users, with these values."""
    return replace(ANY, **values)


class LikeFlat(Plain):
    """A provider that stores no external ids, cannot suspend, and may take usernames in another case for the same."""

    capabilities = Plain.capabilities - {
        Capability.USERS_EXTERNAL_ID,
        Capability.USERS_SUSPEND,
        Capability.USERS_USERNAME_CASE,
    }
    unique_fields = frozenset({"username"})


@dataclass
class School:
    """An organization, its client and its provider."""

    client: OrgClient[Memory]
    org: OrganizationHandle
    memory: Memory

    @classmethod
    def of(cls, provider: type[Memory] = Memory) -> School:
        memory = provider()
        client = OrgClient(memory)
        return cls(client, client.organization(), memory)

    async def add(self, username: str | None, email: str | None = None, **fields: Any) -> User:
        roles = fields.pop("roles", ["student"])
        return await self.org.users.create(username=username, email=email, roles=roles, **fields)

    async def plan(self, rows: list[UserSpec], policy: Policy = ANY, **settings: Any) -> Plan:
        """Plan a roster that no reader has checked."""
        roster = Roster(users=rows, name="rows", fingerprint="", incomplete=settings.pop("incomplete", False))
        return await plan(self.org, roster, policy, **settings)

    async def run(self, rows: list[UserSpec], policy: Policy = ANY, **settings: Any) -> Plan:
        """Plan, apply and plan again: the second plan must be empty."""
        made = await self.plan(rows, policy, **settings)
        report = await apply(made, self.org, confirm=made.hash)
        assert not report.failures
        again = await self.plan(rows, policy, previous=made)
        assert again.is_empty, again.table()
        return made

    async def usernames(self) -> dict[str | None, str]:
        """Return the ids of the members by username."""
        return {user.username: user.id async for user in self.org.users.list()}


def row(username: str | None = None, email: str | None = None, **fields: Any) -> UserSpec:
    """Return a row; its origin is its username, its address or its external id."""
    origin = f"row of {username or email or fields.get('external_id')}"
    values: dict[str, Any] = {"username": username, "email": email, "origin": origin, **fields}
    return UserSpec(**values)
