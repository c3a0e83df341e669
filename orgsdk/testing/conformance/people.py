"""Members of an organization and accounts of a tenant, as the checks of both see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from orgsdk.domain import Capability
from orgsdk.testing.conformance.check import Check, register

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from typing_extensions import Unpack

    from orgsdk.domain import User
    from orgsdk.providers.base import AccountOperations
    from orgsdk.resources import Accounts, Users
    from orgsdk.testing.conformance.stage import Fields, Stage

    Run: TypeAlias = Callable[["People"], Awaitable[None]]

Where = Literal["users", "accounts"]
ROOMS: tuple[Where, ...] = ("users", "accounts")


@dataclass(frozen=True, slots=True)
class People:
    """Hold where people are looked at: among the members of the stage's organization, or among all accounts."""

    stage: Stage
    where: Where

    @property
    def verbs(self) -> Users | Accounts:
        """Give the resource whose verbs are checked."""
        return self.stage.users if self.where == "users" else self.stage.client.users

    @property
    def room(self) -> AccountOperations:
        """Give the provider's room behind the verbs."""
        provider = self.stage.provider
        return provider.users(self.stage.organization.id) if self.where == "users" else provider.accounts()

    async def make(self, **fields: Unpack[Fields]) -> User:
        """Make one of them."""
        return await self.stage.user(**fields) if self.where == "users" else await self.stage.account(**fields)

    def has(self, verb: str) -> bool:
        """Tell whether the verb is declared here."""
        return Capability(f"{self.where}.{verb}") in self.stage.client.capabilities


def check_people(*verbs: str, also: tuple[Capability, ...] = (), users: int = 1) -> Callable[[Run], Run]:
    """Register the function as two checks: one of an organization's users, one of a tenant's accounts."""

    def decorate(run: Run) -> Run:
        for where in ROOMS:
            register(_one(run, where, verbs, also, users))
        return run

    return decorate


def _one(run: Run, where: Where, verbs: tuple[str, ...], also: tuple[Capability, ...], users: int) -> Check:
    async def run_there(stage: Stage) -> None:
        await run(People(stage, where))

    needs = frozenset({Capability(f"{where}.{verb}") for verb in verbs} | set(also))
    area = run.__module__.rpartition(".")[2]
    claim = " ".join((run.__doc__ or "").split())
    return Check(f"{area}.{getattr(run, '__name__', '')}[{where}]", claim, run_there, needs, users)
