"""Complete responses for each request line. They are built on first use and cached."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from benchmarks.server.rows import Rows, flat_user, logto_user

if TYPE_CHECKING:
    from collections.abc import Iterable

_CACHE_BYTES = 1 << 30
COUNTING = b"/-/requests/"


class Responses:
    """The responses for every tenant. A tenant is the first part of a path: `100000.name` has 100,000 users.

    The name separates the requests of competitors: `GET /-/requests/100000.name` returns their number so far.
    """

    def __init__(self, distinct: int) -> None:
        self._flat, self._logto = Rows(flat_user, distinct), Rows(logto_user, distinct)
        self._cache: dict[tuple[bytes, bytes, bytes], bytes] = {}
        self._bytes_left = _CACHE_BYTES
        self._counts: Counter[bytes] = Counter()

    def to(self, line: bytes) -> bytes:
        """Return the response to a request line: method, target, version."""
        method, target, _ = line.split(b" ", 2)
        if target.startswith(COUNTING):
            return _whole(json.dumps(self._counts[target.removeprefix(COUNTING)]).encode())
        tenant, _, rest = target[1:].partition(b"/")
        self._counts[tenant] += 1
        # One response for all tenants with that many users.
        key = method, tenant.partition(b".")[0], rest
        response = self._cache.get(key)
        if response is None:
            response = self._build(*(part.decode() for part in key))
            if len(response) <= self._bytes_left:
                self._bytes_left -= len(response)
                self._cache[key] = response
        return response

    def _build(self, method: str, users: str, rest: str) -> bytes:
        path, _, text = rest.partition("?")
        query = {name: values[-1] for name, values in parse_qs(text).items()}
        match method, path:
            case "GET", "v2/organizations/users":
                return self._flat_page(int(users), query)
            case "POST", "v2/organizations/users":
                return _whole(json.dumps(flat_user(0)).encode())
            case "POST", "oidc/token":
                return _whole(b'{"access_token":"t","expires_in":3600,"token_type":"Bearer","scope":"all"}')
            case "GET", _ if path.startswith("api/organizations/") and path.endswith("/users"):
                return self._logto_page(path, int(users), query)
            case _:
                return _whole(b"{}")

    def _flat_page(self, total: int, query: dict[str, str]) -> bytes:
        size, start = int(query.get("limit", "25")), int(query.get("next", "c0")[1:])
        stop = min(start + size, total)
        at = "/v2/organizations/users"
        # Flat's links contain `limit` only if the request did.
        limit = f"limit={size}&" if "limit" in query else ""
        links = [f'<http://api.flat.example{at}?{limit}next=c{stop}>; rel="next"'] if stop < total else []
        return _whole(self._flat.array(start, stop), [("Link", link) for link in links])

    def _logto_page(self, path: str, total: int, query: dict[str, str]) -> bytes:
        size, number = int(query.get("page_size", "20")), int(query.get("page", "1"))
        start, last = (number - 1) * size, -(-total // size)
        # As Logto writes them, without `/api` and in this order (facts/logto.md, section 4).
        at = "http://logto.example" + path.removeprefix("api")
        pages = {"first": 1, "prev": number - 1, "last": last, "next": number + 1}
        shown = {name: page for name, page in pages.items() if 1 <= page <= last}
        links = [("Link", f'<{at}?page={page}&page_size={size}>; rel="{name}"') for name, page in shown.items()]
        rows = self._logto.array(start, max(start, min(start + size, total)))
        return _whole(rows, [("Total-Number", str(total)), *links])


def _whole(body: bytes, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    lines = [("Content-Type", "application/json; charset=utf-8"), ("Content-Length", str(len(body))), *headers]
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode() + body
