"""An event loop in a thread of its own."""

from __future__ import annotations

import os
import threading
import warnings
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import anyio
from anyio.from_thread import BlockingPortal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SECONDS_TO_END: Final = 2.0
"""How long whoever wants to leave waits for what then has to end."""


class Loop:
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


def end_forgotten(loop: Loop, aclose: Callable[[], Awaitable[None]]) -> None:
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
            ending.join(SECONDS_TO_END)
    why = "an orgsdk.blocking.OrgClient was not closed: use it as `with`, or call `close()`."
    warnings.warn(why, ResourceWarning, stacklevel=2)


def _end(loop: Loop, aclose: Callable[[], Awaitable[None]]) -> None:
    async def close() -> None:
        with anyio.move_on_after(SECONDS_TO_END):
            await aclose()

    with suppress(Exception):  # nobody is there to be told
        loop.portal.call(close)
    loop.stop()
