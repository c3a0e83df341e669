"""What the middlewares of the sandbox have in common: requests read ahead, and their path."""

from starlette.types import Message, Receive, Scope


async def read_request(receive: Receive) -> list[Message]:
    """Return the messages of one request to its end, or to the client's going."""
    messages = [await receive()]
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body", False):
        messages.append(await receive())
    return messages


def replaying(messages: list[Message], receive: Receive) -> Receive:
    """Return a `receive` that gives these messages again, and then what comes after them."""
    waiting = messages.copy()

    async def replay() -> Message:
        return waiting.pop(0) if waiting else await receive()

    return replay


def sent_path(scope: Scope) -> str:
    """Return the path as it was sent, percent-encoding and all."""
    raw: bytes | None = scope.get("raw_path")
    return str(scope["path"]) if raw is None else raw.decode("latin-1")
