"""The one way from a thread that blocks to the event loop that does the work."""

from __future__ import annotations

import os
import threading
from concurrent.futures import CancelledError
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Generic, TypeVar

from anyio import CancelScope
from anyio.from_thread import start_blocking_portal

from orgsdk.errors import NotSentError, TransportError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from anyio.from_thread import BlockingPortal

T = TypeVar("T")


class Portal:
    """Run coroutines in a thread of its own, from the first call to `close`; any number of threads may call.

    `provider` stands in errors.
    """

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None
        self._process = 0
        self._closed = False

    def call(self, work: Callable[[], Awaitable[T]], operation: str) -> T:
        """Wait for what `work` gives; what ends the waiting, such as Ctrl-C, ends the work.

        Raises what it raises, `NotSentError` where the portal is closed or lived through a fork, and
        `TransportError` where another thread closes it meanwhile.
        """
        portal, task, future = self._running(operation), _Task(work), None
        try:
            future = portal.start_task_soon(task.run)
            return future.result()
        except CancelledError:
            raise TransportError(
                "the client was closed meanwhile.", provider=self._provider, operation=operation
            ) from None
        finally:
            if future is not None:
                future.cancel()
            else:
                # Ctrl-C came when the work ran and its future was not yet given: the work has another way to its end.
                with suppress(RuntimeError):  # a portal that has stopped has ended it
                    portal.start_task_soon(task.end)

    def entered(self, context: AbstractAsyncContextManager[T], operation: str) -> AbstractContextManager[T]:
        """Give `context` as one to enter by `with`: one task enters it and leaves it.

        Raises as `call` does.
        """
        return self._running(operation).wrap_async_context_manager(context)

    def close(self, aclose: Callable[[], Awaitable[None]]) -> None:
        """Run `aclose`, end what still runs, and wait for the thread to end. A second time it does nothing."""
        with self._lock:
            portal, self._portal, self._closed = self._portal, None, True
        # After a fork neither the thread nor the connections are this process's.
        if portal is None or self._process != os.getpid():
            return
        try:
            portal.call(aclose)
        finally:
            portal.call(portal.stop, True)  # anyio's own signature
            self._stack.close()

    def _running(self, operation: str) -> BlockingPortal:
        if self._process not in {0, os.getpid()}:  # before the lock, which another thread may have held at the fork
            why = "the client was used before this process was forked: make one in each process."
            raise NotSentError(why, provider=self._provider, operation=operation)
        with self._lock:
            if self._closed:
                raise NotSentError(
                    "the client is closed: call it within its `with`, or make another.",
                    provider=self._provider,
                    operation=operation,
                )
            if self._portal is None:
                self._process = os.getpid()
                self._portal = self._stack.enter_context(start_blocking_portal())
                self._portal.call(_name_thread)
            return self._portal


class _Task(Generic[T]):
    """Run some work, and end it from outside; both in the thread of the portal."""

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        self._work = work
        self._scope: CancelScope | None = None

    async def run(self) -> T:
        with CancelScope() as self._scope:
            return await self._work()
        raise CancelledError

    def end(self) -> None:
        if self._scope is not None:
            self._scope.cancel()


def _name_thread() -> None:
    threading.current_thread().name = "orgsdk"  # anyio before 4.10 takes no name for it
