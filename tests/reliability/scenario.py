"""Scenario and Step: what an operation of the workload uses, and how its result is read from the server's state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.reliability.servers import ALL_NAMES, Name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk import OrgClient
    from orgsdk.domain import Capability
    from orgsdk.providers.base import Provider
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox.workos.records import StoredUser
    from tests.reliability.servers import SimulatedServers


@dataclass(frozen=True, slots=True)
class ServerUser:
    """A user in the server's state."""

    id: str
    email: str | None
    given_name: str | None
    roles: frozenset[str]
    is_member: bool
    is_suspended: bool = False


@dataclass(slots=True, eq=False)
class Scenario:
    """A server, a client whose exchanges can have faults, and a client without faults."""

    servers: SimulatedServers
    client: OrgClient[Provider]
    direct_client: OrgClient[Provider]
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def org(self) -> OrganizationHandle:
        """Return the organization of the client with faults."""
        return self.servers.org(self.client)

    @property
    def direct_org(self) -> OrganizationHandle:
        """Return the organization of the client without faults."""
        return self.servers.org(self.direct_client)

    def if_supported(self, capability: Capability, **fields: Any) -> dict[str, Any]:
        """Return fields that the provider has, or none."""
        return fields if capability in self.client.provider.capabilities else {}

    def users(self, email: str | None = None) -> list[ServerUser]:
        """Return the server's users with this address, or all users."""
        if self.servers.name == "flat":
            found = [
                ServerUser(one.id, one.email, one.firstname, frozenset({one.role}), is_member=True)
                for one in self.servers.flat.users.values()
                if email in {None, one.email}
            ]
            removed = (self.servers.flat.individuals, self.servers.flat.deleted)
            assert not any(one.id in kept for one in found for kept in removed)
            return found
        if self.servers.name == "workos":
            return [self._workos_user(one) for one in self.servers.workos.store.users if email in {None, one.email}]
        if self.servers.name == "scim":
            return [
                each
                for each in map(self._scim_user, self.servers.scim.resources("User"))
                if email in {None, each.email}
            ]
        return [
            ServerUser(
                one.id,
                one.primary_email,
                str(one.profile["givenName"]) if "givenName" in one.profile else None,
                self._role_names(one.id),
                is_member=self.servers.logto.store.memberships.role_ids(self.servers.organization_id, one.id)
                is not None,
                is_suspended=one.is_suspended,
            )
            for one in self.servers.logto.store.users
            if email in {None, one.primary_email}
        ]

    def user(self, user_id: str) -> ServerUser | None:
        """Return the server's account with this id."""
        return next((one for one in self.users() if one.id == user_id), None)

    def _workos_user(self, user: StoredUser) -> ServerUser:
        memberships = self.servers.workos.store.memberships.having("both", (user.id, self.servers.organization_id))
        assert len(memberships) < 2
        return ServerUser(
            user.id,
            user.email,
            user.first_name,
            frozenset(slug for one in memberships for slug in one.role_slugs),
            is_member=any(one.status != "pending" for one in memberships),
            is_suspended=any(one.status == "inactive" for one in memberships),
        )

    def _scim_user(self, user: dict[str, Any]) -> ServerUser:
        return ServerUser(
            user["id"],
            next((each["value"] for each in user.get("emails") or ()), None),
            (user.get("name") or {}).get("givenName"),
            self.servers.scim.role_names(user["id"]),
            is_member=True,
            is_suspended=user.get("active") is False,
        )

    def _role_names(self, user_id: str) -> frozenset[str]:
        store = self.servers.logto.store
        held = store.memberships.role_ids(self.servers.organization_id, user_id) or ()
        return frozenset(role.name for role in store.member_roles(held))

    def invitations(self, email: str) -> list[tuple[str, str, frozenset[str]]]:
        """Return id, status and roles of the invitations to an address."""
        if self.servers.name == "flat":
            return [
                (one.id, "accepted" if one.used_by else "pending", frozenset({one.role}))
                for one in self.servers.flat.invitations.values()
                if one.email == email
            ]
        if self.servers.name == "workos":
            return [
                (one.id, one.state, frozenset({one.role_slug} if one.role_slug else ()))
                for one in self.servers.workos.store.invitations
                if one.email == email
            ]
        store = self.servers.logto.store
        return [
            (one.id, one.status.lower(), frozenset(role.name for role in store.member_roles(one.role_ids)))
            for one in store.invitations
            if one.invitee == email
        ]


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of the reference workload.

    `call` runs it. `copies` counts in the server's state how often its effect exists, completely: 1 if it was done
    once. `answer` compares the result with the state and returns a description of a difference, or None. `before`
    creates the records that it needs. If `is_refused`, the server must refuse the operation. `only` limits the step to
    some providers.
    """

    name: str
    needs: tuple[Capability, ...]
    call: Callable[[Scenario], Awaitable[object]]
    answer: Callable[[Scenario, Any], str | None] = lambda _scenario, _found: None
    copies: Callable[[Scenario], int] | None = None
    before: Callable[[Scenario], Awaitable[None]] | None = None
    is_refused: bool = False
    only: tuple[Name, ...] = ALL_NAMES

    @property
    def is_read(self) -> bool:
        """Return whether the step only reads."""
        return self.copies is None and not self.is_refused

    @property
    def is_removal(self) -> bool:
        """Return whether the step removes a record."""
        return ".remove(" in self.name or self.name.endswith(".remove")

    @property
    def is_create(self) -> bool:
        """Return whether the step creates a record that could exist twice."""
        return ".create" in self.name

    def fits(self, name: Name, capabilities: frozenset[Capability]) -> bool:
        """Return whether a provider supports the step."""
        return name in self.only and capabilities.issuperset(self.needs)
