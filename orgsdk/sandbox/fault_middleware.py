"""Fault middleware: inject the active faults into the responses of a sandbox server."""

import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orgsdk.sandbox.faults import (
    CloseConnection,
    DripBody,
    Fault,
    Faults,
    Hang,
    ReplaceContentType,
    Respond,
    TruncateBody,
    TruncateGzip,
)
from orgsdk.sandbox.loopback import CLOSE_EXTENSION
from orgsdk.sandbox.request_log import raw_path, read_request, replay

RawHeaders = tuple[tuple[bytes, bytes], ...]
RunApp = Callable[[], Awaitable["BufferedResponse"]]


@dataclass(frozen=True, slots=True)
class BufferedResponse:
    """A whole HTTP response, collected from ASGI messages."""

    status: int
    headers: RawHeaders
    body: bytes

    def start(self) -> Message:
        """Return the ASGI message that sends status and headers."""
        return {"type": "http.response.start", "status": self.status, "headers": list(self.headers)}


class FaultMiddleware:
    """Run an app and inject the active faults into its responses."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._faults.fault_for(scope["method"], raw_path(scope)) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        # Read the whole request first: the next message can then only be the disconnect.
        request = await read_request(receive)

        async def run(as_sent: Scope = scope) -> BufferedResponse:
            return await _run_app(self._app, as_sent, replay(request, receive))

        match fault.action:
            case Respond(after_commit=after_commit) as action:
                if after_commit:
                    await run()
                await _send_whole(send, build_response(action))
            case ReplaceContentType(content_type):
                await _send_whole(send, replace_content_type(await run(), content_type))
            case TruncateGzip(missing):
                await _send_whole(send, truncate_gzip(await run(_without_accept_encoding(scope)), missing))
            case TruncateBody(at):
                await _send_part(send, await run(), at)
                await _close(scope, receive)
            case CloseConnection(after_commit, reset):
                if after_commit:
                    await run()
                await _close(scope, receive, reset=reset)
            case DripBody() as action:
                await _while_connected(scope, receive, partial(_drip, fault, action, run, send))
            case Hang(after_commit):
                await _while_connected(scope, receive, partial(_hang, fault, run, send, after_commit=after_commit))


def build_response(action: Respond) -> BufferedResponse:
    """Return the response that a `Respond` action describes."""
    headers = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in action.headers)
    # RFC 9110, 8.6: these have no Content-Length.
    has_length = action.status not in {204, 304} and b"content-length" not in dict(headers)
    length = ((b"content-length", str(len(action.body)).encode()),) if has_length else ()
    return BufferedResponse(action.status, headers + length, action.body)


def replace_content_type(response: BufferedResponse, content_type: str | None) -> BufferedResponse:
    """Return the response with another content type; None removes the header."""
    headers = _without_headers(response.headers, b"content-type")
    added = () if content_type is None else ((b"content-type", content_type.encode("latin-1")),)
    return replace(response, headers=headers + added)


def truncate_gzip(response: BufferedResponse, missing: int) -> BufferedResponse:
    """Return the response compressed, without its last bytes: correct for HTTP, broken for gzip."""
    compressed = gzip.compress(response.body, mtime=0)
    body = compressed[: max(len(compressed) - missing, 0)]
    headers = _without_headers(response.headers, b"content-length", b"content-encoding")
    added = ((b"content-encoding", b"gzip"), (b"content-length", str(len(body)).encode()))
    return replace(response, headers=headers + added, body=body)


def _without_headers(headers: RawHeaders, *names: bytes) -> RawHeaders:
    return tuple(pair for pair in headers if pair[0].lower() not in names)


async def _run_app(app: ASGIApp, scope: Scope, receive: Receive) -> BufferedResponse:
    messages: list[Message] = []

    async def collect(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, collect)
    head, *rest = messages
    return BufferedResponse(
        head["status"], tuple(head.get("headers", ())), b"".join(each.get("body", b"") for each in rest)
    )


def _without_accept_encoding(scope: Scope) -> Scope:
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}


async def _hang(fault: Fault, run: RunApp, send: Send, *, after_commit: bool) -> bool:
    response = await run() if after_commit else None
    if not await fault.wait_for_release():
        return False
    await _send_whole(send, response or await run())
    return True


async def _drip(fault: Fault, action: DripBody, run: RunApp, send: Send) -> bool:
    response = await run()
    await send(response.start())
    for start in range(0, len(response.body), action.size):
        if start and action.seconds is not None:
            await anyio.sleep(action.seconds)
        elif start and not await fault.wait_for_release():
            return False
        await send(_body_message(response.body[start : start + action.size], more=True))
    await send(_body_message(b"", more=False))
    return True


async def _send_whole(send: Send, response: BufferedResponse) -> None:
    await send(response.start())
    await send(_body_message(response.body, more=False))


async def _send_part(send: Send, response: BufferedResponse, size: int) -> None:
    await send(response.start())
    await send(_body_message(response.body[:size], more=True))


def _body_message(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _while_connected(scope: Scope, receive: Receive, work: Callable[[], Awaitable[bool]]) -> None:
    """Run `work` until the client disconnects, and close the connection if `work` did not finish."""
    done = False
    async with anyio.create_task_group() as group:

        async def watch() -> None:
            await _wait_for_disconnect(receive)
            group.cancel_scope.cancel()

        group.start_soon(watch)
        done = await work()
        group.cancel_scope.cancel()
    if not done:
        await _close(scope, receive)


async def _close(scope: Scope, receive: Receive, *, reset: bool = False) -> None:
    scope["extensions"][CLOSE_EXTENSION](reset=reset)
    # uvicorn reports an error if the app returns without a response while the client is connected.
    await _wait_for_disconnect(receive)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
