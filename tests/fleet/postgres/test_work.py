"""One process works on a fleet whose store is in PostgreSQL, on asyncio and trio."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orgsdk.fleet import FleetObserver, PostgresStore, scheduling
from tests.fleet.fleets import World
from tests.fleet.postgres.test_sessions import cut

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from orgsdk.fleet import UnitObservation

pytestmark = pytest.mark.anyio


class Cutting(FleetObserver):
    """Cut all sessions of the database while the first organization is worked on."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.units: list[str] = []

    @contextmanager
    def unit(self, observation: UnitObservation) -> Iterator[None]:
        self.units.append(observation.name)
        if len(self.units) == 1:
            cut(self.url)
        yield


async def test_a_night_is_worked_on_until_its_end(postgres: str, tmp_path: Path) -> None:
    world = World(tmp_path)
    for number in range(4):
        await world.add(f"school-{number}", key=f"key-{number % 2}", rows=[f"s{number}u{one}" for one in range(3)])
    report = await world.fleet(store=postgres).sync()
    assert report.progress.run.state == "finished"
    assert not any([await world.differs(name) for name in world.ids])


async def test_a_lost_session_does_not_end_the_night(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduling, "_LOCKED_SECONDS", 0.1)
    world = World(tmp_path)
    for number in range(3):
        await world.add(f"school-{number}", key=f"key-{number}", rows=[f"s{number}u{one}" for one in range(3)])
    observer = Cutting(postgres)
    store = PostgresStore(postgres, settling=timedelta(seconds=0.1))
    report = await world.fleet(store=store, observer=observer).sync()
    assert report.progress.run.state == "finished"
    assert len(observer.units) > 3
    assert not any([await world.differs(name) for name in world.ids])
