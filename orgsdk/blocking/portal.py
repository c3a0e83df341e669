"""The one way from a thread that blocks to the event loop that does the work."""

from __future__ import annotations

import os
import threading
import weakref
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

from anyio import CancelScope

from orgsdk.blocking.loop import SECONDS_TO_END, Loop, end_forgotten
from orgsdk.errors import NotSentError, TransportError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from types import TracebackType

    from anyio.from_thread import BlockingPortal

    from orgsdk.providers.base import Provider

T = TypeVar("T")


class Portal:
    """Run coroutines in a thread of its own, from the first call to `close`; any number of threads may call.

    `provider` stands in errors; what its connections are closed by ends there too.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider.name
        self._aclose = provider.aclose
        self._lock = threading.Lock()
        self._loop: Loop | None = None
        self._process: int | None = None  # of the loop, from before there is one
        self._closed = False

    def call(self, work: Callable[[], Awaitable[T]], operation: str) -> T:
        """Wait for what `work` gives; what ends the waiting, such as Ctrl-C, ends the work first.

        Raises what it raises, `NotSentError` where the portal is closed or lived through a fork, and
        `TransportError` where another thread closes it meanwhile.
        """
        portal, task, future = self._running(operation), _Task(work), None
        try:
            future = portal.start_task_soon(task.run)
            return future.result()
        except CancelledError:
            raise task.exit or self.ended_meanwhile(operation) from None
        except RuntimeError:
            if future is None and not self.is_running:
                raise self.ended_meanwhile(operation) from None
            raise
        finally:
            # Who goes on finds the work ended: an iterator whose work still ends would refuse its next step.
            if future is None:
                # Ctrl-C came when the work ran and its future was not yet given: the work has another way to its end.
                with suppress(RuntimeError):  # a portal that has stopped has ended it
                    portal.start_task_soon(task.end)
                    task.ended.wait(SECONDS_TO_END)
            elif future.cancel():
                task.ended.wait(SECONDS_TO_END)

    def entered(self, context: AbstractAsyncContextManager[T], operation: str) -> AbstractContextManager[T]:
        """Give `context` as one to enter by `with`: one task enters it and leaves it.

        Entering raises as `call` does. Left after the loop has ended, and with it the task, it does nothing.
        """
        return _Entered(self._running(operation).wrap_async_context_manager(context), self, operation)

    def close(self) -> None:
        """Close the connections, end what still runs, and wait for the thread to end. A second time it does nothing."""
        if self._is_of_another_process():  # whose thread and connections are none of this one's
            return
        with self._lock:
            loop, self._loop, self._closed = self._loop, None, True
        if loop is None:
            return
        self._forgotten.detach()
        try:
            if loop.thread.is_alive():
                loop.portal.call(self._aclose)
        finally:
            loop.stop()
            loop.thread.join()

    def _running(self, operation: str) -> BlockingPortal:
        if self._is_of_another_process():
            why = "the client was used before this process was forked: make one in each process."
            raise NotSentError(why, provider=self._provider, operation=operation)
        with self._lock:
            if self._closed:
                raise NotSentError(
                    "the client is closed: call it within its `with`, or make another.",
                    provider=self._provider,
                    operation=operation,
                )
            if self._loop is None:
                self._process = os.getpid()
                loop = Loop()
                self._forgotten = weakref.finalize(self, end_forgotten, loop, self._aclose)
                self._loop = loop
            if not self._loop.thread.is_alive():
                why = "the client's event loop has ended, by SystemExit in a callback: make another client."
                raise NotSentError(why, provider=self._provider, operation=operation)
            return self._loop.portal

    @property
    def is_running(self) -> bool:
        """Tell whether the loop runs: it was begun, and neither closed nor ended."""
        return self._loop is not None and self._loop.thread.is_alive()

    def _is_of_another_process(self) -> bool:
        # Asked before the lock is taken, which another thread may have held at the fork.
        return self._process not in {None, os.getpid()}

    def ended_meanwhile(self, operation: str) -> TransportError:
        """Give the error of a call that the loop's end met."""
        what = "client was closed" if self._closed else "client's event loop ended"
        return TransportError(f"the {what} meanwhile.", provider=self._provider, operation=operation)


class _Entered(Generic[T]):
    """A context whose task may be ended by the loop's end."""

    def __init__(self, context: AbstractContextManager[T], portal: Portal, operation: str) -> None:
        self._context = context
        self._portal = portal
        self._operation = operation

    def __enter__(self) -> T:
        try:
            return self._context.__enter__()
        except (CancelledError, RuntimeError):
            if self._portal.is_running:
                raise
            raise self._portal.ended_meanwhile(self._operation) from None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        try:
            return self._context.__exit__(kind, error, trace)
        except (CancelledError, RuntimeError):
            if self._portal.is_running:
                raise
            return None  # what is raised within goes on


class _Task(Generic[T]):
    """Run some work, and end it from outside; both in the thread of the portal."""

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        self._work = work
        self._scope: CancelScope | None = None
        self.ended = threading.Event()
        self.exit: BaseException | None = None

    async def run(self) -> T:
        try:
            with CancelScope() as self._scope:
                return await self._work()
            raise CancelledError
        except (SystemExit, KeyboardInterrupt) as error:
            self.exit = error  # let through, it would end the loop, as it does in a task of this work's own
            raise CancelledError from None
        finally:
            self.ended.set()

    def end(self) -> None:
        if self._scope is not None:
            self._scope.cancel()
