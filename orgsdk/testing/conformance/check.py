"""Check: one behaviour that a provider must have, and the decorators that register checks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from orgsdk.domain import Capability
from orgsdk.testing.conformance.context import CheckContext

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from orgsdk.domain import User, UserFields
    from orgsdk.providers.base import AccountOperations
    from orgsdk.resources import Accounts, Users

CheckFunction: TypeAlias = Callable[[CheckContext], Awaitable[None]]
UserCheckFunction: TypeAlias = Callable[["UserScope"], Awaitable[None]]
ScopeName = Literal["users", "accounts"]
SCOPES: tuple[ScopeName, ...] = ("users", "accounts")


@dataclass(frozen=True, slots=True)
class Check:
    """One behaviour that a provider must have.

    Attributes:
        name: Area and behaviour, such as ``pagination.list_has_every_user_once``.
        claim: The behaviour as a sentence.
        run: The function that tests it.
        needs: Capabilities without which the check is skipped.
        users: Number of users that the check creates. It is skipped if fewer are allowed.
    """

    name: str
    claim: str
    run: CheckFunction
    needs: frozenset[Capability] = frozenset()
    users: int = 0


@dataclass(frozen=True, slots=True)
class UserScope:
    """The users that a check works on: members of the context's organization, or all accounts of the tenant."""

    context: CheckContext
    name: ScopeName

    @property
    def resource(self) -> Users | Accounts:
        """Return the client's resource for these users."""
        return self.context.users if self.name == "users" else self.context.client.accounts

    @property
    def operations(self) -> AccountOperations:
        """Return the provider's operations for these users."""
        provider = self.context.provider
        return provider.users(self.context.organization.id) if self.name == "users" else provider.accounts()

    async def find(self, text: str) -> User | None:
        """Return the user whose field `CheckContext.key` has the value for this text, or None."""
        return await self.find_by_key(self.context.key_value(text))

    async def find_by_key(self, value: str | None) -> User | None:
        """Return the user with this value of the field `CheckContext.key`, or None."""
        if self.context.key == "username":
            return await self.resource.find(username=value)
        return await self.resource.find(email=value)

    async def create(self, **fields: Unpack[UserFields[str | None]]) -> User:
        """Create a user, who is removed at the end of the check."""
        create = self.context.create_user if self.name == "users" else self.context.create_account
        return await create(**fields)

    def supports(self, method: str) -> bool:
        """Return whether the provider declares the method for these users."""
        return Capability(f"{self.name}.{method}") in self.context.client.capabilities


_REGISTRY: dict[str, Check] = {}


def register(check: Check) -> None:
    """Add a check to those that every provider must pass. Raise `ValueError` if its name is taken."""
    if check.name in _REGISTRY:
        raise ValueError(f"Two checks are called {check.name}. Rename one.")
    _REGISTRY[check.name] = check


def registered_checks() -> list[Check]:
    """Return the checks in the order in which they were registered."""
    return list(_REGISTRY.values())


def check(*needs: Capability, users: int = 0) -> Callable[[CheckFunction], CheckFunction]:
    """Register the function as a check: its module is the area, its docstring the claim."""

    def decorate(run: CheckFunction) -> CheckFunction:
        register(Check(_name(run), _claim(run), run, frozenset(needs), users))
        return run

    return decorate


def check_users(
    *methods: str, also: tuple[Capability, ...] = (), users: int = 1
) -> Callable[[UserCheckFunction], UserCheckFunction]:
    """Register the function as two checks: one for the users of an organization, one for the accounts of a tenant."""

    def decorate(run: UserCheckFunction) -> UserCheckFunction:
        for scope in SCOPES:
            register(_build_check(run, scope, methods, also, users))
        return run

    return decorate


def _build_check(
    run: UserCheckFunction, scope: ScopeName, methods: tuple[str, ...], also: tuple[Capability, ...], users: int
) -> Check:
    async def run_in_scope(context: CheckContext) -> None:
        await run(UserScope(context, scope))

    needs = frozenset({Capability(f"{scope}.{method}") for method in methods} | set(also))
    return Check(f"{_name(run)}[{scope}]", _claim(run), run_in_scope, needs, users)


def _name(run: Callable[..., object]) -> str:
    return f"{run.__module__.rpartition('.')[2]}.{getattr(run, '__name__', '')}"


def _claim(run: Callable[..., object]) -> str:
    return " ".join((run.__doc__ or "").split())
