"""What the server says to a request line: whole answers, made when first asked for and kept."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from benchmarks.server.rows import Rows, flat_user, logto_user

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEPT_BYTES = 1 << 30
COUNTING = b"/-/requests/"


class Responses:
    """Answer for every tenant, which is the first part of a path: `100000.name` has 100,000 users.

    The name only tells contenders' requests apart: `GET /-/requests/100000.name` gives how many were made so far.
    """

    def __init__(self, distinct: int) -> None:
        self._flat, self._logto = Rows(flat_user, distinct), Rows(logto_user, distinct)
        self._kept: dict[tuple[bytes, bytes, bytes], bytes] = {}
        self._room = _KEPT_BYTES
        self._counts: Counter[bytes] = Counter()

    def to(self, line: bytes) -> bytes:
        """Give the answer to a request, by its first line: method, target, version."""
        method, target, _ = line.split(b" ", 2)
        if target.startswith(COUNTING):
            return _whole(json.dumps(self._counts[target.removeprefix(COUNTING)]).encode())
        tenant, _, rest = target[1:].partition(b"/")
        self._counts[tenant] += 1
        # One answer for all tenants of that many users.
        key = method, tenant.partition(b".")[0], rest
        answer = self._kept.get(key)
        if answer is None:
            answer = self._make(*(part.decode() for part in key))
            if len(answer) <= self._room:
                self._room -= len(answer)
                self._kept[key] = answer
        return answer

    def _make(self, method: str, users: str, rest: str) -> bytes:
        path, _, query = rest.partition("?")
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        match method, path:
            case "GET", "v2/organizations/users":
                return self._flat_page(int(users), asked)
            case "POST", "v2/organizations/users":
                return _whole(json.dumps(flat_user(0)).encode())
            case "POST", "oidc/token":
                return _whole(b'{"access_token":"t","expires_in":3600,"token_type":"Bearer","scope":"all"}')
            case "GET", _ if path.startswith("api/organizations/") and path.endswith("/users"):
                return self._logto_page(path, int(users), asked)
            case _:
                return _whole(b"{}")

    def _flat_page(self, total: int, asked: dict[str, str]) -> bytes:
        size, start = int(asked.get("limit", "25")), int(asked.get("next", "c0")[1:])
        stop = min(start + size, total)
        at = "/v2/organizations/users"
        # Flat's `limit` is in its links only where it was asked for.
        kept = f"limit={size}&" if "limit" in asked else ""
        links = [f'<http://api.flat.example{at}?{kept}next=c{stop}>; rel="next"'] if stop < total else []
        return _whole(self._flat.array(start, stop), [("Link", link) for link in links])

    def _logto_page(self, path: str, total: int, asked: dict[str, str]) -> bytes:
        size, number = int(asked.get("page_size", "20")), int(asked.get("page", "1"))
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
