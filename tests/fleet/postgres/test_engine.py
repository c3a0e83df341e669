"""The engine: one ticket for each key, whatever happens to the queue."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import anyio
import psycopg
import pytest
from pgqueuer import Queries

from orgsdk.bulk import StoreError
from orgsdk.fleet import PostgresStore
from orgsdk.fleet.pgqueuer_engine import PgQueuerEngine

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # PgQueuer's


@pytest.fixture
async def engine(store: PostgresStore) -> PgQueuerEngine:
    engine = PgQueuerEngine(store.address)
    await engine.install()
    return engine


class Worker:
    """Take tickets until each key was handled a number of times."""

    def __init__(self, times: int, keys: int = 3) -> None:
        self.times, self.keys = times, keys
        self.handled: Counter[str] = Counter()
        self.order: list[str] = []
        self.busy: set[str] = set()
        self.stop = anyio.Event()

    async def handle(self, key: str) -> timedelta | None:
        assert key not in self.busy
        self.busy.add(key)
        await anyio.sleep(0.001)
        self.busy.discard(key)
        self.handled[key] += 1
        self.order.append(key)
        if self.handled.total() == self.times * self.keys:
            self.stop.set()
        return timedelta() if self.handled[key] < self.times else None

    async def run(self, engine: PgQueuerEngine) -> None:
        with anyio.fail_after(20):
            await engine.run(self.handle, concurrency=2, stop=self.stop)


async def test_each_key_has_one_ticket_that_comes_back(engine: PgQueuerEngine) -> None:
    await engine.install()  # a second time does nothing
    for _ in range(3):
        await engine.fill(["a", "b", "c"])
    worker = Worker(times=4)
    await worker.run(engine)
    assert worker.handled == {"a": 4, "b": 4, "c": 4}
    # The keys take turns.
    assert sorted(worker.order[:3]) == ["a", "b", "c"]


async def test_a_full_worker_asks_for_no_ticket(engine: PgQueuerEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def count(name: str) -> None:
        method = getattr(Queries, name)

        async def counted(queries: Queries, *arguments: object, **named: object) -> object:
            asked.append(name)
            return await method(queries, *arguments, **named)

        monkeypatch.setattr(Queries, name, counted)

    for name in ("dequeue", "eligible_queued_work", "next_deferred_eta"):
        count(name)
    await engine.fill(["a", "b", "c"])
    full, go_on, stop = anyio.Event(), anyio.Event(), anyio.Event()
    handled: list[str] = []

    async def handle(key: str) -> timedelta | None:
        handled.append(key)
        if len(handled) == 2:
            full.set()
        await go_on.wait()
        if len(handled) == 3:
            stop.set()
        return None

    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: engine.run(handle, concurrency=2, stop=stop))
            await full.wait()
            for number in range(10):  # each is a notice, which PgQueuer answers with a query
                await engine.fill([f"more-{number}"])
            asked.clear()
            for number in range(10):
                await engine.fill([f"again-{number}"])
            assert asked == []
            go_on.set()


async def test_a_worker_that_is_free_again_takes_a_ticket_at_once(engine: PgQueuerEngine) -> None:
    await engine.fill(["a", "b", "c"])
    worker = Worker(times=30)  # with PgQueuer's pause of a second before each, it would take 90 seconds
    await worker.run(engine)
    assert worker.handled == {"a": 30, "b": 30, "c": 30}


async def test_the_log_of_a_run_is_deleted_and_its_sums_stay(engine: PgQueuerEngine, postgres: str) -> None:
    await engine.fill(["a", "b", "c"])
    await Worker(times=2).run(engine)
    await engine.clean()
    with psycopg.connect(postgres) as session:
        assert session.execute("SELECT count(*) FROM orgsdk_fleet.pgqueuer_log").fetchone() == (0,)
        done = "SELECT sum(count) FROM orgsdk_fleet.pgqueuer_statistics WHERE status = 'successful'"
        assert session.execute(done).fetchone() == (6,)


async def test_a_ticket_waits_for_its_time(engine: PgQueuerEngine, postgres: str) -> None:
    await engine.fill(["paused"])
    stop = anyio.Event()

    async def pause(key: str) -> timedelta | None:
        stop.set()
        return timedelta(hours=1)

    await engine.run(pause, concurrency=1, stop=stop)
    await engine.fill(["paused"])  # it has a ticket
    with psycopg.connect(postgres) as session:
        waiting = session.execute("SELECT execute_after > now() + interval '59 min' FROM orgsdk_fleet.pgqueuer")
        assert waiting.fetchall() == [(True,)]


async def test_doubled_tickets_become_one(engine: PgQueuerEngine, postgres: str) -> None:
    await engine.fill(["a"])
    with psycopg.connect(postgres, autocommit=True) as session:
        for _ in range(3):
            session.execute(
                "INSERT INTO orgsdk_fleet.pgqueuer (priority, entrypoint, payload, status, execute_after)"
                " VALUES (0, 'orgsdk_key', 'a', 'queued', now())"
            )
    stop = anyio.Event()
    handled = 0

    async def handle(key: str) -> timedelta | None:
        nonlocal handled
        handled += 1
        if handled == 4:
            stop.set()
        return timedelta(seconds=1)

    with anyio.fail_after(20):
        await engine.run(handle, concurrency=2, stop=stop)
    with psycopg.connect(postgres) as session:
        assert session.execute("SELECT count(*) FROM orgsdk_fleet.pgqueuer").fetchall() == [(1,)]


async def test_a_cut_connection_is_an_error_of_the_store(engine: PgQueuerEngine, postgres: str) -> None:
    await engine.fill(["a"])

    async def cut(key: str) -> timedelta | None:
        with psycopg.connect(postgres, autocommit=True) as session:
            session.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        return None

    with anyio.fail_after(20), pytest.raises(StoreError):
        await engine.run(cut, concurrency=1, stop=anyio.Event())


async def test_a_worker_needs_no_right_to_create(engine: PgQueuerEngine, store: PostgresStore, postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as session:
        session.execute("DROP ROLE IF EXISTS fleet_user")
        session.execute("CREATE ROLE fleet_user LOGIN")
        # As in docs/how-to/fleet-on-several-machines.md.
        session.execute("GRANT USAGE ON SCHEMA orgsdk_fleet TO fleet_user")
        session.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA orgsdk_fleet TO fleet_user")
        session.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA orgsdk_fleet TO fleet_user")
    restricted = PostgresStore(postgres.replace("postgres@", "fleet_user@"))
    restricted.open()
    restricted.close()
    engine = PgQueuerEngine(restricted.address)
    await engine.install()
    await engine.fill(["a"])
    worker = Worker(times=2, keys=1)
    await worker.run(engine)
    assert worker.handled == {"a": 2}
