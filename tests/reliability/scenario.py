"""What a step of the workload works with, and what the server knows of it: the oracle's eyes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk import OrgClient
    from orgsdk.domain import Capability
    from orgsdk.providers.base import Provider
    from orgsdk.resources import OrganizationHandle
    from tests.reliability.servers import SimulatedServers


@dataclass(frozen=True, slots=True)
class Known:
    """Hold what the server knows of one person."""

    id: str
    email: str | None
    given_name: str | None
    roles: frozenset[str]
    is_member: bool
    is_suspended: bool = False


@dataclass(slots=True, eq=False)
class Scenario:
    """Hold the server, the client that is tortured, and a hand that nothing befalls."""

    world: SimulatedServers
    client: OrgClient[Provider]
    hand: OrgClient[Provider]
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def org(self) -> OrganizationHandle:
        """Give the organization by the tortured client."""
        return self.world.org(self.client)

    @property
    def safe_org(self) -> OrganizationHandle:
        """Give the organization by the hand."""
        return self.world.org(self.hand)

    def people(self, username: str | None = None) -> list[Known]:
        """Give what the server knows of those with this username, or of everybody."""
        if self.world.name == "flat":
            found = [
                Known(one.id, one.email, one.firstname, frozenset({one.role}), is_member=True)
                for one in self.world.flat.users.values()
                if username in {None, one.username}
            ]
            gone = (self.world.flat.individuals, self.world.flat.deleted)
            assert not any(one.id in kept for one in found for kept in gone)
            return found
        return [
            Known(
                one.id,
                one.primary_email,
                str(one.profile["givenName"]) if "givenName" in one.profile else None,
                self._role_names(one.id),
                is_member=self.world.logto.store.memberships.role_ids(self.world.organization_id, one.id) is not None,
                is_suspended=one.is_suspended,
            )
            for one in self.world.logto.store.users
            if username in {None, one.username}
        ]

    def person(self, user_id: str) -> Known | None:
        """Give what the server knows of the account of that id."""
        return next((one for one in self.people() if one.id == user_id), None)

    def _role_names(self, user_id: str) -> frozenset[str]:
        store = self.world.logto.store
        held = store.memberships.role_ids(self.world.organization_id, user_id) or ()
        return frozenset(role.name for role in store.member_roles(held))

    def invitations(self, email: str) -> list[tuple[str, str, frozenset[str]]]:
        """Give id, status and roles of the invitations to that address."""
        if self.world.name == "flat":
            return [
                (one.id, "accepted" if one.used_by else "pending", frozenset({one.role}))
                for one in self.world.flat.invitations.values()
                if one.email == email
            ]
        store = self.world.logto.store
        return [
            (one.id, one.status.lower(), frozenset(role.name for role in store.member_roles(one.role_ids)))
            for one in store.invitations
            if one.invitee == email
        ]


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one operation of the reference workload.

    `call` does it. `copies` counts by the server's state how often it is done, in whole: 1 where it was done once.
    `answer` says by the state what is wrong with what came back, None where nothing is. `before` makes what it
    needs. A step that `is_refused` asks for what the server has to refuse. `only` names the one provider it is for.
    """

    name: str
    needs: tuple[Capability, ...]
    call: Callable[[Scenario], Awaitable[object]]
    answer: Callable[[Scenario, Any], str | None] = lambda _scene, _found: None
    copies: Callable[[Scenario], int] | None = None
    before: Callable[[Scenario], Awaitable[None]] | None = None
    is_refused: bool = False
    only: str | None = None

    @property
    def is_read(self) -> bool:
        """Tell whether it changes nothing."""
        return self.copies is None and not self.is_refused

    @property
    def is_removal(self) -> bool:
        """Tell whether it takes something away."""
        return ".remove(" in self.name or self.name.endswith(".remove")

    @property
    def is_create(self) -> bool:
        """Tell whether it makes something that there may be two of."""
        return ".create" in self.name

    def fits(self, name: str, capabilities: frozenset[Capability]) -> bool:
        """Tell whether a provider can do it."""
        return self.only in {None, name} and capabilities.issuperset(self.needs)
