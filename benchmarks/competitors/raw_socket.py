"""The lower limit: a blocking socket that reads each page's bytes, and parses only their length and the next page."""

from __future__ import annotations

import socket
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from benchmarks.competitors.http_lists import PATHS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def listing(*, address: str, provider: str, page_size: int) -> Iterator[Callable[[], dict[str, Any]]]:
    """Read every page without counting users."""
    url = urlsplit(address)
    with closing(socket.create_connection((url.hostname, url.port))) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = memoryview(bytearray(4 << 20))

        def get(query: str) -> bytes:
            line = f"GET {url.path}{PATHS[provider]}?{query} HTTP/1.1\r\n"
            connection.sendall(f"{line}Host: localhost\r\nAuthorization: Bearer t\r\n\r\n".encode())
            return _head(connection, buffer)

        def flat() -> dict[str, Any]:
            pages, query = 0, f"limit={page_size}"
            while True:
                head = get(query)
                pages += 1
                _, found, rest = head.partition(b"&next=")
                if not found:
                    return {"pages": pages}
                query = f"limit={page_size}&next={rest.partition(b'>')[0].decode()}"

        def logto() -> dict[str, Any]:
            pages = 0
            while True:
                pages += 1
                if b'rel="next"' not in get(f"page={pages}&page_size={page_size}"):
                    return {"pages": pages}

        yield {"flat": flat, "logto": logto}[provider]


def _head(connection: socket.socket, buffer: memoryview) -> bytes:
    filled = connection.recv_into(buffer)
    head, end, _ = bytes(buffer[: min(filled, 2048)]).partition(b"\r\n\r\n")
    while not end:
        filled += connection.recv_into(buffer[filled:])
        head, end, _ = bytes(buffer[: min(filled, 2048)]).partition(b"\r\n\r\n")
    whole = len(head) + 4 + int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
    while filled < whole:
        filled += connection.recv_into(buffer[filled:])
    return head
