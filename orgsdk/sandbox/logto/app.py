"""The ASGI application: reads a request, sends the answer."""

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from orgsdk.sandbox.logto.answer import finish
from orgsdk.sandbox.logto.dispatch import BODY_LIMIT, Request, respond
from orgsdk.sandbox.logto.state import LogtoState

# Node's limit on request line and headers together (facts/logto.md section 3).
_HEAD_LIMIT = 16 * 1024

Headers = list[tuple[str, str]]


def create_app(state: LogtoState) -> Starlette:
    """Return an ASGI application that answers as Logto does, from this state."""
    return Starlette(routes=[_LogtoRoute(state)])


class _LogtoRoute(BaseRoute):
    """Take every request: Starlette's own patterns stop at a line break in the path, Logto's router does not."""

    def __init__(self, state: LogtoState) -> None:
        self._state = state

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.FULL if scope["type"] == "http" else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read_body(receive)
        if body is None:
            return
        status, headers, content = self._answer(scope, body)
        raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, scope: Scope, body: bytes) -> tuple[int, Headers, bytes]:
        if _head_size(scope) > _HEAD_LIMIT:
            return 431, [("connection", "close")], b""
        if not self._state.admits_request():
            text = b"Too Many Requests"
            return 429, [("content-type", "text/plain"), ("content-length", str(len(text)))], text
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        raw_path: bytes = scope["raw_path"]
        request = Request(
            method=scope["method"],
            path=raw_path.decode("latin-1"),
            query=scope["query_string"],
            scheme=scope["scheme"],
            headers=headers,
            body=body,
        )
        return finish(respond(self._state, request), request.method, headers)


def _head_size(scope: Scope) -> int:
    line = len(scope["method"]) + len(scope["raw_path"]) + len(scope["query_string"]) + len(" ? HTTP/1.1\r\n")
    return line + sum(len(name) + len(value) + len(": \r\n") for name, value in scope["headers"])


async def _read_body(receive: Receive) -> bytes | None:
    """Return the body, of one over the limit no more than shows that it is, and None where the client went before
    its end: a part of a body asks for nothing."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if len(body) <= BODY_LIMIT:
            body += message.get("body", b"")
        if not message.get("more_body", False):
            return body
