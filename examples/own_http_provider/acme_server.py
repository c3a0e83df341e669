"""The server of the example: Acme's API with its data in memory. Start it with `python acme_server.py 8910 TOKEN`."""

from __future__ import annotations

import itertools
import json
import re
import secrets
import sys
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

Row: TypeAlias = dict[str, Any]
Answer: TypeAlias = tuple[int, Any]

PATH = re.compile(r"/v1/organizations/(?P<organization>\w+)/people(?:/(?P<person>\w+))?")
WRITABLE = ("mail", "display_name", "reference")


class AcmeServer(ThreadingHTTPServer):
    """An Acme on this machine, with the organizations `choir` and `school`.

    Add a method to `lose`, such as POST: the next request with it is carried out and gets no response.
    """

    daemon_threads = True
    request_queue_size = 100  # more connections at the same time would wait a second

    def __init__(self, port: int = 0, token: str = "") -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.token = token or secrets.token_urlsafe()
        self.lose: set[str] = set()
        self.lock = Lock()
        self.people: dict[str, dict[str, Row]] = {"choir": {}, "school": {}}
        self.answers: dict[str, Answer] = {}  # by the idempotency key
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, method: str, target: str, body: Row) -> Answer:
        """Carry out a request. Return the status and the body of the response."""
        found = PATH.fullmatch(urlsplit(target).path)
        if found is None or found["organization"] not in self.people:
            return problem(404, "not_found", "There is no such organization.")
        people, person_id = self.people[found["organization"]], found["person"]
        if method == "GET" and person_id is None:
            return 200, page(people, dict(parse_qsl(urlsplit(target).query)))
        fields = {name: body[name] for name in WRITABLE if name in body}
        mails = {str(row["mail"]).lower() for row in people.values() if row["id"] != person_id}
        if str(fields.get("mail")).lower() in mails:
            return problem(409, "mail_taken", "A person has this mail.")
        if method == "POST" and person_id is None:
            # The ids are in the order of the creation, so that a cursor is a position in the list.
            row = {"id": f"p_{next(self._numbers):08}", "created": datetime.now(UTC).isoformat(), **fields}
            people[row["id"]] = row
            return 201, row
        if person_id not in people:
            return problem(404, "not_found", "There is no such person.")
        if method == "DELETE":
            del people[person_id]
            return 204, None
        people[person_id].update(fields)
        return 200, people[person_id]


def page(people: Mapping[str, Row], query: Mapping[str, str]) -> Row:
    """Return a page of the people that match, after the person of the cursor."""
    search, mail = query.get("search", "").lower(), query.get("mail", "").lower()
    found = [row for row in people.values() if search in f"{row['mail']}\n{row.get('display_name') or ''}".lower()]
    found = [row for row in found if mail in {"", row["mail"].lower()}]
    rows = [row for row in found if row["id"] > query.get("after", "")][: int(query.get("limit", "20"))]
    has_more = bool(rows) and rows[-1] is not found[-1]
    return {"data": rows, "page": {"after": rows[-1]["id"] if has_more else None, "total": len(found)}}


def problem(status: int, code: str, message: str) -> Answer:
    """Return an error response."""
    return status, {"error": {"code": code, "message": message}}


class Handler(BaseHTTPRequestHandler):
    """Read the requests of a connection, and write their responses."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet per response: without a buffer, the body waits 40 ms for the client's acknowledgment

    @property
    def acme(self) -> AcmeServer:
        """Return the server of the connection."""
        return cast("AcmeServer", self.server)

    def respond(self) -> None:
        """Respond to one request. They are carried out one after another."""
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(length)
        if len(content) < length:  # the client hung up: half a request must not be carried out
            self.close_connection = True
            return
        with self.acme.lock:
            status, body = self._carry_out(json.loads(content or b"{}"))
        if self.command in self.acme.lose:
            self.acme.lose.remove(self.command)
            self.close_connection = True
            return
        encoded = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if body is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(encoded)))
        self.send_header("X-Request-Id", secrets.token_hex(8))
        self.end_headers()
        self.wfile.write(encoded)

    def _carry_out(self, body: Row) -> Answer:
        if not secrets.compare_digest(self.headers.get("Authorization") or "", f"Bearer {self.acme.token}"):
            return problem(401, "unauthorized", "The token is not valid.")
        key = self.headers.get("Idempotency-Key")
        if key is not None and key in self.acme.answers:
            return self.acme.answers[key]
        answer = self.acme.answer(self.command, self.path, body)
        if key is not None:
            self.acme.answers[key] = answer
        return answer

    do_GET = do_POST = do_PATCH = do_DELETE = respond  # noqa: N815  # the names of http.server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name of http.server
        """Write no log."""


if __name__ == "__main__":
    AcmeServer(int(sys.argv[1]), token=sys.argv[2]).serve_forever()
