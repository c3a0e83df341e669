"""Creates whose response is lost, where no key identifies the record: adoption by creation time, or by a mark."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

import anyio

from orgsdk.domain import Record
from orgsdk.providers.http.connection import BodyReader, HTTPConnection
from orgsdk.transport import Request
from orgsdk.transport.headers import response_date

# Two servers of one provider, or a server and its database, may differ by this much.
_CLOCK_SKEW = timedelta(seconds=60)


class HasCreationTime(Protocol):
    """A record with the time of its creation: a user or an invitation."""

    @property
    def created_at(self) -> datetime | None:
        """The time in UTC. None if it is unknown."""
        ...


NewT = TypeVar("NewT", bound=HasCreationTime)
RecordT = TypeVar("RecordT", bound=Record)


async def create_or_adopt_new(
    connection: HTTPConnection,
    request: Request,
    reader: BodyReader[NewT],
    search: Request,
    is_as_sent: Callable[[NewT], bool],
    *,
    unique: bool = True,
    adopt_undated: bool = False,
) -> NewT:
    """Create a record. After a lost response, adopt the one that a search finds, if this call has created it.

    A record that is older than the call is another's: the provider refused the create because of it. The server's clock
    decides, because the clock of this machine may be wrong.

    Args:
        connection: Sends the requests, with one timeout for all of them.
        request: The request that creates the record.
        reader: Reads the record, and the list of the search.
        search: The request for the list of the records that have the key.
        is_as_sent: Whether a record has the values that were sent. `has_values` compares them.
        unique: Whether the provider refuses a second record with the same key.
        adopt_undated: Whether a record without a time of creation is adopted, if it has the values. Pass True if the
            key is unique, and some servers have no such times.

    Returns:
        The record. An adopted one has `adopted` set.

    Raises:
        OutcomeUnknownError: The response was lost and the outcome cannot be determined.
        OrgError: What `HTTPConnection.send` raises.
    """
    started = anyio.current_time()

    async def look_up() -> NewT | None:
        response = await connection.send(search)
        now, elapsed = datetime.now(UTC), timedelta(seconds=anyio.current_time() - started)
        since = (response_date(response.headers, now) or now) - elapsed - _CLOCK_SKEW
        for found in connection.decode(search, response, reader.many):
            is_new = adopt_undated if found.created_at is None else found.created_at >= since
            if is_new and is_as_sent(found):
                return found
        return None

    return await connection.create_or_adopt(request, reader, look_up, unique=unique)


async def create_or_adopt_marked(
    connection: HTTPConnection,
    build_request: Callable[[str], Request],
    reader: BodyReader[RecordT],
    candidates: Callable[[], AsyncIterable[RecordT]],
    member: str,
    key: str,
) -> RecordT:
    """Create a record with a random mark. After a lost response, adopt the one that has the mark.

    For records whose names are not unique, at a provider that stores data of the application, such as metadata. A
    second record is never created.

    Args:
        connection: Sends the requests, with one timeout for all of them.
        build_request: Returns the request that creates the record with a mark.
        reader: Reads the record.
        candidates: Lists the records that may be the created one, completely.
        member: The member of the record's JSON that has the application's data, such as ``metadata``.
        key: The key of the mark in that data.

    Returns:
        The record. An adopted one has `adopted` set.

    Raises:
        OutcomeUnknownError: The response was lost and no record has the mark.
        OrgError: What `HTTPConnection.send` raises.
    """
    mark = secrets.token_hex(8)

    async def look_up() -> RecordT | None:
        async for found in candidates():
            data = found.raw.get(member)
            if isinstance(data, dict) and data.get(key) == mark:
                return found
        return None

    return await connection.create_or_adopt(build_request(mark), reader, look_up, unique=False)
