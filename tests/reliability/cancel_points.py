"""Cancel an operation at its n-th await point, that is, at its n-th yield to the event loop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator


@dataclass(slots=True)
class Points:
    """Count await points, and call the planned function just before the operation waits at one."""

    planned: dict[int, Callable[[], object]] = field(default_factory=dict)
    passed: int = 0

    def watch(self, operation: Awaitable[Any]) -> _Watched:
        """Return the operation with its await points counted."""
        return _Watched(operation, self)


@dataclass(slots=True)
class _Watched:
    operation: Awaitable[Any]
    points: Points

    def __await__(self) -> Generator[Any, Any, Any]:
        inner = self.operation.__await__()
        if not hasattr(inner, "throw"):  # a plain iterator
            inner = _as_generator(inner)
        value: Any = None
        error: BaseException | None = None
        while True:
            try:
                waits_for = inner.send(value) if error is None else inner.throw(error)
            except StopIteration as end:
                return end.value
            self.points.passed += 1
            if act := self.points.planned.get(self.points.passed):
                act()
            value = error = None
            try:
                value = yield waits_for
            except BaseException as raised:  # it is raised in the operation
                error = raised


def _as_generator(inner: Any) -> Generator[Any, Any, Any]:
    return (yield from inner)


async def cancelled_at(operation: Callable[[], Awaitable[Any]], *points: int) -> tuple[bool, int]:
    """Run the operation and cancel it at these await points: the second one during the cleanup after the first.

    Return whether it ended before it was cancelled, and the number of await points that it passed.
    """
    watched = Points()
    ended = False
    with anyio.CancelScope() as outer, anyio.CancelScope() as inner:
        for point, scope in zip(points, (inner, outer), strict=False):
            watched.planned[point] = scope.cancel
        await watched.watch(operation())
        ended = True
    return ended, watched.passed


async def natively_cancelled_at(operation: Callable[[], Awaitable[Any]], *points: int) -> tuple[bool, int]:
    """Do the same with asyncio's `Task.cancel`, as its timeouts and task groups do. It ignores anyio's shields."""
    import asyncio

    watched = Points()

    async def run() -> None:
        await watched.watch(operation())

    task = asyncio.create_task(run())
    loop = asyncio.get_running_loop()
    for point in points:
        # From outside the task's step, as in practice.
        watched.planned[point] = lambda: loop.call_soon(task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return False, watched.passed
    return True, watched.passed
