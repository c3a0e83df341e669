"""Conditional changes: a resource is changed as it was read, or read and changed again if it is another one by then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from orgsdk.errors import APIError, ConflictError, OrgError
from orgsdk.providers.http.adoption import is_response_lost
from orgsdk.providers.http.connection import BodyReader, HTTPConnection
from orgsdk.transport import Request

T = TypeVar("T")

_ATTEMPTS = 5
_PRECONDITION_FAILED = 412


@dataclass(frozen=True, slots=True)
class ConditionalChange(Generic[T]):
    """A change of one resource, which is read before if the change depends on what it is.

    A resource that was read is changed only if it still has the version that was read (`If-Match`). After status 412 it
    is read again. So no change of another client is overwritten, and a change whose response was lost is not made
    twice: the second attempt finds it made.

    Args:
        connection: Sends the requests, with one timeout for all of them.
        read: The request that reads the resource.
        reader: Reads the resource.
        build: Returns the request that changes a resource that was read, or None if it is already as wanted. Without
            `reads_first`, its argument is None.
        version_of: Returns the version of a resource for `If-Match`. None if it has none: it is then changed as it is.
        reads_first: Whether the resource is read before it is changed.

    Source: RFC 9110, section 13.1.1.
    """

    connection: HTTPConnection
    read: Request
    reader: BodyReader[T]
    build: Callable[[T | None], Request | None]
    version_of: Callable[[T], str | None] = lambda _: None
    reads_first: bool = True

    async def send(self) -> T | None:
        """Change the resource.

        Returns:
            The resource as the response has it. None if the response has no body.

        Raises:
            ConflictError: Others have changed the resource again and again.
            OrgError: What `HTTPConnection.send` raises.
        """
        lost: OrgError | None = None
        for _ in range(_ATTEMPTS):
            try:
                current = await self._read() if self.reads_first else None
            except OrgError as error:
                if lost is None:
                    raise
                raise lost from error
            request = self.build(current)
            if request is None:
                return current
            version = None if current is None else self.version_of(current)
            if version is not None:
                request = replace(request, headers=[*request.headers, ("If-Match", version)])
            try:
                response = await self.connection.send(replace(request, expects_json=False))
            except OrgError as error:
                # After a lost response, the resource shows whether it was changed.
                lost = error if is_response_lost(error) else lost
                is_other = isinstance(error, APIError) and error.status_code == _PRECONDITION_FAILED
                if version is None or not (is_other or error is lost):
                    raise
                continue
            return self.connection.decode(request, response, self.reader.one) if response.content else None
        if lost is not None:
            raise lost
        raise ConflictError(
            f"others changed it {_ATTEMPTS} times in a row. Try again later.",
            provider=self.connection.provider,
            operation=self.read.operation,
        )

    async def send_and_read(self) -> T:
        """Change the resource and return it. A response without a body costs one more request.

        Returns:
            The resource.

        Raises:
            OrgError: What `send` raises.
        """
        changed = await self.send()
        return await self._read() if changed is None else changed

    async def _read(self) -> T:
        return await self.connection.read_one(self.read, self.reader)
