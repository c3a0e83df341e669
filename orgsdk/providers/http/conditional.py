"""Conditional changes: a resource is changed as it was read, or read and changed again if it is another one by then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from orgsdk.errors import APIError, ConflictError, OrgError
from orgsdk.providers.http.adoption import is_response_lost
from orgsdk.providers.http.connection import BodyReader, HTTPConnection
from orgsdk.providers.http.operations import PartialResult
from orgsdk.transport import Request

T = TypeVar("T")

_ATTEMPTS = 5
_PRECONDITION_FAILED = 412


@dataclass(frozen=True, slots=True)
class ConditionalChange(Generic[T]):
    """A change of one resource, which is read before if the change depends on what it is.

    A resource that was read is changed only if it still has the version that was read (`If-Match`). After status 412 it
    is read again. So no change of another client is overwritten, and a change whose response was lost is not made
    twice: the second attempt finds it made. A change that does not depend on the resource is sent again after 412: some
    servers compare versions of their own while they change a resource.

    Args:
        connection: Sends the requests, with one timeout for all of them.
        read: The request that reads the resource.
        reader: Reads the resource.
        build: Returns the request that changes a resource that was read, or None if it is already as wanted. Without
            `reads_first`, its argument is None.
        version_of: Returns the version of a resource for `If-Match`. None if it has none: the response's header `ETag`
            is then the version. Without either, the resource is changed as it is.
        reads_first: Whether the resource is read before it is changed.

    Source: RFC 9110, sections 8.8.3 and 13.1.1.
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
                current, version = await self._read() if self.reads_first else (None, None)
            except OrgError as error:
                if lost is None:
                    raise
                raise lost from error
            request = self.build(current)
            if request is None:
                return current
            if version is not None:
                request = replace(request, headers=[*request.headers, ("If-Match", version)])
            try:
                response = await self.connection.send(replace(request, expects_json=False))
            except OrgError as error:
                # After a lost response, the resource shows whether it was changed.
                lost = error if is_response_lost(error) else lost
                if not (_is_other_version(error) or (version is not None and error is lost)):
                    raise
                continue
            return self.connection.decode(request, response, self.reader.one) if response.content else None
        if lost is not None:
            raise lost
        raise _always_changed(self.connection, self.read)

    async def send_and_read(self, record_id: str) -> T:
        """Change the resource and return it. A response without a body costs one more request.

        Args:
            record_id: Id of the resource. It is the partial result of an error after the change was made.

        Returns:
            The resource.

        Raises:
            OrgError: What `send` raises.
        """
        changed = await self.send()
        if changed is not None:
            return changed
        with PartialResult(record_id):
            return (await self._read())[0]

    async def _read(self) -> tuple[T, str | None]:
        response = await self.connection.send(self.read)
        current = self.connection.decode(self.read, response, self.reader.one)
        version = self.version_of(current) or response.headers.get("etag") or None
        return current, version if version is not None and version.isascii() and version.isprintable() else None


async def delete_resource(connection: HTTPConnection, request: Request) -> None:
    """Delete a resource, whatever version it has. After status 412 the request is sent again.

    Args:
        connection: Sends the request.
        request: The request.

    Raises:
        ConflictError: Others have changed the resource again and again.
        OrgError: What `HTTPConnection.send` raises.
    """
    for _ in range(_ATTEMPTS):
        try:
            await connection.send(request)
        except APIError as error:
            if not _is_other_version(error):
                raise
        else:
            return
    raise _always_changed(connection, request)


def _is_other_version(error: OrgError) -> bool:
    return isinstance(error, APIError) and error.status_code == _PRECONDITION_FAILED


def _always_changed(connection: HTTPConnection, request: Request) -> ConflictError:
    return ConflictError(
        f"others changed it {_ATTEMPTS} times in a row. Try again later.",
        provider=connection.provider,
        operation=request.operation,
    )
