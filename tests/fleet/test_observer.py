"""Observers of a fleet's work: several as one, and the base class that does nothing."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import pytest

from orgsdk import OrgError
from orgsdk.fleet.observer import FleetObserver, Observers, UnitObservation, observe_work
from tests.fleet.samples import SampleStore

if TYPE_CHECKING:
    from collections.abc import Generator

    from orgsdk.fleet.progress import FleetProgress
    from orgsdk.options import Observation

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def unit() -> UnitObservation:
    return UnitObservation(epoch=7, key="flat:1", name="school-17", provider="flat")


class Calls:
    """A telemetry that observes nothing."""

    @contextmanager
    def call(self, observation: Observation) -> Generator[None]:
        yield


class Recorder(FleetObserver):
    """Notes what it is called with."""

    def __init__(self, name: str, seen: list[str], calls: Calls | None = None) -> None:
        self._name, self._seen, self._calls = name, seen, calls

    @property
    def telemetry(self) -> Calls | None:
        return self._calls

    @contextmanager
    def unit(self, observation: UnitObservation) -> Generator[None]:
        self._seen.append(f"{self._name}: {observation.name} starts")
        yield
        self._seen.append(f"{self._name}: {observation.name} is {observation.state}")

    def paused(self, key: str, until: datetime) -> None:
        self._seen.append(f"{self._name}: {key} waits until {until:%H:%M}")


def test_several_observers_see_the_same_work_in_their_order() -> None:
    seen: list[str] = []
    calls = Calls()
    group = Observers([Recorder("a", seen), Recorder("b", seen, calls), Recorder("c", seen, Calls())])
    observation = unit()
    with group.unit(observation):
        observation.state = "done"
    group.paused("flat:1", NOON)
    assert seen == [
        "a: school-17 starts",
        "b: school-17 starts",
        "c: school-17 starts",
        "c: school-17 is done",
        "b: school-17 is done",
        "a: school-17 is done",
        "a: flat:1 waits until 12:00",
        "b: flat:1 waits until 12:00",
        "c: flat:1 waits until 12:00",
    ]
    assert group.telemetry is calls


def test_an_observer_that_overrides_nothing_observes_nothing() -> None:
    observer = FleetObserver()
    with observer.unit(unit()):
        observer.paused("flat:1", NOON)
    assert observer.telemetry is None
    assert Observers([observer]).telemetry is None


class Watcher(FleetObserver):
    """Counts the readings of the progress."""

    def __init__(self, every: float | None) -> None:
        self.every, self.seen = every, 0

    @property
    def progress_seconds(self) -> float | None:
        return self.every

    def progress(self, progress: FleetProgress) -> None:
        assert progress.total.units == 1_103
        self.seen += 1


@pytest.mark.anyio
async def test_the_progress_is_read_while_the_work_goes_on_and_at_its_end() -> None:
    watcher, other = Watcher(0.001), Watcher(None)

    async def work() -> str:
        while watcher.seen < 3:  # noqa: ASYNC110  # there is no event for it
            await anyio.sleep(0.001)
        return "worked"

    observers = Observers([Watcher(60.0), watcher])
    assert await observe_work(work, SampleStore(), observers, 7) == "worked"
    assert watcher.seen >= 4
    assert observers.progress_seconds == 0.001

    async def rest() -> None:
        await anyio.lowlevel.checkpoint()

    await observe_work(rest, SampleStore(), other, 7)
    assert other.seen == 0


@pytest.mark.anyio
async def test_an_error_of_the_work_is_raised_as_it_is() -> None:
    async def fail() -> None:
        raise OrgError("the store is full")

    with pytest.raises(OrgError, match=r"^the store is full$"):
        await observe_work(fail, SampleStore(), Watcher(0.001), 7)


@pytest.mark.anyio
async def test_a_store_that_cannot_be_read_ends_no_work() -> None:
    store = SampleStore(error=OrgError("the store cannot be read"))

    async def work() -> None:
        await anyio.sleep(0.01)
        store.error = None

    watcher = Watcher(0.001)
    await observe_work(work, store, watcher, 7)
    assert watcher.seen >= 1  # at the end, and perhaps just before it
