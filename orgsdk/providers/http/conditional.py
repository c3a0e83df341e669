"""Conditional changes: a resource is changed as it was read, or read and changed again if it is another one by then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from orgsdk.errors import APIError, ConflictError
from orgsdk.providers.http.connection import BodyReader, HTTPConnection
from orgsdk.transport import Request

T = TypeVar("T")

_ATTEMPTS = 5
_PRECONDITION_FAILED = 412


async def change_or_retry(
    connection: HTTPConnection,
    read: Request,
    reader: BodyReader[T],
    build: Callable[[T | None], Request | None],
    *,
    version_of: Callable[[T], str | None] = lambda _: None,
    reads_first: bool = True,
) -> T:
    """Change a resource, and return it as it is then. A response without a body costs one more request.

    A resource that is read first is changed only if it still has the version that was read (`If-Match`). After status
    412 it is read again. So no change of another client is overwritten, and a change whose response was lost is not
    made twice: the second attempt finds it made.

    Args:
        connection: Sends the requests, with one timeout for all of them.
        read: The request that reads the resource.
        reader: Reads the resource.
        build: Returns the request that changes a resource that was read, or None if it is already as wanted. Without
            `reads_first`, its argument is None.
        version_of: Returns the version of a resource for `If-Match`. None if it has none: it is then changed as it is.
        reads_first: Whether the resource is read before it is changed.

    Returns:
        The resource.

    Raises:
        ConflictError: Others have changed the resource again and again.
        OrgError: What `HTTPConnection.send` raises.

    Source: RFC 9110, section 13.1.1.
    """
    for _ in range(_ATTEMPTS):
        current = await connection.read_one(read, reader) if reads_first else None
        request = build(current)
        if current is not None and request is None:
            return current
        if request is None:
            break
        version = None if current is None else version_of(current)
        if version is not None:
            request = replace(request, headers=[*request.headers, ("If-Match", version)])
        try:
            response = await connection.send(replace(request, expects_json=False))
        except APIError as error:
            if error.status_code != _PRECONDITION_FAILED or version is None:
                raise
            continue
        if response.content:
            return connection.decode(request, response, reader.one)
        break
    else:
        raise ConflictError(
            f"others changed it {_ATTEMPTS} times in a row. Try again later.",
            provider=connection.provider,
            operation=read.operation,
        )
    return await connection.read_one(read, reader)
