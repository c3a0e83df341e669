"""What httpx's clients and its engine have in common behind the seam: bodies out, bodies in, and what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from orgsdk.transport.backend import Lost, NotSent, TimedOut, Unreadable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from types import ModuleType


class Body:
    """Give a request's body in one piece.

    The libraries' own are generators: a cancellation while one is sent would leave it suspended, of which trio warns.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __aiter__(self) -> _Pieces:
        return _Pieces(self._content)


class _Pieces:
    def __init__(self, body: bytes) -> None:
        self._left = [body] if body else []

    def __aiter__(self) -> _Pieces:
        return self

    async def __anext__(self) -> bytes:
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()


async def read_body(body: AsyncIterator[bytes], aclose: Callable[[], Awaitable[None]], limit: int) -> bytes:
    """Give the body as it came, still packed, and close it.

    Unpacked later, for a decoder that fails half-way leaves httpcore's generators suspended, of which trio warns.

    Raises `Unreadable` where it is larger than `limit` bytes.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in body:
            size += len(chunk)
            if size > limit:
                await _stop(body)
                break
            chunks.append(chunk)
    finally:
        await aclose()
    if size > limit:
        raise Unreadable(f"it is larger than {limit} bytes")
    return b"".join(chunks)


async def _stop(body: AsyncIterator[bytes]) -> None:
    # Ends the reading where it waits: a loop that is merely left would suspend the same generators.
    with anyio.CancelScope() as reading:
        reading.cancel()
        async for _ in body:
            pass


def signal_of(error: Exception, *libraries: ModuleType) -> NotSent | TimedOut | Lost | Unreadable | None:
    """Give what an error of one of `libraries`, httpx or its engine, says of the request; None for any other error."""
    reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    for library in libraries:
        connecting = (library.ConnectError, library.ConnectTimeout, library.PoolTimeout, library.ProxyError)
        if isinstance(error, (*connecting, library.UnsupportedProtocol)):
            return NotSent(reason)
        if isinstance(error, library.TimeoutException):
            return TimedOut(reason)
        if isinstance(error, (library.NetworkError, library.ProtocolError)):
            return Lost(reason)
        # Only a client unpacks, where a hook of its own has it read an answer.
        if isinstance(error, getattr(library, "DecodingError", ())):
            return Unreadable(reason)
    return None
