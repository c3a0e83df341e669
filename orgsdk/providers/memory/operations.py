"""Calls of the memory provider: injected faults, delays, lost answers, paging, and the base class of its operations."""

from __future__ import annotations

import copy
import json
from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import anyio

from orgsdk.domain import Capability
from orgsdk.errors import (
    InvalidArgumentError,
    InvalidCursorError,
    NotSentError,
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
from orgsdk.providers.memory.store import NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orgsdk.domain import RecordReader
    from orgsdk.domain.record import RecordT
    from orgsdk.errors import OrgError
    from orgsdk.providers.memory.rows import Wire
    from orgsdk.providers.memory.store import MemoryStore

_OPERATION_CLASSES = {
    "organizations": OrganizationOperations,
    "users": UserOperations,
    "accounts": AccountOperations,
    "invitations": InvitationOperations,
    "roles": RoleOperations,
}
OPERATIONS = frozenset(f"{room}.{verb}" for room, kind in _OPERATION_CLASSES.items() for verb in dir(kind)) & frozenset(
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


class MemoryFaults:
    """Keep what is to strike which operation."""

    def __init__(self) -> None:
        self._delays: dict[str, float] = {}
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def delay(self, operation: str, seconds: float) -> None:
        """Have each call of `operation` wait first."""
        if not seconds >= 0:
            raise InvalidArgumentError(f"The delay is {seconds}: pass a number of seconds, 0 or more.")
        self._delays[_check_operation(operation)] = seconds

    def strike(self, operation: str, fault: Fault, times: int) -> None:
        """Have `fault` strike the next calls of `operation`, after those that are set already."""
        if times < 1:
            raise InvalidArgumentError(f"times is {times}: pass 1 or more.")
        self._faults[_check_operation(operation)].extend([fault] * times)

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


def _check_operation(operation: str) -> str:
    if operation not in OPERATIONS:
        raise InvalidArgumentError(f"There is no operation {operation!r}: pass one of {', '.join(sorted(OPERATIONS))}.")
    return str(operation)


T = TypeVar("T")
RowT = TypeVar("RowT", bound=MemoryRow)

# Verbs that leave another thing behind when they are done twice: a lost answer to them tells nothing.
_NOT_IDEMPOTENT = (".create", ".resend")


@dataclass(slots=True)
class MemoryConnection:
    """Stand between the rooms and the store as a network would: it waits, it fails, and it is closed at the end."""

    store: MemoryStore
    max_page_size: int
    faults: MemoryFaults = field(default_factory=MemoryFaults)
    calls: list[str] = field(default_factory=list[str])
    options: CallOptions = field(default_factory=CallOptions)
    closed: list[bool] = field(default_factory=list[bool])  # one for all that `with_options` made

    def with_options(self, options: CallOptions) -> MemoryConnection:
        """Give this connection with other options, sharing everything else."""
        return replace(self, options=options)

    async def call(self, operation: str, work: Callable[[], T]) -> T:
        """Give what `work` gives, which runs in one piece, after the faults that are set had their turn.

        Raises `NotSentError` where the client is closed, `RequestTimeoutError` where a delay is longer than the
        client's timeout (nothing is done then), and what was set to strike.
        """
        if self.closed:
            raise NotSentError(
                "the client is closed: call it within its `async with`, or make another.",
                provider=NAME,
                operation=operation,
            )
        self.calls.append(operation)
        await self._wait(operation)
        fault = self.faults.next(operation)
        if isinstance(fault, Failure):
            raise fault.fresh()
        done = work()
        if fault is not None:
            raise _lost_answer_error(operation)
        return done

    async def _wait(self, operation: str) -> None:
        seconds = self.faults.seconds(operation)
        if seconds > self.options.timeout:
            await anyio.sleep(self.options.timeout)
            raise RequestTimeoutError(
                f"no response within {self.options.timeout:g} s.", provider=NAME, operation=operation
            )
        # Also where there is nothing to wait for: every call is a point where others run, and where it is cancelled.
        await anyio.sleep(seconds)


def _lost_answer_error(operation: str) -> TransportError | OutcomeUnknownError:
    if operation.endswith(_NOT_IDEMPOTENT):
        message = "the answer was lost: it may or may not have been carried out."
        return OutcomeUnknownError(message, provider=NAME, operation=operation)
    return TransportError("the connection broke before the answer came.", provider=NAME, operation=operation)


class MemoryOperations:
    """One noun's room."""

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
        """Describe the list of `rows`, which are asked for anew at each page, in the order of their places."""

        async def fetch(position: str | None, page_size: int) -> Slice[RecordT]:
            asked = _parse_position(position)

            def work() -> Slice[RecordT]:
                found = rows()
                first, last = _bounds([row.place for row in found], asked, page_size)
                page = found[first:last]
                return Slice(
                    reader.many(json.dumps([wire(row) for row in page]).encode()),
                    next=f"after:{found[last - 1].place}" if 0 < last < len(found) else None,
                    previous=f"before:{found[first].place if page else found[-1].place + 1}" if first > 0 else None,
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
    """Read a record from its JSON object."""
    return reader.one(json.dumps(wire).encode())


# A position names a row's place, not a number of rows: whatever comes and goes meanwhile, the rows that stay come once.


def _parse_position(position: str | None) -> tuple[str, int]:
    direction, _, place = (position or "after:0").partition(":")
    if direction not in {"after", "before"} or not (place.isascii() and place.isdigit() and len(place) <= 18):
        raise InvalidCursorError("The cursor does not name a page of this list.")
    return direction, int(place)


def _bounds(places: list[int], asked: tuple[str, int], page_size: int) -> tuple[int, int]:
    direction, place = asked
    if direction == "after":
        first = bisect_right(places, place)
        return first, min(first + page_size, len(places))
    last = bisect_left(places, place)
    return max(last - page_size, 0), last
