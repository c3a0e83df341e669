"""What acts out the faults of a server: an ASGI middleware (see `faults`)."""

import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orgsdk.sandbox.asgi import read_request, replaying, sent_path
from orgsdk.sandbox.faults import Answer, Close, Cut, Drip, Fault, Faults, Hang, Retype, TruncatedGzip
from orgsdk.sandbox.loopback import CLOSE_EXTENSION

RawHeaders = tuple[tuple[bytes, bytes], ...]
Run = Callable[[], Awaitable["Response"]]


@dataclass(frozen=True, slots=True)
class Response:
    """Hold a whole response as it goes through ASGI."""

    status: int
    headers: RawHeaders
    body: bytes

    def start(self) -> Message:
        """Return the message that sends the head."""
        return {"type": "http.response.start", "status": self.status, "headers": list(self.headers)}


class FaultMiddleware:
    """Run an app, and act out the faults that are switched on."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._faults.struck_by(scope["method"], sent_path(scope)) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        # Read to its end, so that what comes afterwards is the client's going and nothing else.
        request = await read_request(receive)

        async def run(as_sent: Scope = scope) -> Response:
            return await _run(self._app, as_sent, replaying(request, receive))

        match fault.action:
            case Answer(after_commit=after_commit) as action:
                if after_commit:
                    await run()
                await _send_whole(send, made_up(action))
            case Retype(content_type):
                await _send_whole(send, retyped(await run(), content_type))
            case TruncatedGzip(missing):
                await _send_whole(send, truncated_gzip(await run(_asking_for_plain(scope)), missing))
            case Cut(at):
                await _send_part(send, await run(), at)
                await _close(scope, receive)
            case Close(after_commit, reset):
                if after_commit:
                    await run()
                await _close(scope, receive, reset=reset)
            case Drip() as action:
                await _while_connected(scope, receive, partial(_drip, fault, action, run, send))
            case Hang(after_commit):
                await _while_connected(scope, receive, partial(_hang, fault, run, send, after_commit=after_commit))


def made_up(action: Answer) -> Response:
    """Return the response that a test wants in the place of the app's."""
    headers = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in action.headers)
    # RFC 9110, 8.6: neither of these has a length.
    has_length = action.status not in {204, 304} and b"content-length" not in dict(headers)
    length = ((b"content-length", str(len(action.body)).encode()),) if has_length else ()
    return Response(action.status, headers + length, action.body)


def retyped(response: Response, content_type: str | None) -> Response:
    """Return the response as another content type."""
    headers = _without(response.headers, b"content-type")
    added = () if content_type is None else ((b"content-type", content_type.encode("latin-1")),)
    return replace(response, headers=headers + added)


def truncated_gzip(response: Response, missing: int) -> Response:
    """Return the response compressed, without its last bytes: whole for HTTP, broken for gzip."""
    compressed = gzip.compress(response.body, mtime=0)
    body = compressed[: max(len(compressed) - missing, 0)]
    headers = _without(response.headers, b"content-length", b"content-encoding")
    added = ((b"content-encoding", b"gzip"), (b"content-length", str(len(body)).encode()))
    return replace(response, headers=headers + added, body=body)


def _without(headers: RawHeaders, *names: bytes) -> RawHeaders:
    return tuple(pair for pair in headers if pair[0].lower() not in names)


async def _run(app: ASGIApp, scope: Scope, receive: Receive) -> Response:
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    head, *rest = messages
    return Response(head["status"], tuple(head.get("headers", ())), b"".join(each.get("body", b"") for each in rest))


def _asking_for_plain(scope: Scope) -> Scope:
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}


async def _hang(fault: Fault, run: Run, send: Send, *, after_commit: bool) -> bool:
    answer = await run() if after_commit else None
    if not await fault.held():
        return False
    await _send_whole(send, answer or await run())
    return True


async def _drip(fault: Fault, action: Drip, run: Run, send: Send) -> bool:
    answer = await run()
    await send(answer.start())
    for start in range(0, len(answer.body), action.size):
        if start and action.seconds is not None:
            await anyio.sleep(action.seconds)
        elif start and not await fault.held():
            return False
        await send(_piece(answer.body[start : start + action.size], more=True))
    await send(_piece(b"", more=False))
    return True


async def _send_whole(send: Send, response: Response) -> None:
    await send(response.start())
    await send(_piece(response.body, more=False))


async def _send_part(send: Send, response: Response, size: int) -> None:
    await send(response.start())
    await send(_piece(response.body[:size], more=True))


def _piece(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _while_connected(scope: Scope, receive: Receive, work: Callable[[], Awaitable[bool]]) -> None:
    """Do the work, give it up when the client goes, and close the connection when it was not done."""
    done = False
    async with anyio.create_task_group() as group:

        async def watch() -> None:
            await _gone(receive)
            group.cancel_scope.cancel()

        group.start_soon(watch)
        done = await work()
        group.cancel_scope.cancel()
    if not done:
        await _close(scope, receive)


async def _close(scope: Scope, receive: Receive, *, reset: bool = False) -> None:
    scope["extensions"][CLOSE_EXTENSION](reset=reset)
    # The server takes an app that returns without an answer for a broken one, unless the client has gone.
    await _gone(receive)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
