"""The event loop in a thread of its own, and the portal through which blocking calls run in it."""

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
    from types import TracebackType

    from orgsdk.providers.base import Provider

SHUTDOWN_SECONDS: Final = 2.0
"""How long whoever wants to leave waits for what then has to end."""


class EventLoopThread:
    """Run an event loop until it is stopped; `portal` is the way in.

    anyio's `start_blocking_portal` is a generator, which waits for its thread when it is collected: for one that was
    never closed that is at Python's end, when the thread runs no more, and the wait is for ever.
    """

    def __init__(self) -> None:
        self.process: int = os.getpid()
        self._ready = Future[BlockingPortal]()
        self.thread: threading.Thread = threading.Thread(target=self._run, name="orgsdk", daemon=True)
        self.thread.start()
        try:
            self.portal: BlockingPortal = self._ready.result()
        except BaseException:  # Ctrl-C: the loop ends where it cannot say that it is ready
            self._ready.cancel()
            raise

    def stop(self) -> None:
        """End what still runs, and then the loop."""
        with suppress(RuntimeError):  # it has stopped
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


def close_forgotten(loop: EventLoopThread, aclose: Callable[[], Awaitable[None]]) -> None:
    """End the loop of a client that was not closed, by `aclose` first: at its collection, or at Python's end."""
    if loop.process != os.getpid():  # after a fork there is no thread
        return
    # To ask the loop is to wait for it, for ever where this is collected under a lock that its last work needs.
    ending = threading.Thread(target=_end, args=(loop, aclose), daemon=True)
    try:
        ending.start()
    except RuntimeError:  # at Python's end no thread starts (3.12): there nothing is collected under a lock
        _end(loop, aclose)
    else:
        if loop.thread is not threading.current_thread():
            ending.join(SHUTDOWN_SECONDS)
    why = "an orgsdk.blocking.OrgClient was not closed: use it as `with`, or call `close()`."
    warnings.warn(why, ResourceWarning, stacklevel=2)


def _end(loop: EventLoopThread, aclose: Callable[[], Awaitable[None]]) -> None:
    async def close() -> None:
        with anyio.move_on_after(SHUTDOWN_SECONDS):
            await aclose()

    with suppress(Exception):  # nobody is there to be told
        loop.portal.call(close)
    loop.stop()


T = TypeVar("T")


class Portal:
    """Run coroutines in a thread of its own, from the first call to `close`; any number of threads may call.

    `provider` stands in errors; what its connections are closed by ends there too.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider.name
        self._aclose = provider.aclose
        self._lock = threading.Lock()
        self._loop: EventLoopThread | None = None
        self._process: int | None = None  # of the loop, from before there is one
        self._closed = False

    def call(self, work: Callable[[], Awaitable[T]], operation: str) -> T:
        """Wait for what `work` gives; what ends the waiting, such as Ctrl-C, ends the work first.

        Raises what it raises, `NotSentError` where the portal is closed or lived through a fork, and
        `TransportError` where another thread closes it meanwhile.
        """
        portal, task, future = self._running(operation), _PortalTask(work), None
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
                    task.ended.wait(SHUTDOWN_SECONDS)
            elif future.cancel():
                task.ended.wait(SHUTDOWN_SECONDS)

    def entered(self, context: AbstractAsyncContextManager[T], operation: str) -> AbstractContextManager[T]:
        """Give `context` as one to enter by `with`: one task enters it and leaves it.

        Entering raises as `call` does. Left after the loop has ended, and with it the task, it does nothing.
        """
        return _EnteredContext(self._running(operation).wrap_async_context_manager(context), self, operation)

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
            why = "the client was used before this process was forked: create one in each process."
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
                loop = EventLoopThread()
                self._forgotten = weakref.finalize(self, close_forgotten, loop, self._aclose)
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


class _EnteredContext(Generic[T]):
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


class _PortalTask(Generic[T]):
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
