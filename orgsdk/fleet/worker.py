"""A worker: it takes part in the work on every run of a fleet, together with the workers of other machines.

Each worker takes tickets from the engine. One of them, the leader, moves the run from phase to phase and adds tickets
that are missing. Any of them may die, freeze or lose its connection at any time.
"""

from __future__ import annotations

import logging
import signal
import threading
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio
from anyio import to_thread

from orgsdk._before_writing import check_before_writing
from orgsdk._distribution import install_advice
from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_flag, check_instance, describe_value
from orgsdk.bulk import StoreError
from orgsdk.errors import ConfigurationError
from orgsdk.fleet.engine import Engine
from orgsdk.fleet.fleet import Fleet
from orgsdk.fleet.key_work import has_work, states_of, work_key
from orgsdk.fleet.phases import advance

try:
    from orgsdk.fleet.pgqueuer_engine import PgQueuerEngine
    from orgsdk.fleet.postgres import PostgresStore
    from orgsdk.fleet.postgres.session import Session
except ModuleNotFoundError as _missing:
    if (_missing.name or "").partition(".")[0] not in {"pgqueuer", "psycopg"}:
        raise
    raise ConfigurationError(f"A worker of a fleet needs PgQueuer. {install_advice('fleet')}") from _missing

if TYPE_CHECKING:
    from orgsdk.fleet.context import WorkContext

_log = logging.getLogger("orgsdk.fleet")
_LEADER: Final = "leader"
# Seconds between two looks of the leader, at least and at most, and between two attempts to reach the database.
_SOON: Final = 0.5
_LOOK: Final = 3.0
_AGAIN: Final = 1.0
# The server ends the session of a leader that is silent for so long: a frozen one must not hold up the run.
_LEADERSHIP: Final = "SET idle_session_timeout = '15s'"
# Seconds between two looks at the connection that holds the lock of a key, besides those before each request.
_WATCH: Final = 0.1
_LATER: Final = timedelta(seconds=1)


@name_parameters
async def run_worker(
    fleet: Fleet,
    *,
    stop: anyio.Event | None = None,
    until_done: bool = False,
    patience: timedelta = timedelta(seconds=20),
    engine: Engine | None = None,
) -> None:
    """Work on the fleet's runs, the present one and later ones, until the process gets SIGTERM or SIGINT.

    It then takes no further organization. One that is being worked on may go on for `patience`, then it is left to
    another worker, which continues it. If the database cannot be reached, the worker waits for it. It runs on asyncio.

    Args:
        fleet: The fleet. Its store is a `PostgresStore`.
        stop: Set it to end the work, as a signal does.
        until_done: End the work when the latest run has nothing left to do.
        patience: How long an organization may go on after the signal.
        engine: Shares the work among the workers. Default: PgQueuer in the store's database.

    Raises:
        ConfigurationError: The fleet's store is not in PostgreSQL.
        StoreError: The database cannot be reached at the start.

    Example:
        ``anyio.run(run_worker, Fleet.load("fleet.toml"))``
    """
    check_instance("fleet", fleet, Fleet, "a Fleet", error=ConfigurationError)
    check_instance("stop", stop, anyio.Event | None, "an anyio.Event", error=ConfigurationError)
    check_flag("until_done", until_done, error=ConfigurationError)
    check_instance("patience", patience, timedelta, "a datetime.timedelta", error=ConfigurationError)
    if engine is not None and not callable(getattr(engine, "fill", None)):
        raise ConfigurationError(f"engine is {describe_value(engine)}: pass an Engine, or leave it out.")
    if patience < timedelta(0):
        raise ConfigurationError("patience is negative: pass a timedelta of 0 or more.")
    stop = anyio.Event() if stop is None else stop
    async with fleet.context() as context:
        if not isinstance(context.store, PostgresStore):
            raise ConfigurationError(
                "Workers need a store in PostgreSQL: set store to the address of a database, postgresql://…"
            )
        engine = PgQueuerEngine(context.store.address) if engine is None else engine
        worker = _Worker(context, context.store, engine, stop, until_done=until_done, patience=patience)
        async with anyio.create_task_group() as group:
            if threading.current_thread() is threading.main_thread():
                await group.start(_stop_on_signal, stop)
            await worker.run()
            group.cancel_scope.cancel()


async def _stop_on_signal(stop: anyio.Event, *, task_status: anyio.abc.TaskStatus[None]) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for _ in signals:
            stop.set()


