"""What a check is, and how one says that a provider is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, TypeAlias, TypeVar

from orgsdk.errors import APIError, OrgError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.domain import Capability
    from orgsdk.testing.conformance.stage import Stage

    Run: TypeAlias = Callable[[Stage], Awaitable[None]]

ErrorT = TypeVar("ErrorT", bound=OrgError)


class ConformanceError(AssertionError):
    """Tell in what a provider does not do as the contract says."""


class NotApplicableError(Exception):
    """Tell why a check says nothing of this provider: what it looks at cannot be had there."""


@dataclass(frozen=True, slots=True)
class Check:
    """Hold one behaviour that a provider has to show.

    `name` is the area and what is claimed, such as `paging.every_user_comes_once`; `claim` says it in a sentence.
    Without the capabilities `needs` it is skipped, and where less than `users` may be made.
    """

    name: str
    claim: str
    run: Run
    needs: frozenset[Capability] = frozenset()
    users: int = 0


_CHECKS: dict[str, Check] = {}


def register(check: Check) -> None:
    """Keep a check among those that every provider is held to."""
    if check.name in _CHECKS:
        raise ValueError(f"There are two checks called {check.name}.")
    _CHECKS[check.name] = check


def registered() -> list[Check]:
    """Give the checks in the order in which they were registered."""
    return list(_CHECKS.values())


def check(*needs: Capability, users: int = 0) -> Callable[[Run], Run]:
    """Register the function as a check: its module is the area, its docstring the claim."""

    def decorate(run: Run) -> Run:
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


async def refused(call: Awaitable[object], *kinds: type[OrgError], what: str) -> OrgError:
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
