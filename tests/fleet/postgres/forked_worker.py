"""Workers of a fleet that tests kill: `python -m tests.fleet.postgres.forked_worker FILE`.

It loads the modules and has one thread, so that each worker is a fork that starts at once. It reads one line for each
worker, and prints the worker's process id. The file has the fleet's settings as JSON. Each request has the header
`x-unit`: the worker and the unit that it works on. When it takes a limit key, it appends the time, its process id and
the key to the file `taken`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import anyio

from orgsdk.fleet import Fleet, FleetObserver, FleetOptions, PostgresStore
from orgsdk.fleet.worker import run_worker
from orgsdk.transport.backends.httpcore import HttpcoreBackend
from tests.fleet.postgres.schools import credentials_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orgsdk.fleet import KeySession, UnitObservation

# What a worker loads with its first organization.
_MODULES = (
    "httpcore",
    "httpx",
    "orgsdk.bulk.planning.planner",
    "orgsdk.bulk.run.run",
    "orgsdk.providers.flat.provider",
    "orgsdk.providers.logto.provider",
)
current_unit: ContextVar[str] = ContextVar("unit", default="none")
"""The worker and the unit that it works on."""


class Tagging(FleetObserver):
    """Name the unit in each of its requests."""

    @contextmanager
    def unit(self, observation: UnitObservation) -> Iterator[None]:
        token = current_unit.set(f"{os.getpid()} {observation.key} {observation.name} {uuid4().hex[:8]}")
        try:
            yield
        finally:
            current_unit.reset(token)


class RecordingStore(PostgresStore):
    """Record when a key is taken."""

    def __init__(self, url: str, *, settling: timedelta, taken: str) -> None:
        super().__init__(url, settling=settling)
        self._taken = os.open(taken, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def open_key(self, epoch: int, key: str) -> KeySession:
        session = super().open_key(epoch, key)
        os.write(self._taken, f"{time.monotonic()} {os.getpid()} {key}\n".encode())
        return session


def tagging(send: Any) -> Any:
    """Return a function that sends each request with the header."""

    async def tagged(backend: Any, outgoing: Any) -> Any:
        return await send(backend, replace(outgoing, headers=[*outgoing.headers, ("x-unit", current_unit.get())]))

    return tagged


async def work(job: dict[str, Any]) -> None:
    """Run a worker until it is killed."""
    credentials, environ = credentials_of(job["settings"])
    url = f"{job['url']}&application_name=worker-{os.getpid()}"
    store = RecordingStore(url, settling=timedelta(seconds=job["settling"]), taken=job["taken"])
    options = FleetOptions(concurrency=job["concurrency"], writes=2)
    fleet = Fleet([], store=store, credentials=credentials, environ=environ, options=options, observer=Tagging())
    await run_worker(fleet, until_done=job["until_done"])


def end_with(parent: int) -> None:
    """End this process when its parent has ended, also if the tests were killed."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def main() -> None:
    """Start a worker for each line."""
    setattr(HttpcoreBackend, "send", tagging(HttpcoreBackend.send))  # noqa: B010  # in this program only
    for name in _MODULES:
        import_module(name)
    job = json.loads(Path(sys.argv[1]).read_text())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the workers
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
            try:
                anyio.run(work, job)
            except BaseException as error:
                sys.stderr.write(f"{os.getpid()} {type(error).__name__}: {error}\n")
                sys.stderr.flush()
                os._exit(1)
            os._exit(0)
        print(child, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
