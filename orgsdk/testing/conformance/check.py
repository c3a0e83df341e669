"""Check: one behaviour that a provider must show, and the decorators that register checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias, TypeVar

from orgsdk.domain import Capability
from orgsdk.errors import APIError, OrgError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from typing_extensions import Unpack

    from orgsdk.domain import User
    from orgsdk.providers.base import AccountOperations
    from orgsdk.resources import Accounts, Users
    from orgsdk.testing.conformance.context import CheckContext, NewUserFields

    CheckFunction: TypeAlias = Callable[[CheckContext], Awaitable[None]]
    UserCheckFunction: TypeAlias = Callable[["UserScope"], Awaitable[None]]

ErrorT = TypeVar("ErrorT", bound=OrgError)


class ConformanceError(AssertionError):
    """Tell in what a provider does not do as the contract says."""


class NotApplicableError(Exception):
    """Tell why a check says nothing of this provider: what it looks at cannot be had there."""


@dataclass(frozen=True, slots=True)
class Check:
    """Hold one behaviour that a provider has to show.

    `name` is the area and what is claimed, such as `pagination.every_user_comes_once`; `claim` says it in a sentence.
    Without the capabilities `needs` it is skipped, and where less than `users` may be made.
    """

    name: str
    claim: str
    run: CheckFunction
    needs: frozenset[Capability] = frozenset()
    users: int = 0


_REGISTRY: dict[str, Check] = {}


def register(check: Check) -> None:
    """Keep a check among those that every provider is held to."""
    if check.name in _REGISTRY:
        raise ValueError(f"There are two checks called {check.name}.")
    _REGISTRY[check.name] = check


def registered_checks() -> list[Check]:
    """Give the checks in the order in which they were registered."""
    return list(_REGISTRY.values())


def check(*needs: Capability, users: int = 0) -> Callable[[CheckFunction], CheckFunction]:
    """Register the function as a check: its module is the area, its docstring the claim."""

    def decorate(run: CheckFunction) -> CheckFunction:
        area = run.__module__.rpartition(".")[2]
        claim = " ".join((run.__doc__ or "").split())
        register(Check(f"{area}.{getattr(run, '__name__', '')}", claim, run, frozenset(needs), users))
        return run

    return decorate


def expect(condition: object, otherwise: str) -> None:
    """Raise `ConformanceError` saying `otherwise` unless the condition holds."""
    if not condition:
        raise ConformanceError(otherwise)


def fail(message: str) -> NoReturn:
    """Raise `ConformanceError`."""
    raise ConformanceError(message)


async def expect_error(call: Awaitable[object], *kinds: type[OrgError], what: str) -> OrgError:
    """Give the error that the call ends in, which is one of `kinds`; `what` says what was tried.

    An answer of the provider's has to say whose it is.
    """
    names = " or ".join(kind.__name__ for kind in kinds)
    try:
        await call
    except kinds as error:
        if isinstance(error, APIError):
            expect(error.provider, f"the error for {what} names no provider")
        return error
    except OrgError as error:
        fail(f"{what} has to end in {names}, and ended in {type(error).__name__}: {error}")
    fail(f"{what} has to end in {names}, and went through")


ScopeName = Literal["users", "accounts"]
SCOPES: tuple[ScopeName, ...] = ("users", "accounts")


@dataclass(frozen=True, slots=True)
class UserScope:
    """Hold where people are looked at: among the members of the stage's organization, or among all accounts."""

    stage: CheckContext
    where: ScopeName

    @property
    def verbs(self) -> Users | Accounts:
        """Give the resource whose verbs are checked."""
        return self.stage.users if self.where == "users" else self.stage.client.accounts

    @property
    def room(self) -> AccountOperations:
        """Give the provider's room behind the verbs."""
        provider = self.stage.provider
        return provider.users(self.stage.organization.id) if self.where == "users" else provider.accounts()

    async def make(self, **fields: Unpack[NewUserFields]) -> User:
        """Make one of them."""
        return await self.stage.user(**fields) if self.where == "users" else await self.stage.account(**fields)

    def has(self, verb: str) -> bool:
        """Tell whether the verb is declared here."""
        return Capability(f"{self.where}.{verb}") in self.stage.client.capabilities


def check_users(
    *verbs: str, also: tuple[Capability, ...] = (), users: int = 1
) -> Callable[[UserCheckFunction], UserCheckFunction]:
    """Register the function as two checks: one of an organization's users, one of a tenant's accounts."""

    def decorate(run: UserCheckFunction) -> UserCheckFunction:
        for where in SCOPES:
            register(_build_check(run, where, verbs, also, users))
        return run

    return decorate


def _build_check(
    run: UserCheckFunction, where: ScopeName, verbs: tuple[str, ...], also: tuple[Capability, ...], users: int
) -> Check:
    async def run_there(stage: CheckContext) -> None:
        await run(UserScope(stage, where))

    needs = frozenset({Capability(f"{where}.{verb}") for verb in verbs} | set(also))
    area = run.__module__.rpartition(".")[2]
    claim = " ".join((run.__doc__ or "").split())
    return Check(f"{area}.{getattr(run, '__name__', '')}[{where}]", claim, run_there, needs, users)
