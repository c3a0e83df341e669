"""The lower limit: a blocking socket without an HTTP library. It parses only the length and the next page of a head.

With a model, pydantic reads each page. Without one, the bytes are only received, which shows the speed of the server.
"""

from __future__ import annotations

import socket
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from benchmarks.competitors.http_lists import PATHS, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def listing(
    *, address: str, provider: str, page_size: int, model: str | None = None
) -> Iterator[Callable[[], dict[str, Any]]]:
    """Read every page. Users are counted if a model is given: the full `"wire"` or orgsdk's `"domain"` model."""
    read = (lambda _: ()) if model is None else reader(model, provider)
    url = urlsplit(address)
    with closing(socket.create_connection((url.hostname, url.port))) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = memoryview(bytearray(4 << 20))

        users = 0

        def get(query: str) -> bytes:
            nonlocal users
            line = f"GET {url.path}{PATHS[provider]}?{query} HTTP/1.1\r\n"
            connection.sendall(f"{line}Host: localhost\r\nAuthorization: Bearer t\r\n\r\n".encode())
            head, body = _receive(connection, buffer)
            for _ in read(body):
                users += 1
            return head

        def flat() -> None:
            query: str | None = f"limit={page_size}"
            while query:
                _, found, rest = get(query).partition(b"&next=")
                query = f"limit={page_size}&next={rest.partition(b'>')[0].decode()}" if found else None

        def logto() -> None:
            page = 1
            while b'rel="next"' in get(f"page={page}&page_size={page_size}"):
                page += 1

        def work() -> dict[str, Any]:
            nonlocal users
            users = 0
            {"flat": flat, "logto": logto}[provider]()
            return {} if model is None else {"users": users}

        yield work


def _receive(connection: socket.socket, buffer: memoryview) -> tuple[bytes, bytes]:
    filled = connection.recv_into(buffer)
    head, end, _ = bytes(buffer[: min(filled, 2048)]).partition(b"\r\n\r\n")
    while not end:
        filled += connection.recv_into(buffer[filled:])
        head, end, _ = bytes(buffer[: min(filled, 2048)]).partition(b"\r\n\r\n")
    whole = len(head) + 4 + int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
    while filled < whole:
        filled += connection.recv_into(buffer[filled:])
    return head, bytes(buffer[len(head) + 4 : whole])
