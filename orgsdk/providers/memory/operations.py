"""Calls of the memory provider: injected faults, delays, lost responses, pages, and the base of its operations."""

from __future__ import annotations

import copy
import json
from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import anyio

from orgsdk.arguments import check_instance, check_integer, describe_value, is_number
from orgsdk.domain import Capability, Record
from orgsdk.errors import (
    InvalidArgumentError,
    InvalidCursorError,
    NotSentError,
    OrgError,
    OutcomeUnknownError,
    RequestTimeoutError,
    TransportError,
)
from orgsdk.options import CallOptions
from orgsdk.pagination import Listing, Slice
from orgsdk.providers.base import (
    AccountOperations,
    InvitationOperations,
    OrganizationOperations,
    RoleOperations,
    UserOperations,
)
from orgsdk.providers.memory.rows import MemoryRow
from orgsdk.providers.memory.store import NAME, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orgsdk.domain import RecordReader
    from orgsdk.providers.memory.rows import Wire

_OPERATION_CLASSES = {
    "organizations": OrganizationOperations,
    "users": UserOperations,
    "accounts": AccountOperations,
    "invitations": InvitationOperations,
    "roles": RoleOperations,
}
OPERATIONS = frozenset(f"{noun}.{verb}" for noun, kind in _OPERATION_CLASSES.items() for verb in dir(kind)) & frozenset(
    map(str, Capability)
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A fault: the call raises `error` and has no effect."""

    error: OrgError

    def fresh(self) -> OrgError:
        """Return a copy of the error, because an error that is raised twice keeps its first traceback."""
        return copy.copy(self.error)


@dataclass(frozen=True, slots=True)
class LostResponse:
    """A fault: the call has its effect, but its response is lost."""


Fault: TypeAlias = Failure | LostResponse


_MAX_FAULTS = 1_000_000  # each takes memory


class MemoryFaults:
    """The faults and delays that are set for each operation."""

    def __init__(self) -> None:
        self._delays: dict[str, float] = {}
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def delay(self, operation: str, seconds: float) -> None:
        """Delay each call of an operation."""
        if not (is_number(seconds) and seconds >= 0):
            raise InvalidArgumentError(f"The delay is {describe_value(seconds)}: pass a number of seconds, 0 or more.")
        self._delays[_check_operation(operation)] = seconds

    def add(self, operation: str, fault: Fault, times: int) -> None:
        """Set a fault for the next calls of an operation, after those that are already set."""
        check_integer("times", times, least=1, most=_MAX_FAULTS, error=InvalidArgumentError)
        self._faults[_check_operation(operation)].extend([fault] * times)

    def clear(self) -> None:
        """Remove all faults and delays."""
        self._delays.clear()
        self._faults.clear()

    def delay_of(self, operation: str) -> float:
        """Return the delay of an operation in seconds."""
        return self._delays.get(operation, 0.0)

    def pop(self, operation: str) -> Fault | None:
        """Remove and return the fault of the next call of an operation, None if there is none."""
        waiting = self._faults.get(operation)
        return waiting.popleft() if waiting else None


def _check_operation(operation: str) -> str:
    check_instance("operation", operation, str, "a method, such as 'users.create'")
    if operation not in OPERATIONS:
        raise InvalidArgumentError(f"Unknown operation {operation!r}: pass one of {', '.join(sorted(OPERATIONS))}.")
    return str(operation)


T = TypeVar("T")
RecordT = TypeVar("RecordT", bound=Record)
RowT = TypeVar("RowT", bound=MemoryRow)

# A retry of these creates or sends something twice, so a lost response means an unknown outcome.
_NOT_IDEMPOTENT = (".create", ".resend")


@dataclass(slots=True)
class MemoryConnection:
    """The connection between the operations and the store, with delays and faults as over a network."""

    store: MemoryStore
    max_page_size: int
    faults: MemoryFaults = field(default_factory=MemoryFaults)
    calls: list[str] = field(default_factory=list[str])
    options: CallOptions = field(default_factory=CallOptions)
    closed: list[bool] = field(default_factory=list[bool])  # shared by all that `with_options` returned

    def with_options(self, options: CallOptions) -> MemoryConnection:
        """Return this connection with other options, sharing everything else."""
        return replace(self, options=options)

    async def call(self, operation: str, work: Callable[[], T]) -> T:
        """Run `work`, which never awaits, with the delay and the fault that are set, and return its result.

        Args:
            operation: The operation, such as "users.create".
            work: The operation's effect.

        Returns:
            The result of `work`.

        Raises:
            NotSentError: The client is closed.
            RequestTimeoutError: The delay is longer than the client's timeout. `work` is not run.
            OrgError: The fault that is set.
        """
        if self.closed:
            raise NotSentError(
                "the client is closed: call it within its `async with`, or make another.",
                provider=NAME,
                operation=operation,
            )
        self.calls.append(operation)
        await self._wait(operation)
        fault = self.faults.pop(operation)
        if isinstance(fault, Failure):
            raise fault.fresh()
        result = work()
        if fault is not None:
            raise _lost_answer_error(operation)
        return result

    async def _wait(self, operation: str) -> None:
        seconds = self.faults.delay_of(operation)
        if seconds > self.options.timeout:
            await anyio.sleep(self.options.timeout)
            raise RequestTimeoutError(
                f"no response within {self.options.timeout:g} s.", provider=NAME, operation=operation
            )
        # Also without a delay: at every call other tasks may run, and a cancellation takes effect.
        await anyio.sleep(seconds)


def _lost_answer_error(operation: str) -> TransportError | OutcomeUnknownError:
    if operation.endswith(_NOT_IDEMPOTENT):
        message = "the response was lost: the operation may or may not have been carried out."
        return OutcomeUnknownError(message, provider=NAME, operation=operation)
    return TransportError("the connection broke before the response arrived.", provider=NAME, operation=operation)


class MemoryOperations:
    """Base class of the operations."""

    def __init__(self, connection: MemoryConnection) -> None:
        self._connection = connection
        self._store = connection.store

    async def _call(self, operation: str, work: Callable[[], T]) -> T:
        return await self._connection.call(operation, work)

    def _listing(
        self,
        operation: str,
        scope: tuple[str | None, ...],
        rows: Callable[[], Sequence[RowT]],
        wire: Callable[[RowT], Wire],
        reader: RecordReader[RecordT],
    ) -> Listing[RecordT]:
        """Describe the list of `rows`, which is called for each page, in the order of their positions."""

        async def fetch(position: str | None, page_size: int) -> Slice[RecordT]:
            wanted = _parse_position(position)

            def work() -> Slice[RecordT]:
                found = rows()
                first, last = _bounds([row.sequence for row in found], wanted, page_size)
                page = found[first:last]
                return Slice(
                    reader.many(json.dumps([wire(row) for row in page]).encode()),
                    next=f"after:{found[last - 1].sequence}" if 0 < last < len(found) else None,
                    previous=f"before:{found[first].sequence if page else found[-1].sequence + 1}"
                    if first > 0
                    else None,
                    total=len(found),
                )

            return await self._call(operation, work)

        return Listing(
            provider=NAME,
            name=operation,
            scope=scope,
            max_page_size=self._connection.max_page_size,
            fetch=fetch,
        )


def read_row(reader: RecordReader[RecordT], wire: Wire) -> RecordT:
    """Return the record of a JSON object."""
    return reader.one(json.dumps(wire).encode())


# A position names a row, not a number of rows. Rows that remain are yielded once, whatever is added or removed.


def _parse_position(position: str | None) -> tuple[str, int]:
    direction, _, sequence = (position or "after:0").partition(":")
    if direction not in {"after", "before"} or not (sequence.isascii() and sequence.isdigit() and len(sequence) <= 18):
        raise InvalidCursorError("The cursor does not name a page of this list.")
    return direction, int(sequence)


def _bounds(sequences: list[int], wanted: tuple[str, int], page_size: int) -> tuple[int, int]:
    direction, sequence = wanted
    if direction == "after":
        first = bisect_right(sequences, sequence)
        return first, min(first + page_size, len(sequences))
    last = bisect_left(sequences, sequence)
    return max(last - page_size, 0), last