class _Worker:
    def __init__(
        self,
        context: WorkContext,
        store: PostgresStore,
        engine: Engine,
        stop: anyio.Event,
        *,
        until_done: bool,
        patience: timedelta,
    ) -> None:
        self._context = context
        self._store = store
        self._engine = engine
        self._stop = stop
        self._until_done = until_done
        self._patience = patience
        self._leadership: Session | None = None
        self._is_looking = False
        self._cleaned = 0
        self._ended = anyio.Event()

    async def run(self) -> None:
        """Take tickets, and lead if no other worker does, until the work is stopped."""
        async with anyio.create_task_group() as group:
            try:
                while not self._stop.is_set():
                    try:
                        await self._engine.install()
                        if not self._is_looking:  # a leader fills the queue, which must be there
                            self._is_looking = True
                            group.start_soon(self._look)
                        await self._engine.run(
                            self._handle, concurrency=self._context.options.concurrency, stop=self._stop
                        )
                    except StoreError as error:
                        await self._wait_for_store(error)
            finally:
                group.cancel_scope.cancel()
                if self._leadership is not None:
                    self._leadership.close()

    async def _wait_for_store(self, error: StoreError) -> None:
        _log.warning("waits for the database: %s", error)
        with anyio.move_on_after(_AGAIN):
            await self._stop.wait()

    async def _look(self) -> None:
        """Look at the run every few seconds: lead if no other worker does, and notice that all is done."""
        while True:
            try:
                if await to_thread.run_sync(self._leads):
                    await self._lead()
                if self._until_done:
                    run = await to_thread.run_sync(self._store.run)
                    if run is None or not states_of(run):
                        self._stop.set()
            except StoreError as error:
                await self._wait_for_store(error)
            with anyio.move_on_after(_SOON):
                await self._stop.wait()
            with anyio.move_on_after(_LOOK - _SOON):
                await self._ended.wait()
            if self._stop.is_set():
                return
            self._ended = anyio.Event()

    def _leads(self) -> bool:
        """Return whether this worker is the leader. The lock of the leader ends with its session."""
        if self._leadership is not None:
            with suppress(StoreError):
                self._leadership.execute("SELECT")  # it is not silent
                return True
            self._leadership.close()
            self._leadership = None
        session = Session(self._store.address)
        try:
            if session.try_lock(_LEADER):
                session.execute(_LEADERSHIP)
                self._leadership = session
                return True
        finally:
            if self._leadership is not session:
                session.close()
        return False

    async def _lead(self) -> None:
        """Move the run to its next phase when it is time, and add tickets that are missing."""
        run = await to_thread.run_sync(self._store.run)
        if run is None or not states_of(run):
            if run is not None and run.epoch != self._cleaned:
                self._cleaned = run.epoch
                await self._engine.clean()
            return
        run = await advance(self._context, run.epoch)
        if states_of(run):
            keys = await to_thread.run_sync(self._store.keys, run.epoch)
            waiting = [key.key for key in keys if has_work(key, run)]
            if waiting:
                await self._engine.fill(waiting)

    async def _handle(self, key: str) -> timedelta | None:
        """Work on the next organization of a key, as long as the session that holds the key's lock is alive."""
        try:
            run = await to_thread.run_sync(self._store.run)
            if run is None or not states_of(run):
                return None
            async with anyio.create_task_group() as group:
                check_before_writing.set(partial(self._check, key, group.cancel_scope))
                group.start_soon(self._watch, key, group.cancel_scope)
                group.start_soon(self._limit, group.cancel_scope)
                result = await work_key(self._context, run.epoch, key, units=1)
                group.cancel_scope.cancel()
                if result.state == "asleep" and result.until is not None:
                    return max(result.until - self._context.now(), timedelta())
                if result.state in {"empty", "stopped"}:
                    self._ended.set()
                    return None
                return timedelta() if result.state == "more" else _LATER
        except* StoreError as errors:
            _log.warning("stops work on %s: %s", key, errors.exceptions[0])
        return _LATER

    async def _watch(self, key: str, scope: anyio.CancelScope) -> None:
        """End the work on a key when the session that holds its lock is lost."""
        while not scope.cancel_called:
            await anyio.sleep(_WATCH)
            self._check(key, scope)

    def _check(self, key: str, scope: anyio.CancelScope) -> None:
        """End the work on a key, before it sends anything more, if the session that holds its lock is lost."""
        if not scope.cancel_called and self._store.has_lost(key):
            _log.warning("stops work on %s: its connection to the database was lost", key)
            scope.cancel()

    async def _limit(self, scope: anyio.CancelScope) -> None:
        """End the work on a key some time after the worker was stopped."""
        await self._stop.wait()
        await anyio.sleep(self._patience.total_seconds())
        scope.cancel()
