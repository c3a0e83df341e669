"""Unread bytes: find a connection that holds more than the response, and keep it from being reused.

The next request on such a connection would take the rest as its response (DESIGN.md, decision 5). Private to orgsdk.
"""

from __future__ import annotations

import select
import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import h11

# The path from the stream of a response of httpx or httpcore to the connection: each of them wraps the next.
_WRAPPERS = ("_stream", "_httpcore_stream", "_connection")
_DEEPEST = 8


def spoil_if_unread(response: Any) -> None:
    """Make httpcore close the connection of a response that was read to its end, if it holds further bytes.

    Call it before the response is closed. `response` is one of httpx, httpx2, httpcore or httpcore2. Bytes that arrive
    later make the socket readable, which httpcore checks before it reuses a connection.
    """
    connection = _connection_of(response.stream)
    # HTTP/2 and a transport without connections have no such connection: there is nothing to be mixed up.
    if connection is not None and (_has_trailing_data(connection) or _holds_decrypted_bytes(response)):
        connection._h11_state.send_failed()  # h11's own way to end the use of a connection


def spoil(response: Any) -> None:
    """Make httpcore close the connection of a response that was read to its end. Call it before it is closed."""
    connection = _connection_of(response.stream)
    if connection is not None:
        connection._h11_state.send_failed()


async def close_connection(response: Any) -> None:
    """Close the connection of a response that was read and closed by other code, unless another request uses it."""
    connection = _connection_of(response.stream)
    if connection is not None and connection.is_idle():
        await connection.aclose()


async def close_if_unread(response: Any) -> None:
    """Close the connection of a response that was read and closed by other code, if it holds further bytes."""
    connection = _connection_of(response.stream)
    if connection is None or not connection.is_idle():
        return
    if _has_trailing_data(connection) or _holds_decrypted_bytes(response):
        await connection.aclose()


def _connection_of(stream: object) -> Any:
    # Neither library gives access to it in public; `test_unread.py` fails if they change.
    for _ in range(_DEEPEST):
        if hasattr(stream, "_h11_state"):
            return stream
        inner = (getattr(stream, name, None) for name in _WRAPPERS)
        stream = next((found for found in inner if found is not None), None)
    return None


def _has_trailing_data(connection: Any) -> bool:
    parser: h11.Connection = connection._h11_state
    return bool(parser.trailing_data[0])


def _holds_decrypted_bytes(response: Any) -> bool:
    # A record behind the response may be in OpenSSL's buffer, where the socket does not show it.
    network_stream = response.extensions.get("network_stream")
    secured = None if network_stream is None else network_stream.get_extra_info("ssl_object")
    if secured is None:
        return False
    try:
        secured.read(1)
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        return True  # closed by the server, or damaged
    return True


def is_readable(descriptor: int) -> bool:
    """Return whether a socket has bytes to read, or was closed by the server."""
    if descriptor < 0:
        return True
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
