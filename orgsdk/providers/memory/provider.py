"""The memory provider: settings, initial data, fault injection, operations."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from orgsdk.domain import Capability
from orgsdk.errors import ConfigurationError
from orgsdk.providers.base import Provider
from orgsdk.providers.memory.invitations import MemoryInvitations
from orgsdk.providers.memory.operations import Failure, LostAnswer, MemoryConnection, MemoryFaults
from orgsdk.providers.memory.organizations import MemoryOrganizations
from orgsdk.providers.memory.roles import MemoryRoles
from orgsdk.providers.memory.store import IDS, NAME, MemoryStore
from orgsdk.providers.memory.users import MemoryAccounts, MemoryUsers
from orgsdk.providers.settings import optional

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from orgsdk.errors import OrgError
    from orgsdk.options import CallOptions

_ROLES = ("admin", "teacher", "student")
_OPERATION = "seed"


def seed(store: MemoryStore, users: int) -> None:
    """Make the roles, one organization, and its members: an admin, then a teacher among each ten."""
    admin, teacher, student = (store.new_role(name, _OPERATION) for name in _ROLES)
    org = store.new_organization("Band", None)
    store.own_organization = org.id
    for number in range(1, users + 1):
        account = store.new_account(
            {
                "username": f"user{number}",
                "email": f"user{number}@example.com",
                "name": f"User {number}",
                "given_name": "User",
                "family_name": str(number),
            },
            has_password=True,
            operation=_OPERATION,
        )
        role = admin if number == 1 else teacher if number % 10 == 0 else student
        store.join(org, account, {role.id: role})


_MAX_PAGE_SIZE = 100


def _now() -> datetime:
    return datetime.now(UTC)


class Memory(Provider):
    """Keep organizations, users, invitations and roles in memory, with everything that a provider can do.

    It begins with one organization, which `client.organization()` stands for, with `users` members and with the
    roles `admin`, `teacher` and `student`. `max_page_size` is the largest page and the default one; `clock` gives
    the time (UTC); `tenant` is the text that tells it from another. Ids are counted, so that two runs give the same
    ones. Passwords are not kept: `raw` tells that there is one, and how many messages an invitation would have sent.

    A provider of its own in each test needs no clean-up. Nothing is sent anywhere.

    Raises `ConfigurationError` for numbers that cannot be.

    Example: `client = OrgClient(Memory(users=50))`, or `OrgClient.memory(users=50)`
    """

    name: ClassVar[str] = NAME
    contract: ClassVar[int] = 1
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability)

    def __init__(
        self,
        *,
        users: int = 0,
        max_page_size: int = _MAX_PAGE_SIZE,
        clock: Callable[[], datetime] = _now,
        tenant: str = NAME,
    ) -> None:
        if users < 0:
            raise ConfigurationError(f"users is {users}: pass 0 or more.")
        if max_page_size < 1:
            raise ConfigurationError(f"max_page_size is {max_page_size}: pass 1 or more.")
        store = MemoryStore(clock)
        seed(store, users)
        self._connection = MemoryConnection(store, max_page_size)
        self._tenant = tenant

    def __repr__(self) -> str:
        store = self._connection.store
        return f"Memory(organizations={len(store.organizations)}, accounts={len(store.accounts)})"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Make it with as many users as `MEMORY_USERS` says, which is none where it is not set."""
        users = optional(environ, "MEMORY_USERS") or "0"
        if not (users.isascii() and users.isdigit() and len(users) <= 7):
            raise ConfigurationError("MEMORY_USERS is not a number of users: pass digits.")
        return cls(users=int(users))

    @property
    def tenant(self) -> str:
        """Give the text that tells this tenant from another."""
        return self._tenant

    async def own_user_id(self) -> str | None:
        """Give the id of the user that `act_as` named, None where it named nobody."""
        return self._connection.store.own_user

    async def own_organization_id(self) -> str | None:
        """Give the id of the organization that everything begins with."""
        return self._connection.store.own_organization

    def act_as(self, user_id: str | None) -> None:
        """Have the credentials belong to this user from now on, or to nobody."""
        self._connection.store.own_user = user_id

    # Faults

    def fail(self, operation: str, error: OrgError, *, times: int = 1) -> None:
        """Have the next `times` calls of `operation` end in `error`, before anything is done.

        `operation` is a verb of the client as `Capability` spells it, such as `"users.create"`; a list is one call
        for each page. Faults of one operation strike in the order in which they were set.

        Raises `InvalidArgumentError` for an operation that there is not.

        Example: `memory.fail("users.create", NotSentError("no network", provider="memory", operation="test"))`
        """
        self._faults.strike(operation, Failure(error), times)

    def delay(self, operation: str, seconds: float) -> None:
        """Have each call of `operation` take `seconds` before anything is done; 0 ends that.

        One that takes longer than the client's `timeout` ends in `RequestTimeoutError`, and one that is cancelled
        meanwhile is not done either.

        Raises `InvalidArgumentError` for an operation that there is not.
        """
        self._faults.delay(operation, seconds)

    def lose_answer(self, operation: str, *, times: int = 1) -> None:
        """Have the next `times` calls of `operation` be done, and their answer lost.

        They end in `OutcomeUnknownError` for what would be there twice if it were done again (every `create`, and
        `invitations.resend`), in `TransportError` for everything else.

        Raises `InvalidArgumentError` for an operation that there is not.
        """
        self._faults.strike(operation, LostAnswer(), times)

    def clear_faults(self) -> None:
        """Let everything go well again."""
        self._faults.clear()

    @property
    def calls(self) -> list[str]:
        """Give the operations that were called so far, in order; `calls.clear()` begins anew."""
        return self._connection.calls

    @property
    def _faults(self) -> MemoryFaults:
        return self._connection.faults

    # Rooms

    @property
    def organizations(self) -> MemoryOrganizations:
        """Give the room of organizations."""
        return MemoryOrganizations(self._connection)

    @property
    def roles(self) -> MemoryRoles:
        """Give the room of roles."""
        return MemoryRoles(self._connection)

    def check_organization_id(self, organization_id: str) -> None:
        """Check an organization's id without sending a request.

        Args:
            organization_id: The id as the caller passed it.

        Raises:
            InvalidArgumentError: The id is empty or has characters that ids never have.
        """
        IDS.check(organization_id, "organization id")

    def users(self, organization_id: str | None) -> MemoryUsers:
        """Give the room of an organization's members."""
        return MemoryUsers(self._connection, self._checked_id(organization_id))

    def invitations(self, organization_id: str | None) -> MemoryInvitations:
        """Give the room of the invitations to an organization."""
        return MemoryInvitations(self._connection, self._checked_id(organization_id))

    def accounts(self) -> MemoryAccounts:
        """Give the room of all accounts."""
        return MemoryAccounts(self._connection)

    def with_options(self, options: CallOptions) -> Self:
        """Give this provider with another `timeout`; it keeps nothing else of the options, for it has no HTTP."""
        other = copy.copy(self)
        other._connection = self._connection.with_options(options)
        return other

    async def aclose(self) -> None:
        """Refuse every further call, as a closed connection does. What is kept stays for another `OrgClient`."""
        self._connection.closed.append(True)

    def _checked_id(self, organization_id: str | None) -> str | None:
        if organization_id is not None:
            self.check_organization_id(organization_id)
        return organization_id
