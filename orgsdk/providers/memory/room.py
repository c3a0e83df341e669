"""What the rooms have in common: how a call is made, and how a list is paged."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

import anyio

from orgsdk.errors import InvalidCursorError, NotSentError, OutcomeUnknownError, RequestTimeoutError, TransportError
from orgsdk.options import CallOptions
from orgsdk.pagination import Listing, Slice
from orgsdk.providers.memory.faults import Failure, Faults
from orgsdk.providers.memory.rows import Row
from orgsdk.providers.memory.store import NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orgsdk.domain import RecordReader
    from orgsdk.domain.record import RecordT
    from orgsdk.providers.memory.rows import Wire
    from orgsdk.providers.memory.store import Store

T = TypeVar("T")
RowT = TypeVar("RowT", bound=Row)

# Verbs that leave another thing behind when they are done twice: a lost answer to them tells nothing.
_NOT_REPEATABLE = (".create", ".resend")


@dataclass(slots=True)
class Connection:
    """Stand between the rooms and the store as a network would: it waits, it fails, and it is closed at the end."""

    store: Store
    max_page_size: int
    faults: Faults = field(default_factory=Faults)
    calls: list[str] = field(default_factory=list[str])
    options: CallOptions = field(default_factory=CallOptions)
    closed: list[bool] = field(default_factory=list[bool])  # one for all that `with_options` made

    def with_options(self, options: CallOptions) -> Connection:
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
            raise _lost(operation)
        return done

    async def _wait(self, operation: str) -> None:
        seconds = self.faults.seconds(operation)
        if seconds > self.options.timeout:
            await anyio.sleep(self.options.timeout)
            raise RequestTimeoutError(
                f"no answer within {self.options.timeout:g} s.", provider=NAME, operation=operation
            )
        # Also where there is nothing to wait for: every call is a point where others run, and where it is cancelled.
        await anyio.sleep(seconds)


def _lost(operation: str) -> TransportError | OutcomeUnknownError:
    if operation.endswith(_NOT_REPEATABLE):
        message = "the answer was lost: it may or may not have been carried out."
        return OutcomeUnknownError(message, provider=NAME, operation=operation)
    return TransportError("the connection broke before the answer came.", provider=NAME, operation=operation)


class Room:
    """One noun's room."""

    def __init__(self, connection: Connection) -> None:
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
            asked = _read(position)

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


def one(reader: RecordReader[RecordT], wire: Wire) -> RecordT:
    """Read a record from its JSON object."""
    return reader.one(json.dumps(wire).encode())


# A position names a row's place, not a number of rows: whatever comes and goes meanwhile, the rows that stay come once.


def _read(position: str | None) -> tuple[str, int]:
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
