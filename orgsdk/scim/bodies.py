"""Receive a request's body within a size and a time: a client may send one before it shows a token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import anyio

Receive: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]


def receive_within(receive: Receive, *, size: int, seconds: float) -> Receive:
    """Return a function that receives a body, and ends it after more than `size` bytes, or when the time is over.

    Args:
        receive: The function of the ASGI server.
        size: Largest body, in bytes. What is received may be larger by two messages.
        seconds: Time for the whole body.

    Returns:
        The function.
    """
    left = size
    deadline: float | None = None

    async def receive_part() -> dict[str, Any]:
        nonlocal left, deadline
        deadline = anyio.current_time() + seconds if deadline is None else deadline
        message: dict[str, Any] = {"type": "http.request"}  # the end, if the rest is late
        with anyio.move_on_after(deadline - anyio.current_time()):
            message = await receive()
        is_too_large = left < 0
        left -= len(message.get("body", b""))
        return {**message, "more_body": False} if is_too_large else message

    return receive_part
