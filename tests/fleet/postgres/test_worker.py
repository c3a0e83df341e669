"""A worker of a fleet in PostgreSQL, in this process."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import psycopg
import pytest

from orgsdk import ConfigurationError
from orgsdk.fleet import Fleet, FleetGuards, FleetOptions, PostgresStore, run_worker, worker
from orgsdk.fleet.postgres.session import Session
from orgsdk.transport.backends.httpcore import HttpcoreBackend
from tests.fleet.postgres.forked_worker import Tagging, current_unit, tagging
from tests.fleet.postgres.schools import Schools, credentials_of
from tests.fleet.postgres.test_sessions import cut

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from orgsdk.fleet import UnitObservation
    from orgsdk.fleet.postgres.session import Address

pytestmark = [pytest.mark.anyio, pytest.mark.undocumented("the requests have one more header")]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"  # PgQueuer's


@pytest.fixture
def schools(tmp_path: Path) -> Iterator[Schools]:
    schools = Schools(organizations=4, keys=2, people=10, latency=0)
    schools.write_rosters(tmp_path)
    with schools.serve():
        yield schools


class Watching(Tagging):
    """Call a function when the first unit is taken, before its first request."""

    def __init__(self, then: object) -> None:
        self.then = then
        self.units: list[str] = []

    @contextmanager
    def unit(self, observation: UnitObservation) -> Iterator[None]:
        with super().unit(observation):
            self.units.append(observation.name)
            if len(self.units) == 1 and callable(self.then):
                self.then()
            yield


def fleet_of(schools: Schools, url: str, folder: Path, then: object = None) -> tuple[Fleet, Watching]:
    credentials, environ = credentials_of(schools.settings)
    options = FleetOptions(guards=FleetGuards(judge="stream"), concurrency=2)
    observer = Watching(then)
    store = PostgresStore(url, settling=timedelta(seconds=0.1))
    entries = partial(schools.entries, folder)
    return Fleet(
        entries, store=store, credentials=credentials, environ=environ, options=options, observer=observer
    ), observer


async def test_a_worker_ends_when_all_is_done(schools: Schools, postgres: str, tmp_path: Path) -> None:
    fleet, observer = fleet_of(schools, postgres, tmp_path)
    await fleet.start()
    with anyio.fail_after(30):
        await run_worker(fleet, until_done=True)
    assert schools.missing() == []
    assert sorted(observer.units) == [f"school-{number:03}" for number in range(4)]
    assert (await fleet.status()).run.state == "finished"


async def test_nothing_is_sent_after_the_session_of_the_key_was_lost(
    schools: Schools, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HttpcoreBackend, "send", tagging(HttpcoreBackend.send))
    fleet, observer = fleet_of(schools, postgres, tmp_path, then=lambda: cut(postgres))
    await fleet.start()
    with anyio.fail_after(30):
        await run_worker(fleet, until_done=True)
    assert schools.missing() == []
    sent = {one.unit for one in schools.log}
    assert len(observer.units) > 4
    assert len([one for one in sent if one != "none"]) < len(observer.units)


async def test_nothing_is_sent_if_the_session_of_the_key_is_lost_while_the_worker_connects(
    schools: Schools, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HttpcoreBackend, "send", tagging(HttpcoreBackend.send))
    connect = anyio.connect_tcp
    lost: list[str] = []

    async def connect_and_cut(*arguments: Any, **named: Any) -> Any:
        stream = await connect(*arguments, **named)
        if not lost:
            lost.append(current_unit.get())
            cut(postgres)
        return stream

    monkeypatch.setattr(anyio, "connect_tcp", connect_and_cut)
    fleet, observer = fleet_of(schools, postgres, tmp_path)
    await fleet.start()
    with anyio.fail_after(60):
        await run_worker(fleet, until_done=True)
    assert schools.missing() == []
    assert len(observer.units) > 4
    assert lost[0] not in {one.unit for one in schools.log}


async def test_a_leader_that_freezes_is_replaced(
    schools: Schools, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_LEADERSHIP", "SET idle_session_timeout = '0.3s'")
    monkeypatch.setattr(worker, "_LOOK", 0.6)
    leads = worker._Worker._lead
    is_frozen = anyio.Event()

    async def freeze_first(leader: worker._Worker) -> None:
        if not is_frozen.is_set():
            is_frozen.set()
            await anyio.sleep_forever()  # without a word to the database, as a stopped process
        await leads(leader)

    monkeypatch.setattr(worker._Worker, "_lead", freeze_first)
    fleet, _ = fleet_of(schools, postgres, tmp_path)
    other, _ = fleet_of(schools, postgres, tmp_path)
    await fleet.start()
    stop = anyio.Event()
    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: run_worker(fleet, stop=stop))
            await is_frozen.wait()
            await run_worker(other, until_done=True)
            group.cancel_scope.cancel()
    assert schools.missing() == []


async def test_a_leader_that_has_nothing_to_do_keeps_its_session(
    schools: Schools, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_LEADERSHIP", "SET idle_session_timeout = '1s'")
    monkeypatch.setattr(worker, "_SOON", 0.01)
    monkeypatch.setattr(worker, "_LOOK", 0.02)
    opened: list[Session] = []

    class Counted(Session):
        def __init__(self, address: Address) -> None:
            super().__init__(address)
            opened.append(self)

    monkeypatch.setattr(worker, "Session", Counted)
    fleet, _ = fleet_of(schools, postgres, tmp_path)
    await fleet.start()
    with anyio.fail_after(60):
        await run_worker(fleet, until_done=True)
    assert len(opened) == 1


async def test_sigterm_stops_a_worker(schools: Schools, postgres: str, tmp_path: Path) -> None:
    fleet, observer = fleet_of(schools, postgres, tmp_path, then=lambda: os.kill(os.getpid(), signal.SIGTERM))
    await fleet.start()
    with anyio.fail_after(30):
        await run_worker(fleet)
    counts = (await fleet.status()).total.counts
    assert 1 <= len(observer.units) <= 2
    assert (counts["done"], counts["left"]) == (len(observer.units), 4 - len(observer.units))


async def test_a_stopped_worker_leaves_what_takes_too_long(schools: Schools, postgres: str, tmp_path: Path) -> None:
    stop = anyio.Event()
    schools.latency = 0.2
    fleet, _ = fleet_of(schools, postgres, tmp_path, then=stop.set)
    await fleet.start()
    with anyio.fail_after(30):
        await run_worker(fleet, stop=stop, patience=timedelta(seconds=0.3))
    assert (await fleet.status()).total.counts["done"] == 0
    schools.latency = 0
    with psycopg.connect(postgres) as session:  # its locks are released
        assert session.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone() == (0,)
    with anyio.fail_after(30):
        await run_worker(fleet, until_done=True)
    assert schools.missing() == []


async def test_a_worker_needs_a_store_in_postgresql(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="postgresql://"):
        await run_worker(Fleet([], store=tmp_path / "fleet.db"))
