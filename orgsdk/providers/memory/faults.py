"""What goes wrong on demand: calls that fail, that take their time, and whose answer is lost."""

from __future__ import annotations

import copy
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from orgsdk.domain import Capability
from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.base import (
    AccountOperations,
    InvitationOperations,
    OrganizationOperations,
    RoleOperations,
    UserOperations,
)

if TYPE_CHECKING:
    from orgsdk.errors import OrgError

_ROOMS = {
    "organizations": OrganizationOperations,
    "users": UserOperations,
    "accounts": AccountOperations,
    "invitations": InvitationOperations,
    "roles": RoleOperations,
}
OPERATIONS = frozenset(f"{room}.{verb}" for room, kind in _ROOMS.items() for verb in dir(kind)) & frozenset(
    map(str, Capability)
)


@dataclass(frozen=True, slots=True)
class Failure:
    """End a call with `error` before anything is done."""

    error: OrgError

    def fresh(self) -> OrgError:
        """Give the error as if it were new: one that is raised twice would carry the first one's traceback."""
        return copy.copy(self.error)


@dataclass(frozen=True, slots=True)
class LostAnswer:
    """Do what is asked, and say nothing of it."""


Fault: TypeAlias = Failure | LostAnswer


class Faults:
    """Keep what is to strike which operation."""

    def __init__(self) -> None:
        self._delays: dict[str, float] = {}
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def delay(self, operation: str, seconds: float) -> None:
        """Have each call of `operation` wait first."""
        if not seconds >= 0:
            raise InvalidArgumentError(f"The delay is {seconds}: pass a number of seconds, 0 or more.")
        self._delays[_checked(operation)] = seconds

    def strike(self, operation: str, fault: Fault, times: int) -> None:
        """Have `fault` strike the next calls of `operation`, after those that are set already."""
        if times < 1:
            raise InvalidArgumentError(f"times is {times}: pass 1 or more.")
        self._faults[_checked(operation)].extend([fault] * times)

    def clear(self) -> None:
        """Let everything go well again."""
        self._delays.clear()
        self._faults.clear()

    def seconds(self, operation: str) -> float:
        """Give how long a call of `operation` waits."""
        return self._delays.get(operation, 0.0)

    def next(self, operation: str) -> Fault | None:
        """Take the fault that strikes this call of `operation`, None where none does."""
        waiting = self._faults.get(operation)
        return waiting.popleft() if waiting else None


def _checked(operation: str) -> str:
    if operation not in OPERATIONS:
        raise InvalidArgumentError(f"There is no operation {operation!r}: pass one of {', '.join(sorted(OPERATIONS))}.")
    return str(operation)
