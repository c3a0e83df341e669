"""The event loop in its thread, and the portal that runs blocking calls in it."""

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

from orgsdk._callables import call_function
from orgsdk.errors import ConfigurationError, NotSentError, OrgError, TransportError, shorten_traceback

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from types import TracebackType

    from orgsdk.providers.base import Provider

SHUTDOWN_SECONDS: Final = 2.0
"""How long a caller waits for its work to end, when it leaves."""


class EventLoopThread:
    """A thread that runs an event loop until it is stopped. `portal` runs coroutines in it.

    anyio's `start_blocking_portal` is not used: it is a generator that waits for its thread when it is
    garbage-collected. If it was never closed, that is at the exit of Python, when the thread no longer runs, and the
    wait never ends.
    """

    def __init__(self) -> None:
        self.process: int = os.getpid()
        self._ready = Future[BlockingPortal]()
        self.thread: threading.Thread = threading.Thread(target=self._run, name="orgsdk", daemon=True)
        self.thread.start()
        try:
            self.portal: BlockingPortal = self._ready.result()
        except BaseException:  # Ctrl-C: the loop ends when it cannot report that it is ready
            self._ready.cancel()
            raise

    def stop(self) -> None:
        """Cancel the running work, and stop the loop."""
        with suppress(RuntimeError):  # it has already stopped
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
    """Close a client that was not closed: call `aclose` and stop the loop, at garbage collection or at exit."""
    if loop.process != os.getpid():  # after a fork there is no thread
        return
    # Calling the loop here could wait forever: the garbage collector may hold a lock that the loop's last work needs.
    ending = threading.Thread(target=_end, args=(loop, aclose), daemon=True)
    try:
        ending.start()
    except RuntimeError:  # no thread can start at exit (Python 3.12), but no lock is held there either
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

    with suppress(Exception):  # there is no caller to report it to
        loop.portal.call(close)
    loop.stop()


T = TypeVar("T")


class Portal:
    """Runs coroutines in a thread from the first call until `close`. Several threads may call it.

    Args:
        provider: The provider, named in errors. Its connections are closed in the thread.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider.name
        self._aclose = provider.aclose
        self._lock = threading.Lock()
        self._loop: EventLoopThread | None = None
        self._process: int | None = None  # the process of the loop, set before the loop exists
        self._closed = False

    def call(self, work: Callable[[], Awaitable[T]], operation: str) -> T:
        """Run a coroutine and wait for its result. Whatever ends the wait, such as Ctrl-C, cancels the coroutine first.

        Args:
            work: Returns the awaitable.
            operation: The operation, for errors.

        Returns:
            The result.

        Raises:
            ConfigurationError: A function that the client calls makes the call.
            NotSentError: The portal is closed, or was started before this process was forked.
            TransportError: Another thread closed the portal during the call.
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
            # The work has ended when the caller continues: otherwise the next step of an iterator would fail.
            if future is None:
                # Ctrl-C came after the work started and before its future was returned: cancel the task instead.
                with suppress(RuntimeError):  # a stopped portal has cancelled it
                    portal.start_task_soon(task.end)
                    task.ended.wait(SHUTDOWN_SECONDS)
            elif future.cancel():
                task.ended.wait(SHUTDOWN_SECONDS)

    def call_provider(self, work: Callable[[], Awaitable[T]], operation: str) -> T:
        """Run a coroutine of the client as `call` does, without its thread's frames in a provider's error.

        Args:
            work: Returns the awaitable.
            operation: The operation, for errors.

        Returns:
            The result.

        Raises:
            OrgError: What `call` raises.
        """
        try:
            return self.call(work, operation)
        except OrgError as error:
            shorten_traceback(error)
            raise

    def entered(self, context: AbstractAsyncContextManager[T], operation: str) -> AbstractContextManager[T]:
        """Return an async context manager as one for `with`. One task enters and leaves it.

        After the loop has ended, leaving it does nothing.

        Args:
            context: The async context manager.
            operation: The operation, for errors.

        Returns:
            The context manager. Entering it raises what `call` raises.
        """
        return _EnteredContext(self._running(operation).wrap_async_context_manager(context), self, operation)

    def close(self) -> None:
        """Close the connections, cancel the running work, and wait for the thread. A second call does nothing."""
        if self._is_of_another_process():  # the thread and the connections belong to the other process
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
                    "the client is closed: call it inside its `with`, or create another.",
                    provider=self._provider,
                    operation=operation,
                )
            if self._loop is None:
                self._process = os.getpid()
                try:
                    loop = EventLoopThread()
                except RuntimeError as error:  # Python 3.12: at interpreter shutdown
                    raise NotSentError(
                        f"the client's thread cannot start ({error}): make the first call before the program ends.",
                        provider=self._provider,
                        operation=operation,
                    ) from None
                self._forgotten = weakref.finalize(self, close_forgotten, loop, self._aclose)
                self._loop = loop
            if not self._loop.thread.is_alive():
                why = "the client's event loop has ended, by SystemExit in a callback: create another client."
                raise NotSentError(why, provider=self._provider, operation=operation)
            if self._loop.thread is threading.current_thread():
                raise ConfigurationError(
                    "A function that runs in the client's own thread, such as token= or on_event=, calls "
                    "the client itself, which waits for the function: use another client in it."
                )
            return self._loop.portal

    @property
    def is_running(self) -> bool:
        """Whether the loop runs: it was started, and has neither been closed nor ended."""
        return self._loop is not None and self._loop.thread.is_alive()

    def _is_of_another_process(self) -> bool:
        # Checked before the lock is acquired: another thread may have held it at the fork.
        return self._process not in {None, os.getpid()}

    def ended_meanwhile(self, operation: str) -> TransportError:
        """Return the error of a call that was running when the loop ended."""
        what = "client was closed" if self._closed else "client's event loop ended"
        return TransportError(f"the {what} meanwhile.", provider=self._provider, operation=operation)


class _EnteredContext(Generic[T]):
    """A context manager whose task may be cancelled by the end of the loop."""

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
            return None  # an error raised inside is raised on


class _PortalTask(Generic[T]):
    """A task that can be cancelled from outside. Both run in the portal's thread."""

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        self._work = work
        self._scope: CancelScope | None = None
        self.ended = threading.Event()
        self.exit: BaseException | None = None

    async def run(self) -> T:
        try:
            with CancelScope() as self._scope:
                return await call_function(self._work)
            raise CancelledError
        except (SystemExit, KeyboardInterrupt) as error:
            self.exit = error  # otherwise it would end the loop, as it does in a task that this work starts
            raise CancelledError from None
        finally:
            self.ended.set()

    def end(self) -> None:
        if self._scope is not None:
            self._scope.cancel()
