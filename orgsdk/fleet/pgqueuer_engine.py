"""The engine on PgQueuer, in the database of the fleet's store. It runs on asyncio only."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import anyio
import psycopg
from pgqueuer import Job, PsycopgDriver, Queries, QueueManager
from pgqueuer.errors import FailingListenerError

from orgsdk.bulk import StoreError
from orgsdk.fleet.postgres.session import store_errors

if TYPE_CHECKING:
    from pgqueuer.ports import RepositoryPort
    from pgqueuer.ports.driver import NotifyCallback
    from pgqueuer.types import QueueEntrypoint

    from orgsdk.fleet.engine import Handler
    from orgsdk.fleet.postgres.session import Address

# Another worker gets a ticket whose worker was silent for so long. PgQueuer writes to it at half of this interval.
HEARTBEAT: Final = timedelta(seconds=3)
_NAME: Final = "orgsdk_key"


class PgQueuerEngine:
    """PgQueuer, in the schema of the fleet's store. It runs on asyncio only.

    Args:
        address: The database of the fleet's store.
    """

    def __init__(self, address: Address) -> None:
        self._address = address

    async def install(self) -> None:
        """Create PgQueuer's tables, or bring them to its version."""
        async with self._queries() as queries:
            if not await queries.schema_is_installed():
                async with queries.schema_lock():  # several machines may start at the same moment
                    if not await queries.schema_is_installed():
                        await queries.install(create_schema=False)
            elif (await queries.plan_upgrade()).statements:
                await queries.upgrade()

    async def fill(self, keys: Collection[str]) -> None:
        """Add a ticket for each of these keys that has none."""
        async with self._queries() as queries:
            await _add(queries, dict.fromkeys(keys, timedelta()))

    async def clean(self) -> None:
        """Delete the log of tickets. Its sums stay in PgQueuer's statistics, for its dashboard."""
        async with self._queries() as queries:
            await queries.aggregate_logs()
            await queries.clear_queue_log(_NAME)

    async def run(self, handle: Handler, *, concurrency: int, stop: anyio.Event) -> None:
        """Take tickets until `stop` is set, then return when the last one was handled."""
        failure: Exception | None = None
        async with self._queries() as queries, anyio.create_task_group() as group:
            manager = QueueManager(queries)
            queries.free = limit = max(concurrency, 2)

            async def handle_ticket(job: Job) -> None:
                key = (job.payload or b"").decode()
                queries.free -= 1
                try:
                    delay = await handle(key)
                finally:
                    queries.free += 1
                # The next ticket is a new one, behind those of other keys. Without one, the leader adds it.
                await queries.log_jobs([(job, "successful", None)])
                if delay is not None:
                    await _add(queries, {key: delay})

            async def shut_down() -> None:
                await stop.wait()
                manager.shutdown.set()

            group.start_soon(shut_down)
            manager.entrypoint(_NAME)(handle_ticket)
            try:
                await manager.run(
                    dequeue_timeout=timedelta(seconds=1),
                    batch_size=1,
                    max_concurrent_tasks=limit,
                    heartbeat_timeout=HEARTBEAT,
                    shutdown_on_listener_failure=True,
                )
            except (psycopg.Error, FailingListenerError) as error:
                failure = error
            group.cancel_scope.cancel()
        if failure is not None:
            raise StoreError(f"{self._address.name}: the engine has lost its connection.")

    @asynccontextmanager
    async def _queries(self) -> AsyncGenerator[_Queries]:
        with store_errors(self._address):
            async with AsyncExitStack() as stack:
                connections = [await stack.enter_async_context(await self._connect()) for _ in range(2)]
                yield _Queries(_Driver(connections[0], PsycopgDriver(connections[1])))

    async def _connect(self) -> psycopg.AsyncConnection:
        connection = await psycopg.AsyncConnection.connect(**self._address.connection_values, autocommit=True)
        await connection.execute(self._address.settings)
        return connection


class _Queries(Queries):
    """Ask for no ticket while the worker is full. PgQueuer asks ten times a second, and at each notice."""

    free = 1

    async def dequeue(self, *arguments: Any, **named: Any) -> list[Job]:
        return await super().dequeue(*arguments, **named) if self.free > 0 else []

    async def eligible_queued_work(self, entrypoints: list[QueueEntrypoint]) -> int:
        return await super().eligible_queued_work(entrypoints) if self.free > 0 else 0

    async def next_deferred_eta(self, entrypoints: list[QueueEntrypoint]) -> timedelta | None:
        return await super().next_deferred_eta(entrypoints) if self.free > 0 else timedelta.max


class _Driver(PsycopgDriver):
    """Listen on a second connection: on one, a query would wait for the listener, which waits up to a second."""

    def __init__(self, connection: psycopg.AsyncConnection, listener: PsycopgDriver) -> None:
        super().__init__(connection)
        self._listener = listener

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        await self._listener.add_listener(channel, callback)

    async def __aexit__(self, *details: object) -> None:
        await super().__aexit__(*details)
        await self._listener.__aexit__(*details)


async def _add(queries: RepositoryPort, delays: dict[str, timedelta]) -> None:
    """Add tickets to the queue, but none for a key that has one."""
    many = len(delays)
    payloads: list[bytes | None] = [key.encode() for key in delays]
    times: list[timedelta | None] = list(delays.values())
    await queries.enqueue([_NAME] * many, payloads, [0] * many, times, dedupe_key=list(delays), on_conflict="skip")
