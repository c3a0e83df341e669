"""Registry of bugs: subclasses of the memory provider, or of its operations, with one bug each."""

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
    """A class with a bug, and the check that must detect it."""

    kind: type
    check: str

    @property
    def name(self) -> str:
        return self.kind.__name__

    def provider(self) -> Memory:
        return self.kind() if issubclass(self.kind, Memory) else _with_operations(self.kind)()


BUGS: list[Bug] = []


def detected_by(check: str) -> Callable[[KindT], KindT]:
    """Register a class with a bug that the check must detect."""

    def add(kind: KindT) -> KindT:
        BUGS.append(Bug(kind, check))
        return kind

    return add


def _with_operations(operations: type) -> type[Memory]:
    def choose(kind: type[T]) -> type[T]:
        return operations if issubclass(operations, kind) else kind

    class Faulty(Memory):
        @property
        def organizations(self) -> MemoryOrganizations:
            return choose(MemoryOrganizations)(self._connection)

        @property
        def roles(self) -> MemoryRoles:
            return choose(MemoryRoles)(self._connection)

        def users(self, organization_id: str | None) -> MemoryUsers:
            super().users(organization_id)
            return choose(MemoryUsers)(self._connection, organization_id)

        def invitations(self, organization_id: str | None) -> MemoryInvitations:
            return choose(MemoryInvitations)(self._connection, organization_id)

        def accounts(self) -> MemoryAccounts:
            return choose(MemoryAccounts)(self._connection)

    return Faulty


def with_fetch(listing: Listing[T], fetch: Callable[[Fetch, str | None, int], Awaitable[Slice[T]]]) -> Listing[T]:
    """Return the listing with another fetch function, which gets the original one as an argument."""
    original = listing.fetch
    return replace(listing, fetch=lambda position, page_size: fetch(original, position, page_size))
