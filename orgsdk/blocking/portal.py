"""The one way from a thread that blocks to the event loop that does the work."""

from __future__ import annotations

import os
import threading
import warnings
import weakref
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import anyio
from anyio import CancelScope
from anyio.from_thread import BlockingPortal

from orgsdk.errors import NotSentError, TransportError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

T = TypeVar("T")

# How long Ctrl-C waits for what it ends: work that does not end in it would hold up whoever wants to leave.
_SECONDS_TO_END: Final = 2.0


class Portal:
    """Run coroutines in a thread of its own, from the first call to `close`; any number of threads may call.

    `provider` stands in errors.
    """

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._lock = threading.Lock()
        self._loop: _Loop | None = None
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
            raise TransportError(
                "the client was closed meanwhile.", provider=self._provider, operation=operation
            ) from None
        finally:
            # Who goes on finds the work ended: an iterator whose work still ends would refuse its next step.
            if future is None:
                # Ctrl-C came when the work ran and its future was not yet given: the work has another way to its end.
                with suppress(RuntimeError):  # a portal that has stopped has ended it
                    portal.start_task_soon(task.end)
                    task.ended.wait(_SECONDS_TO_END)
            elif future.cancel():
                task.ended.wait(_SECONDS_TO_END)

    def entered(self, context: AbstractAsyncContextManager[T], operation: str) -> AbstractContextManager[T]:
        """Give `context` as one to enter by `with`: one task enters it and leaves it.

        Raises as `call` does.
        """
        return self._running(operation).wrap_async_context_manager(context)

    def close(self, aclose: Callable[[], Awaitable[None]]) -> None:
        """Run `aclose`, end what still runs, and wait for the thread to end. A second time it does nothing."""
        with self._lock:
            loop, self._loop, self._closed = self._loop, None, True
        if loop is None:
            return
        self._forgotten.detach()
        # After a fork neither the thread nor the connections are this process's.
        if loop.process == os.getpid():
            try:
                loop.portal.call(aclose)
            finally:
                loop.stop()
                loop.thread.join()

    def _running(self, operation: str) -> BlockingPortal:
        loop = self._loop
        if loop and loop.process != os.getpid():  # before the lock, which another thread may have held at the fork
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
                self._loop = _Loop()
                self._forgotten = weakref.finalize(self, _forget, self._loop)
            return self._loop.portal


class _Loop:
    """Run an event loop in a thread of its own.

    anyio's `start_blocking_portal` is a generator, which waits for its thread when it is collected: for one that was
    never closed that is at Python's end, when the thread runs no more, and the wait is for ever.
    """

    def __init__(self) -> None:
        self.process = os.getpid()
        self._ready = Future[BlockingPortal]()
        self.thread = threading.Thread(target=self._run, name="orgsdk", daemon=True)
        self.thread.start()
        try:
            self.portal = self._ready.result()
        except BaseException:  # Ctrl-C: the loop ends where it cannot say that it is ready
            self._ready.cancel()
            raise

    def stop(self) -> None:
        self.portal.call(self.portal.stop, True)  # anyio's own signature

    def _run(self) -> None:
        try:
            anyio.run(self._serve)
        except BaseException as error:
            if not self._ready.done():
                self._ready.set_exception(error)

    async def _serve(self) -> None:
        async with BlockingPortal() as portal:
            self._ready.set_result(portal)
            await portal.sleep_until_stopped()


def _forget(loop: _Loop) -> None:
    """End the thread of a client that was not closed: at its collection, or at Python's end."""
    if loop.process != os.getpid():  # after a fork there is no thread
        return
    if loop.thread is threading.current_thread():  # which collects, and cannot wait for itself
        threading.Thread(target=loop.stop).start()
    else:
        # Not for ever: what is collected may be so under a lock that the loop's last work needs.
        with suppress(TimeoutError):
            loop.portal.start_task_soon(loop.portal.stop, True).result(_SECONDS_TO_END)  # anyio's own signature
    why = "an orgsdk.blocking.OrgClient was not closed: use it as `with`, or call `close()`."
    warnings.warn(why, ResourceWarning, stacklevel=2)


class _Task(Generic[T]):
    """Run some work, and end it from outside; both in the thread of the portal."""

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        self._work = work
        self._scope: CancelScope | None = None
        self.ended = threading.Event()

    async def run(self) -> T:
        try:
            with CancelScope() as self._scope:
                return await self._work()
            raise CancelledError
        finally:
            self.ended.set()

    def end(self) -> None:
        if self._scope is not None:
            self._scope.cancel()
