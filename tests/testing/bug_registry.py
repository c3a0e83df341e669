"""How a bug is planted: a room of the memory provider, or the provider itself, with one thing wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from orgsdk.providers import Memory
from orgsdk.providers.memory.invitations import MemoryInvitations
from orgsdk.providers.memory.organizations import MemoryOrganizations
from orgsdk.providers.memory.roles import MemoryRoles
from orgsdk.providers.memory.users import MemoryAccounts, MemoryUsers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.pagination import Listing, Slice

    Fetch = Callable[[str | None, int], Awaitable[Slice[Any]]]

T = TypeVar("T")
KindT = TypeVar("KindT", bound=type)


@dataclass(frozen=True)
class Bug:
    """A class with a mistake, and the check that is meant to find it."""

    kind: type
    found_by: str

    @property
    def name(self) -> str:
        return self.kind.__name__

    def provider(self) -> Memory:
        return self.kind() if issubclass(self.kind, Memory) else _with_room(self.kind)()


BUGS: list[Bug] = []


def found_by(check: str) -> Callable[[KindT], KindT]:
    """Plant the bug."""

    def plant(kind: KindT) -> KindT:
        BUGS.append(Bug(kind, check))
        return kind

    return plant


def _with_room(room: type) -> type[Memory]:
    def kind_of(kind: type[T]) -> type[T]:
        return room if issubclass(room, kind) else kind

    class Planted(Memory):
        @property
        def organizations(self) -> MemoryOrganizations:
            return kind_of(MemoryOrganizations)(self._connection)

        @property
        def roles(self) -> MemoryRoles:
            return kind_of(MemoryRoles)(self._connection)

        def users(self, organization_id: str | None) -> MemoryUsers:
            super().users(organization_id)
            return kind_of(MemoryUsers)(self._connection, organization_id)

        def invitations(self, organization_id: str | None) -> MemoryInvitations:
            return kind_of(MemoryInvitations)(self._connection, organization_id)

        def accounts(self) -> MemoryAccounts:
            return kind_of(MemoryAccounts)(self._connection)

    return Planted


def refetched(listing: Listing[T], fetch: Callable[[Fetch, str | None, int], Awaitable[Slice[T]]]) -> Listing[T]:
    """Give the listing with another way to fetch, which is handed the right one."""
    right = listing.fetch
    return replace(listing, fetch=lambda position, page_size: fetch(right, position, page_size))
