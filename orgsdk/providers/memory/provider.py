"""The memory provider: settings, initial data, fault injection, operations."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import ClassVar, Self

from orgsdk._callables import check_function
from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_instance, check_integer
from orgsdk.domain import Capability, UserFieldName
from orgsdk.errors import ConfigurationError, OrgError
from orgsdk.options import CallOptions
from orgsdk.providers.base import Provider
from orgsdk.providers.memory.invitations import MemoryInvitations
from orgsdk.providers.memory.operations import Failure, LostResponse, MemoryConnection, MemoryFaults
from orgsdk.providers.memory.organizations import MemoryOrganizations
from orgsdk.providers.memory.roles import MemoryRoles
from orgsdk.providers.memory.store import IDS, NAME, MemoryStore
from orgsdk.providers.memory.users import MemoryAccounts, MemoryUsers
from orgsdk.providers.settings import optional

_ROLES = ("admin", "teacher", "student")
_OPERATION = "seed"


def seed(store: MemoryStore, users: int) -> None:
    """Create the roles, one organization and its members: one admin, and one teacher in ten."""
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
    """A provider that keeps organizations, users, invitations and roles in memory, with every capability.

    It starts with one organization, which ``client.organization()`` returns, and with the roles ``admin``, ``teacher``
    and ``student``. Ids are counted, so two runs have the same ids. Passwords are not stored: `raw` shows whether there
    is one, and how many messages an invitation would have sent. Nothing is sent anywhere. A new provider in each test
    needs no cleanup.

    Args:
        users: The number of members of the organization. Default 0.
        max_page_size: The maximum and default page size. Default 100.
        clock: Returns the current time in UTC.
        tenant: The text that distinguishes this tenant from another.

    Raises:
        ConfigurationError: A number is invalid.

    Example:
        ``client = OrgClient(Memory(users=50))``
    """

    name: ClassVar[str] = NAME
    contract: ClassVar[int] = 2
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability)
    unique_fields: ClassVar[frozenset[UserFieldName]] = frozenset({"username", "email", "phone"})

    @name_parameters
    def __init__(
        self,
        *,
        users: int = 0,
        max_page_size: int = _MAX_PAGE_SIZE,
        clock: Callable[[], datetime] = _now,
        tenant: str = NAME,
    ) -> None:
        check_integer("users", users, least=0)
        check_integer("max_page_size", max_page_size, least=1)
        check_function(clock, "clock", plain=True)
        if not isinstance(tenant, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
            raise ConfigurationError(f"tenant is of type {type(tenant).__name__}: pass a string.")
        store = MemoryStore(clock)
        seed(store, users)
        self._connection = MemoryConnection(store, max_page_size)
        self._tenant = tenant

    def __repr__(self) -> str:
        store = self._connection.store
        return f"Memory(organizations={len(store.organizations)}, accounts={len(store.accounts)})"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Create a provider with the number of users in ``MEMORY_USERS``. Default 0.

        Args:
            environ: The variables.

        Returns:
            The new object.

        Raises:
            ConfigurationError: The value is not a number.
        """
        users = optional(environ, "MEMORY_USERS") or "0"
        if not (users.isascii() and users.isdigit() and len(users) <= 7):
            raise ConfigurationError("MEMORY_USERS is not a number of users: set it to digits.")
        return cls(users=int(users))

    @property
    def tenant(self) -> str:
        """The text that distinguishes this tenant from another."""
        return self._tenant

    async def own_user_id(self) -> str | None:
        """Return the id that `act_as` set, or None."""
        return self._connection.store.own_user

    async def own_organization_id(self) -> str | None:
        """Return the id of the organization that the provider started with."""
        return self._connection.store.own_organization

    def act_as(self, user_id: str | None) -> None:
        """Set the user that the credentials belong to.

        Args:
            user_id: The user's id. None for credentials of no user.
        """
        self._connection.store.own_user = None if user_id is None else IDS.check(user_id, "user id")

    # Fault injection

    def fail(self, operation: str, error: OrgError, *, times: int = 1) -> None:
        """Make the next calls of an operation fail, without effect.

        Faults of one operation apply in the order in which they were set.

        Args:
            operation: A method of the client as `Capability` spells it, such as ``"users.create"``. A list makes one
                call per page.
            error: The error to raise.
            times: The number of calls. Default 1.

        Raises:
            InvalidArgumentError: Unknown operation, or `times` is less than 1.

        Example: ``memory.fail("users.create", NotSentError("no network", provider="memory", operation="test"))``
        """
        check_instance("error", error, OrgError, "an OrgError, such as NotSentError(…)")
        self._faults.add(operation, Failure(error), times)

    def delay(self, operation: str, seconds: float) -> None:
        """Delay each call of an operation.

        A call that takes longer than the client's `timeout` raises `RequestTimeoutError` and has no effect, and neither
        has a call that is cancelled during the delay.

        Args:
            operation: As for `fail`.
            seconds: The delay. 0 removes it.

        Raises:
            InvalidArgumentError: Unknown operation, or a negative delay.
        """
        self._faults.delay(operation, seconds)

    def lose_response(self, operation: str, *, times: int = 1) -> None:
        """Make the next calls of an operation succeed, but lose their response.

        A call that is not idempotent (every `create`, and `invitations.resend`) raises `OutcomeUnknownError`, any other
        `TransportError`.

        Args:
            operation: As for `fail`.
            times: The number of calls. Default 1.

        Raises:
            InvalidArgumentError: Unknown operation, or `times` is less than 1.
        """
        self._faults.add(operation, LostResponse(), times)

    def clear_faults(self) -> None:
        """Remove all faults and delays."""
        self._faults.clear()

    @property
    def calls(self) -> list[str]:
        """The operations that were called, in order. Clear the list with ``calls.clear()``."""
        return self._connection.calls

    @property
    def _faults(self) -> MemoryFaults:
        return self._connection.faults

    # Operations

    @property
    def organizations(self) -> MemoryOrganizations:
        """The operations on organizations."""
        return MemoryOrganizations(self._connection)

    @property
    def roles(self) -> MemoryRoles:
        """The operations on roles."""
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
        """Return the operations on the members of an organization.

        Args:
            organization_id: The organization's id. None for the organization that the provider started with.

        Returns:
            The operations on the members of an organization.

        Raises:
            InvalidArgumentError: The id is invalid.
        """
        return MemoryUsers(self._connection, self._checked_id(organization_id))

    def invitations(self, organization_id: str | None) -> MemoryInvitations:
        """Return the operations on the invitations to an organization.

        Args:
            organization_id: The organization's id. None for the organization that the provider started with.

        Returns:
            The operations on the invitations to an organization.

        Raises:
            InvalidArgumentError: The id is invalid.
        """
        return MemoryInvitations(self._connection, self._checked_id(organization_id))

    def accounts(self) -> MemoryAccounts:
        """Return the operations on all accounts."""
        return MemoryAccounts(self._connection)

    def with_options(self, options: CallOptions) -> Self:
        """Return this provider with other options, of which it uses only the timeout.

        Args:
            options: The options of each call.

        Returns:
            This provider with other options, of which it uses only the timeout.
        """
        other = copy.copy(self)
        other._connection = self._connection.with_options(options)
        return other

    async def aclose(self) -> None:
        """Reject every further call, as a closed connection does. The data remains for another `OrgClient`."""
        self._connection.closed.append(True)

    def _checked_id(self, organization_id: str | None) -> str | None:
        if organization_id is not None:
            self.check_organization_id(organization_id)
        return organization_id
